//! What is left of outputs when a program ends without dropping its writers.
//!
//! One test: it removes the unfinished outputs of the whole process.

use std::io::{self, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;
use std::{error::Error, fs};

use processive_core::remove_unfinished;
use processive_report::{AtomicFile, Overwrite, ReportError, TableFolder, is_temporary};

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

#[test]
fn unfinished_outputs_go_and_none_appears_while_the_program_ends() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    fs::write(path(".processive-other.part"), "another process's")?;
    let create = |name: &str| AtomicFile::create(&path(name), Overwrite::Yes);
    create("done.tsv")?.commit()?;
    let dropped = create("dropped.tsv")?;
    drop(dropped);
    let mut file = create("file.tsv")?;
    file.write_all(b"half")?;
    let table = TableFolder::create(&path("table"), "chrom", Overwrite::No)?;
    let temporary = |names: &[String]| names.iter().filter(|name| is_temporary(name)).count();
    assert_eq!(temporary(&names(folder.path())?), 3);

    let ending = remove_unfinished();
    let left = [".processive-other.part", "done.tsv"];
    assert_eq!(names(folder.path())?, left);
    thread::scope(|threads| {
        let late: [Box<dyn FnOnce() -> Result<(), ReportError> + Send>; 2] =
            [Box::new(|| file.commit()), Box::new(|| table.commit())];
        let late = late.map(|commit| threads.spawn(commit));
        thread::sleep(Duration::from_millis(100));
        assert!(late.iter().all(|thread| !thread.is_finished()));
        assert_eq!(names(folder.path()).ok(), Some(left.map(str::to_owned).to_vec()));
        drop(ending);
        for thread in late {
            // There is nothing that could be given a name.
            assert!(matches!(thread.join(), Ok(Err(ReportError::Write { .. }))));
        }
    });
    assert_eq!(names(folder.path())?, left);
    create("again.tsv")?.commit()?;
    assert!(path("again.tsv").exists());
    Ok(())
}
