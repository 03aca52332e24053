//! How far a comparison has come.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use processive_train::{EpochRecord, Observer, Scores};

use crate::numbers::seconds;
use crate::options::{ProgressOption, Verbosity};
use crate::session::Session;

/// Counts training examples and finished runs: a bar on a terminal, a log line per run everywhere.
pub(super) struct Progress {
    bar: ProgressBar,
    begin: Instant,
    runs: usize,
    done: AtomicUsize,
    examples: u64,
    /// Examples of runs that an earlier call has finished.
    skipped: AtomicU64,
    seen: AtomicU64,
}

impl Progress {
    /// Begins with nothing done of `runs` runs, which see so many examples in all; `noun` is what examples are called.
    pub(super) fn start(session: &Session, option: ProgressOption, runs: usize, examples: u64, noun: &str) -> Self {
        let is_wanted = !option.no_progress && session.verbosity > Verbosity::Quiet && io::stderr().is_terminal();
        let bar = if is_wanted {
            session.bars.add(ProgressBar::new(examples))
        } else {
            ProgressBar::hidden()
        };
        let template = format!("{{wide_bar}} {{percent}} % of {{human_len}} {noun}, {{per_sec}}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).expect("the template is fixed");
        bar.set_style(style);
        Self {
            bar,
            begin: Instant::now(),
            runs,
            done: AtomicUsize::new(0),
            examples,
            skipped: AtomicU64::new(0),
            seen: AtomicU64::new(0),
        }
    }

    /// Counts a run that is known already.
    pub(super) fn skip(&self, examples: u64) {
        self.skipped.fetch_add(examples, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(examples);
    }

    /// Says what a run has given, and when all will be done.
    pub(super) fn finished(&self, outcome: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        log::info!("{done} of {}: {outcome}{}", self.runs, self.left());
    }

    /// The time that is left, as far as all examples take the same.
    fn left(&self) -> String {
        let seen = self.seen.load(Ordering::Relaxed);
        let left = self
            .examples
            .saturating_sub(seen + self.skipped.load(Ordering::Relaxed));
        if left == 0 || seen == 0 {
            return String::new();
        }
        let time = self.begin.elapsed().mul_f64(left as f64 / seen as f64);
        format!("; about {} left", seconds(time))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Passes the steps of one fit on.
pub(super) struct Advance<'a> {
    progress: &'a Progress,
    /// The run's name.
    name: String,
    /// The examples of the epoch that have been counted.
    counted: usize,
}

impl<'a> Advance<'a> {
    pub(super) fn new(progress: &'a Progress, name: String) -> Self {
        Self {
            progress,
            name,
            counted: 0,
        }
    }
}

impl<S: Scores> Observer<S> for Advance<'_> {
    fn step(&mut self, _: usize, seen: usize, _: usize, _: f64) {
        let more = (seen - self.counted) as u64;
        self.counted = seen;
        self.progress.seen.fetch_add(more, Ordering::Relaxed);
        self.progress.bar.inc(more);
    }

    fn epoch(&mut self, record: &EpochRecord<S>) {
        self.counted = 0;
        log::debug!(
            "{} epoch {}: loss {:.4}, validation {}{}, {:.0} examples/s",
            self.name,
            record.epoch,
            record.loss,
            record.valid.to_text(),
            if record.best { " (best)" } else { "" },
            record.examples_per_second
        );
    }
}
