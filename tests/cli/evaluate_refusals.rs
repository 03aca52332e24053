//! Data, models and outputs that `evaluate` refuses.

use crate::planted::judge_folder;
use crate::sample::model;

const JUDGE: [&str; 5] = ["evaluate", "--model", "tiny.safetensors", "--test", "test.csv"];

#[test]
fn what_cannot_be_judged_is_refused() {
    let cli = judge_folder();
    cli.write("one_class.csv", "sequence,label\nACGTTGCA,1\nACGATGCA,1\n");
    cli.write("empty.csv", "");
    cli.write(
        "protein.csv",
        "sequence,label\nMVLSPADKTNVKAAWGKVGAHAGEYGAEALERMF,1\nACGT,0\n",
    );
    cli.write(
        "broken.meme",
        "MEME version 4\n\nMOTIF x\nletter-probability matrix: w= 1\n0.5 x 0 0\n",
    );
    model(&["helix"], "protein")
        .save(&cli.path("protein.safetensors"))
        .unwrap();
    for (args, parts) in [
        (
            &["--model", "tiny.safetensors"][..],
            &["no labelled data", "--test"][..],
        ),
        (
            &["--model", "tiny.safetensors", "--train", "train.csv"],
            &["no test examples", "--test"],
        ),
        (
            &["--model", "tiny.safetensors", "--test", "one_class.csv"],
            &["all 2 test examples have label 1", "both labels"],
        ),
        (
            &["--model", "tiny.safetensors", "--test", "empty.csv"],
            &["empty.csv is empty"],
        ),
        (
            &["--model", "tiny.safetensors", "--test", "missing.csv"],
            &["missing.csv", "No such file"],
        ),
        (
            &["--model", "tiny.safetensors", "--test", "protein.csv"],
            &["protein.csv:2 looks like protein"],
        ),
        (
            &["--model", "tiny.safetensors", "--test", "-"],
            &["- can be read only once", "give a file"],
        ),
        (
            &[
                "--model",
                "tiny.safetensors",
                "--test",
                "test.csv",
                "--motifs",
                "broken.meme",
            ],
            &["broken.meme, line 5", "x"],
        ),
        (
            &["--model", "missing", "--test", "test.csv"],
            &["no model file and no bundled model", "'missing'"],
        ),
        (
            &["--model", "test.csv", "--test", "test.csv"],
            &["test.csv is not a whole safetensors file"],
        ),
        (
            &["--model", "protein.safetensors", "--test", "test.csv"],
            &["reads protein", "dna model"],
        ),
        (&["--test", "test.csv"], &["--model"]),
        (
            &["--model", "tiny.safetensors", "--test-positives", "test.csv"],
            &["--test-negatives"],
        ),
    ] {
        cli.refuse(&[&["evaluate", "-o", "out.json"], args].concat(), parts);
    }
}

#[test]
fn outputs_of_unknown_form_or_that_exist_are_refused() {
    let cli = judge_folder();
    std::fs::create_dir(cli.path("folder.json")).unwrap();
    for (output, parts) in [
        ("out.bed", &["'out.bed'", "parquet, tsv, csv, json"][..]),
        ("out", &["'out'", "parquet, tsv, csv, json"]),
        ("missing/out.json", &["missing/out.json", "No such file"]),
        ("folder.json", &["folder.json is a folder"]),
    ] {
        cli.refuse(&[&JUDGE[..], &["-o", output]].concat(), parts);
    }
    for output in ["out.json", "out.tsv", "out.parquet"] {
        cli.write(output, "precious");
        let args = [&JUDGE[..], &["-o", output]].concat();
        cli.refuse(&args, &[output, "exists already", "--force"]);
        cli.succeed(&[&args[..], &["--force"]].concat());
        assert!(cli.read(output) != b"precious");
    }
    // What fails does not replace what is there.
    cli.refuse(
        &[
            "evaluate",
            "--model",
            "tiny.safetensors",
            "--test",
            "missing.csv",
            "-o",
            "out.json",
            "--force",
        ],
        &["missing.csv"],
    );
}
