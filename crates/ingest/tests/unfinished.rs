//! What is left of an index when a program ends while it is written.
//!
//! One test: it removes the unfinished outputs of the whole process.

use std::error::Error;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, thread};

use processive_core::remove_unfinished;
use processive_ingest::IndexedFasta;

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

#[test]
fn no_index_is_begun_while_the_program_ends() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let genome = folder.path().join("a.fa");
    fs::write(&genome, ">c\nACGT\n")?;
    let ending = remove_unfinished();
    thread::scope(|threads| {
        let indexed = threads.spawn(|| IndexedFasta::open(&genome).map(|genome| genome.contigs().len()));
        thread::sleep(Duration::from_millis(100));
        assert!(!indexed.is_finished());
        assert_eq!(names(folder.path()).ok(), Some(vec!["a.fa".to_owned()]));
        drop(ending);
        assert!(matches!(indexed.join(), Ok(Ok(1))));
    });
    assert_eq!(names(folder.path())?, ["a.fa", "a.fa.fai"]);
    Ok(())
}
