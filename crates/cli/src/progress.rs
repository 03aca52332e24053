//! How far long work has come.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use processive_predict::{FoldNotice, FoldProgress, Progress, StageTimes};

use crate::numbers::{counted, grouped, per_second, seconds};
use crate::options::{ProgressOption, Verbosity};
use crate::session::Session;

/// The time between two lines where there is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Shows how far long work has come: a bar on a terminal, elsewhere a log line every 10 seconds.
///
/// It vanishes when it is dropped.
pub(crate) struct Meter {
    shown: Shown,
    stages: Cell<StageTimes>,
}

enum Shown {
    Bar(ProgressBar),
    Lines(Lines),
    Nothing,
}

impl Meter {
    /// Begins to measure work of `total` units (a plural noun, e.g. `bases`), as far as the total is known.
    pub(crate) fn start(session: &Session, option: ProgressOption, unit: &'static str, total: Option<u64>) -> Self {
        let is_wanted = !option.no_progress && session.verbosity > Verbosity::Quiet;
        let shown = match (is_wanted, io::stderr().is_terminal()) {
            (false, _) => Shown::Nothing,
            (true, true) => Shown::Bar(session.bars.add(bar(unit, total))),
            (true, false) => Shown::Lines(Lines::new(unit, total)),
        };
        Self {
            shown,
            stages: Cell::default(),
        }
    }

    /// Names the part that the work is at.
    pub(crate) fn name(&self, part: impl Into<Cow<'static, str>>) {
        match &self.shown {
            Shown::Bar(bar) => bar.set_message(part),
            Shown::Lines(lines) => *lines.part.borrow_mut() = part.into(),
            Shown::Nothing => {}
        }
    }

    /// Logs how long the stages of a scan were at work, for those who want details.
    pub(crate) fn log_stages(&self, threads: NonZeroUsize) {
        log::debug!("{}", stages_text(&self.stages.get(), threads));
    }

    /// Counts more units of work as done.
    pub(crate) fn add(&self, units: u64) {
        match &self.shown {
            Shown::Bar(bar) => bar.inc(units),
            Shown::Lines(lines) => lines
                .add(units, Instant::now())
                .into_iter()
                .for_each(|line| log::info!("{line}")),
            Shown::Nothing => {}
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Meter {
    fn contig(&self, name: &str, _length: Option<u64>) {
        self.name(name.to_owned());
    }

    fn advance(&self, bases: u64) {
        self.add(bases);
    }

    fn stages(&self, times: &StageTimes) {
        let mut sum = self.stages.get();
        sum += *times;
        self.stages.set(sum);
    }
}

impl FoldProgress for Meter {
    fn advance(&self, residues: u64) {
        self.add(residues);
    }

    fn notice(&self, notice: &FoldNotice) {
        log::warn!("{notice}");
    }
}

/// The stages in seconds and as shares of the time that their threads had.
fn stages_text(times: &StageTimes, threads: NonZeroUsize) -> String {
    let share = |stage: Duration, threads: usize| {
        let had = times.wall.as_secs_f64() * threads as f64;
        let percent = 100.0 * stage.as_secs_f64() / had.max(f64::MIN_POSITIVE);
        format!("{} ({percent:.0} %)", seconds(stage))
    };
    format!(
        "at work in {}: reading {}, computing on {} {}, writing {}",
        seconds(times.wall),
        share(times.reading, 1),
        counted(threads.get() as u64, "thread"),
        share(times.computing, threads.get()),
        share(times.writing, 1),
    )
}

fn bar(unit: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            format!("{{msg}} [{{bar:30}}] {{percent}} %, {{human_pos}} {unit}, {{per_sec}}, {{eta}} left"),
        ),
        None => (
            ProgressBar::new_spinner(),
            format!("{{spinner}} {{msg}} {{human_pos}} {unit}, {{per_sec}}, {{elapsed}}"),
        ),
    };
    let style = ProgressStyle::with_template(&template).expect("the template is fixed and well-formed");
    bar.with_style(style.progress_chars("=> "))
}

/// Progress as lines of text, now and then.
struct Lines {
    unit: &'static str,
    total: Option<u64>,
    part: RefCell<Cow<'static, str>>,
    done: Cell<u64>,
    started: Instant,
    last: Cell<Instant>,
}

impl Lines {
    fn new(unit: &'static str, total: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            unit,
            total,
            part: RefCell::default(),
            done: Cell::new(0),
            started: now,
            last: Cell::new(now),
        }
    }

    /// Counts units and returns a line when it is time for one.
    fn add(&self, units: u64, now: Instant) -> Option<String> {
        self.done.set(self.done.get() + units);
        if now.duration_since(self.last.get()) < INTERVAL {
            return None;
        }
        self.last.set(now);
        Some(self.line(now.duration_since(self.started)))
    }

    fn line(&self, elapsed: Duration) -> String {
        let (done, unit) = (self.done.get(), self.unit);
        let part = self.part.borrow();
        let part = if part.is_empty() {
            String::new()
        } else {
            format!("{part}: ")
        };
        let line = format!("{part}{} {unit}, {}/s", grouped(done), per_second(done, elapsed));
        match self.total {
            Some(total) if total > 0 && done > 0 => {
                let percent = (100.0 * done as f64 / total as f64).min(100.0);
                let left = elapsed.mul_f64(total.saturating_sub(done) as f64 / done as f64);
                format!("{line}, {percent:.0} %, about {} left", seconds(left))
            }
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_when_ten_seconds_have_passed() {
        let lines = Lines::new("bases", Some(4_000_000));
        *lines.part.borrow_mut() = "chr1".into();
        let after = |seconds: u64| lines.started + Duration::from_secs(seconds);
        assert_eq!(lines.add(500_000, after(3)), None);
        let line = lines.add(500_000, after(20)).unwrap();
        assert_eq!(line, "chr1: 1,000,000 bases, 50,000/s, 25 %, about 60.0 s left");
        assert_eq!(lines.add(1, after(29)), None);
        assert!(lines.add(1, after(30)).is_some());
    }

    #[test]
    fn stages_have_shares_of_what_their_threads_had() {
        let times = StageTimes {
            reading: Duration::from_millis(500),
            computing: Duration::from_secs(6),
            writing: Duration::from_millis(40),
            wall: Duration::from_secs(4),
        };
        let text = stages_text(&times, NonZeroUsize::new(2).unwrap());
        let expected =
            "at work in 4.00 s: reading 0.50 s (12 %), computing on 2 threads 6.00 s (75 %), writing 0.04 s (1 %)";
        assert_eq!(text, expected);
        let none = stages_text(&StageTimes::default(), NonZeroUsize::MIN);
        assert!(none.ends_with("writing 0.00 s (0 %)"), "{none}");
    }

    #[test]
    fn without_a_total_there_is_no_share() {
        let lines = Lines::new("sequences", None);
        let line = lines.add(40, lines.started + Duration::from_secs(20)).unwrap();
        assert_eq!(line, "40 sequences, 2/s");
    }
}
