//! Secondary structure judged: models and what other programs predict, on chains whose structure is known.

use processive_core::State8;
use processive_models::Compute;
use processive_report::inspect_parquet;
use serde_json::Value;

use crate::evaluate::value;
use crate::fixture::Cli;
use crate::fold_sample::{eight_in, save_structure_model};
use crate::planted_chains::{Labels, chain_folder, chain_table, chains};

/// Two chains of eight states; the first residue of the second is not scored.
pub(crate) const CHAINS: &str = "\
id\tsequence\tq8\tmask
a\tACDEFGHI\tHHHHTTEE\t11111111
b\tKLMNPQ\tCCEEEC\t011111
";

/// The same as another program has them, by other ids: one residue of each chain is wrong.
pub(crate) const PREDICTED: &str = ">x_1\nACDEFGHI\nHHHCCCEE\n>x_2\nKLMNPQ\nHCEEEE\n";

/// A folder with [`CHAINS`] and [`PREDICTED`].
pub(crate) fn small() -> Cli {
    let cli = Cli::new();
    cli.write("chains.tsv", CHAINS);
    cli.write("other.fas", PREDICTED);
    cli
}

pub(crate) const JUDGE: [&str; 5] = ["evaluate", "--chains", "chains.tsv", "--predictions", "other.fas"];

fn report(cli: &Cli, more: &[&str]) -> Value {
    cli.succeed(&[&JUDGE[..], &["-o", "report.json", "--force"], more].concat());
    serde_json::from_str(&cli.read_text("report.json")).unwrap()
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-6, "{what}: {found}, not {expected}");
}

#[test]
fn predictions_of_another_program_are_matched_by_sequence_and_judged_as_by_hand() {
    let cli = small();
    let report = report(&cli, &[]);
    assert_eq!(
        (&report["task"], &report["model"], &report["dataset"], &report["n"]),
        (&"structure".into(), &"other".into(), &"chains".into(), &13.into())
    );
    for (metric, expected) in [
        // 7 of 8 and 4 of 5 residues are right.
        ("q3", 11.0 / 13.0),
        ("q3_per_protein", f64::midpoint(0.875, 0.8)),
        ("recall_h", 0.75),
        ("precision_h", 1.0),
        ("recall_e", 1.0),
        ("precision_e", 5.0 / 6.0),
        ("recall_c", 0.75),
        ("precision_c", 0.75),
        // Helices of 4 and 3 residues: (3 + min(1, 3, 2, 1)) / 4 · 4.
        ("sov99_h", 1.0),
        // Behind the boundaries H-T, T-E, C-E and E-C all are right but the last.
        ("q3_start_0", 0.75),
    ] {
        assert_close(value(&report, metric), expected, metric);
    }
    for undefined in ["q8", "nll", "ece"] {
        assert!(report["metrics"][undefined].is_null(), "{undefined}");
    }
    let majority = &report["baselines"]["majority"];
    // Strand is the most frequent state: 5 of 13; of eight it is E, too.
    assert_close(majority["q3"]["value"].as_f64().unwrap(), 5.0 / 13.0, "majority");
    assert_close(
        majority["q8"]["value"].as_f64().unwrap(),
        5.0 / 13.0,
        "majority of eight",
    );
    assert!(report["baselines"]["gor17"].is_null());
}

#[test]
fn the_rule_that_makes_three_states_of_eight_stands_beside_every_q3() {
    let cli = small();
    let text = cli.succeed(&JUDGE).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "helix, strand and coil by the rule ghi-eb: H, G, I are helix, E, B strand",
            "other (external) on chains: 13 residues"
        ]
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("q3  ") && line.contains("0.8462")),
        "{text}"
    );
    for shown in [
        "     H  E  C\n  H  3  0  1\n  E  0  5  0\n  C  0  1  3\n",
        "q3 by residues from",
    ] {
        assert!(text.contains(shown), "{shown} is not in {text}");
    }
    cli.write("chains.tsv", CHAINS.replace("HHHHTTEE", "GGGGTTEE"));
    let reduced = |rule: &str| value(&report(&cli, &["--reduction", rule]), "recall_h");
    assert_close(reduced("gh-eb"), 0.75, "H and G are helix");
    let report = report(&cli, &["--reduction", "h-e"]);
    assert!(report["metrics"]["recall_h"].is_null(), "there is no H");
}

#[test]
fn requirements_decide_the_status() {
    let cli = small();
    cli.succeed(&[&JUDGE[..], &["--require", "q3=0.8", "--require", "sov99_h=0.99"]].concat());
    let outcome = cli.run(&[&JUDGE[..], &["--require", "q3=0.9"]].concat());
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    let message = "required q3 >= 0.9, but it is 0.8462";
    assert!(outcome.stderr.contains(message), "{outcome:#?}");
}

#[test]
fn intervals_are_those_of_the_seed() {
    let cli = chain_folder();
    let predicted: String = chains(5, 3)
        .iter()
        .map(|chain| format!(">{}\n{}\n", chain.id, chain.three.replace('E', "C")))
        .collect();
    cli.write("other.fas", predicted);
    let of = |seed: &str| report(&cli, &["--split", "test", "--seed", seed])["metrics"].clone();
    assert_eq!(of("1"), of("1"));
    assert_ne!(of("1"), of("2"));
    assert_eq!(of("1")["q3"]["value"], of("2")["q3"]["value"]);
    let without = report(&cli, &["--split", "test", "--resamples", "0"]);
    assert!(without["metrics"]["q3"]["ci_low"].is_null());
}

#[test]
fn a_model_is_judged_by_its_probabilities_of_the_eight_states() {
    for (numbers, compute) in [
        (&[][..], Compute::fast_for_residues()),
        (&["--precision-compute", "int8"], Compute::Int8),
        (&["--precision-compute", "f32"], Compute::F32),
    ] {
        is_judged_in(numbers, compute);
    }
}

fn is_judged_in(numbers: &[&str], compute: Compute) {
    let cli = chain_folder();
    save_structure_model(&cli.path("tiny.safetensors"));
    let args = [
        "evaluate",
        "--model",
        "tiny.safetensors",
        "--chains",
        "chains.tsv",
        "--split",
        "test",
    ];
    let args = [&args[..], numbers].concat();
    cli.succeed(&[&args[..], &["-o", "report.json"]].concat());
    let report: Value = serde_json::from_str(&cli.read_text("report.json")).unwrap();
    cli.succeed(&[&args[..], &["-o", "report.parquet", "-q"]].concat());
    let footer = inspect_parquet(&cli.path("report.parquet")).unwrap().key_values;
    let told = footer.get("processive.compute").map(String::as_str);
    assert_eq!(told, (compute == Compute::Int8).then_some("int8"), "{numbers:?}");
    let (mut right3, mut right8, mut losses, mut residues) = (0.0, 0.0, 0.0, 0.0);
    for chain in chains(5, 3) {
        let rows = eight_in(compute, &chain.letters);
        let states = chain.three.bytes().zip(chain.eight.bytes());
        // The table leaves out the first residue.
        for (row, (three, eight)) in rows.iter().zip(states).skip(1) {
            // The order is H B E G I T S C.
            let sum = |places: &[usize]| places.iter().map(|&place| f64::from(row[place])).sum::<f64>();
            let sums = [(b'H', sum(&[0, 3, 4])), (b'E', sum(&[1, 2])), (b'C', sum(&[5, 6, 7]))];
            let best3 = sums.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
            let best8 = (0..8).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
            right3 += f64::from(u8::from(best3 == three));
            right8 += f64::from(u8::from(State8::ALL[best8].letter() == eight));
            losses -= sums.iter().find(|(letter, _)| *letter == three).unwrap().1.ln();
            residues += 1.0;
        }
    }
    assert_close(value(&report, "q3"), right3 / residues, "q3");
    assert_close(value(&report, "q8"), right8 / residues, "q8");
    // Bytes move the loss by more than that.
    assert!((value(&report, "nll") - losses / residues).abs() < 1e-6, "{numbers:?}");
    let text = cli.succeed(&args).stdout;
    assert!(text.contains("tiny (bigru+cnn-bigru) on chains:"), "{text}");
    assert!(text.contains("  probability "), "{text}");
}

#[test]
fn several_predictors_are_compared_on_the_chains_that_all_know() {
    let cli = chain_folder();
    save_structure_model(&cli.path("tiny.safetensors"));
    let all = chains(5, 3);
    let right: String = all[..4]
        .iter()
        .map(|chain| format!(">{}\n{}\n", chain.id, chain.three))
        .collect();
    cli.write("right.fas", right);
    let args = [
        "evaluate",
        "--model",
        "tiny.safetensors",
        "--predictions",
        "right.fas",
        "--chains",
        "chains.tsv",
        "--split",
        "test",
    ];
    let outcome = cli.succeed(&args);
    let missing = format!("right.fas says nothing of 1 of 5 chains ({})", all[4].id);
    assert!(outcome.stderr.contains(&missing), "{outcome:#?}");
    let residues: usize = all[..4].iter().map(|chain| chain.letters.len() - 1).sum();
    let title = |name: &str| format!("{name} on chains: {residues} residues\n");
    for part in [
        title("tiny (bigru+cnn-bigru)"),
        title("right (external)"),
        "right less tiny\n".to_owned(),
    ] {
        assert!(outcome.stdout.contains(&part), "{part} is not in {}", outcome.stdout);
    }
    cli.succeed(&[&args[..], &["-o", "report.tsv"]].concat());
    let table = cli.read_text("report.tsv");
    let q3 = |model: &str| -> f64 {
        let mut rows = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let row = rows.find(|row| row[1] == model && row[5] == "q3").unwrap();
        row[6].parse().unwrap()
    };
    assert_close(q3("right"), 1.0, "right");
    assert_close(q3("right less tiny"), 1.0 - q3("tiny"), "difference");
    assert!(
        table
            .lines()
            .all(|line| line.starts_with("task\t") || line.starts_with("structure\t"))
    );
}

#[test]
fn the_gor_baseline_learns_from_the_chains_that_it_is_given() {
    let cli = chain_folder();
    let learn = chain_table(Labels::Eight, &[("train", &chains(60, 1))]);
    cli.write("learn.tsv", learn);
    cli.write(
        "other.fas",
        chains(5, 3)
            .iter()
            .map(|chain| format!(">{}\n{}\n", chain.id, chain.three))
            .collect::<String>(),
    );
    let report = report(&cli, &["--split", "test", "--baseline-chains", "learn.tsv"]);
    let of = |baseline: &str, metric: &str| report["baselines"][baseline][metric]["value"].as_f64().unwrap();
    // What stands behind a residue decides its state: a window holds it, the most frequent state does not.
    assert!(of("gor17", "q3") > 0.8, "{report:#}");
    assert!(of("majority", "q3") < 0.6, "{report:#}");
    assert!(of("gor17", "q8") > of("majority", "q8"));
}
