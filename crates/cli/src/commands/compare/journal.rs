//! What is finished, one line of JSON each, so that an interrupted comparison can go on.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use processive_core::Metric;
use serde::{Deserialize, Serialize};

/// A finished piece of work. `fingerprint` is a digest of all that its outcome depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Record {
    /// A training run, measured on the test examples.
    Run(RunRecord),
    /// A training run whose network labels residues; its model is in a file.
    StructureRun(StructureRunRecord),
    /// The baselines of a data set.
    Baselines(BaselineRecord),
    /// How fast a network scans.
    ScanSpeed(SpeedRecord),
}

/// A training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RunRecord {
    pub(super) fingerprint: String,
    pub(super) dataset: String,
    pub(super) arch: String,
    pub(super) seed: u64,
    pub(super) parameters: usize,
    pub(super) learning_rate: f64,
    /// The learning rates that were tried to find this one, and the validation AUPRC of each.
    pub(super) trials: Vec<TrialRecord>,
    pub(super) epochs: usize,
    pub(super) best_epoch: usize,
    pub(super) valid_auprc: f64,
    pub(super) train_seconds: f64,
    pub(super) examples_per_second: f64,
    /// The probability from which a sequence is called bound.
    pub(super) threshold: f64,
    /// The probability of every test example, in order.
    pub(super) test_probabilities: Vec<f32>,
}

/// A training run of a network that labels residues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StructureRunRecord {
    pub(super) fingerprint: String,
    pub(super) arch: String,
    pub(super) seed: u64,
    pub(super) parameters: usize,
    pub(super) learning_rate: f64,
    pub(super) epochs: usize,
    pub(super) best_epoch: usize,
    pub(super) valid_q3: f64,
    pub(super) train_seconds: f64,
    pub(super) residues_per_second: f64,
    /// The digest of the model's file.
    pub(super) model: String,
}

/// A learning rate that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TrialRecord {
    pub(super) learning_rate: f64,
    /// Absent when the loss was no longer a number.
    pub(super) valid_auprc: Option<f64>,
}

/// The baselines of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct BaselineRecord {
    pub(super) fingerprint: String,
    pub(super) dataset: String,
    pub(super) metrics: BTreeMap<String, BTreeMap<String, Metric>>,
}

/// How fast a network scans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SpeedRecord {
    pub(super) fingerprint: String,
    pub(super) arch: String,
    pub(super) window: usize,
    pub(super) threads: usize,
    pub(super) bases_per_second: f64,
}

impl Record {
    fn fingerprint(&self) -> &str {
        match self {
            Self::Run(record) => &record.fingerprint,
            Self::StructureRun(record) => &record.fingerprint,
            Self::Baselines(record) => &record.fingerprint,
            Self::ScanSpeed(record) => &record.fingerprint,
        }
    }
}

/// The file of finished work, and what stands in it.
pub(super) struct Journal {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    records: BTreeMap<String, Record>,
}

impl Journal {
    /// Opens the file and reads what it holds. A last line without its end was cut off when it was written: it is
    /// dropped.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let reading = || format!("reading {}", path.display());
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text.with_context(reading)?,
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut records = BTreeMap::new();
        for (index, line) in text[..whole].lines().enumerate() {
            let record: Record = serde_json::from_str(line)
                .with_context(|| format!("reading {}, line {}", path.display(), index + 1))?;
            records.insert(record.fingerprint().to_owned(), record);
        }
        let writing = || format!("writing {}", path.display());
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(path).with_context(writing)?;
        if whole < text.len() {
            file.set_len(whole as u64).with_context(writing)?;
        }
        Ok(Self {
            path: path.to_owned(),
            inner: Mutex::new(Inner { file, records }),
        })
    }

    /// What is known under a fingerprint.
    pub(super) fn get(&self, fingerprint: &str) -> Option<Record> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.records.get(fingerprint).cloned()
    }

    /// The run that is known under a fingerprint.
    pub(super) fn run(&self, fingerprint: &str) -> Option<RunRecord> {
        match self.get(fingerprint) {
            Some(Record::Run(record)) => Some(record),
            _ => None,
        }
    }

    /// Appends a record. It is kept as it will be read back, so that a table does not depend on interruptions.
    pub(super) fn add(&self, record: &Record) -> anyhow::Result<()> {
        let writing = || format!("writing {}", self.path.display());
        let line = serde_json::to_string(record).with_context(writing)?;
        let record: Record = serde_json::from_str(&line).with_context(writing)?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let written = inner.file.write_all(format!("{line}\n").as_bytes());
        written.and_then(|()| inner.file.sync_data()).with_context(writing)?;
        inner.records.insert(record.fingerprint().to_owned(), record);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fingerprint: &str) -> Record {
        Record::ScanSpeed(SpeedRecord {
            fingerprint: fingerprint.to_owned(),
            arch: "cnn".to_owned(),
            window: 101,
            threads: 2,
            bases_per_second: 0.1 + 0.2,
        })
    }

    #[test]
    fn what_was_added_is_found_again_and_a_line_cut_short_is_dropped() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("runs.jsonl");
        let journal = Journal::open(&path)?;
        journal.add(&record("a"))?;
        journal.add(&record("b"))?;
        let known = journal.get("b");
        assert!(known.is_some());
        drop(journal);
        let whole = std::fs::read_to_string(&path)?;
        std::fs::write(&path, format!("{whole}{}", &whole[..20]))?;
        let journal = Journal::open(&path)?;
        assert_eq!(journal.get("b"), known);
        journal.add(&record("c"))?;
        assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 3);
        assert!(Journal::open(&path)?.get("c").is_some());
        Ok(())
    }

    #[test]
    fn a_line_that_is_no_record_is_named() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("runs.jsonl");
        std::fs::write(&path, "{}\n")?;
        let error = Journal::open(&path)
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        assert!(error.contains("line 1"), "{error}");
        Ok(())
    }
}
