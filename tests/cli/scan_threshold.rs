//! Thresholds that the model knows.

use processive_core::OperatingPoint;
use processive_models::Model;

use crate::fixture::Cli;
use crate::sample::{fasta, genome, labelled_table, save_tiny_model, tiny_model};

/// A folder with a genome, a model without operating points, and one with two.
fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&genome()));
    save_tiny_model(&cli.path("tiny.safetensors"));
    let mut description = tiny_model().description().clone();
    let point = |threshold, precision, recall| OperatingPoint {
        threshold,
        precision,
        recall,
    };
    description.operating_points = vec![point(0.25, 0.5, 1.0), point(0.5, 0.905, 0.75)];
    let model = Model::new(description, tiny_model().networks().to_vec());
    model.save(&cli.path("points.safetensors")).unwrap();
    cli
}

fn scan<'a>(model: &'a str, threshold: &'a str) -> Vec<&'a str> {
    let scan = ["scan", "genome.fa", "--format", "bed", "-o", "-", "--model", model];
    [&scan[..], &["--threshold", threshold]].concat()
}

#[test]
fn the_card_and_a_precision_stand_for_a_number() {
    let cli = folder();
    for (model, word, number, said) in [
        ("tiny.safetensors", "model", "0.625", "threshold 0.6250: that of tiny"),
        (
            "points.safetensors",
            "precision=0.9",
            "0.5",
            "precision 0.905, recall 0.750 on the 20 validation examples of tiny, 10 bound",
        ),
        ("points.safetensors", "precision=0.5", "0.25", "threshold 0.2500"),
        ("points.safetensors", "precision=0.1", "0.25", "threshold 0.2500"),
    ] {
        let outcome = cli.succeed(&scan(model, word));
        assert!(!outcome.stdout.is_empty());
        assert_eq!(outcome.stdout, cli.succeed(&scan(model, number)).stdout, "{word}");
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
}

#[test]
fn every_bundled_model_knows_its_precisions() {
    let cli = folder();
    let listed = cli.succeed(&["models"]).stdout;
    let binding = listed.split("\n\n").next().unwrap();
    let names: Vec<&str> = binding
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.len() > 9, "{listed}");
    for name in names {
        let outcome = cli.succeed(&scan(name, "precision=0.9"));
        assert!(outcome.stderr.contains("precision 0.9"), "{name}: {outcome:#?}");
    }
}

#[test]
fn a_precision_that_the_model_does_not_know_is_refused_with_the_reason() {
    let cli = folder();
    for (model, word, said) in [
        (
            "tiny.safetensors",
            "precision=0.9",
            "does not say which threshold has which precision",
        ),
        (
            "points.safetensors",
            "precision=0.91",
            "the highest precision of tiny on its validation data is 0.905",
        ),
        ("tiny.safetensors", "precision=2", "a precision lies between 0 and 1"),
        (
            "tiny.safetensors",
            "recall=0.5",
            "known are P, 'model' and 'precision=P'",
        ),
    ] {
        cli.refuse(&scan(model, word), &[said]);
    }
}

#[test]
fn a_trained_model_records_the_precision_of_its_thresholds() {
    let cli = folder();
    cli.write("train.csv", labelled_table(40, 1));
    cli.write("valid.csv", labelled_table(20, 2));
    let train = [
        "train",
        "tfbs",
        "--train",
        "train.csv",
        "--valid",
        "valid.csv",
        "--arch",
        "bag-cnn",
        "--epochs",
        "2",
    ];
    cli.succeed(&[&train[..], &["--filters", "8", "-o", "new.safetensors", "-q"]].concat());
    let description = Model::read(&cli.path("new.safetensors")).unwrap().description().clone();
    let lowest = description.operating_points[0];
    // At the lowest score everything is called: half of the examples are bound, and all of these are called.
    assert!(lowest.precision >= 0.5 && description.operating_points.len() > 1);
    cli.succeed(&scan("new.safetensors", &format!("precision={}", lowest.precision)));
    let text = cli.succeed(&["models", "new.safetensors"]).stdout;
    assert!(text.contains("precision") && text.contains("0.5 from 0."), "{text}");
}
