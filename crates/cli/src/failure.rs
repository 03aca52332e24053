//! What is said when a command could not run.

use std::io;

/// The error and its causes, one a line.
///
/// A cause that the line above it already ends with is left out: some libraries print their source themselves.
pub(crate) fn cause_chain(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text.push_str("\n  cause: ");
            text.push_str(&cause);
        }
    }
    text
}

/// Whether the error is that the reader of a pipe has gone, as `processive ... | head` does.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_errors = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors
        .into_iter()
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn causes_stand_below_the_error_and_none_is_said_twice() {
        let io = || io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = Err::<(), _>(io()).context("reading a.fa").unwrap_err();
        assert_eq!(cause_chain(&error), "error: reading a.fa\n  cause: no such file");
        let error = Err::<(), _>(io())
            .context("a.fa: no such file")
            .context("scanning")
            .unwrap_err();
        assert_eq!(cause_chain(&error), "error: scanning\n  cause: a.fa: no such file");
    }

    #[test]
    fn a_closed_pipe_is_found_below_other_errors() {
        let error = |kind: io::ErrorKind| Err::<(), _>(io::Error::from(kind)).context("writing").unwrap_err();
        assert!(is_broken_pipe(&error(io::ErrorKind::BrokenPipe)));
        assert!(!is_broken_pipe(&error(io::ErrorKind::StorageFull)));
    }
}
