//! Settings and first weights of `train tfbs`, and what becomes of the weights.

use serde_json::Value;

use crate::planted::{DATA, card, folder, log, meme, small_folder, standing_still, train};

#[test]
fn settings_come_from_defaults_then_the_file_then_flags() {
    let cli = small_folder();
    cli.write(
        "settings.toml",
        "[architecture]\narch = 'cnn-gru'\nfilters = 8\nhidden = 5\ninner-kernel = 3\n\
         [fit]\nepochs = 2\nbatch-size = 7\n",
    );
    let args = [
        "train",
        "tfbs",
        "--train",
        "small.csv",
        "--config",
        "settings.toml",
        "-o",
        "a.st",
    ];
    cli.succeed(&[&args[..], &["--hidden", "6", "--epochs", "1"]].concat());
    let card = card(&cli, "a.st");
    assert_eq!(card["name"], "a");
    let (architecture, fit) = (&card["architecture"], &card["training"]["settings"]);
    assert_eq!(architecture["arch"], "cnn-gru");
    assert_eq!([&architecture["filters"], &architecture["hidden"]], [8, 6]);
    assert_eq!([&architecture["inner_kernel"], &architecture["kernel"]], [3, 19]);
    assert_eq!([&fit["epochs"], &fit["batch_size"], &fit["patience"]], [1, 7, 6]);
    assert_eq!(log(&cli, "a.st.metrics.jsonl").len(), 1);
}

/// The arguments of one epoch that changes almost nothing.
fn standstill<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    standing_still(train(output, &[&DATA[..], more].concat()))
}

#[test]
fn training_can_start_from_another_model() {
    let cli = folder();
    cli.succeed(&train("first.st", &DATA));
    cli.succeed(&standstill("second.st", &["--start-from", "first.st"]));
    cli.succeed(&standstill("random.st", &[]));
    let auroc = |name: &str| log(&cli, name)[0]["valid_auroc"].as_f64().unwrap();
    // Without a step, the second model is as good as the one that it started from.
    assert!(auroc("second.st.metrics.jsonl") > 0.9);
    assert!(auroc("random.st.metrics.jsonl") < 0.9);
}

#[test]
fn filters_can_start_from_the_motifs_that_fit_best() {
    let cli = folder();
    cli.write("motifs.meme", meme());
    let outcome = cli.succeed(&standstill("a.st", &["--init-motifs", "motifs.meme"]));
    // Two motifs, and a filter for each strand.
    assert!(
        outcome.stderr.contains("4 of 8 filters start from motifs"),
        "{}",
        outcome.stderr
    );
    cli.succeed(&standstill("random.st", &[]));
    assert!(cli.read("a.st") != cli.read("random.st"));
}

#[test]
fn the_best_pwm_stands_beside_the_test_metrics() {
    let cli = folder();
    cli.write("motifs.meme", meme());
    cli.succeed(&standstill("a.st", &["--motifs", "motifs.meme", "--test", "test.csv"]));
    let card = card(&cli, "a.st");
    // A random sequence of 40 bases holds all eight letters of the motif, on either strand, once in 1000.
    assert!(
        card["baselines"]["best_pwm"]["auroc"]["value"].as_f64().unwrap() > 0.95,
        "{card:#}"
    );
}

#[test]
fn a_network_that_ranks_worse_than_chance_is_not_turned_round_by_its_calibration() {
    let cli = folder();
    // Of random networks, about a quarter rank 30 bound and 30 unbound sequences with an AUROC below 0.45.
    for seed in 1..=20 {
        let (seed, output) = (seed.to_string(), format!("{seed}.st"));
        cli.succeed(&standstill(&output, &["--seed", &seed]));
        let before = log(&cli, &format!("{output}.metrics.jsonl"))[0]["valid_auroc"]
            .as_f64()
            .unwrap();
        if before < 0.45 {
            let judge = [
                "evaluate",
                "--model",
                &output,
                "--test",
                "valid.csv",
                "--resamples",
                "0",
            ];
            cli.succeed(&[&judge[..], &["-o", "report.json"]].concat());
            let report: Value = serde_json::from_str(&cli.read_text("report.json")).unwrap();
            let after = report["metrics"]["auroc"]["value"].as_f64().unwrap();
            assert!(after < 0.5, "AUROC {before} before and {after} after the calibration");
            return;
        }
    }
    panic!("no network ranks worse than chance");
}

#[test]
fn a_chrono_start_says_in_the_model_which_lag_it_expects() {
    let cli = small_folder();
    let init = |output: &str, more: &[&str]| {
        let args = ["train", "tfbs", "--train", "small.csv", "--epochs", "1", "-o", output];
        let net = ["--arch", "cnn-lstm", "--filters", "4", "--hidden", "4", "--dense", "0"];
        cli.succeed(&[&args[..], &net, more].concat());
        let architecture = card(&cli, output)["architecture"].clone();
        (architecture["init"].clone(), architecture["max_lag"].as_u64())
    };
    assert_eq!(init("plain.st", &[]), ("orthogonal".into(), None));
    let window = card(&cli, "plain.st")["window"].as_u64().unwrap();
    // Four bases a step, unless --pool says otherwise.
    let steps = Some(window.div_ceil(4));
    assert_eq!(init("a.st", &["--init", "chrono"]), ("chrono".into(), steps));
    assert_eq!(
        init("b.st", &["--init", "chrono", "--max-lag", "7"]),
        ("chrono".into(), Some(7))
    );
    cli.write("chrono.toml", "[architecture]\ninit = 'chrono'\nmax-lag = 9\n");
    assert_eq!(init("d.st", &["--config", "chrono.toml"]), ("chrono".into(), Some(9)));
    assert!(cli.read("a.st") != cli.read("b.st"));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let cli = small_folder();
    for (name, text) in [
        ("architecture.toml", "[architecture]\narch = 'cnn'\nfilter = 3\n"),
        ("fit.toml", "[fit]\nepoch = 3\n"),
        ("table.toml", "[fits]\nepochs = 3\n"),
        ("value.toml", "[fit]\nepochs = 'three'\n"),
        ("open.toml", "[fit\n"),
    ] {
        cli.write(name, text);
    }
    let known = "bag-cnn, cnn, dilated-cnn, elman, gru, lstm, elman-reverse, gru-reverse, lstm-reverse, birnn, bigru, bilstm, \
                 cnn-elman, cnn-gru, cnn-lstm, cnn-elman-reverse, cnn-gru-reverse, cnn-lstm-reverse, cnn-birnn, cnn-bigru, cnn-bilstm";
    for (more, parts) in [
        (
            &["--config", "architecture.toml"][..],
            &["architecture.toml", "unknown field `filter`", "`filters`"][..],
        ),
        (
            &["--config", "fit.toml", "--arch", "cnn"],
            &["fit.toml", "unknown field `epoch`", "`epochs`"],
        ),
        (
            &["--config", "table.toml"],
            &["table.toml", "line 1", "unknown field `fits`", "`fit`"],
        ),
        (
            &["--config", "value.toml", "--arch", "cnn"],
            &["value.toml", "three", "`epochs`"],
        ),
        (&["--config", "open.toml"], &["open.toml", "line 1", "unclosed table"]),
        (&["--config", "missing.toml"], &["missing.toml", "No such file"]),
        (&[], &["--arch NAME"]),
        (&["--arch", "transformer"], &["'transformer'", known]),
        (&["--arch", "cnn", "--filters", "0"], &["filters cannot be 0"]),
        (&["--arch", "cnn", "--filters=-3"], &["-3", "filters"]),
        (&["--arch", "gru", "--init", "chronic"], &["`chronic`", "`chrono`"]),
        (&["--arch", "gru", "--max-lag", "1"], &["max-lag cannot be 1", "2 to"]),
        (
            &["--arch", "cnn", "--epochs", "0"],
            &["epochs cannot be 0", "1 or more"],
        ),
        (&["--arch", "cnn", "--epochs", "x"], &["--epochs", "'x'"]),
        (
            &["--arch", "cnn", "--learning-rate", "nan"],
            &["learning-rate cannot be NaN"],
        ),
        (&["--arch", "cnn", "--schedule", "warm"], &["`warm`", "one-cycle"]),
        (
            &["--arch", "bag-cnn", "--readout", "last"],
            &["readout", "max", "bag-cnn"],
        ),
        (
            &["--arch", "cnn", "--members", "0"],
            &["--members cannot be 0", "1 to 64"],
        ),
        (&["--arch", "cnn", "--stop-after", "0"], &["--stop-after", "zero"]),
    ] {
        let args = ["train", "tfbs", "--train", "small.csv", "-o", "out.st"];
        cli.refuse(&[&args, more].concat(), parts);
    }
}

#[test]
fn first_weights_that_do_not_fit_are_refused() {
    let cli = small_folder();
    cli.write("motifs.meme", meme());
    cli.write("broken.meme", meme().replace("0.97", "0.9x"));
    crate::sample::save_tiny_model(&cli.path("tiny.safetensors"));
    let gru = [
        "train",
        "tfbs",
        "--train",
        "small.csv",
        "-o",
        "out.st",
        "--arch",
        "gru",
        "--hidden",
        "4",
    ];
    let motifs = ["--init-motifs", "motifs.meme"];
    cli.refuse(
        &[&gru[..], &motifs].concat(),
        &["--init-motifs", "motif filters", "gru has none"],
    );
    let other = ["--start-from", "tiny.safetensors"];
    let differ = [
        "--start-from: the networks differ",
        "processive models tiny.safetensors",
    ];
    cli.refuse(&[&gru[..], &other].concat(), &differ);
    // Networks of one architecture with other sizes, and of another with the same sizes.
    let sizes = [
        "--filters",
        "4",
        "--channels",
        "4",
        "--kernel",
        "5",
        "--inner-kernel",
        "3",
        "--epochs",
        "1",
    ];
    let cnn = |arch, output| {
        [
            &["train", "tfbs", "--train", "small.csv", "--arch", arch, "-o", output],
            &sizes[..],
        ]
        .concat()
    };
    cli.succeed(&cnn("cnn", "cnn.st"));
    let from_cnn = ["--start-from", "cnn.st"];
    cli.refuse(
        &[&cnn("dilated-cnn", "out.st"), &from_cnn[..]].concat(),
        &["the networks differ", "models cnn.st"],
    );
    cli.refuse(
        &[&cnn("cnn", "out.st"), &from_cnn[..], &["--dense", "3"]].concat(),
        &["the networks differ"],
    );
    for (more, parts) in [
        (&other, &differ[..]),
        (
            &["--start-from", "missing"],
            &["no model file and no bundled model", "'missing'"],
        ),
        (
            &["--start-from", "small.csv"],
            &["small.csv is not a whole safetensors file"],
        ),
        (&["--init-motifs", "missing.meme"], &["missing.meme", "No such file"]),
        (&["--init-motifs", "broken.meme"], &["broken.meme, line 7", "0.9x"]),
        (&["--motifs", "broken.meme"], &["broken.meme, line 7"]),
    ] {
        cli.refuse(
            &train("out.st", &[&["--train", "small.csv"], &more[..]].concat()),
            parts,
        );
    }
}
