//! The log: lines on the screen, and in a file when one is asked for.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use env_logger::{Builder, Logger, Target};
use indicatif::MultiProgress;
use log::{LevelFilter, Log, Metadata, Record};

use crate::options::{RunOptions, Verbosity};

/// The target of records that the screen shows in another form.
const FILE_ONLY: &str = "processive::failure";

/// Our crates' names all begin like this; those of others are heard when they warn.
const OURS: &str = "processive";

/// Writes the reason of a failed run into the log file, if there is one.
pub(crate) fn log_failure(text: &str) {
    log::error!(target: FILE_ONLY, "{text}");
}

/// Starts the log. The time of a line is counted from `started`.
pub(super) fn start(options: &RunOptions, started: Instant, bars: &MultiProgress) -> anyhow::Result<()> {
    let mut screen = screen(options.verbosity());
    screen.target(Target::Pipe(Box::new(BesideBars(bars.clone()))));
    let file = match &options.log_file {
        Some(path) => Some(file(path, options.verbosity())?),
        None => None,
    };
    let loggers = Loggers {
        screen: built(screen, started),
        file: file.map(|builder| built(builder, started)),
    };
    let most = loggers
        .file
        .iter()
        .fold(loggers.screen.filter(), |most, file| most.max(file.filter()));
    log::set_boxed_logger(Box::new(loggers)).context("cannot start the log")?;
    log::set_max_level(most);
    Ok(())
}

fn screen(verbosity: Verbosity) -> Builder {
    let mut builder = Builder::new();
    match std::env::var("RUST_LOG") {
        Ok(filters) if verbosity == Verbosity::Normal => builder.parse_filters(&filters),
        _ => builder
            .filter_level(LevelFilter::Warn)
            .filter_module(OURS, level(verbosity)),
    };
    builder
}

fn file(path: &Path, verbosity: Verbosity) -> anyhow::Result<Builder> {
    let opened = File::options().append(true).create(true).open(path);
    let file = opened.with_context(|| format!("cannot open the log file {}", path.display()))?;
    let mut builder = Builder::new();
    builder
        .filter_level(LevelFilter::Warn)
        .filter_module(OURS, level(verbosity).max(LevelFilter::Info));
    builder.target(Target::Pipe(Box::new(file)));
    Ok(builder)
}

fn level(verbosity: Verbosity) -> LevelFilter {
    match verbosity {
        Verbosity::Quiet => LevelFilter::Warn,
        Verbosity::Normal => LevelFilter::Info,
        Verbosity::Detailed => LevelFilter::Debug,
        Verbosity::Everything => LevelFilter::Trace,
    }
}

fn built(mut builder: Builder, started: Instant) -> Logger {
    builder.format(move |line, record| {
        let time = started.elapsed().as_secs_f64();
        writeln!(
            line,
            "[{time:.1} s] {}: {}",
            record.level().as_str().to_ascii_lowercase(),
            record.args()
        )
    });
    builder.build()
}

/// Passes every record to the screen and to the file.
struct Loggers {
    screen: Logger,
    file: Option<Logger>,
}

impl Log for Loggers {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.screen.enabled(metadata) || self.file.as_ref().is_some_and(|file| file.enabled(metadata))
    }

    fn log(&self, record: &Record<'_>) {
        if record.target() != FILE_ONLY {
            self.screen.log(record);
        }
        if let Some(file) = &self.file {
            file.log(record);
        }
    }

    fn flush(&self) {}
}

/// Standard error, where a line takes the place of the progress bars, which are drawn again below it.
struct BesideBars(MultiProgress);

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
