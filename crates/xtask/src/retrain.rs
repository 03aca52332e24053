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
    /// Where the steps of a pipeline write, and find the table of `proteinnet.py`; default: a folder that is deleted
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,
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
    #[serde(default)]
    pipeline: Vec<Pipeline>,
}

/// A model for binding: one run of `train tfbs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    name: String,
    summary: String,
    provenance: String,
    settings: Vec<String>,
    args: Vec<String>,
}

/// Models that take several runs of the program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pipeline {
    name: String,
    /// The words after the program's name, run by run.
    commands: Vec<Vec<String>>,
}

/// What stands for the braces in a recipe's words.
struct Places {
    data: PathBuf,
    root: PathBuf,
    work: PathBuf,
}

impl Places {
    fn fill(&self, word: &str) -> String {
        let places = [("{data}", &self.data), ("{root}", &self.root), ("{work}", &self.work)];
        places.into_iter().fold(word.to_owned(), |word, (place, path)| {
            word.replace(place, &path.display().to_string())
        })
    }
}

/// Trains every chosen model into `data/models`.
pub(crate) fn run(args: &RetrainArgs, root: &Path) -> anyhow::Result<()> {
    let path = root.join("data/models/recipes.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let recipes: Recipes = toml::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
    let temporary = tempfile::tempdir().context("making a folder for the steps of a pipeline")?;
    let work = args.work.as_deref().unwrap_or(temporary.path());
    let places = Places {
        data: fs::canonicalize(&args.data).with_context(|| format!("reading {}", args.data.display()))?,
        root: root.to_owned(),
        work: fs::canonicalize(work).with_context(|| format!("reading {}", work.display()))?,
    };
    let jobs = jobs(&recipes, &places)?;
    if let Some(unknown) = args.only.iter().find(|name| !jobs.iter().any(|(job, _)| job == name)) {
        bail!("no recipe is called {unknown}");
    }
    for (name, lines) in &jobs {
        if args.only.is_empty() || args.only.iter().any(|only| only == name) {
            lines.iter().try_for_each(|line| run_program(args, root, name, line))?;
        }
    }
    Ok(())
}

/// A recipe's name and the words of its runs.
type Job<'a> = (&'a str, Vec<Vec<String>>);

fn jobs<'a>(recipes: &'a Recipes, places: &Places) -> anyhow::Result<Vec<Job<'a>>> {
    let mut jobs = Vec::new();
    for recipe in &recipes.model {
        jobs.push((&*recipe.name, vec![command_line(recipes, recipe, places)?]));
    }
    for pipeline in &recipes.pipeline {
        let fill = |line: &Vec<String>| line.iter().map(|word| places.fill(word)).collect();
        jobs.push((&*pipeline.name, pipeline.commands.iter().map(fill).collect()));
    }
    Ok(jobs)
}

fn run_program(args: &RetrainArgs, root: &Path, name: &str, line: &[String]) -> anyhow::Result<()> {
    let mut command = if let Some(program) = &args.program {
        Command::new(program)
    } else {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--release", "--quiet", "--package", "processive", "--"]);
        cargo
    };
    command.current_dir(root).args(line);
    if let Some(threads) = args.threads {
        command.args(["--threads", &threads.to_string()]);
    }
    let status = command.status().with_context(|| format!("training {name}"))?;
    if !status.success() {
        bail!("training {name} ended with {status}");
    }
    Ok(())
}

/// The words after the program's name.
fn command_line(recipes: &Recipes, recipe: &Recipe, places: &Places) -> anyhow::Result<Vec<String>> {
    let Recipe { name, summary, .. } = recipe;
    let provenance = recipes.provenance.get(&recipe.provenance);
    let provenance = provenance.with_context(|| format!("{name}: no provenance {}", recipe.provenance))?;
    let output = format!("data/models/{name}.safetensors");
    let mut words: Vec<String> = [
        "train",
        "tfbs",
        "--force",
        "--no-progress",
        "--metrics-log",
        "/dev/null",
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
    Ok(words.iter().map(|word| places.fill(word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            data: "/d".into(),
            root: "/r".into(),
            work: "/w".into(),
        }
    }

    #[test]
    fn a_recipe_becomes_command_lines_with_its_places_filled_in() -> anyhow::Result<()> {
        let recipes: Recipes = toml::from_str(
            "[settings]\na = ['--arch', 'cnn']\n[provenance]\np = 'from somewhere'\n\
             [[model]]\nname = 'x'\nsummary = 's'\nprovenance = 'p'\nsettings = ['a']\nargs = ['--train', '{data}/t.csv']\n\
             [[pipeline]]\nname = 'y'\ncommands = [['prepare', '-o', '{work}/c.tsv'], ['train', '{work}/c.tsv', '{root}/m']]",
        )?;
        let jobs = jobs(&recipes, &places())?;
        let [(x, model), (y, pipeline)] = &jobs[..] else {
            panic!("{jobs:?}")
        };
        assert_eq!((*x, *y, model.len()), ("x", "y", 1));
        let line = &model[0];
        assert_eq!(line[line.len() - 4..], ["--arch", "cnn", "--train", "/d/t.csv"]);
        assert!(
            line.windows(2)
                .any(|pair| pair == ["--output", "data/models/x.safetensors"])
        );
        assert_eq!(pipeline[0], ["prepare", "-o", "/w/c.tsv"]);
        assert_eq!(pipeline[1], ["train", "/w/c.tsv", "/r/m"]);
        Ok(())
    }

    #[test]
    fn the_recipes_of_the_repository_make_every_bundled_model() -> anyhow::Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let recipes: Recipes = toml::from_str(&fs::read_to_string(root.join("data/models/recipes.toml"))?)?;
        let jobs = jobs(&recipes, &places())?;
        let words: Vec<&String> = jobs.iter().flat_map(|(_, lines)| lines.iter().flatten()).collect();
        for file in fs::read_dir(root.join("data/models"))? {
            let name = file?.file_name().into_string().expect("names are plain");
            if name.ends_with(".safetensors") {
                let made = format!("data/models/{name}");
                assert!(words.iter().any(|word| **word == made), "nothing makes {name}");
            }
        }
        Ok(())
    }
}
