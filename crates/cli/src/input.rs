//! Input files, as far as commands speak of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The file's name for people.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// The size of a FASTA file that is not compressed, which is little more than its number of letters; `None` when it
/// cannot be told without reading.
pub(crate) fn size_of_plain_text(path: &Path) -> io::Result<Option<u64>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut first = Vec::new();
    file.take(1).read_to_end(&mut first)?;
    Ok((first == b">").then_some(metadata.len()))
}

/// Whether a file begins as a Parquet file does.
pub(crate) fn begins_as_parquet(path: &Path) -> io::Result<bool> {
    let mut mark = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut mark)?;
    Ok(mark == b"PAR1")
}
