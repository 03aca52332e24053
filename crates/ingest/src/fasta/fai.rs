//! `.fai`: where the lines of every contig lie.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use noodles::fasta::fai::{Index, Record, io};
use processive_core::Contig;

use super::{layout, stored};
use crate::{IngestError, Place, error::excerpt};

/// The path of a file's `.fai`.
pub(super) fn path_of(path: &Path) -> PathBuf {
    stored::path_beside(path, "fai")
}

/// Reads the `.fai` when there is one that can be used.
pub(super) fn read_fresh(path: &Path) -> Option<Index> {
    stored::read_fresh(path, &path_of(path), |file| io::Reader::new(file).read_index())
        .filter(|index| !index.as_ref().is_empty())
}

/// Reads the `.fai`, or makes it and writes it next to the file.
pub(super) fn read_or_make(path: &Path) -> Result<Index, IngestError> {
    if let Some(index) = read_fresh(path) {
        return Ok(index);
    }
    let index = Index::from(layout::measure(path)?);
    stored::write(&path_of(path), |file| io::Writer::new(file).write_index(&index));
    Ok(index)
}

/// Returns the contigs that an index lists.
pub(super) fn contigs(path: &Path, index: &Index) -> Result<Vec<Contig>, IngestError> {
    let mut names = HashSet::new();
    let place = |line: usize| Place::new(&path_of(path), line as u64 + 1);
    let contig = |(line, record): (usize, &Record)| {
        let name: &[u8] = record.name();
        let name = std::str::from_utf8(name).map_err(|_| IngestError::NotText {
            place: place(line),
            bytes: excerpt(name),
        })?;
        if !names.insert(name.to_owned()) {
            return Err(IngestError::DuplicateName {
                place: place(line),
                record: name.to_owned(),
            });
        }
        Ok(Contig::new(name, record.length()))
    };
    index.as_ref().iter().enumerate().map(contig).collect()
}
