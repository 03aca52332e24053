//! What `train structure` takes over from models that there are: their weights, their probabilities.

use serde_json::{Value, json};

use crate::fixture::Cli;
use crate::planted::{card, log, standing_still};
use crate::planted_chains::{
    Labels, best_q8, chain_folder, chain_table, chains, join_models, read, train_chains, train_chains_briefly,
};

#[test]
fn a_teacher_hands_on_eight_states_to_chains_that_tell_three() {
    let cli = chain_folder();
    cli.succeed(&train_chains("teacher.st", &["--chains", "chains.tsv"]));
    let (three, valid) = (chains(60, 6), chains(12, 2));
    cli.write("three.tsv", chain_table(Labels::Three, &[("train", &three)]));
    cli.write("valid.tsv", chain_table(Labels::Eight, &[("valid", &valid)]));
    let tables = ["--chains", "three.tsv", "valid.tsv"];
    cli.succeed(&train_chains("alone.st", &tables));
    let lesson = [&tables[..], &["--teacher", "teacher.st", "--teacher-weight", "0.9"]].concat();
    cli.succeed(&train_chains("taught.st", &lesson));
    let q8 = |name: &str| best_q8(&cli, &format!("{name}.metrics.jsonl"));
    // Nothing but the teacher tells H from G, E from B, C from T: the charged residues are a fifth of all.
    assert!(q8("taught.st") > 0.95, "{}", q8("taught.st"));
    assert!(q8("alone.st") < 0.9, "{}", q8("alone.st"));
    let settings = &card(&cli, "taught.st")["training"]["settings"];
    assert_eq!(settings["teacher"]["sha256"], json!(read(&cli, "teacher.st").digest()));
    assert_eq!(settings["teacher_weight"], json!(0.9));
    assert_eq!(card(&cli, "alone.st")["training"]["settings"].get("teacher"), None);
}

/// The validation Q3 after an epoch that changes almost nothing.
fn q3_at_a_standstill(cli: &Cli, output: &str, more: &[&str]) -> f64 {
    let args = train_chains(output, &[&["--chains", "chains.tsv", "--force"], more].concat());
    cli.succeed(&standing_still(args));
    log(cli, &format!("{output}.metrics.jsonl"))[0]["valid_q3"]
        .as_f64()
        .unwrap()
}

#[test]
fn training_can_start_from_the_network_of_its_architecture_in_another_model() {
    let cli = chain_folder();
    cli.succeed(&train_chains("first.st", &["--chains", "chains.tsv"]));
    cli.succeed(&train_chains_briefly("other.st", &[]));
    cli.succeed(&join_models(&["other.st", "first.st"], "two.st"));
    let random = q3_at_a_standstill(&cli, "random.st", &[]);
    assert!(random < 0.9, "{random}");
    // In the second, a network of another architecture comes first.
    for source in ["first.st", "two.st"] {
        let started = q3_at_a_standstill(&cli, "started.st", &["--start-from", source]);
        assert!(started > 0.95, "{started} from {source}");
        let settings = &card(&cli, "started.st")["training"]["settings"];
        assert_eq!(settings["start_from"]["sha256"], json!(read(&cli, source).digest()));
    }
    assert_eq!(
        card(&cli, "random.st")["training"]["settings"].get("start_from"),
        None::<&Value>
    );
}

#[test]
fn a_checkpoint_of_a_run_from_other_weights_is_refused() {
    let cli = chain_folder();
    cli.succeed(&train_chains_briefly("a.st", &[]));
    let pause = ["--start-from", "a.st", "--stop-after", "1"];
    cli.succeed(&train_chains_briefly("b.st", &pause));
    cli.refuse(
        &train_chains_briefly("b.st", &["--resume"]),
        &["belongs to another run", "b.st.checkpoint.0"],
    );
    cli.succeed(&train_chains_briefly("b.st", &["--start-from", "a.st", "--resume"]));
}
