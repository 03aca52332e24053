//! A model's description as text.

use std::collections::BTreeSet;

use processive_core::Metric;
use processive_models::{Model, ModelDescription, TrainingRecord};

use crate::numbers::{counted, grouped};
use crate::text_table::{aligned, indented};

/// The order of metrics; others follow by name.
const METRICS: [&str; 7] = ["auroc", "auprc", "mcc", "accuracy", "f1", "brier", "ece"];

/// Everything that a model says about itself, for people.
pub(crate) fn describe(model: &Model) -> String {
    let description = model.description();
    let mut text = format!("{}: {}\n\n", description.name, or_dash(&description.summary));
    text += &aligned(&network(description, model.digest()));
    text += "\ntraining\n";
    text += &indented(&aligned(&training(&description.training)), "  ");
    text += "\nmetrics";
    if !description.training.test.is_empty() {
        text += " on ";
        text += &description.training.test;
    }
    text += " (95 % intervals in brackets)\n";
    text += &indented(&metrics(description), "  ");
    text
}

/// `0.943 [0.931, 0.954]`; without brackets when there is no interval.
pub(crate) fn metric_text(metric: &Metric) -> String {
    match (metric.ci_low, metric.ci_high) {
        (Some(low), Some(high)) => format!("{:.3} [{low:.3}, {high:.3}]", metric.value),
        _ => format!("{:.3}", metric.value),
    }
}

fn network(description: &ModelDescription, digest: &str) -> Vec<[String; 2]> {
    let settings = serde_json::to_string(&description.architecture).unwrap_or_default();
    let calibration = description.calibration;
    let field = description.receptive_field.map_or_else(
        || "not bounded (a recurrent network reads the whole window)".to_owned(),
        |bases| format!("{bases} bp per step of the features"),
    );
    [
        ("task", description.task.clone()),
        ("alphabet", description.alphabet.to_string()),
        ("classes", description.classes.join(", ")),
        ("architecture", description.architecture.arch.to_string()),
        ("settings", settings),
        ("members", counted_members(description.members)),
        ("parameters", grouped(description.parameters as u64)),
        ("window", format!("{} bp", description.window)),
        (
            "halo",
            format!("{} bp to each side of a bin's centre", description.window / 2),
        ),
        ("bin", format!("{} bp, unless --bin says otherwise", description.bin)),
        ("stride", format!("{} bp per step of the features", description.stride)),
        ("receptive field", field),
        (
            "threshold",
            format!("{:.4} (best MCC on the validation data)", description.threshold),
        ),
        (
            "calibration",
            format!("p = sigmoid({:.4} x + {:.4})", calibration.slope, calibration.offset),
        ),
        ("made by", format!("processive {}", description.program_version)),
        ("sha256", digest.to_owned()),
    ]
    .map(|(name, value)| [name.to_owned(), value])
    .to_vec()
}

fn counted_members(members: usize) -> String {
    match members {
        1 => "1".to_owned(),
        _ => format!("{members}, whose probabilities are averaged"),
    }
}

fn training(record: &TrainingRecord) -> Vec<[String; 2]> {
    let examples = |[all, bound]: [u64; 2]| format!("{}, {} bound", counted(all, "example"), grouped(bound));
    let contigs = |names: &[String]| or_dash(&names.join(", ")).to_owned();
    let list = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let auprc = record
        .valid_auprc
        .iter()
        .map(|value| format!("{value:.4}"))
        .collect::<Vec<_>>();
    let files = record
        .sources
        .iter()
        .map(|source| ("file", format!("{} sha256 {}", source.file, source.sha256)));
    let settings = if record.settings.is_null() {
        String::new()
    } else {
        record.settings.to_string()
    };
    let lines = [
        ("origin", or_dash(&record.provenance).to_owned()),
        ("training", examples(record.train)),
        ("validation", examples(record.valid)),
        ("validation contigs", contigs(&record.valid_contigs)),
        ("test contigs", contigs(&record.test_contigs)),
        ("seeds", list(&record.seeds)),
        ("epochs", list(&record.epochs)),
        ("validation AUPRC", auprc.join(", ")),
        ("settings", or_dash(&settings).to_owned()),
    ];
    files
        .chain(lines)
        .map(|(name, value)| [name.to_owned(), value])
        .collect()
}

/// One line per metric: the model and the baselines beside it.
fn metrics(description: &ModelDescription) -> String {
    if description.metrics.is_empty() {
        return "none recorded\n".to_owned();
    }
    let columns = || std::iter::once(&description.metrics).chain(description.baselines.values());
    let names: BTreeSet<&str> = columns().flat_map(|column| column.keys().map(String::as_str)).collect();
    let known = METRICS.into_iter().filter(|name| names.contains(name));
    let others = names.iter().copied().filter(|name| !METRICS.contains(name));
    let heading = ["metric", "model"]
        .into_iter()
        .chain(description.baselines.keys().map(String::as_str));
    let mut rows: Vec<Vec<String>> = vec![heading.map(str::to_owned).collect()];
    for name in known.chain(others) {
        let cells = columns().map(|column| column.get(name).map_or_else(|| "-".to_owned(), metric_text));
        rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    }
    aligned(&rows)
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_shown_with_its_interval_when_it_has_one() {
        let mut metric = Metric {
            value: 0.9434,
            ci_low: Some(0.9311),
            ci_high: Some(0.954),
        };
        assert_eq!(metric_text(&metric), "0.943 [0.931, 0.954]");
        metric.ci_low = None;
        assert_eq!(metric_text(&metric), "0.943");
    }
}
