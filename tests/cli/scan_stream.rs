//! Recurrent models over long stretches, and the halo that they need.

use processive_models::Model;
use processive_report::inspect_parquet;

use crate::fixture::Cli;
use crate::sample::{bases, fasta, genome_with_a_gap, save_network, save_recurrent_model};
use crate::table::read_tsv;

fn folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", genome_with_a_gap());
    save_recurrent_model(&cli.path("bilstm.st"));
    save_network(&cli.path("cnn.st"), "cnn");
    cli
}

/// The mode and the halo in the footer of a scan.
fn mode(cli: &Cli, path: &str) -> [String; 2] {
    let footer = inspect_parquet(&cli.path(path)).unwrap().key_values;
    ["processive.mode", "processive.halo"].map(|key| footer.get(key).cloned().unwrap_or_default())
}

#[test]
fn a_measured_halo_is_on_the_card_and_streams_the_model() {
    let cli = folder();
    cli.succeed(&["scan", "genome.fa", "--model", "bilstm.st", "-o", "alone.parquet"]);
    assert_eq!(mode(&cli, "alone.parquet"), ["window", "0"]);

    let printed = cli
        .succeed(&["halo", "bilstm.st", "genome.fa", "-o", "measured.st"])
        .stdout;
    assert!(printed.contains("memory  leading exponent -"), "{printed}");
    assert!(printed.contains("4,096 windows at random places"), "{printed}");
    let card = Model::read(&cli.path("measured.st")).unwrap().description().clone();
    let halo = card.forgetting.unwrap().halo.unwrap();
    let told = cli.succeed(&["models", "measured.st"]).stdout;
    assert!(told.contains(&format!("{halo} bp: at most")), "{told}");

    let scan = ["scan", "genome.fa", "--model", "measured.st", "-o"];
    cli.succeed(&[&scan[..], &["stream.parquet"]].concat());
    assert_eq!(mode(&cli, "stream.parquet"), ["stream", &halo.to_string()]);
    // A longer halo changes no score by more than the tolerance, and scores differ by more than that.
    let scores = |name: &str, more: &[&str]| -> Vec<f32> {
        cli.succeed(&[&scan[..], &[name, "--force"], more].concat());
        let (_, rows) = read_tsv(&cli.read_text(name));
        rows.into_iter().map(|row| row.scores[0]).collect()
    };
    let (near, far) = (scores("near.tsv", &[]), scores("far.tsv", &["--halo", "4000"]));
    let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert_eq!(near.len(), far.len());
    assert!(apart(&near, &far) < 1e-4, "{}", apart(&near, &far));
    assert!(apart(&near, &scores("alone.tsv", &["--mode", "window"])) > 1e-3);
}

#[test]
fn parts_of_a_stream_are_gathered_to_the_whole() {
    let cli = folder();
    let scan = [
        "scan",
        "genome.fa",
        "--model",
        "bilstm.st",
        "--halo",
        "200",
        "--batch-size",
        "300",
        "--force",
        "-o",
    ];
    cli.succeed(&[&scan[..], &["whole.parquet", "-@1"]].concat());
    let parts = ["1/3", "2/3", "3/3"].map(|shard| {
        let name = format!("{}.parquet", &shard[..1]);
        cli.succeed(&[&scan[..], &[&name, "--shard", shard, "-@2"]].concat());
        name
    });
    let [first, second, third] = &parts;
    cli.succeed(&["gather", second, third, first, "-o", "gathered.parquet"]);
    // The command of the whole is of one file, gather's of three.
    let told = |name: &str| {
        let footer = inspect_parquet(&cli.path(name)).unwrap().key_values;
        footer
            .into_iter()
            .filter(|(key, _)| key != "processive.command")
            .collect::<Vec<_>>()
    };
    assert_eq!(told("gathered.parquet"), told("whole.parquet"));
    assert_eq!(mode(&cli, "gathered.parquet"), ["stream", "200"]);
}

#[test]
fn what_cannot_be_streamed_is_refused_with_a_way_out() {
    let cli = folder();
    cli.write("short.fa", fasta(&[("x", bases(90, 1))]));
    for (args, reason) in [
        (&["--model", "bilstm.st", "--mode", "stream"][..], "no measured halo"),
        (&["--model", "cnn.st", "--halo", "100"], "not a recurrent network"),
        (
            &["--model", "bilstm.st", "--halo", "100", "--bin", "5"],
            "--bin 6 can be streamed",
        ),
        (
            &["--model", "bilstm.st", "--halo", "100", "--mode", "window"],
            "--halo is for --mode stream",
        ),
    ] {
        cli.refuse(&[&["scan", "genome.fa", "-o", "x.parquet"], args].concat(), &[reason]);
    }
    for (args, reason) in [
        (&["halo", "cnn.st", "genome.fa"][..], "needs no halo"),
        (&["halo", "bilstm.st", "short.fa"], "too short to measure"),
        (
            &["halo", "bilstm.st", "genome.fa", "-o", "cnn.st"],
            "--force replaces it",
        ),
    ] {
        cli.refuse(args, &[reason]);
    }
}
