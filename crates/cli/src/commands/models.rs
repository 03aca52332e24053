//! `processive models`

use anyhow::Context;
use clap::Args;
use processive_models::{Model, ModelDescription, STRUCTURE};
use serde::Serialize;

use crate::bundled::{BundledModel, bundled, load_model};
use crate::description_text::{architectures, describe, metric_text, test_q3};
use crate::numbers::grouped;
use crate::session::print_on_stdout;
use crate::status::ExitStatus;
use crate::text_table::aligned;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive models
  processive models ctcf --json";

/// Options of `processive models`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModelsArgs {
    /// A bundled model's name, or a model file.
    #[arg(value_name = "NAME|FILE")]
    model: Option<String>,
    /// Print everything that the model file says as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the list or the description.
pub(crate) fn run(args: &ModelsArgs) -> anyhow::Result<ExitStatus> {
    let text = match (&args.model, args.json) {
        (Some(name), false) => describe(&load_model(name)?),
        (Some(name), true) => json(&Card::of(&load_model(name)?))?,
        (None, false) => list(&all_bundled()?),
        (None, true) => json(&all_bundled()?.iter().map(Card::of).collect::<Vec<_>>())?,
    };
    print_on_stdout(&text)?;
    Ok(ExitStatus::Success)
}

fn all_bundled() -> anyhow::Result<Vec<Model>> {
    bundled().iter().map(BundledModel::load).collect()
}

/// The description with what the file cannot say about itself.
#[derive(Serialize)]
struct Card<'a> {
    digest: &'a str,
    #[serde(flatten)]
    description: &'a ModelDescription,
}

impl<'a> Card<'a> {
    fn of(model: &'a Model) -> Self {
        Self {
            digest: model.digest(),
            description: model.description(),
        }
    }
}

fn json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value).context("cannot write JSON")? + "\n")
}

/// One line per model below a heading; models that label residues have a table of their own.
fn list(models: &[Model]) -> String {
    let (structure, binding): (Vec<&Model>, Vec<&Model>) =
        models.iter().partition(|model| model.description().task == STRUCTURE);
    let tables = [
        (
            ["window", "test AUROC"],
            binding,
            binding_cells as fn(&ModelDescription) -> _,
        ),
        (["members", "test Q3"], structure, structure_cells),
    ];
    let mut texts = Vec::new();
    for ([size, score], models, cells) in tables {
        if models.is_empty() {
            continue;
        }
        let heading = ["name", "arch", "parameters", size, score, "summary"].map(str::to_owned);
        let rows = models.iter().map(|model| row(model.description(), cells));
        let rows: Vec<[String; 6]> = std::iter::once(heading).chain(rows).collect();
        texts.push(aligned(&rows));
    }
    texts.join("\n")
}

fn row(description: &ModelDescription, cells: fn(&ModelDescription) -> [String; 2]) -> [String; 6] {
    let [size, score] = cells(description);
    [
        description.name.clone(),
        architectures(description),
        grouped(description.parameters as u64),
        size,
        score,
        description.summary.clone(),
    ]
}

fn binding_cells(description: &ModelDescription) -> [String; 2] {
    let auroc = description.metrics.get("auroc");
    [
        format!("{} bp", description.window),
        auroc.map_or_else(|| "-".to_owned(), metric_text),
    ]
}

fn structure_cells(description: &ModelDescription) -> [String; 2] {
    let q3 = |(set, metric)| format!("{} on {set}", metric_text(metric));
    [
        description.members.to_string(),
        test_q3(description).map_or_else(|| "-".to_owned(), q3),
    ]
}

#[cfg(test)]
mod tests {
    use processive_core::Metric;
    use processive_models::{ArchitectureConfig, Network, TFBS, device};

    use super::*;

    fn model(task: &str, config: ArchitectureConfig, metric: &str) -> anyhow::Result<Model> {
        let value = Metric {
            value: 0.725,
            ci_low: None,
            ci_high: None,
        };
        let network = Network::init(&config, 1, 1, &device::cpu())?;
        let mut description = ModelDescription::untrained(task, vec!["x".to_owned()], config, 1);
        description.metrics.insert(metric.to_owned(), value);
        Ok(Model::new(description, vec![network]))
    }

    #[test]
    fn models_of_each_task_have_a_table_with_their_own_score() -> anyhow::Result<()> {
        let binding = model(TFBS, ArchitectureConfig::new("bag-cnn".parse()?), "auroc")?;
        let structure = model(STRUCTURE, ArchitectureConfig::for_residues("gru".parse()?), "cb513.q3")?;
        let words = |text: &str| -> Vec<String> {
            let lines = text
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
            lines.collect()
        };
        let lines = words(&list(&[structure.clone(), binding.clone()]));
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert_eq!(lines[0], "name arch parameters window test AUROC summary");
        assert!(lines[1].ends_with("1 bp 0.725"), "{lines:?}");
        assert_eq!(lines[2], "");
        assert_eq!(lines[3], "name arch parameters members test Q3 summary");
        assert!(lines[4].ends_with("1 0.725 on cb513"), "{lines:?}");
        assert_eq!(words(&list(&[binding])), lines[..2]);
        Ok(())
    }
}
