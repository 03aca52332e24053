//! Other names of contigs.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use crate::{IngestError, Place, lines::Lines};

/// The names that peaks give to the contigs of a genome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContigAliases(HashMap<String, String>);

impl ContigAliases {
    /// Reads two columns, separated by tabs or blanks: the name in the peaks, the name in the genome; lines
    /// that begin with `#` are skipped.
    ///
    /// # Errors
    /// - [`IngestError::TooFewColumns`] for a line that has not two columns;
    /// - [`IngestError::ConflictingAlias`] when a name stands for two contigs;
    /// - [`IngestError::Empty`] without a pair;
    /// - [`IngestError::NotText`] and as [`open`](crate::open).
    pub fn read(path: &Path) -> Result<Self, IngestError> {
        let mut lines = Lines::open(path)?;
        let mut aliases = HashMap::new();
        loop {
            let place = Place::new(path, lines.number() + 1);
            let Some(line) = lines.next_line()? else { break };
            if !line.is_empty() && !line.starts_with('#') {
                add(&mut aliases, line, place)?;
            }
        }
        if aliases.is_empty() {
            return Err(IngestError::Empty {
                path: path.to_owned(),
                expected: "pair of contig names",
            });
        }
        Ok(Self(aliases))
    }

    /// Returns the genome's name of a contig: `name` itself when it has no alias.
    pub fn rename<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

fn add(aliases: &mut HashMap<String, String>, line: &str, place: Place) -> Result<(), IngestError> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let &[name, target] = fields.as_slice() else {
        return Err(IngestError::TooFewColumns {
            place,
            found: fields.len(),
            expected: "exactly 2 (name in the peaks, name in the genome)",
        });
    };
    match aliases.entry(name.to_owned()) {
        Entry::Vacant(entry) => {
            entry.insert(target.to_owned());
            Ok(())
        }
        Entry::Occupied(entry) if entry.get() == target => Ok(()),
        Entry::Occupied(entry) => Err(IngestError::ConflictingAlias {
            place,
            name: name.to_owned(),
            first: entry.get().clone(),
            second: target.to_owned(),
        }),
    }
}
