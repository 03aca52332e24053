//! What other programs predict, judged, where the data folder is at hand; without it each test says so and passes. The
//! expected values were measured by other programs than this one.
#![allow(clippy::print_stderr, reason = "a skipped test says that it was skipped")]

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::evaluate::value;
use crate::fixture::Cli;

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    let there = path.exists();
    if !there {
        eprintln!("SKIPPED: {} is not there", path.display());
    }
    there.then_some(path)
}

fn judge(cli: &Cli, chains: &[&str], predictions: &Path) -> Value {
    let predictions = ["--predictions", predictions.to_str().unwrap()];
    let output = ["--resamples", "0", "-o", "report.json", "--force"];
    cli.succeed(&[&["evaluate"], chains, &predictions, &output].concat());
    serde_json::from_str(&cli.read_text("report.json")).unwrap()
}

#[test]
fn the_rivals_score_what_is_known_of_them() {
    let (Some(rivals), Some(data)) = (shared("peers/predictions"), shared("data")) else {
        return;
    };
    let at = |name: &str| data.join(name).to_str().unwrap().to_owned();
    let [cb513, ts115] = ["CB513", "TS115"].map(|set| at(&format!("cb513_ts115_ps4/{set}_HHblits.csv")));
    let [sequences, labels, mask] =
        ["sequences", "sampled", "mask"].map(|part| at(&format!("netsurfp2_flip/splits/{part}.fasta")));
    let new364 = [
        ["--sequences", &sequences],
        ["--labels", &labels],
        ["--mask", &mask],
        ["--where", "SET=test"],
    ];
    let cli = Cli::new();
    for (set, chains, expected) in [
        ("CB513", &["--chains", &cb513][..], [69.79, 68.14, 66.85]),
        ("TS115", &["--chains", &ts115], [72.27, 70.58, 69.56]),
        ("NEW364", new364.as_flattened(), [70.96, 68.69, 68.23]),
    ] {
        for (program, expected) in ["predictdssp", "psipred35_full", "reprof"].into_iter().zip(expected) {
            let report = judge(&cli, chains, &rivals.join(format!("{program}_{set}.fas")));
            let q3 = 100.0 * value(&report, "q3");
            // Two decimals are known.
            assert!((q3 - expected).abs() < 0.01, "{program} on {set}: {q3}, not {expected}");
        }
    }
}

#[test]
fn eight_states_of_published_networks_score_what_is_known_of_them() {
    let Some(folder) = shared("data/cu_ssp") else {
        return;
    };
    let cli = Cli::new();
    let chains = folder.join("model_3_cb513.npy.csv");
    for (name, q8, q3) in [
        ("predictions_cb513_test_1", 0.6812, 0.802),
        ("predictions_cb513_test_2", 0.6917, 0.815),
        ("predictions_cb513_test_3", 0.6777, 0.794),
        ("predictions_cb513_test_5", 0.6827, 0.811),
        ("model_1_cb513_test_1", 0.6980, 0.823),
        ("model_6_cb513_test_6", 0.6775, 0.803),
    ] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
        // Of the two sides of a merge that was committed unfinished, the first.
        let lines = text.lines().take_while(|line| !line.starts_with("======="));
        let lines = lines.filter(|line| !line.starts_with("<<<<<<<"));
        cli.write(
            "predictions.csv",
            lines.map(|line| format!("{line}\n")).collect::<String>(),
        );
        let report = judge(
            &cli,
            &["--chains", chains.to_str().unwrap()],
            &cli.path("predictions.csv"),
        );
        assert!((value(&report, "q8") - q8).abs() < 1e-4, "{name}: {report:#}");
        assert!((value(&report, "q3") - q3).abs() < 6e-4, "{name}: {report:#}");
    }
}
