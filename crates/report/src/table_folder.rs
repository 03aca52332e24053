//! Folders of Parquet files that appear whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use processive_core::Unfinished;
use tempfile::TempDir;

use crate::atomic::{TEMPORARY, folder_of};
use crate::{Overwrite, ReportError};

/// A table that is a folder: `COLUMN=VALUE/part-N.parquet` for every value, as Hive lays it out.
///
/// The folder is filled under a temporary name beside its target and takes its name on [`commit`](Self::commit);
/// dropped before that, it leaves nothing behind. It replaces no folder but one that holds such a table, and then
/// as a whole; a symbolic link is followed, not replaced.
#[derive(Debug)]
pub struct TableFolder {
    path: PathBuf,
    column: &'static str,
    target: PathBuf,
    folder: TempDir,
    unfinished: Unfinished,
}

impl TableFolder {
    /// Opens a folder for a table that is split by the values of `column`.
    ///
    /// # Errors
    /// [`ReportError::FolderExists`] when the folder exists and `overwrite` is [`Overwrite::No`];
    /// [`ReportError::ForeignFolder`] when it may be replaced and holds anything else than such a table;
    /// [`ReportError::NotAFolder`]; [`ReportError::Folder`] when the folder around it is missing or takes no other.
    pub fn create(path: &Path, column: &'static str, overwrite: Overwrite) -> Result<Self, ReportError> {
        let target = match fs::metadata(path) {
            Err(_) => path.to_path_buf(),
            Ok(found) if !found.is_dir() => {
                return Err(ReportError::NotAFolder {
                    path: path.to_path_buf(),
                });
            }
            Ok(_) if overwrite == Overwrite::No => {
                return Err(ReportError::FolderExists {
                    path: path.to_path_buf(),
                });
            }
            Ok(_) => {
                refuse_foreign(path, column)?;
                fs::canonicalize(path).map_err(|source| ReportError::write(path, source))?
            }
        };
        let around = folder_of(&target);
        let made = Unfinished::make(|| temporary_folder(&around), TempDir::path);
        let (folder, unfinished) = made.map_err(|source| ReportError::Folder {
            path: path.to_path_buf(),
            folder: around.clone(),
            source,
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            column,
            target,
            folder,
            unfinished,
        })
    }

    /// Makes the folder of a value and returns the path of its first file.
    ///
    /// # Errors
    /// [`ReportError::Write`] when it cannot be made, or is there already.
    pub(crate) fn part(&self, value: &str) -> Result<PathBuf, ReportError> {
        let name = format!("{}={value}", self.column);
        let folder = self.folder.path().join(&name);
        fs::create_dir(&folder).map_err(|source| ReportError::write(&self.path.join(name), source))?;
        Ok(folder.join("part-0.parquet"))
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// [`ReportError::Write`]; the temporary folder is removed, and what was to be replaced is still there.
    pub fn commit(self) -> Result<(), ReportError> {
        let Self {
            path,
            column,
            target,
            folder,
            unfinished,
        } = self;
        let write = |source| ReportError::write(&path, source);
        let is_there = fs::symlink_metadata(&target).is_ok();
        if is_there {
            refuse_foreign(&target, column)?;
        }
        let moved = unfinished.finish(|| {
            if is_there {
                replace(&folder, &target)
            } else {
                fs::rename(&folder, &target)
            }
        });
        moved.map_err(write)?;
        let _ = folder.keep();
        sync(&folder_of(&target)).map_err(write)
    }
}

/// Puts a folder into the place of another; when it cannot, that one is still there.
fn replace(folder: &TempDir, target: &Path) -> io::Result<()> {
    let aside = temporary_folder(&folder_of(target))?;
    let old = aside.path().join("old");
    fs::rename(target, &old)?;
    fs::rename(folder, target).or_else(|error| {
        fs::rename(&old, target)?;
        Err(error)
    })
}

/// An empty folder that is removed when it is dropped.
fn temporary_folder(around: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY[0]).suffix(TEMPORARY[1]);
    // Temporary folders are private by default; an output has the permissions that the umask leaves.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(around)
}

/// Makes a rename last; systems that cannot open folders see to it themselves.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Refuses a folder that holds anything else than parts of a table that is split by `column`.
fn refuse_foreign(path: &Path, column: &str) -> Result<(), ReportError> {
    let read = |source| ReportError::read(path, source);
    let foreign = |entry: &fs::DirEntry| ReportError::ForeignFolder {
        path: path.to_path_buf(),
        entry: entry.path(),
        column: column.to_owned(),
    };
    for entry in fs::read_dir(path).map_err(read)? {
        let entry = entry.map_err(read)?;
        let is_value = entry.file_name().to_string_lossy().starts_with(&format!("{column}="));
        if !is_value || !entry.file_type().map_err(read)?.is_dir() {
            return Err(foreign(&entry));
        }
        for file in fs::read_dir(entry.path()).map_err(read)? {
            let file = file.map_err(read)?;
            if !is_part(&file.file_name().to_string_lossy()) || !file.file_type().map_err(read)?.is_file() {
                return Err(foreign(&file));
            }
        }
    }
    Ok(())
}

/// Whether a file is called `part-N.parquet`.
pub(crate) fn is_part(name: &str) -> bool {
    let number = name
        .strip_prefix("part-")
        .and_then(|rest| rest.strip_suffix(".parquet"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    fn fill(folder: &TableFolder, values: &[&str]) -> Outcome {
        for value in values {
            fs::write(folder.part(value)?, value)?;
        }
        Ok(())
    }

    fn names(folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn the_folder_appears_whole_on_commit_and_not_before() -> Outcome {
        let around = tempfile::tempdir()?;
        let path = around.path().join("out");
        let folder = TableFolder::create(&path, "chrom", Overwrite::No)?;
        fill(&folder, &["a", "b"])?;
        assert!(!path.exists());
        folder.commit()?;
        assert_eq!(names(&path)?, ["chrom=a", "chrom=b"]);
        assert_eq!(fs::read(path.join("chrom=b/part-0.parquet"))?, b"b");
        assert_eq!(names(around.path())?, ["out"]);
        Ok(())
    }

    #[test]
    fn a_dropped_folder_leaves_nothing_behind_and_what_was_there_stays() -> Outcome {
        let around = tempfile::tempdir()?;
        let path = around.path().join("out");
        fill(&TableFolder::create(&path, "chrom", Overwrite::No)?, &["a"])?;
        assert!(names(around.path())?.is_empty());
        let folder = TableFolder::create(&path, "chrom", Overwrite::No)?;
        fill(&folder, &["a"])?;
        folder.commit()?;
        fill(&TableFolder::create(&path, "chrom", Overwrite::Yes)?, &["b"])?;
        assert_eq!(names(&path)?, ["chrom=a"]);
        assert_eq!(names(around.path())?, ["out"]);
        Ok(())
    }

    #[test]
    fn a_table_is_replaced_as_a_whole_and_only_when_it_may() -> Outcome {
        let around = tempfile::tempdir()?;
        let path = around.path().join("out");
        for (overwrite, values) in [(Overwrite::No, &["a", "b"][..]), (Overwrite::Yes, &["c"])] {
            let folder = TableFolder::create(&path, "chrom", overwrite)?;
            fill(&folder, values)?;
            folder.commit()?;
            assert_eq!(names(&path)?.len(), values.len());
            let error = TableFolder::create(&path, "chrom", Overwrite::No).unwrap_err();
            assert!(error.to_string().contains("--force"), "{error}");
        }
        assert_eq!(names(around.path())?, ["out"]);
        Ok(())
    }

    #[test]
    fn a_folder_that_holds_anything_else_is_never_replaced() -> Outcome {
        for foreign in [
            "thesis.tex",
            "chrom=a/notes.txt",
            "chrom=a/part-.parquet",
            "pos=1/part-0.parquet",
            "a/b",
        ] {
            let around = tempfile::tempdir()?;
            let path = around.path().join("out");
            let file = path.join(foreign);
            fs::create_dir_all(file.parent().ok_or("a file has a folder")?)?;
            fs::write(&file, "precious")?;
            let error = TableFolder::create(&path, "chrom", Overwrite::Yes).unwrap_err();
            assert!(matches!(error, ReportError::ForeignFolder { .. }), "{foreign}: {error}");

            // Nor when it comes there while the table is written.
            fs::rename(&path, around.path().join("elsewhere"))?;
            let folder = TableFolder::create(&path, "chrom", Overwrite::Yes)?;
            fill(&folder, &["a"])?;
            fs::rename(around.path().join("elsewhere"), &path)?;
            assert!(folder.commit().is_err());
            assert_eq!(fs::read(&file)?, b"precious");
            assert_eq!(names(around.path())?, ["out"]);
        }
        Ok(())
    }

    #[test]
    fn files_and_missing_places_are_refused() -> Outcome {
        let around = tempfile::tempdir()?;
        fs::write(around.path().join("file"), "")?;
        let open = |name: &str| TableFolder::create(&around.path().join(name), "chrom", Overwrite::Yes).unwrap_err();
        assert!(matches!(open("file"), ReportError::NotAFolder { .. }));
        assert!(matches!(open("missing/out"), ReportError::Folder { .. }));
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_has_the_permissions_of_any_new_one_and_links_are_followed() -> Outcome {
        use std::os::unix::fs::PermissionsExt;
        let around = tempfile::tempdir()?;
        let (path, plain, link) = (
            around.path().join("out"),
            around.path().join("plain"),
            around.path().join("link"),
        );
        TableFolder::create(&path, "chrom", Overwrite::No)?.commit()?;
        fs::create_dir(&plain)?;
        let mode = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.permissions().mode());
        assert_eq!(mode(&path)?, mode(&plain)?);

        std::os::unix::fs::symlink(&path, &link)?;
        let folder = TableFolder::create(&link, "chrom", Overwrite::Yes)?;
        fill(&folder, &["a"])?;
        folder.commit()?;
        assert_eq!(names(&path)?, ["chrom=a"]);
        assert!(fs::symlink_metadata(&link)?.is_symlink());
        Ok(())
    }
}
