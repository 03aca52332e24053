//! What goes wrong ends the fold with its reason, and the writer does not finish.

use std::io;
use std::sync::Arc;

use processive_core::Reduction;
use processive_encode::PaddedBatch;
use processive_predict::{FoldRequest, NoProgress, PredictError, ResidueScorer, fold};
use processive_report::{FoldFormat, FoldOptions, ReportError, create_fold_writer};

use crate::toy::{Collector, ProteinFile, nonzero, protein};

#[test]
fn a_bad_record_is_an_error_of_the_reader_and_no_file_is_finished() {
    for (text, part) in [
        ("", "is empty"),
        ("MKTAYIAK\n", "not a FASTA file"),
        (">a\nMK\n>b\n>c\nMK\n", "'b' has no sequence"),
        (">a\nMK\n>b\n", "'b' has no sequence"),
        (">\nMK\n", "no name"),
        (">a\nMK7\n", "'7'"),
    ] {
        let file = ProteinFile::new(text);
        let writer = Collector::default();
        let collected = Arc::clone(&writer.collected);
        let error = fold(&file.request(), Box::new(writer), &NoProgress).unwrap_err();
        assert!(matches!(error, PredictError::Read(_)), "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert!(collected.lock().unwrap().provenance.is_none());
    }
}

#[test]
fn a_writer_that_fails_ends_the_fold() {
    let text: String = (0..500)
        .map(|i| format!(">p{i}\n{}\n", String::from_utf8(protein(40, i + 1)).unwrap()))
        .collect();
    let file = ProteinFile::new(text);
    let mut request = file.request();
    (request.batch_size, request.look_ahead) = (nonzero(100), nonzero(200));
    for at in [0, 7, 499] {
        let writer = Collector {
            failure: Some((at, io::ErrorKind::BrokenPipe)),
            ..Collector::default()
        };
        let collected = Arc::clone(&writer.collected);
        let error = fold(&request, Box::new(writer), &NoProgress).unwrap_err();
        assert!(
            matches!(&error, PredictError::Write(error) if error.is_broken_pipe()),
            "{error}"
        );
        assert_eq!(collected.lock().unwrap().rows.len(), at);
    }
}

/// Gives numbers that are none.
struct Broken;

impl ResidueScorer for Broken {
    fn reduction(&self) -> Reduction {
        Reduction::default()
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        vec![f32::NAN; batch.codes().len() * 8]
    }
}

#[test]
fn probabilities_that_are_not_finite_are_refused_with_their_place() -> Result<(), ReportError> {
    let file = ProteinFile::new(">a\nMK\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.tsv");
    let writer = create_fold_writer(&path, FoldFormat::TSV, FoldOptions::default())?;
    let error = fold(&FoldRequest::with_scorer(file.path(), &Broken), writer, &NoProgress).unwrap_err();
    assert!(error.to_string().contains("residue 1 of a is NaN"), "{error}");
    assert!(!path.exists());
    Ok(())
}
