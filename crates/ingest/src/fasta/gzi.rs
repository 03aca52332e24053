//! `.gzi`: where the blocks of a bgzip file lie.

use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read},
    path::Path,
};

use noodles::bgzf::gzi::{Index, io::Reader, io::Writer};

use super::stored;
use crate::IngestError;

/// Reads the `.gzi`, or makes it and writes it next to the file.
pub(super) fn read_or_make(path: &Path) -> Result<Index, IngestError> {
    let beside = stored::path_beside(path, "gzi");
    if let Some(index) = stored::read_fresh(path, &beside, |file| Reader::new(file).read_index()) {
        return Ok(index);
    }
    let index = make(path).map_err(|source| IngestError::from_read(path, source))?;
    stored::write(&beside, |file| Writer::new(file).write_index(&index));
    Ok(index)
}

/// Walks over the block headers; nothing is inflated.
fn make(path: &Path) -> io::Result<Index> {
    const HEADER: usize = 18;
    const INFLATED_SIZE: usize = 4;
    let mut reader = BufReader::new(File::open(path)?);
    let (mut compressed, mut inflated) = (0u64, 0u64);
    let mut blocks = Vec::new();
    loop {
        let mut header = [0; HEADER];
        if !read_whole_or_nothing(&mut reader, &mut header)? {
            return Ok(Index::from(blocks));
        }
        let size = u32::from(u16::from_le_bytes([header[16], header[17]])) + 1;
        let between = size
            .checked_sub((HEADER + INFLATED_SIZE) as u32)
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "invalid bgzip block size"))?;
        reader.seek_relative(i64::from(between))?;
        let mut inflated_size = [0; INFLATED_SIZE];
        reader.read_exact(&mut inflated_size)?;
        let inflated_size = u32::from_le_bytes(inflated_size);
        // The first block is implied, empty ones are never looked up.
        if compressed > 0 && inflated_size > 0 {
            blocks.push((compressed, inflated));
        }
        compressed += u64::from(size);
        inflated += u64::from(inflated_size);
    }
}

/// Fills the buffer and returns true, or returns false at the end of the file.
fn read_whole_or_nothing(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    let mut first = [0];
    if reader.read(&mut first)? == 0 {
        return Ok(false);
    }
    buffer[0] = first[0];
    reader.read_exact(&mut buffer[1..])?;
    Ok(true)
}
