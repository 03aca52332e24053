//! Files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use processive_core::Unfinished;
use tempfile::NamedTempFile;

use crate::ReportError;

/// Whether an existing output may be replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// An existing output is an error.
    #[default]
    No,
    /// An existing output is replaced when the new one is complete.
    Yes,
}

/// How the names of unfinished outputs begin and end.
pub(crate) const TEMPORARY: [&str; 2] = [".processive-", ".part"];

/// Whether a name is that of an output that a killed run has left unfinished.
pub fn is_temporary(name: &str) -> bool {
    let [beginning, end] = TEMPORARY;
    name.starts_with(beginning) && name.ends_with(end)
}

/// Bytes are handed to the system in blocks of this size.
const BUFFER: usize = 256 * 1024;

/// An output that is written under a temporary name in the target's folder and takes its name on
/// [`commit`](Self::commit); dropped before that, it leaves nothing behind.
///
/// `-` and `/dev/stdout` are standard output. A target that exists and is no regular file (a named pipe) is
/// written directly, because a rename would replace it. A symbolic link is followed, not replaced.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    sink: BufWriter<Sink>,
}

#[derive(Debug)]
enum Sink {
    Temporary {
        file: NamedTempFile,
        target: PathBuf,
        unfinished: Unfinished,
    },
    Direct(File),
    Stdout(Stdout),
}

/// Names of standard output; the second one may lead to a regular file, which is still not to be replaced.
const STDOUT_NAMES: [&str; 2] = ["-", "/dev/stdout"];

impl AtomicFile {
    /// Opens an output.
    ///
    /// # Errors
    /// [`ReportError::Exists`] when the output exists and `overwrite` is [`Overwrite::No`];
    /// [`ReportError::IsFolder`]; [`ReportError::Folder`] when its folder is missing or takes no file.
    pub fn create(path: &Path, overwrite: Overwrite) -> Result<Self, ReportError> {
        let sink = if is_stdout(path) {
            Sink::Stdout(io::stdout())
        } else {
            match fs::metadata(path) {
                Ok(found) if found.is_dir() => {
                    let path = path.to_path_buf();
                    return Err(ReportError::IsFolder { path });
                }
                Ok(found) if found.is_file() => Self::replacement(path, overwrite)?,
                Ok(_) => Sink::Direct(Self::open(path)?),
                Err(_) => Self::temporary(path, path.to_path_buf())?,
            }
        };
        Ok(Self {
            path: path.to_path_buf(),
            sink: BufWriter::with_capacity(BUFFER, sink),
        })
    }

    /// Opens a new file in a folder that itself appears whole or not at all: it has its name from the beginning.
    pub(crate) fn create_within(path: &Path) -> Result<Self, ReportError> {
        let opened = File::create_new(path).map_err(|source| ReportError::write(path, source))?;
        Ok(Self {
            path: path.to_path_buf(),
            sink: BufWriter::with_capacity(BUFFER, Sink::Direct(opened)),
        })
    }

    fn replacement(path: &Path, overwrite: Overwrite) -> Result<Sink, ReportError> {
        match overwrite {
            Overwrite::No => {
                let path = path.to_path_buf();
                Err(ReportError::Exists { path })
            }
            Overwrite::Yes => {
                let target = fs::canonicalize(path).map_err(|source| ReportError::write(path, source))?;
                Self::temporary(path, target)
            }
        }
    }

    fn open(path: &Path) -> Result<File, ReportError> {
        let opened = OpenOptions::new().write(true).open(path);
        opened.map_err(|source| ReportError::write(path, source))
    }

    fn temporary(path: &Path, target: PathBuf) -> Result<Sink, ReportError> {
        let folder = folder_of(&target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY[0]).suffix(TEMPORARY[1]);
        // Temporary files are private by default; an output has the permissions that the umask leaves.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        match Unfinished::make(|| builder.tempfile_in(&folder), NamedTempFile::path) {
            Ok((file, unfinished)) => Ok(Sink::Temporary {
                file,
                target,
                unfinished,
            }),
            Err(source) => Err(ReportError::Folder {
                path: path.to_path_buf(),
                folder,
                source,
            }),
        }
    }

    /// Opens a file without a name, for what has to wait for its place in the output: in the output's folder, which has
    /// room for it, or where the system keeps such files when the output is a stream.
    pub(crate) fn scratch(&self) -> io::Result<File> {
        match self.sink.get_ref() {
            Sink::Temporary { file, .. } => tempfile::tempfile_in(folder_of(file.path())),
            Sink::Direct(_) | Sink::Stdout(_) => tempfile::tempfile(),
        }
    }

    /// The output's path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes everything out and gives the file its name.
    ///
    /// # Errors
    /// [`ReportError::Write`]; the temporary file is removed.
    pub fn commit(self) -> Result<(), ReportError> {
        let Self { path, sink } = self;
        let finish = || -> io::Result<()> {
            match sink.into_inner().map_err(io::IntoInnerError::into_error)? {
                Sink::Temporary {
                    file,
                    target,
                    unfinished,
                } => {
                    file.as_file().sync_all()?;
                    unfinished.finish(|| Ok(file.persist(target)?))?;
                }
                Sink::Direct(mut file) => file.flush()?,
                Sink::Stdout(mut stdout) => stdout.flush()?,
            }
            Ok(())
        };
        finish().map_err(|source| ReportError::write(&path, source))
    }
}

/// Whether a path is a name of standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    STDOUT_NAMES.iter().any(|name| path == Path::new(name))
}

/// The folder that holds a path.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sink.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary { file, .. } => file.as_file_mut().write(bytes),
            Self::Direct(file) => file.write(bytes),
            Self::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Temporary { file, .. } => file.as_file_mut().flush(),
            Self::Direct(file) => file.flush(),
            Self::Stdout(stdout) => stdout.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    fn names(folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn the_name_appears_on_commit_and_not_before() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out.tsv");
        let mut file = AtomicFile::create(&path, Overwrite::No)?;
        file.write_all(b"all of it\n")?;
        assert!(!path.exists());
        file.commit()?;
        assert_eq!(fs::read(&path)?, b"all of it\n");
        assert_eq!(names(folder.path())?, ["out.tsv"]);
        Ok(())
    }

    #[test]
    fn a_dropped_file_leaves_nothing_behind() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut file = AtomicFile::create(&folder.path().join("out.tsv"), Overwrite::No)?;
        file.write_all(&vec![b'x'; 2 * BUFFER])?;
        assert_eq!(names(folder.path())?.len(), 1);
        drop(file);
        assert!(names(folder.path())?.is_empty());
        Ok(())
    }

    #[test]
    fn an_existing_output_is_kept_unless_it_may_be_replaced() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out.tsv");
        fs::write(&path, "old")?;
        let error = AtomicFile::create(&path, Overwrite::No).unwrap_err();
        assert!(
            error.to_string().contains("--force") && error.to_string().contains("out.tsv"),
            "{error}"
        );

        let mut file = AtomicFile::create(&path, Overwrite::Yes)?;
        file.write_all(b"new")?;
        assert_eq!(fs::read(&path)?, b"old");
        file.commit()?;
        assert_eq!(fs::read(&path)?, b"new");
        Ok(())
    }

    #[test]
    fn a_folder_that_takes_no_file_is_named_in_the_error() -> Outcome {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("file"), "")?;
        for inside in ["missing/out.tsv", "file/out.tsv"] {
            let error = AtomicFile::create(&folder.path().join(inside), Overwrite::Yes).unwrap_err();
            assert!(matches!(error, ReportError::Folder { .. }), "{error}");
            assert!(error.to_string().contains(inside), "{error}");
        }
        let error = AtomicFile::create(folder.path(), Overwrite::Yes).unwrap_err();
        assert!(matches!(error, ReportError::IsFolder { .. }), "{error}");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn an_output_has_the_permissions_of_any_new_file() -> Outcome {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir()?;
        let (path, plain) = (folder.path().join("out.tsv"), folder.path().join("plain"));
        AtomicFile::create(&path, Overwrite::No)?.commit()?;
        File::create(&plain)?;
        assert_eq!(
            fs::metadata(path)?.permissions().mode(),
            fs::metadata(plain)?.permissions().mode()
        );
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_are_written_through() -> Outcome {
        let folder = tempfile::tempdir()?;
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old")?;
        std::os::unix::fs::symlink(&target, &link)?;
        let mut file = AtomicFile::create(&link, Overwrite::Yes)?;
        file.write_all(b"new")?;
        file.commit()?;
        assert_eq!(fs::read(&target)?, b"new");
        assert!(fs::symlink_metadata(&link)?.is_symlink());

        let mut device = AtomicFile::create(Path::new("/dev/null"), Overwrite::No)?;
        device.write_all(b"gone")?;
        device.commit()?;
        assert!(!fs::metadata("/dev/null")?.is_file());
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_on_commit() -> Outcome {
        let mut file = AtomicFile::create(Path::new("/dev/full"), Overwrite::No)?;
        file.write_all(b"x")?;
        let error = file.commit().unwrap_err();
        assert!(matches!(error, ReportError::Write { .. }), "{error}");
        Ok(())
    }
}
