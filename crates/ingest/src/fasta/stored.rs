//! Index files beside a sequence file.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use processive_core::Unfinished;
use tempfile::NamedTempFile;

/// Returns the path of an index: `genome.fa` and `fai` give `genome.fa.fai`.
pub(super) fn path_beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Reads an index when it exists, is not older than its file, and can be parsed.
pub(super) fn read_fresh<T>(
    path: &Path,
    index: &Path,
    parse: impl FnOnce(BufReader<File>) -> io::Result<T>,
) -> Option<T> {
    let file = File::open(index).ok()?;
    if is_older(index, path) {
        log::warn!("{} is older than {}: not used", index.display(), path.display());
        return None;
    }
    parse(BufReader::new(file))
        .inspect_err(|error| log::warn!("{} cannot be used: {error}", index.display()))
        .ok()
}

fn is_older(index: &Path, path: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    matches!((modified(index), modified(path)), (Ok(index), Ok(path)) if index < path)
}

/// Writes an index whole or not at all; when that fails, as in a read-only folder, it stays in memory.
pub(super) fn write(index: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    match try_write(index, content) {
        Ok(()) => log::info!("wrote {}", index.display()),
        Err(error) => log::info!("{} is kept in memory: {error}", index.display()),
    }
}

fn try_write(index: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = index.parent().filter(|folder| !folder.as_os_str().is_empty());
    let make = || new_file(folder.unwrap_or(Path::new(".")));
    let (mut file, unfinished) = Unfinished::make(make, NamedTempFile::path)?;
    let mut writer = BufWriter::new(file.as_file_mut());
    content(&mut writer)?;
    writer.flush()?;
    drop(writer);
    unfinished.finish(|| Ok(file.persist(index)?))?;
    Ok(())
}

/// Creates a temporary file that others may read as any new file, not with a temporary file's narrow rights.
fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".processive-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
