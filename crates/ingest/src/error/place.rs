//! Places, paths and texts in messages.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// A line of a file, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// The 1-based line, counted after decompression.
    pub line: u64,
}

impl Place {
    pub(crate) fn new(path: &Path, line: u64) -> Self {
        Self {
            path: path.to_owned(),
            line,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", shown(&self.path), self.line)
    }
}

/// Returns the first bytes of a text, so that a message stays readable.
pub(crate) fn excerpt(bytes: &[u8]) -> Vec<u8> {
    const SHOWN: usize = 24;
    bytes[..bytes.len().min(SHOWN)].to_vec()
}

pub(super) fn shown(path: &Path) -> String {
    if path == Path::new(crate::open::STANDARD_INPUT) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let first = names[..names.len().min(SHOWN)].join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => first,
        Some(more) => format!("{first} and {more} more"),
    }
}

pub(super) fn of_motif(motif: &str) -> String {
    if motif.is_empty() {
        String::new()
    } else {
        format!(" (motif {motif})")
    }
}
