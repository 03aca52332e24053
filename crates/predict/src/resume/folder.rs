//! The folder of the parts.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use processive_report::{AtomicFile, Overwrite, ReportError, is_temporary};

use super::ResumeError;
use super::manifest::Manifest;
use crate::Shard;
use crate::digest::sha256_of_file;

/// Names the scan whose parts the folder holds.
const MANIFEST: &str = "scan.json";

/// Held by the run that fills the folder.
const LOCK: &str = "lock";

/// A folder of parts that nobody else is filling.
#[derive(Debug)]
pub(super) struct PartsFolder {
    path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl PartsFolder {
    /// Makes the folder, or takes over what an earlier run of the same scan has left.
    pub(super) fn begin(path: &Path, manifest: &Manifest) -> Result<Self, ResumeError> {
        let failed = |source| ResumeError::Folder {
            folder: path.to_path_buf(),
            source,
        };
        fs::create_dir_all(path).map_err(failed)?;
        let lock = lock(path)?;
        remove_unfinished(path).map_err(failed)?;
        let file = path.join(MANIFEST);
        match fs::read_to_string(&file) {
            Ok(text) => manifest.check(path, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && holds_lock_only(path).map_err(failed)? => {
                write(&file, &manifest.to_text())?;
            }
            Err(_) => {
                return Err(ResumeError::Unreadable {
                    folder: path.to_path_buf(),
                });
            }
        }
        Ok(Self {
            path: path.to_path_buf(),
            _lock: lock,
        })
    }

    /// The file of a part.
    pub(super) fn part(&self, shard: Shard) -> PathBuf {
        self.path.join(format!("part-{}.parquet", shard.number()))
    }

    /// Notes that a part is finished, with the digest of its file.
    pub(super) fn note(&self, shard: Shard) -> Result<(), ResumeError> {
        let digest = sha256_of_file(&self.part(shard)).map_err(|source| ResumeError::Folder {
            folder: self.path.clone(),
            source,
        })?;
        Ok(write(&self.path.join(note(shard)), &format!("{digest}\n"))?)
    }

    /// Whether the file of a part is as it was when it was finished.
    pub(super) fn is_intact(&self, shard: Shard) -> bool {
        let noted = fs::read_to_string(self.path.join(note(shard)));
        let found = noted.and_then(|noted| Ok(sha256_of_file(&self.part(shard))? == noted.trim_end()));
        found.unwrap_or(false)
    }

    /// Removes the folder with these parts. What else somebody has put into it stays: the scan is complete all the same.
    pub(super) fn remove(self, parts: &[Shard]) {
        for part in parts {
            let _ = fs::remove_file(self.part(*part));
            let _ = fs::remove_file(self.path.join(note(*part)));
        }
        for name in [MANIFEST, LOCK] {
            let _ = fs::remove_file(self.path.join(name));
        }
        let _ = fs::remove_dir(&self.path);
    }
}

/// The name of the note that a part is finished.
fn note(shard: Shard) -> String {
    format!("part-{}.sha256", shard.number())
}

/// Takes the folder for this run.
fn lock(path: &Path) -> Result<File, ResumeError> {
    let folder = path.to_path_buf();
    let failed = |folder, source| ResumeError::Folder { folder, source };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join(LOCK))
        .map_err(|source| failed(folder.clone(), source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ResumeError::Busy { folder }),
        // Some network file systems have no locks; one run at a time is then the user's care.
        Err(TryLockError::Error(source)) if source.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(source)) => Err(failed(folder, source)),
    }
}

/// Removes what a run that was killed has left under temporary names.
fn remove_unfinished(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if is_temporary(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn holds_lock_only(path: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(path)? {
        if entry?.file_name() != LOCK {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes a text, whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), ReportError> {
    let mut file = AtomicFile::create(path, Overwrite::Yes)?;
    let written = file.write_all(text.as_bytes());
    written.map_err(|source| ReportError::Write {
        path: path.to_path_buf(),
        source,
    })?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    fn manifest(command: &str) -> Manifest {
        Manifest::new(vec![
            ("the command", command.to_owned()),
            ("the model", "ctcf".to_owned()),
        ])
    }

    fn names(path: &Path) -> io::Result<Vec<String>> {
        let mut names = fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    #[test]
    fn a_folder_is_taken_over_by_the_same_scan_and_by_one_run_at_a_time() -> Outcome {
        let around = tempfile::tempdir()?;
        let path = around.path().join("parts");
        let first = PartsFolder::begin(&path, &manifest("x"))?;
        let shard = Shard::new(1, 2).ok_or("a shard")?;
        fs::write(first.part(shard), "rows")?;
        first.note(shard)?;
        fs::write(path.join(".processive-abc.part"), "half")?;
        let error = PartsFolder::begin(&path, &manifest("x")).unwrap_err();
        assert!(matches!(error, ResumeError::Busy { .. }), "{error}");
        drop(first);

        let error = PartsFolder::begin(&path, &manifest("y")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("the command was 'x', and is 'y'; remove the folder"),
            "{error}"
        );
        let second = PartsFolder::begin(&path, &manifest("x"))?;
        assert_eq!(names(&path)?, ["lock", "part-1.parquet", "part-1.sha256", "scan.json"]);
        assert!(second.is_intact(shard));
        fs::write(second.part(shard), "rowS")?;
        assert!(!second.is_intact(shard));
        second.remove(&[shard]);
        assert!(names(around.path())?.is_empty());
        Ok(())
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() -> Outcome {
        for (file, text) in [
            ("thesis.tex", "precious"),
            (MANIFEST, "{"),
            (MANIFEST, r#"{"the command": "x"}"#),
        ] {
            let around = tempfile::tempdir()?;
            fs::write(around.path().join(file), text)?;
            let error = PartsFolder::begin(around.path(), &manifest("x")).unwrap_err();
            assert!(matches!(error, ResumeError::Unreadable { .. }), "{error}");
            assert_eq!(fs::read_to_string(around.path().join(file))?, text);
        }
        let around = tempfile::tempdir()?;
        fs::write(around.path().join("file"), "")?;
        let error = PartsFolder::begin(&around.path().join("file"), &manifest("x")).unwrap_err();
        assert!(matches!(error, ResumeError::Folder { .. }), "{error}");
        Ok(())
    }

    #[test]
    fn what_others_put_into_the_folder_stays() -> Outcome {
        let around = tempfile::tempdir()?;
        let path = around.path().join("parts");
        let folder = PartsFolder::begin(&path, &manifest("x"))?;
        fs::write(path.join("notes.txt"), "precious")?;
        folder.remove(&[]);
        assert_eq!(names(&path)?, ["notes.txt"]);
        Ok(())
    }
}
