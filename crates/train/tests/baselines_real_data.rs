//! The baselines on real CTCF data (2,000 + 2,000 sequences of 100 bp from the `FastSK` paper), where the data
//! folder is at hand; without it each test says so and passes.
#![allow(clippy::print_stderr, reason = "a skipped test says that it was skipped")]

use std::error::Error;
use std::path::PathBuf;

use processive_core::Motif;
use processive_encode::encode_dna;
use processive_train::baselines::{Baseline, BestPwm, CodedExample, GcContent, KmerLogistic, evaluate_baseline};
use processive_train::bootstrap::BootstrapSettings;

type TestResult = Result<(), Box<dyn Error>>;
type Sequences = Vec<(Vec<u8>, bool)>;

fn data(path: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("SKIPPED: {} is not there", path.display());
    }
    text
}

/// Reads FASTA whose headers are the labels.
fn labelled(fasta: &str) -> Sequences {
    let records = fasta.split('>').skip(1).filter_map(|record| record.split_once('\n'));
    records
        .map(|(label, letters)| (encode_dna(letters.trim_end().as_bytes()), label.trim() == "1"))
        .collect()
}

/// The examples at every place of the list for which `keep` is true.
fn examples(sequences: &Sequences, keep: impl Fn(usize) -> bool) -> Vec<CodedExample<'_>> {
    let kept = sequences.iter().enumerate().filter(|(index, _)| keep(*index));
    kept.map(|(_, (codes, label))| CodedExample { codes, label: *label })
        .collect()
}

fn ctcf() -> Option<(Sequences, Sequences)> {
    let training = data("fastsk_tf/CTCF.train.fasta")?;
    let test = data("fastsk_tf/CTCF.test.fasta")?;
    Some((labelled(&training), labelled(&test)))
}

fn test_auroc(baseline: &dyn Baseline, test: &Sequences) -> Result<f64, Box<dyn Error>> {
    let settings = BootstrapSettings { resamples: 0, seed: 0 };
    Ok(evaluate_baseline(baseline, &examples(test, |_| true), &settings)?["auroc"].value)
}

#[test]
fn word_counts_reach_what_scikit_learn_reaches_on_ctcf() -> TestResult {
    let Some((training, test)) = ctcf() else { return Ok(()) };
    assert_eq!((training.len(), test.len()), (2000, 2000));
    let all = examples(&training, |_| true);
    // scikit-learn 1.9.1, LogisticRegression on ln(1 + count) of canonical 6-mers, all of the training set
    for (c, expected) in [(0.003, 0.896_94), (0.01, 0.918_26), (0.1, 0.927_93)] {
        let found = test_auroc(&KmerLogistic::fit_with_penalty(&all, &all, c)?, &test)?;
        assert!((found - expected).abs() < 1e-3, "C = {c}: {found}, not {expected}");
    }
    // four fifths to fit, one fifth to choose C; .9224 was measured earlier with all of it
    let fit = examples(&training, |index| index % 5 != 0);
    let choose = examples(&training, |index| index % 5 == 0);
    let chosen = KmerLogistic::fit(&fit, &choose)?;
    let found = test_auroc(&chosen, &test)?;
    assert!(found > 0.9224 - 0.003, "C = {}: {found}", chosen.c());
    Ok(())
}

#[test]
fn composition_alone_separates_ctcf_as_far_as_known() -> TestResult {
    let Some((training, test)) = ctcf() else { return Ok(()) };
    let all = examples(&training, |_| true);
    let fitted = GcContent::fit(&all, &all)?;
    let found = test_auroc(&fitted, &test)?;
    assert!(fitted.prefers_gc());
    // .755 by an earlier measurement with numpy
    assert!((found - 0.755).abs() < 0.001, "{found}");
    Ok(())
}

/// Reads the motifs of a MEME file for which `keep` is true, by their place.
fn motifs(meme: &str, keep: impl Fn(usize, &str) -> bool) -> Result<Vec<Motif>, Box<dyn Error>> {
    let mut found = Vec::new();
    for (index, block) in meme.split("\nMOTIF ").skip(1).enumerate() {
        let title = block.lines().next().unwrap_or_default();
        if keep(index, title) {
            let rows = block
                .lines()
                .skip_while(|line| !line.starts_with("letter-probability"))
                .skip(1);
            let columns: Vec<[f64; 4]> = rows.map_while(column).collect();
            let (id, name) = title.split_once(' ').unwrap_or((title, ""));
            found.push(Motif::new(id, name, columns)?);
        }
    }
    Ok(found)
}

fn column(line: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
    numbers.try_into().ok()
}

#[test]
fn best_motif_for_ctcf_is_ctcf() -> TestResult {
    let Some((training, test)) = ctcf() else { return Ok(()) };
    let Some(jaspar) = data("motifs/JASPAR2024.meme") else {
        return Ok(());
    };
    // every CTCF matrix among one in ten of the others
    let motifs = motifs(&jaspar, |index, title| index % 10 == 0 || title.ends_with("CTCF"))?;
    assert!(motifs.len() > 230, "{}", motifs.len());
    let all = examples(&training, |_| true);
    let fitted = BestPwm::fit(&all, &all, &motifs)?;
    assert!(fitted.motif().name().starts_with("CTCF"), "{}", fitted.motif().name());
    let found = test_auroc(&fitted, &test)?;
    // a motif chosen among many on 2,000 examples loses little on 2,000 others
    assert!(
        (found - fitted.training_auroc()).abs() < 0.03,
        "{found} after {}",
        fitted.training_auroc()
    );
    Ok(())
}
