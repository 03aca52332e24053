//! The contigs of a genome.

use std::{num::NonZeroUsize, path::Path};

use processive_core::Contig;

use super::{FastaStream, fai};
use crate::{IngestError, open::is_regular};

/// Returns the contigs of a FASTA file in their order: from its `.fai` when there is one that is not older
/// than the file, else by one pass over the file. `threads` as in [`FastaStream::open`].
///
/// # Errors
/// - [`IngestError::StandardInput`] for `-` and pipes, which could not be read again;
/// - as [`FastaStream::next_contig`] and [`FastaStream::read_block`].
pub fn contig_lengths(path: &Path, threads: NonZeroUsize) -> Result<Vec<Contig>, IngestError> {
    if !is_regular(path).map_err(|source| IngestError::from_read(path, source))? {
        return Err(IngestError::StandardInput {
            purpose: "measure its contigs",
        });
    }
    if let Some(index) = fai::read_fresh(path) {
        return fai::contigs(path, &index);
    }
    let mut stream = FastaStream::open(path, threads)?;
    let mut contigs = Vec::new();
    while let Some(name) = stream.next_contig()? {
        contigs.push(Contig::new(name, stream.skip_contig()?));
    }
    Ok(contigs)
}
