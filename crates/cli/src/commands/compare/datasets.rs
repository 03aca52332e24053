//! The data sets of a comparison: from the options, from `--dataset`, from a TOML file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Parser};
use serde::Deserialize;
use toml::{Table, Value};

use crate::labelled::DataArgs;

/// Which data sets the architectures are compared on.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Data sets")]
pub(crate) struct DataSetArgs {
    /// A data set of three labelled files, as --train takes them; without VALID, --valid-fraction is set apart. May be
    /// repeated
    #[arg(long = "dataset", value_name = "NAME=TRAIN,VALID,TEST")]
    named: Vec<String>,
    /// A TOML file with a table [[dataset]] for every data set: its name, and the options below without their dashes,
    /// e.g. name = "ctcf", positives = "bound.fa", negatives = "shuffle". Paths begin at the file's folder
    #[arg(long = "datasets", value_name = "TOML")]
    file: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
}

/// A data set with its name.
#[derive(Clone, Debug)]
pub(super) struct NamedData {
    pub(super) name: String,
    pub(super) data: DataArgs,
}

/// The options of a data set, as words.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Words {
    #[command(flatten)]
    data: DataArgs,
}

/// A file of data sets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSetFile {
    dataset: Vec<Table>,
}

impl DataSetArgs {
    /// All data sets: that of the plain options first, then every `--dataset`, then those of the file.
    pub(super) fn all(&self) -> anyhow::Result<Vec<NamedData>> {
        let mut all = Vec::new();
        if self.data.names_any() {
            all.push(NamedData {
                name: plain(&self.data.test_name()),
                data: self.data.clone(),
            });
        }
        for given in &self.named {
            all.push(self.named(given)?);
        }
        if let Some(path) = &self.file {
            all.extend(read(path).with_context(|| format!("reading {}", path.display()))?);
        }
        if all.is_empty() {
            bail!(
                "no labelled data: give --train and --test, or another source below 'Labelled data', --dataset or --datasets"
            );
        }
        let mut names = BTreeSet::new();
        for set in &all {
            if set.name.is_empty() || plain(&set.name) != set.name {
                bail!(
                    "a data set cannot be called '{}'; letters, digits, '.', '-' and '_' may be used",
                    set.name
                );
            }
            if !names.insert(&set.name) {
                bail!("two data sets are called '{}'", set.name);
            }
        }
        Ok(all)
    }

    fn named(&self, given: &str) -> anyhow::Result<NamedData> {
        let parsed = given.split_once('=').and_then(|(name, files)| {
            let files: Vec<&str> = files.split(',').map(str::trim).collect();
            let [train, valid, test] = files[..] else { return None };
            (!train.is_empty() && !test.is_empty()).then_some((name, train, valid, test))
        });
        let Some((name, train, valid, test)) = parsed else {
            bail!("--dataset {given} is not NAME=TRAIN,VALID,TEST");
        };
        let columns = &self.data;
        let mut data = parse(vec![format!("--train={train}"), format!("--test={test}")])?;
        data.valid = (!valid.is_empty()).then(|| valid.to_owned());
        data.sequence_column.clone_from(&columns.sequence_column);
        data.label_column.clone_from(&columns.label_column);
        data.valid_fraction = columns.valid_fraction;
        data.split_seed = columns.split_seed;
        Ok(NamedData {
            name: name.trim().to_owned(),
            data,
        })
    }
}

/// Reads the data sets of a file.
fn read(path: &Path) -> anyhow::Result<Vec<NamedData>> {
    let file: DataSetFile = toml::from_str(&std::fs::read_to_string(path)?)?;
    if file.dataset.is_empty() {
        bail!("there is no [[dataset]]");
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut all = Vec::new();
    for (index, mut table) in file.dataset.into_iter().enumerate() {
        let Some(Value::String(name)) = table.remove("name") else {
            bail!("[[dataset]] number {} has no name", index + 1);
        };
        let words: anyhow::Result<Vec<Option<String>>> = table.iter().map(|(key, value)| word(key, value)).collect();
        let data = words.and_then(|words| parse(words.into_iter().flatten().collect()));
        let mut data = data.with_context(|| format!("data set {name}"))?;
        data.move_to(folder);
        all.push(NamedData { name, data });
    }
    Ok(all)
}

/// The word that gives an option a value; none for a switch that is off.
fn word(key: &str, value: &Value) -> anyhow::Result<Option<String>> {
    let option = format!("--{}", key.replace('_', "-"));
    let text = match value {
        Value::Boolean(true) => return Ok(Some(option)),
        Value::Boolean(false) => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => bail!("{key} must be a text, a number or a truth value"),
    };
    Ok(Some(format!("{option}={text}")))
}

/// Reads the options of a data set as a command line is read.
fn parse(words: Vec<String>) -> anyhow::Result<DataArgs> {
    let words = Words::try_parse_from(words).map_err(|error| {
        let text = error.to_string();
        let what = text.split("\n\n").next().unwrap_or_default();
        anyhow!("{}", what.trim_start_matches("error: ").replace("\n ", ""))
    })?;
    Ok(words.data)
}

/// A name with `_` in place of what does not belong into file names.
fn plain(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    name.chars()
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        data: DataSetArgs,
    }

    fn all(words: &[&str]) -> anyhow::Result<Vec<NamedData>> {
        Line::try_parse_from([&["x"], words].concat())?.data.all()
    }

    fn of_file(text: &str) -> anyhow::Result<Vec<NamedData>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("sets.toml");
        std::fs::write(&path, text)?;
        read(&path)
    }

    #[test]
    fn options_and_named_sets_come_in_the_order_of_the_line() -> anyhow::Result<()> {
        let sets = all(&[
            "--train",
            "a.csv",
            "--test",
            "folder/my test.csv",
            "--dataset",
            "x=b.csv,,c.csv",
            "--dataset",
            "y=d.csv,e.csv,f.csv",
            "--label-column",
            "bound",
        ])?;
        let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, ["my_test.csv", "x", "y"]);
        assert_eq!(
            (sets[1].data.valid.as_deref(), sets[2].data.valid.as_deref()),
            (None, Some("e.csv"))
        );
        assert!(sets.iter().all(|set| set.data.label_column == "bound"));
        Ok(())
    }

    #[test]
    fn a_file_takes_the_options_by_name_and_its_paths_begin_at_its_folder() -> anyhow::Result<()> {
        let sets = of_file(
            "[[dataset]]\nname = 'n'\npositives = 'p.fa'\nnegatives = 'shuffle'\ntest-positives = 'tp.fa'\n\
             test_negatives = '/tn.fa'\nvalid-fraction = 0.25\nstrict = true\n\
             [[dataset]]\nname = 'g'\ngenome = 'g.fa'\npeaks = 'p.bed'\nvalid = 'chr2'\ntest = 'chr3'\nwindow = 100\n",
        )?;
        let (first, second) = (&sets[0].data, &sets[1].data);
        assert!(
            first
                .positives
                .as_ref()
                .is_some_and(|path| path.is_absolute() && path.ends_with("p.fa"))
        );
        assert_eq!(first.negatives.as_deref(), Some("shuffle"));
        assert_eq!(first.test_negatives.as_deref(), Some(Path::new("/tn.fa")));
        assert!(first.strict && (first.valid_fraction - 0.25).abs() < 1e-12);
        assert_eq!((second.valid.as_deref(), second.window), (Some("chr2"), Some(100)));
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() {
        let line = |words: &[&str]| format!("{:#}", all(words).unwrap_err());
        assert!(line(&[]).contains("--datasets"));
        assert!(line(&["--dataset", "a.csv"]).contains("NAME=TRAIN,VALID,TEST"));
        assert!(line(&["--dataset", "a=b,c"]).contains("NAME=TRAIN,VALID,TEST"));
        assert!(line(&["--dataset", "a b=b,c,d"]).contains("'a b'"));
        assert!(line(&["--dataset", "a=b,c,d", "--dataset", "a=b,c,d"]).contains("two data sets"));
        let file = |text: &str| format!("{:#}", of_file(text).unwrap_err());
        assert!(file("[[dataset]]\ntrain = 'a'").contains("number 1 has no name"));
        assert!(file("[[dataset]]\nname = 'a'\ntrian = 'a'").contains("--trian"));
        assert!(file("[[dataset]]\nname = 'a'\ntrain = 'a'\npositives = 'b'\nnegatives = 'c'").contains("--positives"));
        assert!(file("[[dataset]]\nname = 'a'\ntrain = ['a']").contains("train must be a text"));
        assert!(file("[[dataset]]\nname = 'a'\nwindow = 'wide'").contains("wide"));
        assert!(file("[[datasets]]\nname = 'a'").contains("datasets"));
    }
}
