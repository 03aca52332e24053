//! One run of a command: its threads, its log, its clock.

mod command_line;
mod logger;
mod usage;

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::MultiProgress;
use processive_predict::Shard;

pub(crate) use self::command_line::CommandLine;
pub(crate) use self::logger::log_failure;
use self::usage::Usage;
use crate::interrupt;
use crate::numbers::{bytes, counted, per_second, seconds};
use crate::options::{Device, RunOptions, Verbosity};

/// One run of a command.
#[derive(Debug)]
pub(crate) struct Session {
    command_line: CommandLine,
    /// The number of threads in all, which is the size of the global rayon pool.
    pub(crate) threads: NonZeroUsize,
    /// How much is said on the screen.
    pub(crate) verbosity: Verbosity,
    /// The bars on the terminal; log lines are written above them.
    pub(crate) bars: MultiProgress,
    started: Instant,
}

impl Session {
    /// Starts the log and the thread pool, and logs the first line.
    ///
    /// # Errors
    /// When the device cannot be used or the log file cannot be opened.
    pub(crate) fn begin(options: &RunOptions, command_line: CommandLine) -> anyhow::Result<Self> {
        let started = Instant::now();
        let device = resolve(options.device)?;
        let threads = options
            .threads
            .or(thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN);
        let bars = MultiProgress::new();
        logger::start(options, started, &bars)?;
        interrupt::watch(&bars)?;
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global()
            .with_context(|| format!("cannot start {threads} threads"))?;
        let session = Self {
            command_line,
            threads,
            verbosity: options.verbosity(),
            bars,
            started,
        };
        let version = env!("CARGO_PKG_VERSION");
        let (line, threads) = (&session.command_line.typed, counted(threads.get() as u64, "thread"));
        log::info!("processive {version}, device {device}, {threads}: {line}");
        Ok(session)
    }

    /// The command line for files that say how they were made: without what cannot change a result (threads, log,
    /// progress, `--force`), so that the same command gives the same bytes.
    pub(crate) fn command_line(&self) -> &str {
        &self.command_line.recipe
    }

    /// The command line of a scan without what its table holds: the same for its parts and for the whole.
    pub(crate) fn command_of_rows(&self) -> &str {
        &self.command_line.rows
    }

    /// The command line for the footer of a scan, or of a part of it.
    pub(crate) fn command_of(&self, shard: Option<Shard>) -> &str {
        match shard {
            None => self.command_line(),
            Some(_) => self.command_of_rows(),
        }
    }

    /// The command line of a scan, given that of its rows.
    pub(crate) fn command_behind(&self, command_of_rows: &str) -> String {
        self.command_line.with_table(command_of_rows)
    }

    /// Prints text for people, unless `-q` is given.
    pub(crate) fn say(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.bars.suspend(|| print_on_stderr(text));
        }
    }

    /// The time since the command began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Logs the last line: `counts` in words, and what the run took.
    pub(crate) fn finish(&self, counts: &str) {
        log::info!("{}", self.last_line(counts));
    }

    /// Logs the last line as [`finish`](Self::finish) does, with `amount` per second in `unit`, a plural.
    pub(crate) fn finish_with_rate(&self, counts: &str, amount: u64, unit: &str) {
        let rate = per_second(amount, self.elapsed());
        log::info!("{}, {rate} {unit}/s", self.last_line(counts));
    }

    fn last_line(&self, counts: &str) -> String {
        let Usage { cpu, peak } = Usage::of_this_process();
        let cpu = cpu.map(|time| format!(", CPU {}", seconds(time))).unwrap_or_default();
        let peak = peak
            .map(|size| format!(", peak memory {}", bytes(size)))
            .unwrap_or_default();
        format!("done: {counts}; wall {}{cpu}{peak}", seconds(self.elapsed()))
    }
}

/// Prints data on standard output.
///
/// # Errors
/// When it cannot be written; a closed pipe among them, which ends the program without an error.
pub(crate) fn print_on_stdout(data: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(data.as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Prints text for people on standard error.
pub(crate) fn print_on_stderr(text: &str) {
    // When it is closed there is nobody to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// The name of the device that networks run on.
fn resolve(device: Device) -> anyhow::Result<&'static str> {
    match device {
        Device::Auto | Device::Cpu => Ok("cpu"),
        Device::Cuda(_) => bail!("this build has no CUDA support; --device cpu runs on the processor"),
    }
}
