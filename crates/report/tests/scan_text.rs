//! Scans written as TSV, bedGraph, BED and narrowPeak.

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use processive_report::{
    Calls, Provenance, ReportError, ScanOptions, ScanRows, ScanSchema, TableFormat, create_scan_writer,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Adjacent bins, a gap on chrI after 40, a short last bin, and a contig that begins where the last one ended.
const ROWS: [(&str, u64, u64, [f32; 3]); 8] = [
    ("chrI", 0, 10, [0.2, 0.1, 0.3]),
    ("chrI", 10, 20, [0.9, 0.85, 0.95]),
    ("chrI", 20, 30, [0.987_65, 0.98, 0.99]),
    ("chrI", 30, 40, [0.8, 0.1, 0.7]),
    ("chrI", 50, 60, [0.8, 1e-7, 0.2]),
    ("chrI", 60, 70, [0.799_999_95, 1.0, 0.0]),
    ("chrI", 70, 74, [1.0, 1.0, 1.0]),
    ("chrII", 74, 84, [0.8, 0.5, 0.25]),
];

/// Writes the rows one at a time (`together`: a contig's rows at a time).
fn write(path: &Path, options: &ScanOptions, together: bool) -> Result<(), ReportError> {
    let schema = ScanSchema::both_strands(&["reb1"]);
    let mut writer = create_scan_writer(path, TableFormat::from_path(path)?, &schema, options)?;
    let same_contig = |a: &(&str, u64, u64, [f32; 3]), b: &(&str, u64, u64, [f32; 3])| together && a.0 == b.0;
    for rows in ROWS.chunk_by(same_contig) {
        let scores: Vec<Vec<f32>> = (0..3)
            .map(|column| rows.iter().map(|row| row.3[column]).collect())
            .collect();
        writer.write(&ScanRows {
            chrom: rows[0].0,
            starts: &rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            ends: &rows.iter().map(|row| row.2).collect::<Vec<_>>(),
            scores: &scores,
        })?;
    }
    writer.finish(&Provenance::new())
}

/// What a file says, written row by row and contig by contig, plain and through gzip.
fn text(ending: &str, options: &ScanOptions) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(format!("{name}.{ending}"));
    write(&path("rows"), options, false)?;
    write(&path("contigs"), options, true)?;
    let plain = fs::read_to_string(path("rows"))?;
    assert_eq!(fs::read_to_string(path("contigs"))?, plain);

    let packed = folder.path().join(format!("packed.{ending}.gz"));
    write(&packed, options, true)?;
    let mut unpacked = String::new();
    GzDecoder::new(File::open(&packed)?).read_to_string(&mut unpacked)?;
    assert_eq!(unpacked, plain);
    // RFC 1952: bytes 4 to 7 are the time; flags (byte 3) without a file name.
    assert_eq!(fs::read(&packed)?[3..8], [0; 5]);
    Ok(plain)
}

fn options(column: Option<usize>, threshold: Option<f64>) -> ScanOptions {
    ScanOptions {
        column,
        calls: threshold.map(Calls::Reaching),
        ..ScanOptions::default()
    }
}

#[test]
fn tsv_has_a_header_and_numbers_that_read_back() -> Outcome {
    let text = text("tsv", &options(None, None))?;
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("chrom\tstart\tend\treb1\treb1_plus\treb1_minus"));
    for (line, (chrom, start, end, scores)) in lines.by_ref().zip(ROWS) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(
            (cells[0], cells[1].parse(), cells[2].parse()),
            (chrom, Ok(start), Ok(end))
        );
        for (cell, score) in cells[3..].iter().zip(scores) {
            assert_eq!(cell.parse::<f32>()?.to_bits(), score.to_bits());
        }
    }
    assert_eq!(text.lines().count(), ROWS.len() + 1);
    Ok(())
}

#[test]
fn precision_shortens_text() -> Outcome {
    let options = ScanOptions {
        precision: Some(2),
        ..options(None, None)
    };
    let text = text("tsv", &options)?;
    assert_eq!(text.lines().nth(3), Some("chrI\t20\t30\t0.99\t0.98\t0.99"));
    assert_eq!(text.lines().nth(5), Some("chrI\t50\t60\t0.8\t0\t0.2"));
    Ok(())
}

#[test]
fn bedgraph_holds_the_chosen_score_without_a_header() -> Outcome {
    let text = text("bedgraph", &options(Some(2), None))?;
    assert!(text.starts_with("chrI\t0\t10\t0.3\nchrI\t10\t20\t0.95\n"), "{text}");
    assert!(text.ends_with("chrI\t70\t74\t1\nchrII\t74\t84\t0.25\n"), "{text}");
    assert_eq!(text.lines().count(), ROWS.len());
    Ok(())
}

#[test]
fn bed_joins_adjacent_bins_that_reach_the_threshold() -> Outcome {
    // 0.8 (f32) reaches the threshold 0.8; 0.79999995 does not, so the last bins are three calls, not one.
    let expected = "\
chrI\t10\t40\treb1\t988\t.
chrI\t50\t60\treb1\t800\t.
chrI\t70\t74\treb1\t1000\t.
chrII\t74\t84\treb1\t800\t.
";
    assert_eq!(text("bed", &options(Some(0), Some(0.8)))?, expected);
    assert_eq!(
        text("bed", &options(Some(1), Some(1.0)))?,
        "chrI\t60\t74\treb1_plus\t1000\t.\n"
    );
    assert_eq!(text("bed", &options(Some(0), Some(1.5)))?, "");
    Ok(())
}

#[test]
fn narrowpeak_adds_the_summit_of_each_call() -> Outcome {
    // Summits: the centre of 20-30 is 25, 15 past 10; of 50-60, 5 past 50; of 70-74, 2 past 70.
    let expected = "\
chrI\t10\t40\treb1\t988\t.\t0.98765\t-1\t-1\t15
chrI\t50\t60\treb1\t800\t.\t0.8\t-1\t-1\t5
chrI\t70\t74\treb1\t1000\t.\t1\t-1\t-1\t2
chrII\t74\t84\treb1\t800\t.\t0.8\t-1\t-1\t5
";
    assert_eq!(text("narrowPeak", &options(Some(0), Some(0.8)))?, expected);
    // Two bins share the largest score: the summit is the first one's centre.
    let tied = text("narrowPeak", &options(Some(1), Some(1.0)))?;
    assert_eq!(tied, "chrI\t60\t74\treb1_plus\t1000\t.\t1\t-1\t-1\t5\n");
    Ok(())
}

#[test]
fn rows_that_are_calls_themselves_are_not_joined() -> Outcome {
    let each = ScanOptions {
        calls: Some(Calls::EachRow),
        ..options(Some(0), None)
    };
    let text = text("narrowPeak", &each)?;
    let line = |(chrom, start, end, scores): &(&str, u64, u64, [f32; 3])| {
        let (score, summit) = (scores[0], (end - start) / 2);
        let thousandths = (f64::from(score) * 1000.0).round();
        format!("{chrom}\t{start}\t{end}\treb1\t{thousandths}\t.\t{score}\t-1\t-1\t{summit}")
    };
    let expected = ROWS.iter().map(line).collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(text, expected);
    let folder = tempfile::tempdir()?;
    for name in ["a.tsv", "a.parquet", "a.bw"] {
        write(&folder.path().join(name), &each, true)?;
    }
    Ok(())
}

#[test]
fn a_choice_that_is_missing_or_senseless_is_refused_before_a_file_is_made() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (name, options, expected) in [
        (
            "a.bedgraph",
            options(None, None),
            "choose one of the columns reb1, reb1_plus, reb1_minus",
        ),
        (
            "a.bed",
            options(Some(3), Some(0.5)),
            "choose one of the columns reb1, reb1_plus, reb1_minus",
        ),
        (
            "a.bed.gz",
            options(Some(0), None),
            "bed.gz holds calls, which need a threshold",
        ),
        ("a.tsv", options(None, Some(0.5)), "tsv holds every bin"),
        ("a.parquet", options(None, Some(0.5)), "parquet holds every bin"),
        ("a.xlsx", options(None, None), "known are parquet, tsv"),
    ] {
        let message = write(&folder.path().join(name), &options, true)
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{name}: {message}");
    }
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn a_reader_that_has_gone_is_told_apart_from_other_failures() -> Outcome {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return Ok(());
    }
    let schema = ScanSchema::one_strand(&["a"]);
    for format in [TableFormat::Parquet, TableFormat::Tsv, TableFormat::TsvGz] {
        let writer = create_scan_writer(full, format, &schema, &ScanOptions::default())?;
        let error = writer.finish(&Provenance::new()).unwrap_err();
        assert!(matches!(error, ReportError::Write { .. }), "{format}: {error:?}");
        assert!(!error.is_broken_pipe());
    }
    let broken = ReportError::Write {
        path: "-".into(),
        source: std::io::ErrorKind::BrokenPipe.into(),
    };
    assert!(broken.is_broken_pipe());
    Ok(())
}
