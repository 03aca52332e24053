//! Hits of motifs as text, and as Parquet read by polars.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use polars::prelude::{DataFrame, DataType, ParquetReader, PlSmallStr, SerReader};
use processive_core::Strand;
use processive_report::{
    Hit, HitMotif, HitOptions, HitRows, Overwrite, Provenance, ReportError, TableFormat, ZERO_BASED_KEY, columns,
    create_hit_writer, inspect_parquet,
};

type Outcome = Result<(), Box<dyn Error>>;

fn options() -> HitOptions {
    let motif = |(id, name): (&str, &str)| HitMotif {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    HitOptions {
        motifs: [("MA1", "CTCF"), ("MA2", "Ets1 (var 2)"), ("MA3", "CTCF")]
            .map(motif)
            .to_vec(),
        ..HitOptions::default()
    }
}

fn hit(start: u64, motif: u32, strand: Strand, score: f32, p: f64) -> Hit {
    Hit {
        start,
        end: start + 8 + u64::from(motif),
        motif,
        strand,
        score,
        p,
    }
}

fn hits() -> [(&'static str, Vec<Hit>); 3] {
    use Strand::{Minus, Plus};
    [
        (
            "chrI",
            vec![
                hit(0, 0, Plus, 12.345, 9.834_274_649_620_056e-5),
                hit(0, 0, Minus, 12.345, 1e-4),
                hit(0, 2, Plus, 0.5, 1.0),
            ],
        ),
        ("chrII", vec![]),
        ("chrM", vec![hit(7, 1, Minus, -1.25, 3e-12)]),
    ]
}

/// Writes the hits of each contig at once or one by one.
fn write(path: &Path, options: HitOptions, together: bool) -> Result<(), ReportError> {
    let mut writer = create_hit_writer(path, TableFormat::from_path(path)?, options)?;
    for (chrom, hits) in hits() {
        for hits in hits.chunks(if together { 100 } else { 1 }) {
            writer.write(&HitRows { chrom, hits })?;
        }
        writer.write(&HitRows { chrom, hits: &[] })?;
    }
    writer.finish(&Provenance::from_iter([("command", "processive scan")]))
}

/// What a file says, plain and through gzip, written hit by hit and contig by contig.
fn text(ending: &str) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(format!("{name}.{ending}"));
    write(&path("a"), options(), true)?;
    write(&path("b"), options(), false)?;
    let plain = fs::read_to_string(path("a"))?;
    assert_eq!(plain, fs::read_to_string(path("b"))?);
    let packed = folder.path().join(format!("c.{ending}.gz"));
    write(&packed, options(), true)?;
    let mut inflated = String::new();
    GzDecoder::new(File::open(packed)?).read_to_string(&mut inflated)?;
    assert_eq!(inflated, plain);
    Ok(plain)
}

#[test]
fn a_table_has_a_heading_and_numbers_that_read_back() -> Outcome {
    let expected = "chrom\tstart\tend\tmotif\tname\tstrand\tscore\tp\n\
                    chrI\t0\t8\tMA1\tCTCF\t+\t12.345\t9.834274649620056e-5\n\
                    chrI\t0\t8\tMA1\tCTCF\t-\t12.345\t1e-4\n\
                    chrI\t0\t10\tMA3\tCTCF\t+\t0.5\t1e0\n\
                    chrM\t7\t16\tMA2\tEts1 (var 2)\t-\t-1.25\t3e-12\n";
    assert_eq!(text("tsv")?, expected);
    Ok(())
}

#[test]
fn bed_has_six_columns_and_shades() -> Outcome {
    let expected =
        "chrI\t0\t8\tMA1\t401\t+\nchrI\t0\t8\tMA1\t400\t-\nchrI\t0\t10\tMA3\t0\t+\nchrM\t7\t16\tMA2\t1000\t-\n";
    assert_eq!(text("bed")?, expected);
    Ok(())
}

fn frame(path: &Path) -> Result<DataFrame, Box<dyn Error>> {
    Ok(ParquetReader::new(File::open(path)?).finish()?)
}

fn texts(frame: &DataFrame, column: &str) -> Result<Vec<String>, Box<dyn Error>> {
    assert!(
        matches!(frame.column(column)?.dtype(), DataType::Categorical(..)),
        "{column}"
    );
    let texts = frame.column(column)?.cast(&DataType::String)?;
    Ok(texts.str()?.iter().flatten().map(str::to_owned).collect())
}

#[test]
fn polars_reads_every_column() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("hits.parquet");
    write(&path, options(), true)?;
    let frame = frame(&path)?;
    let names: Vec<&str> = frame.get_column_names().into_iter().map(PlSmallStr::as_str).collect();
    assert_eq!(names, columns::hits::HITS.map(|column| column.name));
    assert_eq!(texts(&frame, "chrom")?, ["chrI", "chrI", "chrI", "chrM"]);
    assert_eq!(texts(&frame, "motif")?, ["MA1", "MA1", "MA3", "MA2"]);
    assert_eq!(texts(&frame, "name")?, ["CTCF", "CTCF", "CTCF", "Ets1 (var 2)"]);
    assert_eq!(texts(&frame, "strand")?, ["+", "-", "+", "-"]);
    assert!(frame.column("start")?.i32()?.iter().flatten().eq([0, 0, 0, 7]));
    assert!(frame.column("end")?.i32()?.iter().flatten().eq([8, 8, 10, 16]));
    let scores = frame.column("score")?.f32()?.iter().flatten();
    assert!(scores.eq([12.345, 12.345, 0.5, -1.25]));
    let p = frame.column("p")?.f64()?.iter().flatten();
    assert!(p.eq([9.834_274_649_620_056e-5, 1e-4, 1.0, 3e-12]));

    let summary = inspect_parquet(&path)?;
    let pair = |key: &str| summary.key_values.get(key).cloned();
    assert_eq!(pair("command").as_deref(), Some("processive scan"));
    assert_eq!(pair(ZERO_BASED_KEY).as_deref(), Some("true"));
    Ok(())
}

#[test]
fn a_row_group_holds_many_contigs_and_the_split_of_hits_changes_no_byte() -> Outcome {
    const HITS: u64 = 122_880 + 5;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let contigs: Vec<String> = (0..40).map(|contig| format!("scaffold_{contig}")).collect();
    for (name, together) in [("a.parquet", 10_000), ("b.parquet", 7)] {
        let mut writer = create_hit_writer(&path(name), TableFormat::Parquet, options())?;
        for (number, chrom) in (0..).zip(&contigs) {
            let share = number * HITS / 40..(number + 1) * HITS / 40;
            let hits: Vec<Hit> = share
                .map(|at| hit(at, (at % 3) as u32, Strand::Plus, at as f32 / 1000.0, 1e-5))
                .collect();
            for hits in hits.chunks(together) {
                writer.write(&HitRows { chrom, hits })?;
            }
        }
        writer.finish(&Provenance::new())?;
    }
    assert!(fs::read(path("a.parquet"))? == fs::read(path("b.parquet"))?);
    let summary = inspect_parquet(&path("a.parquet"))?;
    assert_eq!((summary.rows, summary.row_groups), (HITS, 2));
    let frame = frame(&path("a.parquet"))?;
    let last = texts(&frame, "chrom")?;
    assert_eq!(
        (last[0].as_str(), last[HITS as usize - 1].as_str()),
        ("scaffold_0", "scaffold_39")
    );
    assert!(frame.column("start")?.i32()?.iter().flatten().eq(0..HITS as i32));
    Ok(())
}

#[test]
fn positions_are_wide_when_a_contig_is() -> Outcome {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, longest_contig: u64| -> Result<(), ReportError> {
        let options = HitOptions {
            longest_contig,
            ..options()
        };
        let mut writer = create_hit_writer(&folder.path().join(name), TableFormat::Parquet, options)?;
        let hits = [hit(1 << 31, 0, Strand::Plus, 1.0, 0.5)];
        writer.write(&HitRows {
            chrom: "long",
            hits: &hits,
        })?;
        writer.finish(&Provenance::new())
    };
    write("wide.parquet", (1 << 31) + 100)?;
    let frame = frame(&folder.path().join("wide.parquet"))?;
    assert!(frame.column("start")?.i64()?.iter().flatten().eq([1i64 << 31]));
    let error = write("narrow.parquet", 0).unwrap_err();
    assert!(
        matches!(error, ReportError::Position { position, .. } if position == 1 << 31),
        "{error}"
    );
    assert!(!folder.path().join("narrow.parquet").exists());
    Ok(())
}

#[test]
fn formats_and_names_that_cannot_hold_hits_are_refused_before_any_work() -> Outcome {
    let folder = tempfile::tempdir()?;
    for name in ["a.bedgraph", "a.bedgraph.gz", "a.narrowPeak", "a.narrowPeak.gz", "a.bw"] {
        let error = write(&folder.path().join(name), options(), true).unwrap_err();
        assert!(matches!(error, ReportError::NotForHits { .. }), "{error}");
        assert!(
            error.to_string().contains("name a .parquet, .tsv or .bed file"),
            "{error}"
        );
    }
    for bad in ["", "a\tb", "a\nb"] {
        let mut options = options();
        bad.clone_into(&mut options.motifs[1].id);
        let error = write(&folder.path().join("a.tsv"), options, true).unwrap_err();
        assert!(matches!(error, ReportError::MotifName { .. }), "{error}");
    }
    fs::write(folder.path().join("a.tsv"), "old")?;
    let error = write(&folder.path().join("a.tsv"), options(), true).unwrap_err();
    assert!(matches!(error, ReportError::Exists { .. }), "{error}");
    let overwrite = HitOptions {
        overwrite: Overwrite::Yes,
        ..options()
    };
    write(&folder.path().join("a.tsv"), overwrite, true)?;
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}
