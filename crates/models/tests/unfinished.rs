//! What is left of a model or a checkpoint when a program ends while it is written.
//!
//! One test: it removes the unfinished outputs of the whole process.

use std::error::Error;
use std::time::Duration;
use std::{fs, thread};

use processive_core::remove_unfinished;
use processive_models::write_whole;

#[test]
fn no_model_is_begun_while_the_program_ends() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.safetensors");
    let files = || fs::read_dir(folder.path()).map(Iterator::count);
    let ending = remove_unfinished();
    thread::scope(|threads| {
        let written = threads.spawn(|| write_whole(&path, b"weights"));
        thread::sleep(Duration::from_millis(100));
        assert!(!written.is_finished());
        assert_eq!(files().ok(), Some(0));
        drop(ending);
        assert!(matches!(written.join(), Ok(Ok(()))));
    });
    assert_eq!(fs::read(&path)?, b"weights");
    assert_eq!(files()?, 1);
    Ok(())
}
