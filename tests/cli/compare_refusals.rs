//! What `compare tfbs` refuses: status 2, a message that helps, no folder made.

use std::fs;

use crate::compare::compare;
use crate::fixture::Cli;
use crate::planted::{planted, small_folder, table};

/// A data set that can be compared on.
const SET: [&str; 2] = ["--dataset", "a=small.csv,,test.csv"];

fn data_folder() -> Cli {
    let cli = small_folder();
    cli.write("test.csv", table(&planted(20, 105), ','));
    cli.write("ones.csv", "sequence,label\nACGTTGCA,1\nACGATGCA,1\n");
    cli
}

fn refuse(cli: &Cli, more: &[&str], parts: &[&str]) {
    cli.refuse(&compare("out", more), parts);
    assert!(!cli.path("out").exists(), "{more:?}");
}

#[test]
fn a_folder_that_holds_something_is_left_as_it_is() {
    let cli = data_folder();
    fs::create_dir(cli.path("taken")).unwrap();
    cli.write("taken/runs.jsonl", "precious\n");
    cli.refuse(&compare("taken", &SET), &["taken exists", "--resume", "--force"]);
    cli.refuse(&compare("test.csv", &SET), &["test.csv is a file", "needs a folder"]);
    cli.refuse(
        &compare("taken", &[&SET[..], &["--resume"]].concat()),
        &["taken/runs.jsonl, line 1"],
    );
    cli.refuse(
        &compare("taken", &[&SET[..], &["--resume", "--force"]].concat()),
        &["cannot be used with"],
    );
    assert_eq!(cli.read_text("taken/runs.jsonl"), "precious\n");
}

#[test]
fn networks_that_cannot_be_made_are_refused() {
    let cli = data_folder();
    cli.write("seed.toml", "[fit]\nseed = 4\n");
    for (more, parts) in [
        (
            &["--arch", "bag-cnn,transformer"][..],
            &["'transformer'", "known: bag-cnn, cnn"][..],
        ),
        (&["--arch", "gru,gru"], &["--arch names something twice"]),
        (&["--seeds", "1,1"], &["--seeds names something twice"]),
        (
            &["--arch", "cnn", "--reference", "gru"],
            &["--reference gru takes no part", "cnn"],
        ),
        (
            &["--arch", "cnn", "--parameters", "20"],
            &["cnn cannot have about 20 parameters: the nearest is", "channels 1"],
        ),
        (&["--examples", "9", "--epochs", "1"], &["cannot be used with"]),
        (&["--tune-learning-rate", "0.1,-1"], &["--tune-learning-rate", "-1"]),
        (
            &["--tune-learning-rate", "0.1,0.1"],
            &["--tune-learning-rate names something twice"],
        ),
        (
            &["--config", "seed.toml"],
            &["--config cannot set seed here", "--seeds"],
        ),
        (&["--jobs", "3", "-@2"], &["--jobs 3 needs a thread for each", "2"]),
        (&["--dropout", "1.5"], &["dropout cannot be 1.5"]),
        (&["--motifs", "missing.meme"], &["missing.meme"]),
    ] {
        refuse(&cli, &[&SET[..], more].concat(), parts);
    }
}

#[test]
fn data_sets_that_cannot_be_compared_on_are_refused_by_name() {
    let cli = data_folder();
    for (more, parts) in [
        (&[][..], &["no labelled data", "--dataset", "--datasets"][..]),
        (
            &["--dataset", "a=small.csv"],
            &["--dataset a=small.csv", "NAME=TRAIN,VALID,TEST"],
        ),
        (
            &["--dataset", "a=missing.csv,,test.csv"],
            &["data set a", "missing.csv", "No such file"],
        ),
        (
            &["--dataset", "a=small.csv,,ones.csv"],
            &["data set a", "all 2 test examples have label 1"],
        ),
        (
            &["--dataset", "a=ones.csv,,test.csv"],
            &["data set a", "all 2 training examples have label 1"],
        ),
        (
            &["--dataset", "a=small.csv,ones.csv,test.csv"],
            &["data set a", "all 2 validation examples have label 1"],
        ),
        (
            &[
                "--dataset",
                "a=small.csv,,test.csv",
                "--dataset",
                "a=test.csv,,small.csv",
            ],
            &["two data sets are called 'a'"],
        ),
        (
            &["--dataset", "a/b=small.csv,,test.csv"],
            &["'a/b'", "letters, digits, '.', '-' and '_'"],
        ),
        (&["--train", "small.csv"], &["no test examples", "--test"]),
    ] {
        refuse(&cli, more, parts);
    }
}

#[test]
fn files_of_data_sets_with_mistakes_are_refused_by_name() {
    let cli = data_folder();
    for (text, parts) in [
        ("", &["missing field `dataset`"][..]),
        ("dataset = []\n", &["there is no [[dataset]]"]),
        ("[[sets]]\nname = 'a'\n", &["sets"]),
        (
            "[[dataset]]\ntrain = 'small.csv'\n",
            &["[[dataset]] number 1 has no name"],
        ),
        (
            "[[dataset]]\nname = 'a'\ntrian = 'small.csv'\n",
            &["data set a", "'--trian'"],
        ),
        ("[[dataset]]\nname = 'a'\ntrain = 3.5.1\n", &["line 3"]),
    ] {
        cli.write("sets.toml", text);
        refuse(
            &cli,
            &["--datasets", "sets.toml"],
            &[&["reading sets.toml"], parts].concat(),
        );
    }
    cli.write(
        "sets.toml",
        "[[dataset]]\nname = 'a'\ntrain = 'no.csv'\ntest = 'test.csv'\n",
    );
    refuse(
        &cli,
        &["--datasets", "sets.toml"],
        &["data set a", "no.csv", "No such file"],
    );
    refuse(&cli, &["--datasets", "missing.toml"], &["missing.toml", "No such file"]);
}
