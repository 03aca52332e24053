//! Whose parts a folder holds.

use std::path::Path;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::ResumeError;
use super::parted::Parted;
use crate::shards::Place;

/// What must be the same for a scan to go on: names, values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest(Vec<(&'static str, String)>);

impl Manifest {
    #[cfg(test)]
    pub(super) fn new(pairs: Vec<(&'static str, String)>) -> Self {
        Self(pairs)
    }

    /// The manifest of a scan in `count` parts.
    pub(super) fn of<S: Parted>(scan: &S, command: &str, whole: &Place, count: u32) -> Result<Self, ResumeError> {
        let genome = |source| ResumeError::Genome {
            path: scan.genome().to_path_buf(),
            source,
        };
        let found = scan.genome().metadata().map_err(genome)?;
        let modified = found.modified().map_err(genome)?;
        let since = modified.duration_since(SystemTime::UNIX_EPOCH);
        let text = |text: &str| text.to_owned();
        let mut pairs = vec![
            ("the version of the program", text(env!("CARGO_PKG_VERSION"))),
            ("the command", text(command)),
        ];
        pairs.extend(scan.identity());
        pairs.extend([
            ("the size of the genome in bytes", found.len().to_string()),
            (
                "the time of the genome's last change, in seconds of 1970",
                since.map_or_else(|_| text("before 1970"), |since| format!("{:.9}", since.as_secs_f64())),
            ),
            ("the digest of its contigs", whole.contigs.clone()),
            (S::KIND.plan(), whole.digest.clone()),
            ("the number of parts", count.to_string()),
        ]);
        Ok(Self(pairs))
    }

    /// The text of its file.
    pub(super) fn to_text(&self) -> String {
        let pairs: serde_json::Map<String, Value> = self
            .0
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        format!("{:#}\n", Value::Object(pairs))
    }

    /// Compares it with the text of an earlier one.
    pub(super) fn check(&self, folder: &Path, text: &str) -> Result<(), ResumeError> {
        let unreadable = || ResumeError::Unreadable {
            folder: folder.to_path_buf(),
        };
        let earlier: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
        for (what, now) in &self.0 {
            let then = earlier.get(what).and_then(Value::as_str).ok_or_else(unreadable)?;
            if then != now {
                return Err(ResumeError::Differs {
                    folder: folder.to_path_buf(),
                    what,
                    then: format!("'{then}'"),
                    now: format!("'{now}'"),
                });
            }
        }
        Ok(())
    }
}
