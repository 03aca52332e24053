//! What `train structure` refuses, and which commands refuse its models.

use crate::planted::{planted, table};
use crate::planted_chains::{Labels, chain_folder, chain_table, chains, train_chains_briefly};
use crate::sample::{fasta, genome, save_tiny_model};

#[test]
fn a_table_without_validation_chains_is_refused_with_what_to_do() {
    let cli = chain_folder();
    cli.write("train.tsv", chain_table(Labels::Eight, &[("train", &chains(4, 5))]));
    let args = [
        "train",
        "structure",
        "--chains",
        "train.tsv",
        "--arch",
        "gru",
        "-o",
        "a.st",
    ];
    cli.refuse(
        &args,
        &["no chain is in the split 'valid'", "processive prepare structure"],
    );
    let joined = [
        "train",
        "structure",
        "--chains",
        "train.tsv",
        "--join",
        "b.st",
        "-o",
        "a.st",
    ];
    cli.refuse(&joined, &["no chain is in the split 'valid'"]);
    // --split leaves nothing to validate on.
    cli.refuse(&train_chains_briefly("a.st", &["--split", "train"]), &["'valid'"]);
    cli.write("valid.tsv", chain_table(Labels::Eight, &[("valid", &chains(4, 5))]));
    let args = [
        "train",
        "structure",
        "--chains",
        "valid.tsv",
        "--arch",
        "gru",
        "-o",
        "a.st",
    ];
    cli.refuse(&args, &["training"]);
}

#[test]
fn networks_that_cannot_label_residues_are_refused() {
    let cli = chain_folder();
    let run = |more: &[&'static str]| [&["train", "structure", "--chains", "chains.tsv", "-o", "a.st"], more].concat();
    for (more, parts) in [
        (&["--arch", "bag-cnn"][..], &["bag-cnn", "keeps positions"][..]),
        (
            &["--arch", "cnn", "--pool", "2"],
            &["pool", "1 when every position is labelled"],
        ),
        (&["--arch", "gru", "--readout", "max"], &["readout", "each"]),
        (&["--arch", "transformer"], &["transformer", "cnn-bilstm"]),
        (&[], &["no architecture", "--arch"]),
        (
            &["--arch", "gru", "--q8-weight=-1"],
            &["--q8-weight cannot be -1", "0 or more"],
        ),
        (&["--arch", "gru", "--reduction", "hec"], &["ghi-eb"]),
        (&["--arch", "gru", "--members", "0"], &["--members cannot be 0"]),
        (&["--arch", "gru", "--drops", "none.tsv"], &["none.tsv"]),
        (
            &["--arch", "gru", "--reverse-complement", "0.5"],
            &["reverse-complement"],
        ),
        (&["--arch", "gru", "--jitter", "2"], &["jitter"]),
    ] {
        cli.refuse(&run(more), parts);
    }
}

#[test]
fn chains_with_nothing_to_learn_are_refused() {
    let cli = chain_folder();
    let masked = cli.read_text("chains.tsv").lines().fold(String::new(), |text, line| {
        let (rest, mask) = line.rsplit_once('\t').unwrap();
        text + &format!("{rest}\t{}\n", mask.replace('1', "0"))
    });
    cli.write("masked.tsv", masked);
    let args = [
        "train",
        "structure",
        "--chains",
        "masked.tsv",
        "--arch",
        "gru",
        "-o",
        "a.st",
    ];
    cli.refuse(&args, &["scored"]);
}

#[test]
fn models_of_another_kind_are_not_joined_or_begun_with_and_do_not_teach() {
    let cli = chain_folder();
    save_tiny_model(&cli.path("tiny.st"));
    let join = |more: &[&'static str]| {
        let run = ["train", "structure", "--chains", "chains.tsv", "-o", "a.st"];
        [&run, more].concat()
    };
    for (more, parts) in [
        (
            &["--join", "tiny.st"][..],
            &["--join", "tiny.st is a model for tfbs"][..],
        ),
        (&["--join", "none.st"], &["none.st"]),
        (&["--join", "a.st", "--members", "2"], &["--join", "--members"]),
        (&["--join", "a.st", "--resume"], &["--join", "--resume"]),
        (&["--join", "a.st", "--arch", "gru"], &["--join", "--arch"]),
        (&["--join", "a.st", "--teacher", "a.st"], &["--join", "--teacher"]),
        (&["--join", "a.st", "--start-from", "a.st"], &["--join", "--start-from"]),
        (
            &["--arch", "gru", "--start-from", "tiny.st"],
            &["--start-from: tiny.st is a model for tfbs"],
        ),
        (
            &["--arch", "gru", "--start-from", "structure"],
            &["--start-from", "the networks differ", "processive models structure"],
        ),
        (
            &["--arch", "gru", "--teacher", "tiny.st"],
            &["--teacher: tiny.st is a model for tfbs"],
        ),
        (
            &["--arch", "gru", "--teacher", "tiny.st", "--teacher-weight", "1"],
            &["--teacher-weight cannot be 1", "below 1"],
        ),
        (&["--arch", "gru", "--teacher-weight", "0.5"], &["--teacher"]),
    ] {
        cli.refuse(&join(more), parts);
    }
}

#[test]
fn a_model_of_structure_is_not_used_on_dna() {
    let cli = chain_folder();
    cli.succeed(&train_chains_briefly("fold.st", &[]));
    cli.write("genome.fa", fasta(&genome()));
    cli.write("test.csv", table(&planted(20, 106), ','));
    let reads_protein = &["model brief reads protein"][..];
    cli.refuse(
        &["scan", "genome.fa", "--model", "fold.st", "-o", "out.tsv"],
        reads_protein,
    );
    cli.refuse(&["evaluate", "--model", "fold.st", "--test", "test.csv"], reads_protein);
    cli.refuse(
        &[
            "train",
            "tfbs",
            "--train",
            "test.csv",
            "--arch",
            "cnn",
            "--start-from",
            "fold.st",
            "-o",
            "x.st",
        ],
        &["--start-from", "the networks differ", "fold.st"],
    );
}
