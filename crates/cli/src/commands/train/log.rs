//! The metrics log of a run, and its progress bar.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use processive_train::{EpochRecord, Observer};
use serde::Serialize;

/// Writes one JSON line per epoch, logs it, and moves the progress bar.
pub(super) struct RunLog {
    file: File,
    path: PathBuf,
    failure: Option<std::io::Error>,
    bar: ProgressBar,
    epochs: usize,
    member: usize,
    seed: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    member: usize,
    seed: u64,
    #[serde(flatten)]
    record: &'a EpochRecord,
}

impl RunLog {
    /// Opens the log, at its end when a run is taken up again.
    pub(super) fn create(path: &Path, append: bool, progress: bool, epochs: usize) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(append).truncate(!append);
        let file = options
            .open(path)
            .with_context(|| format!("writing {}", path.display()))?;
        let bar = if progress && std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {per_sec} ETA {eta} {msg}");
        bar.set_style(style.expect("the template is fixed"));
        Ok(Self {
            file,
            path: path.to_owned(),
            failure: None,
            bar,
            epochs,
            member: 0,
            seed: 0,
        })
    }

    /// Names the member that the next epochs belong to.
    pub(super) fn begin_member(&mut self, member: usize, seed: u64) {
        (self.member, self.seed) = (member, seed);
    }

    /// Says whether every line could be written.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        match self.failure {
            None => Ok(()),
            Some(error) => Err(error).with_context(|| format!("writing {}", self.path.display())),
        }
    }
}

impl Observer for RunLog {
    fn step(&mut self, epoch: usize, seen: usize, of: usize, loss: f64) {
        self.bar.set_length(of as u64);
        self.bar.set_position(seen as u64);
        self.bar.set_prefix(format!("epoch {epoch}/{}", self.epochs));
        self.bar.set_message(format!("loss {loss:.4}"));
    }

    fn epoch(&mut self, record: &EpochRecord) {
        let line = Line {
            member: self.member,
            seed: self.seed,
            record,
        };
        let json = serde_json::to_string(&line).expect("a record is plain data");
        if let Err(error) = writeln!(self.file, "{json}") {
            self.failure.get_or_insert(error);
        }
        log::info!(
            "member {} epoch {}/{}: loss {:.4}, validation AUROC {:.4} AUPRC {:.4}{}, {:.0} examples/s, ETA {:.0} s",
            self.member + 1,
            record.epoch,
            self.epochs,
            record.loss,
            record.valid_auroc,
            record.valid_auprc,
            if record.best { " (best)" } else { "" },
            record.examples_per_second,
            record.eta_seconds
        );
    }
}
