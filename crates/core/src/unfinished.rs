//! Outputs that have no name yet, for a program that has to end at once: all crates that write files note them here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

/// The temporary files and folders of this process.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file or folder, from its making until it is finished or removed.
#[derive(Debug)]
#[must_use = "a file that is not noted stays when the program ends"]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes a file or a folder and notes its path.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn make<T>(make: impl FnOnce() -> io::Result<T>, path: impl FnOnce(&T) -> &Path) -> io::Result<(T, Self)> {
        let mut unfinished = unfinished();
        let output = make()?;
        let path = path(&output).to_path_buf();
        unfinished.insert(path.clone());
        Ok((output, Self(path)))
    }

    /// Gives it its name, unless the process is about to end.
    ///
    /// # Errors
    /// Those of `rename`.
    pub fn finish<T>(self, rename: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let mut unfinished = unfinished();
        let renamed = rename();
        unfinished.remove(&self.0);
        // What `drop` does is done, and the lock is taken.
        std::mem::forget(self);
        renamed
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

/// As long as it is there, outputs are neither begun nor finished.
#[derive(Debug)]
#[must_use = "outputs may be finished again when it is dropped"]
pub struct NoOutputs(#[expect(dead_code, reason = "held, not read")] MutexGuard<'static, BTreeSet<PathBuf>>);

/// Removes what this process has under temporary names, for a program that ends without dropping its writers, as on a signal.
pub fn remove_unfinished() -> NoOutputs {
    let mut unfinished = unfinished();
    for path in std::mem::take(&mut *unfinished) {
        // A writer may put a file into a folder while that is removed.
        for _ in 0..10 {
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            if removed.is_ok() || !path.exists() {
                break;
            }
        }
    }
    NoOutputs(unfinished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_goes_and_gets_no_name() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("processive-unfinished-{}", std::process::id()));
        fs::create_dir(&folder)?;
        let [temporary, finished] = ["temporary", "finished"].map(|name| folder.join(name));
        let make = || {
            fs::write(&temporary, "half")?;
            Ok(temporary.clone())
        };
        let rename = || fs::rename(&temporary, &finished);
        let (_, unfinished) = Unfinished::make(make, PathBuf::as_path)?;
        drop(remove_unfinished());
        assert!(!temporary.exists());
        assert!(unfinished.finish(rename).is_err() && !finished.exists());

        let (_, unfinished) = Unfinished::make(make, PathBuf::as_path)?;
        unfinished.finish(rename)?;
        drop(remove_unfinished());
        assert!(finished.exists());
        fs::remove_dir_all(folder)
    }
}
