//! The metrics log of a run, and its progress bar.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use processive_train::{EpochRecord, Observer, Scores};
use serde::Serialize;

/// Writes one JSON line per epoch, logs it, and moves the progress bar.
pub(super) struct RunLog {
    file: File,
    path: PathBuf,
    state: State,
    failure: Option<io::Error>,
    bar: ProgressBar,
    epochs: usize,
    member: usize,
    seed: u64,
}

/// What the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing: it was made by this run, which removes it when it ends without a line.
    New,
    /// Another run's lines, which go when the first line is written.
    Old,
    /// This run's lines.
    Own,
}

#[derive(Serialize)]
#[serde(bound = "")]
struct Line<'a, S: Scores> {
    member: usize,
    seed: u64,
    #[serde(flatten)]
    record: &'a EpochRecord<S>,
}

impl RunLog {
    /// Opens the log; a run that is taken up again appends to its lines, and another replaces what is there with
    /// its first line. A run that is refused changes nothing.
    pub(super) fn create(path: &Path, append: bool, progress: bool, epochs: usize) -> anyhow::Result<Self> {
        let state = match (path.exists(), append) {
            (false, _) => State::New,
            (true, false) => State::Old,
            (true, true) => State::Own,
        };
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .write(true)
            .append(append)
            .truncate(false)
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
            state,
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
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        match self.failure.take() {
            None => Ok(()),
            Some(error) => Err(error).with_context(|| format!("writing {}", self.path.display())),
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.state == State::Old && self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.state = State::Own;
        writeln!(self.file, "{line}")
    }
}

impl Drop for RunLog {
    fn drop(&mut self) {
        if self.state == State::New {
            // What stopped the run is said; an empty file that stays is no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl<S: Scores> Observer<S> for RunLog {
    fn step(&mut self, epoch: usize, seen: usize, of: usize, loss: f64) {
        self.bar.set_length(of as u64);
        self.bar.set_position(seen as u64);
        self.bar.set_prefix(format!("epoch {epoch}/{}", self.epochs));
        self.bar.set_message(format!("loss {loss:.4}"));
    }

    fn epoch(&mut self, record: &EpochRecord<S>) {
        let line = Line {
            member: self.member,
            seed: self.seed,
            record,
        };
        let json = serde_json::to_string(&line).expect("a record is plain data");
        if let Err(error) = self.write(&json) {
            self.failure.get_or_insert(error);
        }
        log::info!(
            "member {} epoch {}/{}: loss {:.4}, validation {}{}, {:.0} examples/s, ETA {:.0} s",
            self.member + 1,
            record.epoch,
            self.epochs,
            record.loss,
            record.valid.to_text(),
            if record.best { " (best)" } else { "" },
            record.examples_per_second,
            record.eta_seconds
        );
    }
}
