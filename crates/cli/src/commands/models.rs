//! `processive models`

use anyhow::Context;
use clap::Args;
use processive_models::{Model, ModelDescription};
use serde::Serialize;

use crate::bundled::{BundledModel, bundled, load_model};
use crate::description_text::{describe, metric_text};
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

/// One line per model below a heading.
fn list(models: &[Model]) -> String {
    let heading = ["name", "arch", "parameters", "window", "test AUROC", "summary"].map(str::to_owned);
    let row = |model: &Model| {
        let description = model.description();
        vec![
            description.name.clone(),
            description.architecture.arch.to_string(),
            grouped(description.parameters as u64),
            format!("{} bp", description.window),
            description
                .metrics
                .get("auroc")
                .map_or_else(|| "-".to_owned(), metric_text),
            description.summary.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = std::iter::once(heading.to_vec())
        .chain(models.iter().map(row))
        .collect();
    aligned(&rows)
}
