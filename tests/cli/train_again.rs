//! Training again: the same bytes from the same seed, and from a run that was paused.

use crate::planted::{DATA, folder, log, small_folder, train};

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_gives_others() {
    let cli = small_folder();
    let architecture = [
        "--arch",
        "cnn-bigru",
        "--filters",
        "4",
        "--kernel",
        "5",
        "--hidden",
        "4",
        "--dense",
        "4",
        "--epochs",
        "2",
    ];
    let bytes = |output: &str, more: &[&str]| {
        let args = [
            "train",
            "tfbs",
            "--train",
            "small.csv",
            "--name",
            "x",
            "--batch-size",
            "8",
            "-o",
            output,
        ];
        cli.succeed(&[&args[..], &architecture, more].concat());
        cli.read(output)
    };
    let first = bytes("a.st", &[]);
    assert!(bytes("b.st", &[]) == first);
    assert!(bytes("c.st", &["-@1"]) == first);
    assert!(bytes("d.st", &["-@2"]) == first);
    assert!(bytes("e.st", &["--seed", "2"]) != first);
    assert!(bytes("f.st", &["--split-seed", "2"]) != first);
}

#[test]
fn a_run_that_was_paused_ends_with_the_bytes_of_one_that_was_not() {
    let cli = small_folder();
    let args = |output| {
        let fit = [
            "--filters",
            "8",
            "--hidden",
            "4",
            "--epochs",
            "3",
            "--name",
            "x",
            "--members",
            "2",
            "--jitter",
            "2",
        ];
        [
            &[
                "train",
                "tfbs",
                "--train",
                "small.csv",
                "--arch",
                "cnn-lstm",
                "-o",
                output,
            ],
            &fit[..],
        ]
        .concat()
    };
    cli.succeed(&args("whole.st"));
    let mut pauses = 0;
    while !cli.path("parts.st").exists() {
        let outcome = cli.succeed(&[&args("parts.st")[..], &["--stop-after", "1", "--resume"]].concat());
        assert_eq!(
            outcome.stderr.contains("paused; go on with --resume"),
            !cli.path("parts.st").exists()
        );
        pauses += 1;
        assert!(pauses <= 6, "{outcome:#?}");
    }
    // Three calls for the epochs of the first member; the third begins the second one.
    assert_eq!(pauses, 5);
    assert!(cli.read("parts.st") == cli.read("whole.st"));
    let without_times = |name: &str| {
        let mut lines = log(&cli, name);
        for line in &mut lines {
            for key in ["examples_per_second", "elapsed_seconds", "eta_seconds"] {
                line.as_object_mut().unwrap().remove(key).unwrap();
            }
        }
        lines
    };
    assert_eq!(
        without_times("parts.st.metrics.jsonl"),
        without_times("whole.st.metrics.jsonl")
    );
    assert!(cli.files().keys().all(|name| !name.contains("checkpoint")));
}

#[test]
fn a_checkpoint_of_another_run_or_a_cut_one_is_refused() {
    let cli = folder();
    cli.succeed(&train("a.st", &[&DATA[..], &["--stop-after", "1"]].concat()));
    let checkpoint = "a.st.checkpoint.0";
    let whole = cli.read(checkpoint);
    let resume = |more: &[&str], parts: &[&str]| {
        cli.refuse(
            &[&train("a.st", more)[..], &["--resume"]].concat(),
            &[&[checkpoint], parts].concat(),
        );
    };
    let other = &["belongs to another run", "remove it or drop --resume"][..];
    resume(&["--train", "test.csv", "--valid", "valid.csv"], other);
    resume(&["--train", "train.csv", "--valid", "test.csv"], other);
    resume(
        &[&DATA[..], &["--seed", "2"]].concat(),
        &["its settings were", "seed: 1", "drop --resume"],
    );
    resume(&[&DATA[..], &["--hidden", "2"]].concat(), other);
    // The last training example as the first validation example: the letters, one after another, are the same.
    let (mut training, mut validation) = (cli.read_text("train.csv"), cli.read_text("valid.csv"));
    let last = training[..training.len() - 1].rfind('\n').unwrap() + 1;
    let heading = validation.find('\n').unwrap() + 1;
    validation.insert_str(heading, &training.split_off(last));
    cli.write("less.csv", training);
    cli.write("more.csv", validation);
    resume(&["--train", "less.csv", "--valid", "more.csv"], other);
    for cut in (0..whole.len()).step_by(1999).chain([7, whole.len() - 1]) {
        cli.write(checkpoint, &whole[..cut]);
        resume(&DATA, &["cannot be used"]);
    }
    cli.write(checkpoint, &whole);
    cli.succeed(&[&train("a.st", &DATA)[..], &["--resume"]].concat());
}
