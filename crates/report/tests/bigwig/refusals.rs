//! What bigWig cannot hold.

use std::fs;
use std::path::Path;

use processive_core::Contig;
use processive_report::{ReportError, ScanOptions, ScanSchema, TableFormat, create_scan_writer};

use crate::write;

#[test]
fn positions_past_32_bits_are_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    let last = u64::from(u32::MAX);
    write(
        &path,
        &[Contig::new("c", last)],
        &[("c", vec![(last - 5, last, 0.5)])],
        1,
        None,
    )
    .unwrap();
    fs::remove_file(&path).unwrap();
    for (length, end) in [(last + 1, 10), (last, last + 1)] {
        let error = write(
            &path,
            &[Contig::new("c", length)],
            &[("c", vec![(0, 5, 0.5), (5, end, 1.0)])],
            1,
            None,
        );
        assert!(
            matches!(&error, Err(ReportError::BigWigPosition { chrom, position, .. }) if chrom == "c" && *position > last),
            "{error:?}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn standard_output_and_several_scores_are_refused() {
    let schema = ScanSchema::one_strand(&["a", "b"]);
    let open = |path: &str, column| {
        let options = ScanOptions {
            column,
            ..ScanOptions::default()
        };
        create_scan_writer(Path::new(path), TableFormat::BigWig, &schema, &options).err()
    };
    for name in ["-", "/dev/stdout"] {
        assert!(matches!(open(name, Some(0)), Some(ReportError::NotAStream { .. })));
    }
    let error = open("never.bw", None).unwrap().to_string();
    assert!(error.contains("choose one of the columns a, b"), "{error}");
}
