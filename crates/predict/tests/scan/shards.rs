//! Parts of a scan, put together, are the scan: the same bytes, the same summary.

use std::fs;
use std::path::{Path, PathBuf};

use processive_core::Region;
use processive_predict::{
    Gather, NoProgress, PredictError, ScanRequest, ScanSummary, Shard, ShardError, ShardSet, StrandRule, TableKind,
    WindowScorer, scan,
};
use processive_report::{ScanOptions, TableFormat, create_scan_writer, inspect_parquet, read_scan_blocks};
use tempfile::TempDir;

use crate::toy::{GenomeFile, Sociable, bases, fasta, nonzero};

const CLASSES: [&str; 2] = ["a", "b"];

/// Contigs shorter than a bin, than a batch, and longer than both; one of more than a block of the digest; gaps.
fn genome() -> GenomeFile {
    let gaps = [bases(900, 1), vec![b'N'; 700], bases(500, 2), vec![b'n'; 3]].concat();
    let long = [bases((1 << 20) + 1234, 3), vec![b'N'; 5000]].concat();
    fasta(
        &[
            ("gaps", &gaps),
            ("tiny", b"AC"),
            ("none", b"NNNNNNNNNNNNNNN"),
            ("long", &long),
            ("last", &bases(77, 5)),
        ],
        60,
    )
}

fn request<'a>(genome: &'a Path, scorer: &'a dyn WindowScorer, bin: usize) -> ScanRequest<'a> {
    let mut request = ScanRequest::with_scorer(genome, scorer, nonzero(bin));
    request.batch_size = Some(nonzero(16));
    "processive scan genome.fa".clone_into(&mut request.command);
    request
}

fn scan_to(request: &ScanRequest<'_>, path: &Path) -> Result<ScanSummary, PredictError> {
    let schema = request.strand.schema(&CLASSES);
    let writer = create_scan_writer(path, TableFormat::Parquet, &schema, &ScanOptions::default())?;
    scan(request, writer, &NoProgress)
}

/// Scans every part into a file of its own.
fn scan_parts(request: &ScanRequest<'_>, count: u32, folder: &Path) -> Result<Vec<PathBuf>, PredictError> {
    let part = |number| {
        let path = folder.join(format!("{number}-{count}.parquet"));
        let mut request = request.clone();
        request.shard = Shard::new(number, count);
        // Other blocks than those of the whole scan: they must not matter.
        request.block_size = nonzero(1000 + number as usize);
        scan_to(&request, &path)?;
        Ok(path)
    };
    (1..=count).map(part).collect()
}

fn gather_to(parts: &[PathBuf], path: &Path) -> Result<ScanSummary, PredictError> {
    let shards = ShardSet::open(parts)?;
    assert_eq!(shards.kind(), TableKind::Scores);
    let shards = shards.scores()?;
    let writer = create_scan_writer(path, TableFormat::Parquet, shards.schema(), &ScanOptions::default())?;
    let gather = Gather {
        best: 10,
        command: "processive scan genome.fa".to_owned(),
        ..Gather::default()
    };
    shards.gather(&gather, writer, &NoProgress)
}

/// Compares the whole scan with what is gathered of its parts.
fn check(request: &ScanRequest<'_>, counts: &[u32]) -> Result<(), PredictError> {
    let folder = TempDir::new().unwrap();
    let whole = folder.path().join("whole.parquet");
    let summary = scan_to(request, &whole)?;
    for &count in counts {
        let parts = tempfile::tempdir_in(folder.path()).unwrap();
        let mut files = scan_parts(request, count, parts.path())?;
        let third = files.len() / 3;
        files.rotate_left(third);
        let gathered = parts.path().join("gathered.parquet");
        assert_eq!(gather_to(&files, &gathered)?, summary, "{count} parts");
        assert!(
            fs::read(&gathered).unwrap() == fs::read(&whole).unwrap(),
            "{count} parts"
        );
    }
    Ok(())
}

#[test]
fn gathered_parts_are_the_whole_scan() -> Result<(), PredictError> {
    let genome = genome();
    for (bin, window, tiled) in [(300, 1000, true), (300, 1000, false), (500, 20, false)] {
        let scorer = Sociable { window, tiled };
        check(&request(genome.path(), &scorer, bin), &[1, 2, 31])?;
    }
    Ok(())
}

#[test]
fn parts_of_regions_are_the_scan_of_the_regions() -> Result<(), PredictError> {
    let genome = genome();
    let scorer = Sociable {
        window: 50,
        tiled: true,
    };
    let mut request = request(genome.path(), &scorer, 25);
    request.strand = StrandRule::Plus;
    let regions = [("long", 70_000, 90_000), ("gaps", 5, 2100), ("last", 10, 11)];
    let region = |(contig, start, end)| Region::new(contig, start, end).unwrap();
    request.regions = Some(regions.map(region).to_vec());
    check(&request, &[1, 3, 100])?;
    request.regions = Some(Vec::new());
    check(&request, &[2])
}

/// The reason why files cannot be gathered.
fn refusal(parts: &[PathBuf]) -> ShardError {
    match ShardSet::open(parts).err() {
        Some(PredictError::Shards(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn parts_that_make_no_whole_are_refused() -> Result<(), PredictError> {
    let genome = genome();
    let folder = TempDir::new().unwrap();
    let scorer = Sociable {
        window: 50,
        tiled: true,
    };
    let scan = request(genome.path(), &scorer, 5000);
    let parts = scan_parts(&scan, 5, folder.path())?;

    let error = refusal(&[&parts[..1], &parts[2..4]].concat());
    assert!(
        matches!(&error, ShardError::Missing { count: 5, missing } if missing == &["2/5", "5/5"]),
        "{error}"
    );
    assert!(
        error.to_string().contains("of 5 shards some are missing: 2/5, 5/5"),
        "{error}"
    );

    let copy = folder.path().join("copy.parquet");
    fs::copy(&parts[3], &copy).unwrap();
    let error = refusal(&[&parts[..], &[copy]].concat()).to_string();
    assert!(
        error.contains("copy.parquet and ") && error.contains("4-5.parquet are both shard 4/5"),
        "{error}"
    );

    let whole = folder.path().join("whole.parquet");
    scan_to(&scan, &whole)?;
    let error = refusal(&[&parts[..], &[whole]].concat());
    assert!(
        matches!(&error, ShardError::NotAShard { path } if path.ends_with("whole.parquet")),
        "{error}"
    );
    let none: [PathBuf; 0] = [];
    assert!(matches!(refusal(&none), ShardError::None));
    Ok(())
}

#[test]
fn a_part_without_some_of_its_rows_is_refused() -> Result<(), PredictError> {
    let genome = genome();
    let folder = TempDir::new().unwrap();
    let scorer = Sociable {
        window: 50,
        tiled: true,
    };
    let parts = scan_parts(&request(genome.path(), &scorer, 500), 2, folder.path())?;
    let less = folder.path().join("less.parquet");
    let mut blocks = read_scan_blocks(&parts[1])?;
    let mut writer = create_scan_writer(&less, TableFormat::Parquet, blocks.schema(), &ScanOptions::default())?;
    let mut block = blocks.next().expect("the part has rows")?;
    block.starts.pop();
    block.ends.pop();
    block.scores.iter_mut().for_each(|scores| _ = scores.pop());
    writer.write(&block.rows())?;
    writer.finish(&inspect_parquet(&parts[1])?.key_values.into_iter().collect())?;
    let error = refusal(&[parts[0].clone(), less]);
    assert!(
        matches!(&error, ShardError::Rows { path, .. } if path.ends_with("less.parquet")),
        "{error}"
    );
    Ok(())
}

#[test]
fn parts_of_other_scans_are_refused_with_what_tells_them_apart() -> Result<(), PredictError> {
    let genome = genome();
    let other = fasta(&[("gaps", b"ACGT")], 60);
    let folder = TempDir::new().unwrap();
    let scorer = Sociable {
        window: 50,
        tiled: true,
    };
    let ours = request(genome.path(), &scorer, 5000);
    let parts = scan_parts(&ours, 2, folder.path())?;
    let foreign = |request: &ScanRequest<'_>, count| {
        let folder = TempDir::new().unwrap();
        let part = scan_parts(request, count, folder.path()).unwrap().remove(1);
        match refusal(&[parts[0].clone(), part.clone()]) {
            ShardError::Foreign { path, other, key, .. } => {
                assert_eq!((path, other), (part, parts[0].clone()));
                key
            }
            error => panic!("{error}"),
        }
    };
    let mut genome_differs = ours.clone();
    genome_differs.genome = other.path();
    assert_eq!(foreign(&genome_differs, 2), "the list of contigs");
    let mut model_differs = ours.clone();
    model_differs.model.digest = "f00".to_owned();
    assert_eq!(foreign(&model_differs, 2), "processive.model.digest");
    let mut strand_differs = ours.clone();
    strand_differs.strand = StrandRule::Plus;
    assert_eq!(foreign(&strand_differs, 2), "processive.rule");
    let mut batch_differs = ours.clone();
    batch_differs.batch_size = Some(nonzero(8));
    assert_eq!(foreign(&batch_differs, 2), "the plan of bins");
    assert_eq!(foreign(&ours, 3), "the number of shards");
    Ok(())
}
