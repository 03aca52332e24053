//! A search that is interrupted and goes on is the search.

use std::cell::Cell;
use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use processive_predict::{
    MotifScanRequest, MotifScanSummary, MotifSet, NoProgress, PredictError, Progress, Resume, ResumeError, ResumedScan,
    StrandRule, scan_motifs,
};
use processive_report::{HitOptions, ReportError, TableFormat, create_hit_writer};
use tempfile::TempDir;

use crate::genomes::GenomeFile;
use crate::toy::{bases, fasta, prepared, random_motif, settings};

fn genome() -> GenomeFile {
    let gaps = [bases(4000, 1), vec![b'N'; 700], bases(5500, 2)].concat();
    fasta(&[("gaps", &gaps), ("tiny", b"AC"), ("long", &bases(15_000, 3))])
}

fn motifs() -> MotifSet {
    let motifs = [random_motif("A", 6, 1), random_motif("B", 11, 2)];
    prepared(&motifs, settings(0.01, [0.25; 4]))
}

fn request<'a>(genome: &'a Path, motifs: &'a MotifSet) -> MotifScanRequest<'a> {
    let mut request = MotifScanRequest::new(genome, motifs);
    request.command = String::from("processive scan genome.fa --format parquet");
    request
}

fn options(motifs: &MotifSet) -> HitOptions {
    HitOptions {
        motifs: motifs.cards().names(),
        ..HitOptions::default()
    }
}

fn resume(folder: &Path) -> Resume<'_> {
    Resume {
        folder,
        part_size: NonZeroU64::new(2000).unwrap(),
        command_of_rows: "processive scan genome.fa",
    }
}

/// Goes on with a search in parts of 2,000 bases; also tells how many parts there were.
fn go_on(
    request: &MotifScanRequest<'_>,
    folder: &Path,
    output: &Path,
    progress: &dyn Progress,
) -> Result<(usize, MotifScanSummary), PredictError> {
    let begun = ResumedScan::begin(request, resume(folder))?;
    assert_eq!(begun.count(), 13, "25,202 bases");
    let finished = begun.finished();
    let open = || create_hit_writer(output, TableFormat::Parquet, options(request.motifs));
    Ok((finished, begun.finish(open, progress)?))
}

/// Makes every part, and fails to open the output.
fn make_parts(request: &MotifScanRequest<'_>, folder: &Path) {
    let failed = || {
        let path = "out.parquet".into();
        Err(ReportError::Exists { path })
    };
    let begun = ResumedScan::begin(request, resume(folder)).unwrap();
    assert!(begun.finish(failed, &NoProgress).is_err());
}

#[derive(Default)]
struct Bases(Cell<u64>);

impl Progress for Bases {
    fn contig(&self, _: &str, _: Option<u64>) {}

    fn advance(&self, bases: u64) {
        self.0.set(self.0.get() + bases);
    }
}

#[test]
fn a_search_that_goes_on_is_that_of_one_run_and_makes_only_what_is_missing() -> Result<(), PredictError> {
    let (genome, motifs) = (genome(), motifs());
    let request = request(genome.path(), &motifs);
    let place = TempDir::new().unwrap();
    let [whole, output, folder] = ["whole.parquet", "out.parquet", "parts"].map(|name| place.path().join(name));
    let writer = create_hit_writer(&whole, TableFormat::Parquet, options(&motifs))?;
    let expected = scan_motifs(&request, writer, &NoProgress)?;
    assert!(expected.total() > 100);

    make_parts(&request, &folder);
    let part = |number: usize, ending: &str| folder.join(format!("part-{number}.{ending}"));
    // What is cut short, has another byte, is not noted, or not there, is made again; an unfinished file is removed.
    let bytes = fs::read(part(2, "parquet")).unwrap();
    fs::write(part(2, "parquet"), &bytes[..bytes.len() / 2]).unwrap();
    let mut bytes = fs::read(part(5, "parquet")).unwrap();
    bytes[100] ^= 1;
    fs::write(part(5, "parquet"), bytes).unwrap();
    fs::remove_file(part(7, "sha256")).unwrap();
    fs::remove_file(part(13, "parquet")).unwrap();
    fs::write(folder.join(".processive-abc.part"), "half").unwrap();
    let untouched = fs::metadata(part(1, "parquet")).unwrap().modified().unwrap();
    let told = Bases::default();
    let begun = ResumedScan::begin(&request, resume(&folder))?;
    assert_eq!(begun.finished(), 9);
    drop(begun);
    assert_eq!(fs::metadata(part(1, "parquet")).unwrap().modified().unwrap(), untouched);
    let (finished, summary) = go_on(&request, &folder, &output, &told)?;
    assert_eq!((finished, summary), (9, expected));
    assert_eq!(told.0.get(), 25_202);
    assert!(fs::read(&output).unwrap() == fs::read(&whole).unwrap());
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn parts_of_another_search_are_refused_and_kept() {
    let (genome, motifs) = (genome(), motifs());
    let place = TempDir::new().unwrap();
    let [output, folder] = ["out.parquet", "parts"].map(|name| place.path().join(name));
    make_parts(&request(genome.path(), &motifs), &folder);
    let names = || fs::read_dir(&folder).unwrap().count();
    assert_eq!(names(), 13 * 2 + 2);
    let refused = |request: &MotifScanRequest<'_>| match go_on(request, &folder, &output, &NoProgress) {
        Err(PredictError::Resume(ResumeError::Differs { what, .. })) => what,
        other => panic!("{other:?}"),
    };
    let with = |change: &dyn Fn(&mut MotifSet)| {
        let mut set = self::motifs();
        change(&mut set);
        refused(&request(genome.path(), &set))
    };
    assert_eq!(
        with(&|set| set.digest = "f00".to_owned()),
        "the digest of the motif file"
    );
    assert_eq!(with(&|set| set.settings.p = 0.02), "p");
    assert_eq!(
        with(&|set| set.settings.background_source = "genome".to_owned()),
        "the background"
    );
    assert_eq!(with(&|set| set.settings.pseudocount = 1.0), "the pseudocount");
    assert_eq!(with(&|set| set.settings.strand = StrandRule::Plus), "the strands");
    let mut regions = request(genome.path(), &motifs);
    regions.regions = Some(Vec::new());
    assert_eq!(refused(&regions), "the plan of bases");
    let letters = fs::read(genome.path()).unwrap();
    fs::write(genome.path(), [&letters[..], b"A\n"].concat()).unwrap();
    let ours = request(genome.path(), &motifs);
    assert_eq!(refused(&ours), "the size of the genome in bytes");
    fs::write(genome.path(), &letters).unwrap();
    assert_eq!(
        refused(&ours),
        "the time of the genome's last change, in seconds of 1970"
    );
    assert_eq!(names(), 13 * 2 + 2);
    assert!(!output.exists());
}
