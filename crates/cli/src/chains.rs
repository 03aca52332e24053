//! Labelled protein chains from the command line: tables, FASTA files, structures.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use processive_core::ChainRow;
use processive_ingest::{FieldFilter, read_structure_fasta, read_structure_table, read_structures, structure_files};
use processive_models::DataSource;
use processive_report::read_chain_table;

use crate::input::begins_as_parquet;
use crate::labelled::{require_files, sources};
use crate::numbers::{counted, grouped};

/// Where chains with known structure come from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Labelled chains")]
pub(crate) struct ChainDataArgs {
    /// Tables of chains, CSV, TSV or Parquet, with columns such as id, sequence (or input), q3, q8 (dssp3, dssp8), mask
    /// (disorder, `cb513_mask`)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) chains: Vec<PathBuf>,
    /// Sequences, FASTA; their states are in --labels
    #[arg(long, value_name = "FASTA", requires = "labels")]
    pub(crate) sequences: Option<PathBuf>,
    /// The states of --sequences by id, FASTA: H E C, or the eight letters of DSSP
    #[arg(long, value_name = "FASTA", requires = "sequences")]
    pub(crate) labels: Option<PathBuf>,
    /// Which residues of --sequences count, by id, FASTA: 1 for those whose structure is resolved, else 0
    #[arg(long, value_name = "FASTA", requires = "sequences")]
    pub(crate) mask: Option<PathBuf>,
    /// Keep only records of --labels and --sequences that have this field in their header, such as SET=train; of
    /// several with one key one must hold
    #[arg(id = "where", long = "where", value_name = "KEY=VALUE", requires = "sequences")]
    pub(crate) filters: Vec<FieldFilter>,
    /// Structures whose states DSSP assigned: mmCIF files that mkdssp 4 annotated, .dssp files, or folders of them
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) structures: Vec<PathBuf>,
    /// Keep only chains of this split
    #[arg(long, value_name = "NAME")]
    pub(crate) split: Option<SplitName>,
}

/// What a chain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitName {
    /// Fitting.
    Train,
    /// Choosing.
    Valid,
    /// Scoring.
    Test,
}

impl SplitName {
    /// The name, as chain tables have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
            Self::Test => "test",
        }
    }
}

/// A table of chains to test on, and its name: `NAME=FILE` of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedTable {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl NamedTable {
    /// Reads the chains.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<ChainRow>> {
        read_chains(&self.path)
    }
}

impl FromStr for NamedTable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("a test set is written NAME=FILE")?;
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(format!(
                "a test set cannot be called '{name}'; letters, digits, '.', '-' and '_' may be used"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            path: PathBuf::from(path),
        })
    }
}

impl ChainDataArgs {
    /// Whether any data are named.
    pub(crate) fn names_any(&self) -> bool {
        !self.chains.is_empty() || self.sequences.is_some() || !self.structures.is_empty()
    }

    /// Reads all chains, those of the FASTA files first, then tables and structures, and says how many there are.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<ChainRow>> {
        if !self.names_any() {
            bail!(
                "no labelled chains are named: give --chains FILE, --sequences FASTA with --labels FASTA, or \
                 --structures PATH"
            );
        }
        require_files(&self.paths())?;
        let mut rows = Vec::new();
        if let (Some(sequences), Some(labels)) = (&self.sequences, &self.labels) {
            let found = read_structure_fasta(sequences, labels, self.mask.as_deref(), &self.filters)
                .with_context(|| format!("reading {} and {}", sequences.display(), labels.display()))?;
            report(labels, &found);
            rows.extend(found);
        }
        for path in &self.chains {
            let found = read_chains(path)?;
            report(path, &found);
            rows.extend(found);
        }
        for path in &self.structures {
            let found = read_structures(path).with_context(|| format!("reading {}", path.display()))?;
            report(path, &found);
            rows.extend(found);
        }
        match self.split {
            Some(split) => keep_split(rows, split.name()),
            None => Ok(rows),
        }
    }

    /// The names of the files and folders without their endings, for reports.
    pub(crate) fn name(&self) -> String {
        let labels = self.labels.iter();
        let named = self.chains.iter().chain(labels).chain(&self.structures);
        let stems = named.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        stems.collect::<Vec<_>>().join("+")
    }

    /// Describes the files that the options name.
    pub(crate) fn sources(&self) -> anyhow::Result<Vec<DataSource>> {
        let mut files: Vec<PathBuf> = self.tables().map(PathBuf::clone).collect();
        for path in &self.structures {
            files.extend(structure_files(path)?);
        }
        sources(files.iter().map(PathBuf::as_path))
    }

    /// The tables and FASTA files that the options name, in the order in which they are read.
    fn tables(&self) -> impl Iterator<Item = &PathBuf> {
        let fasta = [&self.sequences, &self.labels, &self.mask];
        fasta.into_iter().flatten().chain(&self.chains)
    }

    /// Everything that the options name.
    fn paths(&self) -> Vec<&Path> {
        self.tables().chain(&self.structures).map(PathBuf::as_path).collect()
    }
}

/// Reads a table of chains: Parquet, CSV or TSV, told apart by content.
pub(crate) fn read_chains(path: &Path) -> anyhow::Result<Vec<ChainRow>> {
    let reading = || format!("reading {}", path.display());
    if path.is_file() && begins_as_parquet(path).with_context(reading)? {
        return read_chain_table(path).with_context(reading);
    }
    read_structure_table(path).with_context(reading)
}

/// Keeps the chains of one split; there must be some.
fn keep_split(rows: Vec<ChainRow>, split: &str) -> anyhow::Result<Vec<ChainRow>> {
    let of = |name: &str| rows.iter().filter(|row| row.split == name).count();
    if of(split) > 0 {
        return Ok(rows.into_iter().filter(|row| row.split == split).collect());
    }
    let there: Vec<String> = [("train", "train"), ("valid", "valid"), ("test", "test"), ("", "none")]
        .into_iter()
        .filter(|(name, _)| of(name) > 0)
        .map(|(name, shown)| format!("{shown} ({})", grouped(of(name) as u64)))
        .collect();
    bail!(
        "no chain is in the split '{split}'; the splits of the chains are: {}",
        there.join(", ")
    )
}

fn report(path: &Path, rows: &[ChainRow]) {
    let residues: usize = rows.iter().map(|row| row.chain.sequence.len()).sum();
    let scored: usize = rows.iter().map(|row| row.chain.scored_residues()).sum();
    log::info!(
        "{}: {} of {}, {} scored",
        path.display(),
        counted(rows.len() as u64, "chain"),
        counted(residues as u64, "residue"),
        grouped(scored as u64)
    );
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use tempfile::TempDir;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        data: ChainDataArgs,
    }

    /// Reads with options in which `DIR` stands for a folder of small files.
    fn read(options: &str) -> anyhow::Result<Vec<ChainRow>> {
        let folder = TempDir::new()?;
        for (name, text) in [
            (
                "a.tsv",
                "id\tsequence\tq3\tsplit\na1\tMK\tHC\ttrain\na2\tMKV\tHCC\ttest\n",
            ),
            ("b.csv", "input,dssp8\nAC,TT\n"),
            ("s.fa", ">s1\nMKV\n>s2\nAC\n"),
            ("l.fa", ">s1 SET=train\nHHC\n>s2 SET=test\nEE\n"),
            ("m.fa", ">s1\n011\n>s2\n11\n"),
        ] {
            fs::write(folder.path().join(name), text)?;
        }
        let structures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/structure");
        let options = options.replace("GOLDEN", &structures.to_string_lossy());
        let options = options.replace("DIR", &folder.path().to_string_lossy());
        let words = std::iter::once("x").chain(options.split_whitespace());
        let data = Command::try_parse_from(words)?.data;
        let rows = data.read()?;
        assert_eq!(data.sources()?.len(), data.paths().len());
        Ok(rows)
    }

    fn ids(options: &str) -> anyhow::Result<Vec<String>> {
        Ok(read(options)?.into_iter().map(|row| row.chain.id).collect())
    }

    #[test]
    fn all_sources_are_read_together() -> anyhow::Result<()> {
        let triple = "--sequences DIR/s.fa --labels DIR/l.fa --mask DIR/m.fa";
        for (options, expected) in [
            ("--chains DIR/a.tsv DIR/b.csv".to_owned(), &["a1", "a2", "b_1"][..]),
            (format!("--chains DIR/a.tsv {triple}"), &["s1", "s2", "a1", "a2"]),
            (format!("{triple} --where SET=test"), &["s2"]),
            (format!("--chains DIR/a.tsv {triple} --split train"), &["s1", "a1"]),
            (
                format!("--structures GOLDEN/1l2y.cif.gz GOLDEN/3wip.dssp.gz {triple} --where SET=test"),
                &["s2", "1L2Y-A", "3WIP-A", "3WIP-B"],
            ),
        ] {
            assert_eq!(ids(&options)?, expected, "{options}");
        }
        assert_eq!(read(triple)?[0].chain.scored, [false, true, true]);
        Ok(())
    }

    #[test]
    fn what_is_missing_is_said() {
        for (options, message) in [
            ("", "no labelled chains are named"),
            ("--sequences DIR/s.fa", "--labels"),
            ("--where SET=test --chains DIR/a.tsv", "--sequences"),
            ("--chains DIR/none.tsv", "reading"),
            (
                "--chains DIR/a.tsv --split tset",
                "[possible values: train, valid, test]",
            ),
            (
                "--sequences DIR/s.fa --labels DIR/l.fa --where SET",
                "a field is written KEY=VALUE",
            ),
            ("--chains -", "labelled data are read more than once"),
            (
                "--chains DIR/a.tsv --split valid",
                "the splits of the chains are: train (1), test (1)",
            ),
            (
                "--chains DIR/b.csv --split train",
                "the splits of the chains are: none (1)",
            ),
        ] {
            let error = ids(options).unwrap_err();
            assert!(format!("{error:#}").contains(message), "{options}: {error:#}");
        }
    }
}
