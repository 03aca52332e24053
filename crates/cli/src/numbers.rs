//! Numbers as people read them.

use std::time::Duration;

pub(crate) use processive_report::grouped;

/// A count with its noun, which takes an `s` unless the count is 1: `1 contig`, `2,000 bins`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// A span of time: `0.25 s`, `12.3 s`, `3 min 20 s`, `2 h 05 min`.
pub(crate) fn seconds(time: Duration) -> String {
    let exact = time.as_secs_f64();
    let whole = (time + Duration::from_millis(500)).as_secs();
    match exact {
        ..9.995 => format!("{exact:.2} s"),
        ..99.95 => format!("{exact:.1} s"),
        _ if whole < 3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// How many of `amount` came in a second of `time`, digits in groups of three.
pub(crate) fn per_second(amount: u64, time: Duration) -> String {
    let rate = u128::from(amount) * 1_000_000_000 / time.as_nanos().max(1);
    grouped(u64::try_from(rate).unwrap_or(u64::MAX))
}

/// A number of bytes in binary units: `512 B`, `12.0 MiB`.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (12_345, "12,345"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(counted(1, "contig"), "1 contig");
        assert_eq!(counted(0, "contig"), "0 contigs");
        assert_eq!(counted(2000, "bin"), "2,000 bins");
    }

    #[test]
    fn a_rate_is_an_amount_over_a_time() {
        assert_eq!(per_second(30_000, Duration::from_secs(20)), "1,500");
        assert_eq!(per_second(5, Duration::ZERO), "5,000,000,000");
        assert_eq!(per_second(u64::MAX, Duration::ZERO), grouped(u64::MAX));
    }

    #[test]
    fn times_and_sizes_have_the_unit_that_suits_them() {
        for (time, text) in [
            (0.254, "0.25 s"),
            (12.34, "12.3 s"),
            (200.0, "3 min 20 s"),
            (7500.0, "2 h 05 min"),
        ] {
            assert_eq!(seconds(Duration::from_secs_f64(time)), text);
        }
        for (number, text) in [
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (12 << 20, "12.0 MiB"),
            (3 << 40, "3.0 TiB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }
}
