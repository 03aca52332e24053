//! Several jobs at a time, each with its share of the threads.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use rayon::ThreadPoolBuilder;

/// How many jobs run at a time, and on how many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jobs {
    /// Jobs at a time.
    pub(crate) at_a_time: NonZeroUsize,
    /// Threads in all.
    pub(crate) threads: NonZeroUsize,
}

impl Jobs {
    /// The threads that every job has; some have one more when they do not divide.
    pub(crate) fn threads_each(self) -> usize {
        self.threads.get() / self.at_a_time
    }

    fn share(self, worker: usize) -> usize {
        self.threads_each() + usize::from(worker < self.threads.get() % self.at_a_time)
    }
}

/// Does the work of every task, in their order as far as they run one after another. After the first failure no task is
/// begun, and it is returned when those that run have ended.
pub(crate) fn work_through<T: Sync>(
    tasks: &[T],
    jobs: Jobs,
    work: impl Fn(&T) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let fail = |error: anyhow::Error| {
        next.store(tasks.len(), Ordering::Relaxed);
        failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    };
    let worker = |pool: &rayon::ThreadPool| {
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = pool.install(|| work(task)) {
                fail(error);
                break;
            }
        }
    };
    let workers = jobs.at_a_time.get().min(tasks.len());
    let pools: Vec<rayon::ThreadPool> = (0..workers)
        .map(|worker| ThreadPoolBuilder::new().num_threads(jobs.share(worker)).build())
        .collect::<Result<_, _>>()
        .context("cannot start the threads of --jobs")?;
    std::thread::scope(|scope| {
        for pool in &pools {
            scope.spawn(|| worker(pool));
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn jobs(at_a_time: usize, threads: usize) -> Jobs {
        Jobs {
            at_a_time: NonZeroUsize::new(at_a_time).unwrap(),
            threads: NonZeroUsize::new(threads).unwrap(),
        }
    }

    #[test]
    fn every_task_is_done_once_by_any_number_of_workers() -> anyhow::Result<()> {
        for at_a_time in [1, 2, 5] {
            let done = Mutex::new(Vec::new());
            let tasks: Vec<usize> = (0..23).collect();
            work_through(&tasks, jobs(at_a_time, 5), |&task| {
                done.lock().unwrap().push(task);
                Ok(())
            })?;
            let mut done = done.into_inner()?;
            if at_a_time > 1 {
                done.sort_unstable();
            }
            assert_eq!(done, tasks);
        }
        Ok(())
    }

    #[test]
    fn threads_are_dealt_out_to_the_last() {
        let jobs = jobs(3, 8);
        assert_eq!([0, 1, 2].map(|worker| jobs.share(worker)), [3, 3, 2]);
        let seen = Mutex::new(Vec::new());
        work_through(&[(); 3], jobs, |()| {
            seen.lock().unwrap().push(rayon::current_num_threads());
            std::thread::sleep(std::time::Duration::from_millis(20));
            Ok(())
        })
        .unwrap();
        assert!(
            seen.into_inner()
                .unwrap()
                .iter()
                .all(|threads| [2, 3].contains(threads))
        );
    }

    #[test]
    fn the_first_failure_ends_the_work() {
        let begun = AtomicUsize::new(0);
        let error = work_through(&[0, 1, 2, 3, 4, 5], jobs(1, 1), |&task| {
            begun.fetch_add(1, Ordering::Relaxed);
            if task == 2 {
                bail!("task {task}");
            }
            Ok(())
        })
        .unwrap_err();
        assert_eq!((error.to_string().as_str(), begun.into_inner()), ("task 2", 3));
    }
}
