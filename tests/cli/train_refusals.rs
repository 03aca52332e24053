//! Data and outputs that `train tfbs` refuses: status 2, a message that helps, no file made.

use std::fs;

use crate::fixture::{Cli, Outcome};
use crate::planted::{PeakForm, genome_folder, labelled_fasta, peaks, planted, small_folder, table, train_briefly};

const PROTEIN: &str = "MVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHG";

fn refuse(cli: &Cli, more: &[&str], parts: &[&str]) {
    cli.refuse(&train_briefly("out.st", more), parts);
}

#[test]
fn tables_with_mistakes_are_refused_with_the_line() {
    let cli = small_folder();
    let good = cli.read_text("small.csv");
    for (name, content, parts) in [
        (
            "no_label.csv",
            good.replacen("label", "bound", 1),
            &["no column 'label'", "sequence, bound", "--label-column"][..],
        ),
        (
            "no_sequence.csv",
            good.replacen("sequence", "seq", 1),
            &["no column 'sequence'", "seq, label", "--sequence-column"],
        ),
        (
            "label.csv",
            good.clone() + "ACGT,2\n",
            &["line 42", "label '2' is not 0 or 1"],
        ),
        (
            "blank_label.csv",
            good.clone() + "ACGT,\n",
            &["line 42", "label '' is not 0 or 1"],
        ),
        (
            "no_letters.csv",
            good.clone() + "\n  ,1\n",
            &["line 43", "the sequence is empty"],
        ),
        (
            "digit.csv",
            good.clone() + "AC7T,1\n",
            &["line 42", "'7'", "column 'sequence'"],
        ),
        (
            "ragged.csv",
            good.clone() + "ACGT\n",
            &["line 42", "1 fields, but the header has 2"],
        ),
        (
            "protein.csv",
            good.clone() + PROTEIN + ",1\n",
            &["protein.csv:42 looks like protein", "read DNA"],
        ),
        ("heading.csv", "sequence,label\n".to_owned(), &["is empty"]),
        ("empty.csv", String::new(), &["is empty"]),
        ("blank.csv", "\n\n".to_owned(), &["is empty"]),
    ] {
        cli.write(name, content);
        refuse(&cli, &["--train", name], &[&[name], parts].concat());
    }
    refuse(&cli, &["--train", "missing.csv"], &["missing.csv", "No such file"]);
    refuse(&cli, &["--train", "."], &["reading ."]);
}

#[test]
fn labelled_fasta_with_mistakes_is_refused_with_the_line() {
    let cli = Cli::new();
    let good = labelled_fasta(&planted(20, 301));
    for (name, content, parts) in [
        (
            "label.fa",
            format!("{good}>2\nACGT\n"),
            &["label.fa, line 41", "label '2' is not 0 or 1"][..],
        ),
        (
            "name.fa",
            format!("{good}>1 bound\nACGT\n"),
            &["name.fa, line 41", "label '1 bound'"],
        ),
        (
            "no_letters.fa",
            format!("{good}>1\n>0\nACGT\n"),
            &["no_letters.fa, line 41", "no sequence"],
        ),
        ("digit.fa", format!("{good}>1\nAC7T\n"), &["digit.fa, line 42", "'7'"]),
        (
            "protein.fa",
            format!("{good}>1\n{PROTEIN}\n"),
            &["protein.fa:41 looks like protein", "read DNA"],
        ),
    ] {
        cli.write(name, content);
        refuse(&cli, &["--train", name], parts);
        refuse(
            &cli,
            &["--positives", name, "--negatives", "missing.fa"],
            &["missing.fa"],
        );
    }
}

#[test]
fn data_that_are_not_there_or_not_enough_are_refused() {
    let cli = small_folder();
    cli.write("ones.fa", ">a\nACGTACGT\n>b\nAACCGGTT\n");
    cli.write("one_class.csv", "sequence,label\nACGTTGCA,0\nACGATGCA,0\n");
    for (more, parts) in [
        (
            &[][..],
            &["no labelled data", "--train", "--positives", "--genome with --peaks"][..],
        ),
        (&["--valid", "small.csv"], &["no training examples"]),
        (&["--train", "one_class.csv"], &["all 2 training examples have label 0"]),
        (
            &["--train", "small.csv", "--valid", "one_class.csv"],
            &["all 2 validation examples have label 0", "both labels"],
        ),
        (
            &["--train", "small.csv", "--valid-fraction", "0"],
            &["no validation examples", "--valid", "--valid-fraction"],
        ),
        (
            &["--train", "small.csv", "--valid-fraction", "1"],
            &["--valid-fraction cannot be 1", "below 1"],
        ),
        (&["--positives", "ones.fa"], &["--negatives"]),
        (
            &["--positives", "ones.fa", "--negatives", "gc-matched"],
            &["gc-matched", "--genome and --peaks", "shuffle"],
        ),
        (
            &["--positives", "ones.fa", "--negatives", "no_file.fa"],
            &["no_file.fa", "No such file"],
        ),
        (
            &["--train", "small.csv", "--negatives", "ones.fa"],
            &["--negatives ones.fa goes with --positives"],
        ),
        (
            &["--train", "small.csv", "--positives", "ones.fa"],
            &["--train", "--positives", "cannot be used with"],
        ),
        (
            &["--train", "small.csv", "--test-positives", "ones.fa"],
            &["--test-negatives"],
        ),
    ] {
        refuse(&cli, more, parts);
    }
}

#[test]
fn standard_input_is_refused_since_data_are_read_more_than_once() {
    let cli = small_folder();
    for path in ["-", "/dev/stdin"] {
        let input = cli.read("small.csv");
        cli.run_piped(&input, &train_briefly("out.st", &["--train", path]))
            .refused(&["read more than once", path, "give a file"]);
    }
    assert_eq!(cli.files().len(), 1);
}

#[test]
fn genomes_and_peaks_that_do_not_fit_are_refused() {
    let cli = genome_folder();
    cli.write("one.csv", table(&planted(4, 302), ','));
    cli.write("broken.bed", peaks(PeakForm::Bed3, "chr") + "chr1\t5\n");
    cli.write("reversed.bed", "chr1\t50\t40\n");
    cli.write("unknown.bed", "chr1\t50\t60\nchrM\t5\t9\n");
    cli.write("protein.fa", format!(">chr1\n{PROTEIN}\n"));
    cli.write("folds.json", r#"{"train": ["chr1"], "valid": ["chr7"], "test": []}"#);
    cli.write("twice.json", r#"{"train": ["chr1"], "valid": ["chr1"], "test": []}"#);
    cli.write("broken.json", r#"{"train": "chr1"}"#);
    let genome = ["--genome", "genome.fa"];
    let both = ["--genome", "genome.fa", "--peaks", "peaks.bed"];
    for (begin, more, parts) in [
        (&genome[..], &[][..], &["--peaks"][..]),
        (&[], &["--peaks", "peaks.bed"], &["--genome"]),
        (&genome, &["--peaks", "missing.bed"], &["missing.bed", "No such file"]),
        (
            &genome,
            &["--peaks", "broken.bed"],
            &["broken.bed, line 37", "2 columns"],
        ),
        (
            &genome,
            &["--peaks", "reversed.bed"],
            &["reversed.bed, line 1", "ends before it starts"],
        ),
        (
            &genome,
            &["--peaks", "unknown.bed"],
            &[
                "unknown.bed",
                "1 of 2 contigs",
                "(chrM)",
                "chr1, chr2, chr3",
                "--contig-aliases",
            ],
        ),
        (
            &[],
            &["--genome", "protein.fa", "--peaks", "reversed.bed"],
            &["reversed.bed, line 1"],
        ),
        (&both, &["--valid", "chr9"], &["no contig chr9", "chr1, chr2, chr3"]),
        (
            &both,
            &["--valid", "chr2", "--test", "chr3,chrX"],
            &["no contig chrX", "chr1, chr2, chr3"],
        ),
        (
            &both,
            &["--valid", "chr2,chr3", "--test", "chr3"],
            &["chr3 is both in --valid and in --test"],
        ),
        (&both, &["--valid", "chr1,chr2,chr3"], &["no training examples"]),
        (
            &both,
            &["--folds", "folds.json"],
            &["no contig chr7", "chr1, chr2, chr3"],
        ),
        (
            &both,
            &["--folds", "twice.json"],
            &["twice.json", "'chr1' is both in train and in valid"],
        ),
        (&both, &["--folds", "broken.json"], &["broken.json is not a folds file"]),
        (&both, &["--folds", "missing.json"], &["missing.json", "No such file"]),
        (
            &both,
            &["--folds", "folds.json", "--valid", "chr2"],
            &["--folds", "--valid", "cannot be used with"],
        ),
        (
            &both,
            &["--negatives", "one.csv"],
            &["'one.csv' is no rule", "gc-matched, flank, background, shuffle"],
        ),
        (
            &both,
            &["--negatives", "flank", "--bins", "10"],
            &["--bins", "--negatives", "cannot be used with"],
        ),
        (
            &both,
            &["--train", "one.csv"],
            &["--train", "--genome", "cannot be used with"],
        ),
        (&both, &["--contig-aliases", "missing.tsv"], &["missing.tsv"]),
        (&both, &["--window", "0"], &["--window", "at least 1"]),
        (&both, &["--bins", "0"], &["--bins", "at least 1"]),
    ] {
        refuse(&cli, &[begin, more].concat(), parts);
    }
    cli.write("one.bed", "chr1\t10\t20\n");
    refuse(
        &cli,
        &["--genome", "protein.fa", "--peaks", "one.bed"],
        &["contig chr1 looks like protein", "read DNA"],
    );
    let pipe = ["--genome", "-", "--peaks", "peaks.bed"];
    cli.run_on("genome.fa", &train_briefly("out.st", &pipe))
        .refused(&["give a file"]);
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_the_work() {
    let cli = small_folder();
    fs::create_dir(cli.path("folder.st")).unwrap();
    // A mistake in the data would be found later than one in the output.
    for (output, more, parts) in [
        ("missing/out.st", &[][..], &["missing", "No such file"][..]),
        ("small.csv/out.st", &[], &["small.csv"]),
        ("folder.st", &["--force"], &["folder.st is a folder"]),
        ("-", &[], &["--output needs a file"]),
    ] {
        cli.refuse(
            &train_briefly(output, &[&["--train", "missing.csv"], more].concat()),
            parts,
        );
    }
    let log = ["--train", "small.csv", "--metrics-log", "missing/log.jsonl"];
    refuse(&cli, &log, &["missing/log.jsonl", "No such file"]);
    refuse(
        &cli,
        &["--train", "small.csv", "--device", "cuda"],
        &["no CUDA support"],
    );
    cli.refuse(
        &["train", "tfbs", "--train", "small.csv", "--arch", "cnn"],
        &["--output"],
    );
}

#[test]
fn a_run_that_is_refused_leaves_the_log_of_the_last_one() {
    let cli = small_folder();
    cli.write("out.st.metrics.jsonl", "precious\n");
    refuse(
        &cli,
        &["--train", "small.csv", "--start-from", "missing"],
        &["'missing'"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let cli = small_folder();
    let args = train_briefly("out.st", &["--train", "small.csv", "--metrics-log", "/dev/full"]);
    Outcome::of(&mut cli.command(&args)).refused(&["writing /dev/full", "No space left"]);
    assert!(!cli.path("out.st").exists());
}

#[test]
fn a_run_that_diverges_says_so_and_writes_no_model() {
    let cli = small_folder();
    // Weights of 1e30 overflow in the step after the first; with one step in all, when the run is judged.
    for batch_size in ["8", "64"] {
        let rate = [
            "--learning-rate",
            "1e30",
            "--schedule",
            "constant",
            "--batch-size",
            batch_size,
        ];
        let args = [&train_briefly("out.st", &["--train", "small.csv"])[..], &rate].concat();
        let outcome = cli.run(&args);
        outcome.refused(&["the loss became", "in epoch 1", "--learning-rate"]);
        assert!(!cli.path("out.st").exists());
    }
}
