//! Why files are not the parts of one scan.

use std::path::PathBuf;

use thiserror::Error;

/// Why files are not the parts of one scan.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ShardError {
    /// There is no file.
    #[error("there is no shard to gather")]
    None,
    /// The file is no part of a scan.
    #[error("{} is no shard: its footer has no processive.shard, which scan --shard I/N writes", path.display())]
    NotAShard {
        /// The file.
        path: PathBuf,
    },
    /// The footer does not say what it has to.
    #[error("{} is no whole shard: {key} of its footer is missing or wrong ('{value}')", path.display())]
    Footer {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// The value, cut short.
        value: String,
    },
    /// The rows are not those that the footer counts.
    #[error(
        "{} holds {found} rows, and its footer speaks of {expected}: it was changed after it was written",
        path.display()
    )]
    Rows {
        /// The file.
        path: PathBuf,
        /// The rows there are.
        found: u64,
        /// The rows there should be.
        expected: u64,
    },
    /// The files are parts of scans that differ.
    #[error(
        "{} and {} are shards of different scans: {key} is {second} in the one and {first} in the other",
        path.display(),
        other.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// A file before it.
        other: PathBuf,
        /// The key of the footers that tells them apart.
        key: String,
        /// What the file before it says.
        first: String,
        /// What the file says.
        second: String,
    },
    /// A part is there twice.
    #[error("{} and {} are both shard {shard}", path.display(), other.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// A file before it.
        other: PathBuf,
        /// The part.
        shard: String,
    },
    /// Parts are not there.
    #[error("of {count} shards {} missing: {}", if missing.len() == 1 { "one is" } else { "some are" }, listed(missing))]
    Missing {
        /// How many there should be.
        count: u32,
        /// Those that are missing.
        missing: Vec<String>,
    },
}

/// The first few of many texts.
fn listed(texts: &[String]) -> String {
    const SHOWN: usize = 8;
    let first = texts[..texts.len().min(SHOWN)].join(", ");
    match texts.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
