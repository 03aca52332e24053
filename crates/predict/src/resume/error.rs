//! Why a scan cannot go on.

use std::io;
use std::path::PathBuf;

use processive_report::ReportError;
use thiserror::Error;

/// Why a scan cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The folder holds parts of another scan.
    #[error(
        "the parts in {} are those of another scan: {what} was {then}, and is {now}; remove the folder to begin anew",
        folder.display()
    )]
    Differs {
        /// The folder.
        folder: PathBuf,
        /// What tells the scans apart.
        what: &'static str,
        /// Its value when the parts were made.
        then: String,
        /// Its value now.
        now: String,
    },
    /// The folder does not say whose parts it holds.
    #[error("{} does not say of which scan it holds parts: remove it to begin anew", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
    },
    /// Another run is filling the folder.
    #[error("another run is filling {}", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder cannot be used.
    #[error("cannot keep the parts of the scan in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder takes no file.
    #[error(transparent)]
    Write(#[from] ReportError),
    /// The genome cannot be looked at.
    #[error("cannot look at {}", path.display())]
    Genome {
        /// The genome.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
