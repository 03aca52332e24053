//! Scans that multiply bytes.

use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::sample::{genome_with_a_gap, save_recurrent_model};
use crate::table::read_tsv;

const INT8: [&str; 2] = ["--precision-compute", "int8"];
const KEY: &str = "processive.compute";

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", genome_with_a_gap());
    save_recurrent_model(&cli.path("bilstm.st"));
    cli
}

fn scan(cli: &Cli, model: &[&str], output: &str, more: &[&str]) {
    cli.succeed(&[&["scan", "genome.fa", "--force", "-o", output], model, more].concat());
}

fn scores(cli: &Cli, model: &[&str], more: &[&str]) -> Vec<f32> {
    scan(cli, model, "scores.tsv", more);
    let (_, rows) = read_tsv(&cli.read_text("scores.tsv"));
    rows.into_iter().map(|row| row.scores[0]).collect()
}

/// A bundled cnn, one at windows that share nothing, and a streamed recurrent model.
const MODELS: [&[&str]; 3] = [
    &["--model", "reb1"],
    &["--model", "reb1", "--bin", "33"],
    &["--model", "bilstm.st", "--halo", "400"],
];

#[test]
fn scores_are_near_those_of_floats() {
    let cli = folder();
    for model in MODELS {
        let (floats, bytes) = (scores(&cli, model, &[]), scores(&cli, model, &INT8));
        assert_eq!(floats.len(), bytes.len());
        let differences = || floats.iter().zip(&bytes).map(|(a, b)| (a - b).abs());
        let (largest, mean) = (
            differences().fold(0.0, f32::max),
            differences().sum::<f32>() / floats.len() as f32,
        );
        println!("{model:?}: {largest} {mean}");
        // A byte has steps of 1/255: a score differs, and by little.
        assert!(
            largest > 0.0 && largest < 0.1 && mean < 0.005,
            "{model:?}: {largest} {mean}"
        );
    }
}

#[test]
fn threads_and_batches_change_no_byte() {
    let cli = folder();
    let model = ["--model", "reb1"];
    let once = scores(&cli, &model, &[&INT8[..], &["-@1"]].concat());
    for more in [["-@2", "--batch-size", "128"], ["-@1", "--batch-size", "7"]] {
        let again = scores(&cli, &model, &[&INT8[..], &more].concat());
        let bits = |scores: &[f32]| scores.iter().map(|score| score.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&once), bits(&again), "{more:?}");
    }
}

#[test]
fn the_footer_tells_of_bytes_alone() {
    let cli = folder();
    let told = |more: &[&str]| {
        scan(&cli, &["--model", "reb1"], "x.parquet", more);
        inspect_parquet(&cli.path("x.parquet"))
            .unwrap()
            .key_values
            .get(KEY)
            .cloned()
    };
    assert_eq!(told(&INT8).as_deref(), Some("int8"));
    assert_eq!(told(&[]), None);
    assert_eq!(told(&["--precision-compute", "f32"]), None);
}

#[test]
fn parts_of_both_kinds_are_not_gathered() {
    let cli = folder();
    let model = ["--model", "reb1"];
    scan(
        &cli,
        &model,
        "1.parquet",
        &["--shard", "1/2", "--precision-compute", "int8"],
    );
    scan(&cli, &model, "2.parquet", &["--shard", "2/2"]);
    // The command of a part tells of the option, too; gather names the first entry that differs.
    cli.refuse(
        &["gather", "1.parquet", "2.parquet", "-o", "x.parquet"],
        &["processive.com"],
    );
    scan(
        &cli,
        &model,
        "2.parquet",
        &["--shard", "2/2", "--precision-compute", "int8"],
    );
    cli.succeed(&["gather", "1.parquet", "2.parquet", "-o", "x.parquet"]);
}

#[test]
fn models_without_such_a_layer_are_refused_with_a_way_out() {
    let cli = folder();
    for (model, reason) in [
        (&["--model", "ctcf"][..], "is a bag-cnn, of which nothing"),
        (
            &["--model", "tead4", "--mode", "window"],
            "is a cnn-bigru, of which nothing",
        ),
        (
            &["--model", "reb1", "--model", "ctcf", "--bin", "50"],
            "ctcf is a bag-cnn",
        ),
    ] {
        let args = [&["scan", "genome.fa", "-o", "x.parquet"], model, &INT8].concat();
        cli.refuse(&args, &[reason, "Leave --precision-compute out"]);
    }
    let motifs = ["scan", "genome.fa", "-o", "x.parquet", "--motifs", "x.meme"];
    cli.refuse(&[&motifs[..], &INT8].concat(), &["cannot be used with", "--motifs"]);
}
