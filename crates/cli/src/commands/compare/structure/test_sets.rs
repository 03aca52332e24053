//! The test sets of a comparison: tables by name, or the chains of the split `test`.

use std::collections::BTreeSet;

use anyhow::bail;
use processive_core::ChainRow;

use crate::chains::NamedTable;
use crate::labelled::require_files;

/// Chains that all networks are measured on.
#[derive(Clone, Debug)]
pub(super) struct TestSet {
    pub(super) name: String,
    pub(super) chains: Vec<ChainRow>,
}

impl TestSet {
    /// The named tables, in their order; without one the chains of `rows` that are in the split `test`.
    pub(super) fn all(tables: &[NamedTable], rows: &[ChainRow]) -> anyhow::Result<Vec<Self>> {
        let mut names = BTreeSet::new();
        if let Some(twice) = tables.iter().find(|table| !names.insert(&table.name)) {
            bail!("two test sets are called '{}'", twice.name);
        }
        let paths: Vec<_> = tables.iter().map(|table| table.path.as_path()).collect();
        require_files(&paths)?;
        if !tables.is_empty() {
            return tables.iter().map(Self::read).collect();
        }
        let of_test = rows.iter().filter(|row| row.split == "test");
        let chains: Vec<ChainRow> = of_test.cloned().collect();
        if chains.is_empty() {
            bail!("there are no test chains: name them with --test NAME=FILE, or put some into the split 'test'");
        }
        Self::scored("test".to_owned(), chains).map(|set| vec![set])
    }

    fn read(table: &NamedTable) -> anyhow::Result<Self> {
        Self::scored(table.name.clone(), table.read()?)
    }

    /// Leaves out chains of which nothing counts.
    fn scored(name: String, chains: Vec<ChainRow>) -> anyhow::Result<Self> {
        let all = chains.len();
        let is_scored = |row: &ChainRow| row.chain.scored_residues() > 0;
        let chains: Vec<ChainRow> = chains.into_iter().filter(is_scored).collect();
        if chains.is_empty() {
            bail!("no residue of the test set {name} is scored");
        }
        if chains.len() < all {
            log::warn!("{name}: {} of {all} chains have no scored residue", all - chains.len());
        }
        Ok(Self { name, chains })
    }

    /// The number of residues that count.
    pub(super) fn scored_residues(&self) -> usize {
        self.chains.iter().map(|row| row.chain.scored_residues()).sum()
    }
}
