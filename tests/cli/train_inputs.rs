//! The forms of labelled data that `train tfbs` reads.

use serde_json::{Value, json};

use crate::fixture::Cli;
use crate::planted::{
    CONTIG, LENGTH, PeakForm, SITES, card, fasta_of, genome_folder, labelled_fasta, peaks, planted, planted_genome,
    table, train_briefly,
};
use crate::sample::{fasta, gzip};

/// Trains a model and returns its card without the files that it came from and the digest that depends on them.
fn trained(cli: &Cli, more: &[&str]) -> Value {
    cli.succeed(&[&train_briefly("model.st", more)[..], &["--force"]].concat());
    let mut card = card(cli, "model.st");
    card.as_object_mut().unwrap().remove("digest").unwrap();
    card["training"].as_object_mut().unwrap().remove("sources").unwrap();
    card
}

/// The weights of `model.st`.
fn weights(cli: &Cli) -> Vec<Vec<f32>> {
    let model = processive_models::Model::read(&cli.path("model.st")).unwrap();
    model.networks()[0]
        .weights()
        .into_iter()
        .map(|tensor| tensor.values)
        .collect()
}

#[test]
fn the_same_examples_give_the_same_network_in_every_form() {
    let cli = Cli::new();
    let examples = planted(40, 201);
    cli.write("plain.csv", table(&examples, ','));
    let plain = trained(&cli, &["--train", "plain.csv"]);
    let expected = weights(&cli);
    // A tenth of each label is kept for validation.
    assert_eq!(plain["training"]["train"], json!([36, 18]));
    assert_eq!(plain["training"]["valid"], json!([4, 2]));
    assert_eq!(plain["window"], LENGTH);

    let odd: String = examples
        .iter()
        .map(|(sequence, label)| format!("\"a, b\", {},\"{sequence}\"\r\n", if *label { "1.0" } else { "false" }))
        .collect();
    cli.write("odd.csv", format!("\u{feff}name , label,sequence \r\n{odd}"));
    cli.write("table.tsv", table(&examples, '\t'));
    cli.write("packed.csv.gz", gzip(table(&examples, ',').as_bytes()));
    let soft_masked = table(&examples, ';').to_lowercase();
    cli.write("names.txt", soft_masked.replacen("sequence;label", "seq;Bound", 1));
    cli.write("labelled.fa", labelled_fasta(&examples));
    cli.write("bound.fa", fasta_of(&examples, true));
    cli.write("unbound.fa", fasta_of(&examples, false));
    for form in [
        &["--train", "odd.csv"][..],
        &["--train", "table.tsv"],
        &["--train", "packed.csv.gz"],
        &[
            "--train",
            "names.txt",
            "--sequence-column",
            "seq",
            "--label-column",
            "Bound",
        ],
        &["--train", "labelled.fa"],
        &["--positives", "bound.fa", "--negatives", "unbound.fa"],
    ] {
        assert_eq!(trained(&cli, form), plain, "{form:?}");
        assert!(weights(&cli) == expected, "{form:?}");
    }
}

#[test]
fn bound_sequences_get_shuffled_ones_beside_them() {
    let cli = Cli::new();
    cli.write("bound.fa", fasta_of(&planted(80, 202), true));
    let test = planted(20, 203);
    cli.write("test_bound.fa", fasta_of(&test, true));
    cli.write("test_unbound.fa", fasta_of(&test, false));
    let shuffled = ["--positives", "bound.fa", "--negatives", "shuffle"];
    let one = trained(&cli, &shuffled);
    assert_eq!(one["training"]["train"], json!([72, 36]));
    assert_eq!(one["training"]["valid"], json!([8, 4]));
    let tests = [
        "--negatives-per-positive",
        "3",
        "--test-positives",
        "test_bound.fa",
        "--test-negatives",
        "test_unbound.fa",
    ];
    let three = trained(&cli, &[&shuffled[..], &tests].concat());
    assert_eq!(three["training"]["train"], json!([36 * 4, 36]));
    assert_eq!(three["training"]["valid"], json!([4 * 4, 4]));
    assert_eq!(three["training"]["test"], "20 examples, 10 bound");
}

#[test]
fn training_examples_that_are_held_out_on_either_strand_are_dropped_and_counted() {
    let cli = Cli::new();
    let (train, valid) = (planted(40, 204), planted(10, 205));
    let reversed: String = valid[1]
        .0
        .chars()
        .rev()
        .map(|base| match base {
            'A' => 't',
            'C' => 'g',
            'G' => 'c',
            _ => 'a',
        })
        .collect();
    let shared = [valid[0].clone(), (reversed, true)];
    cli.write("train.csv", table(&[&train[..], &shared].concat(), ','));
    cli.write("valid.csv", table(&valid, ','));
    let args = train_briefly("a.st", &["--train", "train.csv", "--valid", "valid.csv"]);
    let outcome = cli.succeed(&args);
    assert!(
        outcome.stderr.contains("warn: 2 training examples"),
        "{}",
        outcome.stderr
    );
    assert_eq!(card(&cli, "a.st")["training"]["train"], json!([40, 20]));
}

#[test]
fn all_forms_of_peaks_with_the_same_centres_give_the_same_network() {
    let cli = genome_folder();
    let names = r#"{"train": ["chr1"], "valid": ["chr2"], "test": ["chr3"]}"#;
    cli.write("folds.json", names);
    cli.write("peaks6.bed", peaks(PeakForm::Bed6, "chr"));
    cli.write("peaks.narrowPeak", peaks(PeakForm::NarrowPeak, "chr"));
    cli.write(
        "headed.bed.gz",
        gzip(format!("track name=x\n#\n{}", peaks(PeakForm::Bed3, "chr")).as_bytes()),
    );
    let by_flags = ["--valid", "chr2", "--test", "chr3"];
    let model = |file: &str, split: &[&str]| {
        let data = ["--genome", "genome.fa", "--peaks", file, "--window", "50"];
        let mut card = trained(&cli, &[&data[..], split].concat());
        card["weights"] = json!(weights(&cli));
        card
    };
    let first = model("peaks.bed", &by_flags);
    // A background window for every peak.
    assert_eq!(first["training"]["train"], json!([2 * SITES, SITES]));
    assert_eq!(first["training"]["valid"], json!([2 * SITES, SITES]));
    assert_eq!(
        first["training"]["test"],
        format!("{} examples, {SITES} bound", 2 * SITES)
    );
    assert_eq!(first["training"]["valid_contigs"], json!(["chr2"]));
    assert_eq!(first["training"]["test_contigs"], json!(["chr3"]));
    assert_eq!([&first["window"], &first["bin"]], [50, 12]);
    for file in ["peaks6.bed", "peaks.narrowPeak", "headed.bed.gz"] {
        assert_eq!(model(file, &by_flags), first, "{file}");
    }
    assert_eq!(model("peaks.bed", &["--folds", "folds.json"]), first);
    let outcome = cli.succeed(
        &[
            &train_briefly("x.st", &["--genome", "genome.fa", "--peaks", "peaks.bed"])[..],
            &by_flags,
        ]
        .concat(),
    );
    assert!(
        outcome.stderr.contains("brief (bag-cnn) on peaks.bed"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_files_of_a_genome_and_its_peaks_are_on_the_card() {
    let cli = genome_folder();
    cli.succeed(&train_briefly(
        "a.st",
        &["--genome", "genome.fa", "--peaks", "peaks.bed"],
    ));
    let source = |file: &str| json!({"file": file, "sha256": processive_models::sha256(&cli.read(file))});
    let card = card(&cli, "a.st");
    assert_eq!(
        card["training"]["sources"],
        json!(["genome.fa", "peaks.bed"].map(source))
    );
    // The default window, and a split that keeps no contig apart.
    assert_eq!(card["window"], 200);
    assert_eq!(card["training"]["valid_contigs"], json!([]));
    let count = |part: &str| card["training"][part][0].as_u64().unwrap();
    assert_eq!(count("train") + count("valid"), 6 * SITES as u64);
}

#[test]
fn contigs_that_are_held_out_or_not_named_do_not_touch_the_network() {
    let cli = genome_folder();
    let data = [
        "--genome",
        "genome.fa",
        "--peaks",
        "peaks.bed",
        "--window",
        "50",
        "--folds",
        "folds.json",
    ];
    let network_with = |folds: &str, genome: &str| {
        cli.write("folds.json", folds);
        cli.write("genome.fa", genome);
        trained(&cli, &data);
        weights(&cli)
    };
    let whole = planted_genome();
    let mut other = whole.clone();
    other[2].1 = crate::sample::bases(CONTIG, 999);
    let (whole, other) = (fasta(&whole), fasta(&other));
    let held_out = r#"{"train": ["chr1"], "valid": ["chr2"], "test": ["chr3"]}"#;
    let not_named = r#"{"train": ["chr1"], "valid": ["chr2"], "test": []}"#;
    let expected = network_with(held_out, &whole);
    assert!(network_with(held_out, &other) == expected);
    assert!(network_with(not_named, &whole) == expected);
    let used = r#"{"train": ["chr1", "chr3"], "valid": ["chr2"], "test": []}"#;
    assert!(network_with(used, &whole) != expected);
}

#[test]
fn bins_are_examples_as_a_scan_sees_them() {
    let cli = genome_folder();
    let data = [
        "--genome",
        "genome.fa",
        "--peaks",
        "peaks.bed",
        "--window",
        "40",
        "--bins",
        "10",
    ];
    let card = trained(&cli, &[&data[..], &["--valid", "chr2", "--test", "chr3"]].concat());
    assert_eq!([&card["window"], &card["bin"]], [40, 10]);
    // To learn from: each bound bin, two bins to either side, and one more from elsewhere.
    assert_eq!(card["training"]["train"], json!([SITES * (1 + 4 + 1), SITES]));
    assert_eq!(card["training"]["valid"], json!([SITES * (1 + 4 + 1), SITES]));
    // To be judged on: every bin.
    assert_eq!(
        card["training"]["test"],
        format!("{} examples, {SITES} bound", CONTIG / 10)
    );
}

#[test]
fn every_rule_for_negatives_on_a_genome_gives_as_many_as_were_asked_for() {
    let cli = genome_folder();
    for rule in ["gc-matched", "flank", "background", "shuffle"] {
        let data = [
            "--genome",
            "genome.fa",
            "--peaks",
            "peaks.bed",
            "--window",
            "20",
            "--negatives",
            rule,
        ];
        let card = trained(
            &cli,
            &[&data[..], &["--valid", "chr2", "--negatives-per-positive", "2"]].concat(),
        );
        assert_eq!(card["training"]["train"], json!([2 * SITES * 3, 2 * SITES]), "{rule}");
    }
}

#[test]
fn aliases_join_the_names_of_peaks_and_genome() {
    let cli = genome_folder();
    cli.write("peaks.bed", peaks(PeakForm::Bed3, ""));
    cli.write("aliases.tsv", "1\tchr1\n2\tchr2\n3\tchr3\n");
    let data = [
        "--genome",
        "genome.fa",
        "--peaks",
        "peaks.bed",
        "--window",
        "50",
        "--valid",
        "chr2",
    ];
    let lists = [
        "(1, 2, 3)",
        "the peaks name: 1, 2, 3",
        "the genome has: chr1, chr2, chr3",
        "--contig-aliases FILE",
    ];
    cli.refuse(&train_briefly("a.st", &data), &[&["peaks.bed"], &lists[..]].concat());
    let card = trained(&cli, &[&data[..], &["--contig-aliases", "aliases.tsv"]].concat());
    assert_eq!(card["training"]["train"], json!([4 * SITES, 2 * SITES]));
}

#[test]
fn peaks_past_the_end_are_counted_or_with_strict_refused() {
    let cli = genome_folder();
    let past = "chr1\t19990\t20010\nchr2\t50000\t50010\n";
    cli.write("past.bed", peaks(PeakForm::Bed3, "chr") + past);
    let data = ["--genome", "genome.fa", "--window", "50", "--valid", "chr2", "--peaks"];
    let args = train_briefly("a.st", &[&data[..], &["past.bed"]].concat());
    let said = [
        "past.bed: 2 of 38 peaks lie past the end of their contig",
        "chr1:19991-20010 (20000 bases)",
    ];
    cli.refuse(&[&args[..], &["--strict"]].concat(), &said);
    let outcome = cli.succeed(&args);
    let warning = outcome.stderr.lines().find(|line| line.contains("warn: ")).unwrap();
    assert!(
        said.iter().all(|part| warning.contains(part)) && warning.ends_with("skipped"),
        "{warning}"
    );
    assert_eq!(
        trained(&cli, &[&data[..], &["past.bed"]].concat()),
        trained(&cli, &[&data[..], &["peaks.bed"]].concat())
    );
}
