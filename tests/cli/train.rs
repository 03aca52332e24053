//! What `train tfbs` makes: models and logs.

use serde_json::{Value, json};

use crate::planted::{DATA, LENGTH, MOTIF, card, folder, log, planted, small_folder, table, train, train_briefly};

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

#[test]
fn an_existing_model_is_replaced_only_by_force() {
    let cli = small_folder();
    let args = train_briefly("a.st", &["--train", "small.csv"]);
    cli.write("a.st", "precious");
    cli.refuse(&args, &["a.st exists", "--force"]);
    cli.succeed(&[&args[..], &["--force"]].concat());
    assert_eq!(card(&cli, "a.st")["name"], "brief");
}
