//! A model's description as text.

mod binding;
mod structure;

use std::collections::BTreeSet;

use processive_core::Metric;
use processive_models::{DataSource, Model, ModelDescription, STRUCTURE, TrainingRecord};

pub(crate) use self::binding::forgetting_lines;
pub(crate) use self::structure::{architectures, test_q3};
use crate::text_table::{aligned, indented};

/// Everything that a model says about itself, for people.
pub(crate) fn describe(model: &Model) -> String {
    let description = model.description();
    let (network, training, order) = if description.task == STRUCTURE {
        let training = structure::training(&description.training);
        (structure::network(description), training, structure::METRICS)
    } else {
        let training = binding::training(&description.training);
        (binding::network(description), training, binding::METRICS)
    };
    let made = named([
        ("made by", format!("processive {}", description.program_version)),
        ("sha256", model.digest().to_owned()),
    ]);
    let mut text = format!("{}: {}\n\n", description.name, or_dash(&description.summary));
    text += &aligned(&[network, made].concat());
    text += "\ntraining\n";
    text += &indented(&aligned(&training), "  ");
    text += "\nmetrics";
    if !description.training.test.is_empty() {
        text += " on ";
        text += &description.training.test;
    }
    text += " (95 % intervals in brackets)\n";
    text += &indented(&metrics(description, order), "  ");
    text
}

/// `0.943 [0.931, 0.954]`; without brackets when there is no interval.
pub(crate) fn metric_text(metric: &Metric) -> String {
    match (metric.ci_low, metric.ci_high) {
        (Some(low), Some(high)) => format!("{:.3} [{low:.3}, {high:.3}]", metric.value),
        _ => format!("{:.3}", metric.value),
    }
}

/// Lines of a name and a value.
pub(crate) type Lines = Vec<[String; 2]>;

fn named<const N: usize>(lines: [(&str, String); N]) -> Lines {
    lines.map(|(name, value)| [name.to_owned(), value]).to_vec()
}

fn files(sources: &[DataSource]) -> impl Iterator<Item = [String; 2]> {
    sources
        .iter()
        .map(|source| ["file".to_owned(), format!("{} sha256 {}", source.file, source.sha256)])
}

fn fit_settings(record: &TrainingRecord) -> String {
    if record.settings.is_null() {
        "-".to_owned()
    } else {
        record.settings.to_string()
    }
}

fn list(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// Scores with four decimals.
fn scores(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{value:.4}")).collect();
    texts.join(", ")
}

/// One line per metric, those of one test set together: the model and the baselines beside it.
///
/// Within a set the metrics of `order` come first, in its order, then the others by name.
fn metrics(description: &ModelDescription, order: &[&str]) -> String {
    if description.metrics.is_empty() {
        return "none recorded\n".to_owned();
    }
    let columns = || std::iter::once(&description.metrics).chain(description.baselines.values());
    let names: BTreeSet<&str> = columns().flat_map(|column| column.keys().map(String::as_str)).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| place(name, order));
    let heading = ["metric", "model"]
        .into_iter()
        .chain(description.baselines.keys().map(String::as_str));
    let mut rows: Vec<Vec<String>> = vec![heading.map(str::to_owned).collect()];
    for name in names {
        let cells = columns().map(|column| column.get(name).map_or_else(|| "-".to_owned(), metric_text));
        rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
    }
    aligned(&rows)
}

/// The set of `set.metric`, and the metric's place in `order`; a metric without a set comes first.
fn place<'n>(name: &'n str, order: &[&str]) -> (&'n str, usize) {
    let (set, metric) = name.split_once('.').unwrap_or(("", name));
    let place = order.iter().position(|known| *known == metric);
    (set, place.unwrap_or(order.len()))
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
