//! The chains of a preparation, and those that it protects.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use processive_core::ChainRow;
use processive_encode::kin::ProtectedChain;
use processive_ingest::{ProteinFasta, open};

use crate::chains::{ChainDataArgs, read_chains};
use crate::input::begins_as_parquet;
use crate::labelled::require_files;

/// Another name for a source: `SOURCE=NAME` of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rename {
    source: String,
    name: String,
}

impl FromStr for Rename {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            Some((source, name)) if !name.is_empty() && !name.contains(char::is_whitespace) => Ok(Self {
                source: source.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err("another name is written SOURCE=NAME, without blanks".to_owned()),
        }
    }
}

/// What there is to prepare.
pub(super) struct Inputs {
    /// Chains to train on, if they may be.
    pub(super) rows: Vec<ChainRow>,
    /// Chains that nothing in training may resemble: first those that came as test chains.
    pub(super) protected: Vec<ProtectedChain>,
    /// Chains that came in the split `test`.
    pub(super) test: Vec<ChainRow>,
}

impl Inputs {
    /// Reads all files; `protect` are tables of chains or FASTA.
    pub(super) fn read(data: &ChainDataArgs, protect: &[PathBuf], renames: &[Rename]) -> anyhow::Result<Self> {
        require_files(&protect.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        // Before the data, which may be many.
        let mut others = Vec::new();
        for path in protect {
            others.extend(read_protected(path).with_context(|| format!("--protect {}", path.display()))?);
        }
        let mut rows = data.read()?;
        rename(&mut rows, &mut others, renames)?;
        call_apart(&mut rows)?;
        for chain in &mut others {
            name_number(&mut chain.id, &chain.source);
        }
        let (test, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.split == "test");
        if rows.is_empty() {
            bail!("all chains are in the split 'test': there is nothing to prepare");
        }
        let mut protected: Vec<ProtectedChain> = test.iter().map(ProtectedChain::from).collect();
        protected.extend(others);
        if protected.is_empty() {
            log::warn!("no test chains are named (--protect): chains like those of test sets stay in the table");
        }
        Ok(Self { rows, protected, test })
    }
}

fn read_protected(path: &Path) -> anyhow::Result<Vec<ProtectedChain>> {
    if begins_as_parquet(path)? || !begins_as_fasta(path)? {
        return Ok(read_chains(path)?.iter().map(ProtectedChain::from).collect());
    }
    let source = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    let protected = ProteinFasta::open(path)?.map(|record| {
        let record = record?;
        Ok(ProtectedChain {
            id: record.id,
            source: source.clone().into_owned(),
            sequence: record.sequence,
        })
    });
    protected.collect()
}

fn begins_as_fasta(path: &Path) -> anyhow::Result<bool> {
    for line in open(path)?.split(b'\n') {
        let line = line?;
        if let Some(first) = line.trim_ascii().first() {
            return Ok(*first == b'>' || *first == b';');
        }
    }
    Ok(false)
}

fn rename(rows: &mut [ChainRow], protected: &mut [ProtectedChain], renames: &[Rename]) -> anyhow::Result<()> {
    let sources = rows.iter().map(|row| &row.source);
    let sources = sources.chain(protected.iter().map(|chain| &chain.source));
    let known: HashSet<String> = sources.cloned().collect();
    if let Some(unknown) = renames.iter().find(|rename| !known.contains(&rename.source)) {
        let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
        known.sort_unstable();
        bail!(
            "--rename: no source is called '{}'; known are {}",
            unknown.source,
            known.join(", ")
        );
    }
    let sources = rows.iter_mut().map(|row| &mut row.source);
    for source in sources.chain(protected.iter_mut().map(|chain| &mut chain.source)) {
        if let Some(rename) = renames.iter().find(|rename| rename.source == *source) {
            source.clone_from(&rename.name);
        }
    }
    Ok(())
}

/// Gives every chain an id of its own: the source goes in front of a bare number and of an id that an earlier chain of
/// another source has.
fn call_apart(rows: &mut [ChainRow]) -> anyhow::Result<()> {
    let mut owners: HashMap<String, String> = HashMap::new();
    for row in rows {
        name_number(&mut row.chain.id, &row.source);
        let is_taken = owners.get(&row.chain.id).is_some_and(|owner| *owner != row.source);
        if is_taken && !row.source.is_empty() {
            row.chain.id = format!("{}-{}", row.source, row.chain.id);
        }
        if owners.insert(row.chain.id.clone(), row.source.clone()).is_some() {
            bail!("the chain '{}' of '{}' occurs twice", row.chain.id, row.source);
        }
    }
    Ok(())
}

/// Puts the source in front of a bare number.
fn name_number(id: &mut String, source: &str) {
    if id.bytes().all(|byte| byte.is_ascii_digit()) && !source.is_empty() {
        *id = format!("{source}-{id}");
    }
}

#[cfg(test)]
mod tests {
    use processive_core::{LabelledChain, State3, StructureLabels};

    use super::*;

    fn rows(names: &[(&str, &str)]) -> Vec<ChainRow> {
        let row = |&(source, id): &(&str, &str)| ChainRow {
            source: source.to_owned(),
            split: String::new(),
            cluster: String::new(),
            chain: LabelledChain {
                id: id.to_owned(),
                sequence: b"M".to_vec(),
                labels: StructureLabels::Three(vec![State3::C]),
                scored: vec![true],
            },
        };
        names.iter().map(row).collect()
    }

    #[test]
    fn numbers_and_taken_ids_have_the_source_in_front() -> anyhow::Result<()> {
        let mut found = rows(&[("a", "1abc-A"), ("b", "1abc-A"), ("b", "17"), ("c", "17"), ("", "3")]);
        call_apart(&mut found)?;
        let ids: Vec<&str> = found.iter().map(|row| &row.chain.id[..]).collect();
        assert_eq!(ids, ["1abc-A", "b-1abc-A", "b-17", "c-17", "3"]);
        let error = call_apart(&mut rows(&[("a", "x"), ("a", "x")])).unwrap_err();
        assert!(error.to_string().contains("'x' of 'a' occurs twice"), "{error}");
        Ok(())
    }

    #[test]
    fn sources_are_renamed_and_unknown_ones_refused() -> anyhow::Result<()> {
        let renames = ["a=one".parse(), "x.npy=two".parse()].map(|rename: Result<Rename, _>| rename.unwrap());
        let mut found = rows(&[("a", "1"), ("b", "2")]);
        let mut protected: Vec<ProtectedChain> = rows(&[("x.npy", "3")]).iter().map(ProtectedChain::from).collect();
        rename(&mut found, &mut protected, &renames)?;
        let sources = [&found[0].source, &found[1].source, &protected[0].source];
        assert_eq!(sources, ["one", "b", "two"]);
        let error = rename(&mut found, &mut protected, &renames).unwrap_err().to_string();
        assert!(error.contains("'a'; known are b, one, two"), "{error}");
        for text in ["a", "a=", "a=b c"] {
            assert!(text.parse::<Rename>().is_err(), "{text}");
        }
        Ok(())
    }
}
