//! The summary and the footer tell how the rows came about.

use processive_core::Region;
use processive_encode::PaddedBatch;
use processive_predict::{ModelIdentity, PredictError, ScanRequest, StrandRule, WindowScorer, keys};

use crate::toy::{Checksum, bases, collect, fasta, nonzero};

/// The fraction of G and C among the codes of a window.
struct GcFraction;

impl WindowScorer for GcFraction {
    fn window(&self) -> usize {
        4
    }

    fn classes(&self) -> usize {
        1
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        let gc = |window: &[u8]| window.iter().filter(|&&code| code == 1 || code == 2).count();
        batch.sequences().map(|window| gc(window) as f32 / 4.0).collect()
    }
}

#[test]
fn the_footer_names_model_genome_and_rule() -> Result<(), PredictError> {
    let file = fasta(&[("chrI", b"ACGTNNNNNNRyac"), ("Mito", b"GGCC")], 5);
    let scorer = Checksum { window: 6 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(3));
    request.command = "processive scan x.fa".to_owned();
    request.model = ModelIdentity {
        name: "reb1".to_owned(),
        digest: "abc".to_owned(),
    };
    let (summary, _, footer) = collect(&request)?;
    let digest = summary.genome_digest.clone().expect("a whole genome has a digest");
    let expected = [
        (keys::VERSION, env!("CARGO_PKG_VERSION")),
        (keys::COMMAND, "processive scan x.fa"),
        (keys::MODEL_NAME, "reb1"),
        (keys::MODEL_DIGEST, "abc"),
        (keys::GENOME_CONTIGS, r#"[["chrI",14],["Mito",4]]"#),
        (keys::GENOME_DIGEST, &*digest),
        (keys::EXTENT, "genome"),
        (keys::WINDOW, "6"),
        (keys::STRIDE, "3"),
        (keys::STRAND, "both"),
        (keys::COORDINATE_SYSTEM, "0-based half-open"),
        (keys::UNKNOWN_LETTERS, r#"{"known":10,"n":6,"other":2}"#),
        (keys::SKIPPED_BINS, "2"),
    ];
    for (key, value) in expected {
        assert_eq!(footer.get(key), Some(value), "{key}");
    }
    let rule = footer.get(keys::RULE).expect("the rule is written down");
    assert!(rule.contains("the 6 bases that begin at 3 i + 1 - 3;"), "{rule}");
    assert!(rule.contains("mean of <class>_plus and <class>_minus"), "{rule}");
    Ok(())
}

#[test]
fn a_scan_of_regions_counts_its_bins_and_has_no_genome_digest() -> Result<(), PredictError> {
    let file = fasta(&[("chrI", b"ACGTNNNNNNRyac"), ("Mito", b"GGCC")], 5);
    let scorer = Checksum { window: 6 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(3));
    request.strand = StrandRule::Plus;
    request.regions = Some(vec![Region::new("chrI", 4, 11)?]);
    let (summary, rows, footer) = collect(&request)?;
    // bins 3-6 and 9-12 hold a base, 6-9 is NNN; bin 9-12 is NRy without a known base
    assert_eq!(rows.iter().map(|row| row.start).collect::<Vec<_>>(), [3]);
    assert_eq!((summary.bins, summary.skipped_bins), (1, 2));
    assert_eq!((summary.bases.known, summary.bases.n, summary.bases.other), (1, 6, 2));
    assert_eq!(summary.genome_digest, None);
    assert_eq!(footer.get(keys::GENOME_DIGEST), None);
    assert_eq!(footer.get(keys::EXTENT), Some("1 regions"));
    assert_eq!(footer.get(keys::GENOME_CONTIGS), Some(r#"[["chrI",14],["Mito",4]]"#));
    Ok(())
}

#[test]
fn the_genome_digest_sees_letters_and_names_only() -> Result<(), PredictError> {
    let letters = bases(300, 1);
    let scorer = Checksum { window: 6 };
    let digest = |name: &str, letters: &[u8], width: usize, block: usize| -> Result<_, PredictError> {
        let file = fasta(&[(name, letters)], width);
        let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(3));
        request.block_size = nonzero(block);
        Ok(collect(&request)?.0.genome_digest)
    };
    let reference = digest("c", &letters, 60, 1000)?;
    assert_eq!(digest("c", &letters.to_ascii_lowercase(), 7, 11)?, reference);
    assert_ne!(digest("d", &letters, 60, 1000)?, reference);
    assert_ne!(digest("c", &letters[1..], 60, 1000)?, reference);
    Ok(())
}

#[test]
fn the_best_sites_are_the_bins_with_the_highest_scores() -> Result<(), PredictError> {
    // windows of 4 centred on bins of 2: bin 4-6 sees GCGC, bins 2-4 and 6-8 beside it see AAGC and GCTT;
    // bin 14-16 sees AAAC and hides bin 16-18, which sees ACAA and is not better
    let file = fasta(&[("c", b"AAAGCGCTTTTAAAAACAAA"), ("d", b"AAGGAA")], 60);
    let mut request = ScanRequest::with_scorer(file.path(), &GcFraction, nonzero(2));
    request.best = 3;
    let (summary, ..) = collect(&request)?;
    let sites: Vec<_> = summary
        .best
        .iter()
        .map(|site| (site.bin.to_string(), site.score))
        .collect();
    let expected = [("c:5-6", 1.0), ("d:3-4", 0.5), ("c:15-16", 0.25)];
    assert_eq!(sites, expected.map(|(bin, score)| (bin.to_owned(), score)));
    assert_eq!(summary.best[0].columns, [1.0, 1.0, 1.0]);
    Ok(())
}
