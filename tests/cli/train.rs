//! What `train tfbs` makes: models, logs, the same bytes again.

use serde_json::{Value, json};

use crate::fixture::Cli;
use crate::planted::{LENGTH, MOTIF, card, folder, meme, planted, small_folder, table, train, train_briefly};

const DATA: [&str; 4] = ["--train", "train.csv", "--valid", "valid.csv"];

/// The lines of a metrics log.
fn log(cli: &Cli, name: &str) -> Vec<Value> {
    let lines = cli.read_text(name);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_planted_motif_is_learned_and_the_card_tells_from_what() {
    let cli = folder();
    let args = [
        &DATA[..],
        &[
            "--test",
            "test.csv",
            "--class",
            "bound",
            "--summary",
            "planted AP-1",
            "--provenance",
            "made up",
        ],
    ]
    .concat();
    let outcome = cli.succeed(&train("ap1.safetensors", &args));
    assert_eq!(outcome.stdout, "");
    let card = card(&cli, "ap1.safetensors");
    for (key, expected) in [
        ("name", json!("ap1")),
        ("classes", json!(["bound"])),
        ("summary", json!("planted AP-1")),
        ("task", json!("tfbs")),
        ("alphabet", json!("dna")),
        ("window", json!(LENGTH)),
        ("bin", json!(LENGTH / 4)),
        ("stride", json!(1)),
        ("receptive_field", json!(11)),
        ("members", json!(1)),
        // 8 filters of 11 x 4 with a bias, and 8 weights with a bias for the one output.
        ("parameters", json!(8 * 44 + 8 + 8 + 1)),
        ("program_version", json!(env!("CARGO_PKG_VERSION"))),
        ("digest", json!(processive_models::sha256(&cli.read("ap1.safetensors")))),
    ] {
        assert_eq!(card[key], expected, "{key}");
    }
    let training = &card["training"];
    for (key, expected) in [
        ("train", json!([320, 160])),
        ("valid", json!([60, 30])),
        ("test", json!("80 examples, 40 bound")),
        ("provenance", json!("made up")),
        ("valid_contigs", json!([])),
        ("test_contigs", json!([])),
        ("seeds", json!([1])),
    ] {
        assert_eq!(training[key], expected, "{key}");
    }
    let source = |file: &str| json!({"file": file, "sha256": processive_models::sha256(&cli.read(file))});
    assert_eq!(
        training["sources"],
        json!(["train.csv", "valid.csv", "test.csv"].map(source))
    );

    let auroc = |metrics: &Value| metrics["auroc"]["value"].as_f64().unwrap();
    assert!(auroc(&card["metrics"]) > 0.9, "{card:#}");
    // The motif says nothing about GC, and k-mer counts see all of it.
    assert!((auroc(&card["baselines"]["gc"]) - 0.5).abs() < 0.25, "{card:#}");
    assert!(auroc(&card["baselines"]["kmer_lr"]) > 0.9, "{card:#}");
    assert!(
        outcome.stderr.contains("ap1 (bag-cnn) on test.csv: 80 examples"),
        "{}",
        outcome.stderr
    );
    let files: Vec<String> = cli.files().into_keys().filter(|name| name.starts_with("ap1")).collect();
    assert_eq!(files, ["ap1.safetensors", "ap1.safetensors.metrics.jsonl"]);
}

#[test]
fn a_trained_model_scans() {
    let cli = folder();
    cli.succeed(&train("ap1.safetensors", &DATA));
    // One site in the middle of bases without it.
    let around = crate::sample::bases(400, 105);
    cli.write(
        "genome.fa",
        format!(">chr1\n{}{MOTIF}{}\n", &around[..200], &around[200..]),
    );
    let args = [
        "scan",
        "genome.fa",
        "--model",
        "ap1.safetensors",
        "-o",
        "-",
        "--bin",
        "8",
        "--best",
        "0",
    ];
    let (names, rows) = crate::table::read_tsv(&cli.succeed(&args).stdout);
    assert_eq!(names, ["chrom", "start", "end", "ap1", "ap1_plus", "ap1_minus"]);
    let mean = |is_wanted: &dyn Fn(u64) -> bool| {
        let scores: Vec<f32> = rows
            .iter()
            .filter(|row| is_wanted(row.start))
            .map(|row| row.scores[0])
            .collect();
        scores.iter().sum::<f32>() / scores.len() as f32
    };
    let at_site = mean(&|start| start == 200);
    let elsewhere = mean(&|start| start.abs_diff(200) > LENGTH as u64);
    assert!(
        at_site > 0.5 && elsewhere < 0.5,
        "{at_site} at the site, {elsewhere} elsewhere"
    );
}

#[test]
fn the_metrics_log_has_a_line_for_every_epoch() {
    let cli = small_folder();
    let outcome = cli.succeed(&train(
        "a.st",
        &["--train", "small.csv", "--members", "2", "--seed", "5"],
    ));
    let lines = log(&cli, "a.st.metrics.jsonl");
    assert_eq!(lines.len(), 6);
    for (i, line) in lines.iter().enumerate() {
        let (member, epoch) = (i / 3, i % 3 + 1);
        assert_eq!(line["member"], member);
        assert_eq!(line["seed"], 5 + member);
        assert_eq!(line["epoch"], epoch);
        for key in [
            "loss",
            "learning_rate",
            "gradient_norm",
            "examples_per_second",
            "elapsed_seconds",
        ] {
            assert!(line[key].as_f64().unwrap() > 0.0, "{key} of {line}");
        }
        for key in ["valid_auroc", "valid_auprc"] {
            assert!((0.0..=1.0).contains(&line[key].as_f64().unwrap()), "{key} of {line}");
        }
        let eta = line["eta_seconds"].as_f64().unwrap();
        assert!(if epoch == 3 { eta == 0.0 } else { eta > 0.0 }, "{line}");
        let said = format!("member {} epoch {epoch}/3: loss ", member + 1);
        assert!(outcome.stderr.contains(&said), "{}", outcome.stderr);
    }
    let card = card(&cli, "a.st");
    assert_eq!(card["members"], 2);
    assert_eq!(card["training"]["seeds"], json!([5, 6]));
    for member in 0..2 {
        // The weights that are kept are those of the best epoch.
        let best = lines[3 * member..3 * member + 3]
            .iter()
            .rfind(|line| line["best"] == true)
            .unwrap();
        assert_eq!(card["training"]["epochs"][member], best["epoch"]);
        assert_eq!(card["training"]["valid_auprc"][member], best["valid_auprc"]);
    }

    cli.succeed(&train_briefly(
        "b.st",
        &["--train", "small.csv", "--metrics-log", "run.jsonl"],
    ));
    assert_eq!(log(&cli, "run.jsonl").len(), 1);
    assert!(!cli.path("b.st.metrics.jsonl").exists());
    // Another run's log is replaced, not continued.
    cli.succeed(&train_briefly(
        "b.st",
        &["--train", "small.csv", "--metrics-log", "run.jsonl", "--force"],
    ));
    assert_eq!(log(&cli, "run.jsonl").len(), 1);
}

#[test]
fn quiet_training_says_nothing() {
    let cli = small_folder();
    cli.write("test.csv", table(&planted(20, 106), ','));
    let outcome = cli.succeed(&train_briefly(
        "a.st",
        &["--train", "small.csv", "--test", "test.csv", "-q"],
    ));
    assert_eq!((outcome.stdout, outcome.stderr), (String::new(), String::new()));
}

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

#[test]
fn every_architecture_trains() {
    let cli = small_folder();
    for arch in [
        "bag-cnn",
        "cnn",
        "dilated-cnn",
        "elman",
        "gru",
        "lstm",
        "birnn",
        "bigru",
        "bilstm",
        "cnn-elman",
        "cnn-gru",
        "cnn-lstm",
        "cnn-birnn",
        "cnn-bigru",
        "cnn-bilstm",
    ] {
        let output = format!("{arch}.safetensors");
        let sizes = [
            "--filters",
            "4",
            "--kernel",
            "5",
            "--channels",
            "4",
            "--hidden",
            "4",
            "--dense",
            "4",
        ];
        let args = [
            "train",
            "tfbs",
            "--train",
            "small.csv",
            "--epochs",
            "1",
            "--arch",
            arch,
            "-o",
            &output,
        ];
        cli.succeed(&[&args[..], &sizes].concat());
        let model = processive_models::Model::read(&cli.path(&output)).unwrap();
        let description = model.description();
        assert_eq!(description.architecture.arch.to_string(), arch);
        assert_eq!([&description.name, &description.classes[0]], [arch, arch]);
        let is_recurrent = !["bag-cnn", "cnn", "dilated-cnn"].contains(&arch);
        assert_eq!(description.receptive_field.is_none(), is_recurrent, "{arch}");
    }
}

/// The arguments of one epoch that changes almost nothing.
fn standstill<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = train(output, &[&DATA[..], more].concat());
    for (option, value) in [("--learning-rate", "1e-9"), ("--epochs", "1")] {
        let at = args.iter().position(|word| *word == option).unwrap();
        args[at + 1] = value;
    }
    args
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
fn an_existing_model_is_replaced_only_by_force() {
    let cli = small_folder();
    let args = train_briefly("a.st", &["--train", "small.csv"]);
    cli.write("a.st", "precious");
    cli.refuse(&args, &["a.st exists", "--force"]);
    cli.succeed(&[&args[..], &["--force"]].concat());
    assert_eq!(card(&cli, "a.st")["name"], "brief");
}
