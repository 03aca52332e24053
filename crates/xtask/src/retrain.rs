//! Retraining of the bundled models by `data/models/recipes.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

/// Options of `cargo xtask retrain`.
#[derive(Args)]
pub(crate) struct RetrainArgs {
    /// The folder of the data sets that the recipes name
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Retrain only this model; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The program to train with; default: build and run it
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Threads of the training
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipes {
    settings: BTreeMap<String, Vec<String>>,
    provenance: BTreeMap<String, String>,
    model: Vec<Recipe>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    name: String,
    summary: String,
    provenance: String,
    settings: Vec<String>,
    args: Vec<String>,
}

/// Trains every chosen model into `data/models`.
pub(crate) fn run(args: &RetrainArgs, root: &Path) -> anyhow::Result<()> {
    let path = root.join("data/models/recipes.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let recipes: Recipes = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    if let Some(unknown) = args
        .only
        .iter()
        .find(|name| !recipes.model.iter().any(|model| &model.name == *name))
    {
        bail!("no recipe is called {unknown}");
    }
    let chosen = |recipe: &&Recipe| args.only.is_empty() || args.only.contains(&recipe.name);
    for recipe in recipes.model.iter().filter(chosen) {
        let line = command_line(&recipes, recipe, &args.data, root)?;
        let mut command = if let Some(program) = &args.program {
            Command::new(program)
        } else {
            let mut cargo = Command::new("cargo");
            cargo.args(["run", "--release", "--quiet", "--package", "processive", "--"]);
            cargo
        };
        command
            .current_dir(root)
            .args(line)
            .args(["--metrics-log", "/dev/null"]);
        if let Some(threads) = args.threads {
            command.args(["--threads", &threads.to_string()]);
        }
        let status = command.status().with_context(|| format!("training {}", recipe.name))?;
        if !status.success() {
            bail!("training {} ended with {status}", recipe.name);
        }
    }
    Ok(())
}

/// The words after the program's name.
fn command_line(recipes: &Recipes, recipe: &Recipe, data: &Path, root: &Path) -> anyhow::Result<Vec<String>> {
    let Recipe { name, summary, .. } = recipe;
    let provenance = recipes.provenance.get(&recipe.provenance);
    let provenance = provenance.with_context(|| format!("{name}: no provenance {}", recipe.provenance))?;
    let output = format!("data/models/{name}.safetensors");
    let mut words: Vec<String> = [
        "train",
        "tfbs",
        "--force",
        "--no-progress",
        "--name",
        name,
        "--summary",
        summary,
    ]
    .into_iter()
    .chain(["--provenance", provenance.as_str(), "--output", output.as_str()])
    .map(str::to_owned)
    .collect();
    for setting in &recipe.settings {
        let known = recipes.settings.get(setting);
        words.extend(
            known
                .with_context(|| format!("{name}: no settings {setting}"))?
                .iter()
                .cloned(),
        );
    }
    words.extend(recipe.args.iter().cloned());
    let data = fs::canonicalize(data).with_context(|| format!("reading {}", data.display()))?;
    let fill = |word: String| {
        word.replace("{data}", &data.display().to_string())
            .replace("{root}", &root.display().to_string())
    };
    Ok(words.into_iter().map(fill).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_becomes_a_command_line_with_its_places_filled_in() -> anyhow::Result<()> {
        let recipes: Recipes = toml::from_str(
            "[settings]\na = ['--arch', 'cnn']\n[provenance]\np = 'from somewhere'\n\
             [[model]]\nname = 'x'\nsummary = 's'\nprovenance = 'p'\nsettings = ['a']\nargs = ['--train', '{data}/t.csv']",
        )?;
        let folder = std::env::temp_dir();
        let line = command_line(&recipes, &recipes.model[0], &folder, Path::new("/r"))?;
        let data = fs::canonicalize(&folder)?.join("t.csv").display().to_string();
        assert_eq!(line[line.len() - 4..], ["--arch", "cnn", "--train", data.as_str()]);
        assert!(
            line.windows(2)
                .any(|pair| pair == ["--output", "data/models/x.safetensors"])
        );
        Ok(())
    }

    #[test]
    fn the_recipes_of_the_repository_name_settings_and_provenance_that_exist() -> anyhow::Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let recipes: Recipes = toml::from_str(&fs::read_to_string(root.join("data/models/recipes.toml"))?)?;
        for recipe in &recipes.model {
            command_line(&recipes, recipe, &root, &root)?;
        }
        assert!(recipes.model.len() >= 11);
        Ok(())
    }
}
