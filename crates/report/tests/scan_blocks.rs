//! A Parquet scan read back whole.

use std::error::Error;
use std::fs;
use std::path::Path;

use processive_report::{
    Partition, Provenance, ReportError, ScanOptions, ScanRows, ScanSchema, ScanWriter, TableFormat, create_scan_writer,
    read_scan_blocks,
};

type Outcome = Result<(), Box<dyn Error>>;

fn writer(path: &Path, longest_contig: u64) -> Result<Box<dyn ScanWriter>, ReportError> {
    let options = ScanOptions {
        longest_contig,
        ..ScanOptions::default()
    };
    create_scan_writer(
        path,
        TableFormat::Parquet,
        &ScanSchema::both_strands(&["reb1"]),
        &options,
    )
}

/// Bins of 10 bp of some contigs, the first of which begins at `first`; every score is another number.
fn write(path: &Path, counts: &[(&str, u64)], first: u64) -> Result<(), ReportError> {
    let mut writer = writer(path, first)?;
    for &(chrom, count) in counts {
        let starts: Vec<u64> = (0..count).map(|bin| first + bin * 10).collect();
        let ends: Vec<u64> = starts.iter().map(|start| start + 10).collect();
        let score = |column: u64, bin: u64| (bin * 3 + column) as f32 / (3 * count) as f32;
        let scores: Vec<Vec<f32>> = (0..3)
            .map(|column| (0..count).map(|bin| score(column, bin)).collect())
            .collect();
        writer.write(&ScanRows {
            chrom,
            starts: &starts,
            ends: &ends,
            scores: &scores,
        })?;
    }
    writer.finish(&Provenance::from_iter([("key", "value")]))
}

#[test]
fn a_scan_that_is_read_and_written_again_is_the_same_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (path, copy) = (folder.path().join("scan.parquet"), folder.path().join("copy.parquet"));
    for (counts, first) in [
        (&[("chrI", 122_880 + 77), ("chrII", 5), ("chrM", 9000)][..], 0),
        (&[("long", 1000)], 1 << 32),
        (&[("a", 1), ("b", 1), ("c", 1)], 50),
        (&[], 0),
    ] {
        write(&path, counts, first)?;
        let blocks = read_scan_blocks(&path)?;
        assert_eq!(blocks.schema(), &ScanSchema::both_strands(&["reb1"]));
        let mut writer = writer(&copy, first)?;
        let mut contigs = Vec::new();
        for block in blocks {
            let block = block?;
            contigs.push(block.chrom.to_string());
            writer.write(&block.rows())?;
        }
        writer.finish(&Provenance::from_iter([("key", "value")]))?;
        contigs.dedup();
        let expected: Vec<&str> = counts.iter().map(|(chrom, _)| *chrom).collect();
        assert_eq!(contigs, expected);
        assert!(fs::read(&copy)? == fs::read(&path)?, "{counts:?}");
        fs::remove_file(&path)?;
        fs::remove_file(&copy)?;
    }
    Ok(())
}

#[test]
fn files_that_are_no_whole_scan_are_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let text = folder.path().join("scan.tsv");
    fs::write(&text, "chrom\tstart\n")?;
    assert!(matches!(
        read_scan_blocks(&text).err(),
        Some(ReportError::NotParquet { .. })
    ));
    // The file of a contig in a folder: its name is the contig's, and no column.
    let options = ScanOptions {
        partition: Partition::ByContig,
        ..ScanOptions::default()
    };
    let (table, schema) = (folder.path().join("scan"), ScanSchema::one_strand(&["a"]));
    create_scan_writer(&table, TableFormat::Parquet, &schema, &options)?.finish(&Provenance::new())?;
    let part = table.join("chrom=__HIVE_DEFAULT_PARTITION__/part-0.parquet");
    let message = read_scan_blocks(&part).err().ok_or("it was read")?.to_string();
    assert!(
        message.contains("no column 'chrom'") && message.contains("start, end, a"),
        "{message}"
    );
    Ok(())
}
