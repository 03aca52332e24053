//! Small FASTA files in memory.

use std::path::Path;

use processive_core::SequenceRecord;

use super::FastaStream;
use crate::{IngestError, Place};

/// A record with its whole header and its place.
pub(crate) struct HeadedRecord {
    pub(crate) header: Vec<u8>,
    pub(crate) place: Place,
    pub(crate) record: SequenceRecord,
}

/// Reads a whole FASTA file into memory; names may repeat.
///
/// # Errors
/// As [`FastaStream::next_contig`] and [`FastaStream::read_block`].
pub fn read_fasta(path: &Path) -> Result<Vec<SequenceRecord>, IngestError> {
    let records = read_headed(path)?;
    Ok(records.into_iter().map(|headed| headed.record).collect())
}

/// Reads a whole FASTA file with its headers.
pub(crate) fn read_headed(path: &Path) -> Result<Vec<HeadedRecord>, IngestError> {
    let mut stream = FastaStream::open_repeating(path)?;
    let mut records = Vec::new();
    while let Some(name) = stream.next_contig()? {
        let mut sequence = Vec::new();
        stream.read_block(&mut sequence, usize::MAX)?;
        records.push(HeadedRecord {
            header: stream.header().to_vec(),
            place: stream.place(),
            record: SequenceRecord { name, sequence },
        });
    }
    Ok(records)
}
