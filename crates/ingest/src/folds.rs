//! Which contigs train, validate and test.

use std::{collections::HashMap, path::Path};

use serde::Deserialize;

use crate::{IngestError, lines::read_bytes};

/// Contigs by use. A contig is in one list at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folds {
    /// Contigs to fit on.
    pub train: Vec<String>,
    /// Contigs that choose the settings.
    pub valid: Vec<String>,
    /// Contigs that are looked at once, at the end.
    pub test: Vec<String>,
}

/// Reads `{"train": [..], "valid": [..], "test": [..]}`.
///
/// # Errors
/// - [`IngestError::InvalidFolds`] for anything else, with line and column;
/// - [`IngestError::ContigInTwoFolds`];
/// - as [`open`](crate::open).
pub fn read_folds(path: &Path) -> Result<Folds, IngestError> {
    let folds: Folds = serde_json::from_slice(&read_bytes(path)?).map_err(|source| IngestError::InvalidFolds {
        path: path.to_owned(),
        source,
    })?;
    let lists = [("train", &folds.train), ("valid", &folds.valid), ("test", &folds.test)];
    let mut seen: HashMap<&str, &'static str> = HashMap::new();
    for (list, contigs) in lists {
        for contig in contigs {
            let first = *seen.entry(contig).or_insert(list);
            if first != list {
                return Err(IngestError::ContigInTwoFolds {
                    path: path.to_owned(),
                    contig: contig.clone(),
                    first,
                    second: list,
                });
            }
        }
    }
    Ok(folds)
}
