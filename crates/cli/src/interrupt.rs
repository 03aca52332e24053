//! Signals that end the program.
//!
//! A thread waits for SIGINT and SIGTERM. When one comes, it removes the outputs that are unfinished, says so in one line, and ends the
//! program with 128 and the signal's number, as shells do: 130 and 143. A file that grows beyond the limit of the shell or the cluster
//! (`ulimit -f`) is an error of the write instead of a signal.

use std::sync::{Mutex, PoisonError};

/// What there is to say besides, as how to go on.
static ADVICE: Mutex<Option<String>> = Mutex::new(None);

/// Sets what is said when the program is interrupted, instead of that nothing is left.
pub(crate) fn advise(text: String) {
    *ADVICE.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

/// What is said.
#[cfg(unix)]
fn message(signal: &str) -> String {
    let advice = ADVICE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let advice = advice.unwrap_or_else(|| String::from("no unfinished output is left"));
    format!("error: interrupted by {signal}: {advice}")
}

/// Begins to wait for signals; bars on the terminal are cleared when one comes.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub(crate) fn watch(bars: &indicatif::MultiProgress) -> anyhow::Result<()> {
    use anyhow::Context;
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM, SIGXFSZ]).context("cannot wait for signals")?;
    let bars = bars.clone();
    let wait = move || {
        for signal in &mut signals {
            match signal {
                SIGINT => end(signal, "SIGINT", &bars),
                SIGTERM => end(signal, "SIGTERM", &bars),
                _ => {}
            }
        }
    };
    let thread = std::thread::Builder::new().name(String::from("signals")).spawn(wait);
    thread.map(drop).context("cannot wait for signals")
}

/// Other systems end the program themselves.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it may fail on Unix")]
pub(crate) fn watch(_: &indicatif::MultiProgress) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[expect(clippy::exit, reason = "the other threads are in the middle of something")]
fn end(signal: i32, name: &str, bars: &indicatif::MultiProgress) {
    // Held to the end: a scan that is complete at this moment gives its file a name before it or never.
    let _no_outputs = processive_core::remove_unfinished();
    let text = message(name);
    let _ = bars.clear();
    crate::session::print_on_stderr(&format!("{text}\n"));
    crate::session::log_failure(&text);
    std::process::exit(128 + signal)
}
