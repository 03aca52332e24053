//! How long the stages of a scan are at work.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long the stages of a scan were at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// The reader's thread: letters and their digests, a wait for the disk included.
    pub reading: Duration,
    /// What the threads of the pool took for batches, in all. They also encode row groups and inflate bgzip blocks, which is
    /// not counted.
    pub computing: Duration,
    /// The thread that writes, a wait for the disk and for the last row groups included.
    pub writing: Duration,
    /// From the beginning of the scan to its end.
    pub wall: Duration,
}

impl AddAssign for StageTimes {
    fn add_assign(&mut self, other: Self) {
        self.reading += other.reading;
        self.computing += other.computing;
        self.writing += other.writing;
        self.wall += other.wall;
    }
}

/// What a thread is at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// Reading, the waits for a place in the order of the output included.
    Reading,
    /// Those waits.
    Queueing,
    /// Making something of a batch.
    Computing,
    /// Writing what was made.
    Writing,
}

/// Adds up how long each stage is at work, on whatever thread.
#[derive(Debug)]
pub(crate) struct Clocks {
    begun: Instant,
    nanoseconds: [AtomicU64; 4],
}

impl Clocks {
    /// Begins to measure.
    pub(crate) fn start() -> Self {
        Self {
            begun: Instant::now(),
            nanoseconds: Default::default(),
        }
    }

    /// Does something at a stage.
    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = work();
        let taken = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds[stage as usize].fetch_add(taken, Ordering::Relaxed);
        result
    }

    /// What was measured so far.
    pub(crate) fn times(&self) -> StageTimes {
        let at = |stage: Stage| Duration::from_nanos(self.nanoseconds[stage as usize].load(Ordering::Relaxed));
        StageTimes {
            reading: at(Stage::Reading).saturating_sub(at(Stage::Queueing)),
            computing: at(Stage::Computing),
            writing: at(Stage::Writing),
            wall: self.begun.elapsed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    const NAP: Duration = Duration::from_millis(2);

    #[test]
    fn a_wait_for_a_place_is_no_reading() {
        let clocks = Clocks::start();
        clocks.time(Stage::Reading, || {
            sleep(NAP);
            clocks.time(Stage::Queueing, || sleep(20 * NAP));
        });
        let times = clocks.times();
        assert!(
            times.reading >= NAP && times.reading + 20 * NAP <= times.wall,
            "{times:?}"
        );
        assert_eq!((times.computing, times.writing), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn threads_at_the_same_stage_are_added_up() {
        let clocks = Clocks::start();
        std::thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| clocks.time(Stage::Computing, || sleep(NAP)));
            }
        });
        clocks.time(Stage::Writing, || sleep(NAP));
        let times = clocks.times();
        assert!(times.computing >= 2 * NAP && times.writing >= NAP, "{times:?}");
    }
}
