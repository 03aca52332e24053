//! What a run has taken of the machine.

use std::time::Duration;

/// What this process has taken so far; unknown outside Linux.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time of all threads, the system's part included.
    pub(super) cpu: Option<Duration>,
    /// The largest resident memory in bytes.
    pub(super) peak: Option<u64>,
}

impl Usage {
    /// Asks the system.
    #[cfg(target_os = "linux")]
    pub(super) fn of_this_process() -> Self {
        let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
        Self {
            cpu: cpu(&read("/proc/self/stat")),
            peak: peak(&read("/proc/self/status")),
        }
    }

    /// Knows nothing.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of_this_process() -> Self {
        Self::default()
    }
}

/// Ticks per second in `/proc`: `USER_HZ`, which is 100 on every architecture that Rust's standard library runs on.
#[cfg(any(target_os = "linux", test))]
const TICKS_PER_SECOND: u64 = 100;

/// Adds up `utime` and `stime`, the 14th and 15th fields of `/proc/self/stat`.
#[cfg(any(target_os = "linux", test))]
fn cpu(stat: &str) -> Option<Duration> {
    // The second field is the program's name in parentheses and may hold blanks and parentheses; the third follows it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(14 - 3);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let milliseconds = (ticks()? + ticks()?) * 1000 / TICKS_PER_SECOND;
    Some(Duration::from_millis(milliseconds))
}

/// Reads `VmHWM` of `/proc/self/status`.
#[cfg(any(target_os = "linux", test))]
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_program_name() {
        let stat = "7 (a) S (b) R 1 7 7 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 2 0 100 1000 50";
        assert_eq!(cpu(stat), Some(Duration::from_millis(1750)));
        assert_eq!(cpu("7 (a) R 1"), None);
        assert_eq!(cpu(""), None);
    }

    #[test]
    fn peak_memory_is_the_high_water_mark() {
        assert_eq!(
            peak("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"),
            Some(2 << 20)
        );
        assert_eq!(peak("Name:\tx\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_knows_both() {
        let usage = Usage::of_this_process();
        assert!(
            usage.cpu.is_some() && usage.peak.is_some_and(|peak| peak > 1 << 20),
            "{usage:?}"
        );
    }
}
