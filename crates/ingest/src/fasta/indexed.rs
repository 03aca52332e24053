//! Random access by region.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use noodles::{
    bgzf,
    core::Position,
    fasta::{self, fai::Record},
};
use processive_core::{Contig, Region};

use super::{FastaStream, fai, gzi, letters::first_invalid};
use crate::{
    IngestError,
    open::{Packing, is_regular, open_text},
};

/// Files that cannot be read by position are held in memory up to this many letters.
const HELD: u64 = 256 * 1024 * 1024;

/// Fetches regions of a FASTA file.
///
/// Plain text needs a `.fai`, bgzip a `.fai` and a `.gzi`. They are made when absent or older than the file:
/// next to it, or in memory when the folder cannot be written. Files that cannot be read by position
/// (gzip, pipes, lines of uneven length) are held in memory when they have at most 256 Mi letters.
pub struct IndexedFasta {
    path: PathBuf,
    contigs: Vec<Contig>,
    by_name: HashMap<String, usize>,
    letters: Letters,
}

enum Letters {
    OnDisk {
        reader: fasta::io::Reader<fasta::io::BufReader<File>>,
        records: Vec<Record>,
    },
    Held(Vec<Vec<u8>>),
}

impl IndexedFasta {
    /// Opens a file and reads or makes its index.
    ///
    /// # Errors
    /// - [`IngestError::NotSeekable`], [`IngestError::UnevenLines`] for a large file without positions;
    /// - as [`FastaStream`] for the content when an index is made.
    pub fn open(path: &Path) -> Result<Self, IngestError> {
        Self::open_holding(path, HELD)
    }

    fn open_holding(path: &Path, held: u64) -> Result<Self, IngestError> {
        if !is_regular(path).map_err(|source| IngestError::from_read(path, source))? {
            let too_large = || IngestError::StandardInput {
                purpose: "look up regions of a large genome",
            };
            return Self::hold(path, held)?.ok_or_else(too_large);
        }
        let packing = open_text(path, NonZeroUsize::MIN)?.packing;
        if packing == Packing::Gzip {
            return Self::hold(path, held)?.ok_or_else(|| IngestError::NotSeekable { path: path.to_owned() });
        }
        match fai::read_or_make(path) {
            Ok(index) => Self::on_disk(path, packing, index),
            Err(uneven @ IngestError::UnevenLines { .. }) => Self::hold(path, held)?.ok_or(uneven),
            Err(error) => Err(error),
        }
    }

    fn on_disk(path: &Path, packing: Packing, index: fasta::fai::Index) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(|source| IngestError::from_read(path, source))?;
        let reader = if packing == Packing::Bgzf {
            fasta::io::BufReader::Bgzf(bgzf::io::IndexedReader::new(file, gzi::read_or_make(path)?))
        } else {
            fasta::io::BufReader::Uncompressed(BufReader::new(file))
        };
        let contigs = fai::contigs(path, &index)?;
        let letters = Letters::OnDisk {
            reader: fasta::io::Reader::new(reader),
            records: index.into(),
        };
        Ok(Self::new(path, contigs, letters))
    }

    /// Reads a file into memory; `None` when it has more than `limit` letters.
    fn hold(path: &Path, limit: u64) -> Result<Option<Self>, IngestError> {
        let mut stream = FastaStream::open(path, NonZeroUsize::MIN)?;
        let (mut contigs, mut sequences) = (Vec::new(), Vec::new());
        let mut left = limit;
        while let Some(name) = stream.next_contig()? {
            let mut sequence = Vec::new();
            // One letter more than there is room for shows that the contig does not fit.
            let room = usize::try_from(left + 1).unwrap_or(usize::MAX);
            let length = stream.read_block(&mut sequence, room)? as u64;
            if length > left {
                return Ok(None);
            }
            left -= length;
            contigs.push(Contig::new(name, length));
            sequences.push(sequence);
        }
        Ok(Some(Self::new(path, contigs, Letters::Held(sequences))))
    }

    fn new(path: &Path, contigs: Vec<Contig>, letters: Letters) -> Self {
        let names = contigs.iter().map(|contig| contig.name.clone());
        Self {
            path: path.to_owned(),
            by_name: names.zip(0..).collect(),
            contigs,
            letters,
        }
    }

    /// The contigs in the order of the file.
    pub fn contigs(&self) -> &[Contig] {
        &self.contigs
    }

    /// Reads the letters of a region, as the file has them.
    ///
    /// # Errors
    /// - [`IngestError::OutsideGenome`] when the region does not lie in a contig;
    /// - [`IngestError::IndexMismatch`] when the index belongs to another file;
    /// - [`IngestError::Truncated`], [`IngestError::Read`].
    pub fn fetch(&mut self, region: &Region) -> Result<Vec<u8>, IngestError> {
        let outside = |length| IngestError::OutsideGenome {
            path: self.path.clone(),
            region: region.to_string(),
            length,
        };
        let contig = *self.by_name.get(region.contig()).ok_or_else(|| outside(None))?;
        let length = self.contigs[contig].length;
        if region.end() > length {
            return Err(outside(Some(length)));
        }
        if region.is_empty() {
            return Ok(Vec::new());
        }
        match &mut self.letters {
            // Both ends fit: they are at most the length of a sequence in memory.
            Letters::Held(sequences) => Ok(sequences[contig][region.start() as usize..region.end() as usize].to_vec()),
            Letters::OnDisk { reader, records } => {
                let letters = fetch_from_disk(reader, &records[contig], region)
                    .map_err(|source| IngestError::from_read(&self.path, source))?;
                if letters.len() as u64 == region.len() && first_invalid(&letters).is_none() {
                    return Ok(letters);
                }
                Err(IngestError::IndexMismatch {
                    path: self.path.clone(),
                    index: fai::path_of(&self.path),
                })
            }
        }
    }
}

fn fetch_from_disk(
    reader: &mut fasta::io::Reader<fasta::io::BufReader<File>>,
    record: &Record,
    region: &Region,
) -> io::Result<Vec<u8>> {
    let first = Position::try_from(region.start() as usize + 1).expect("a number above 0 is a position");
    let offset = record.query((first..).into())?;
    reader.get_mut().seek(SeekFrom::Start(offset))?;
    let mut letters = Vec::with_capacity(region.len() as usize);
    reader.sequence_reader().take(region.len()).read_to_end(&mut letters)?;
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn files_without_positions_are_held_up_to_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let text = b">chr1\nAC\nGTA\nC\n>chr2\nGG\n";
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        let uneven = folder.path().join("uneven.fa");
        std::fs::write(&uneven, text).unwrap();
        let packed = folder.path().join("gzip.fa");
        std::fs::write(&packed, encoder.finish().unwrap()).unwrap();

        for path in [&uneven, &packed] {
            let mut genome = IndexedFasta::open_holding(path, 8).unwrap();
            assert_eq!(genome.fetch(&Region::new("chr1", 1, 5).unwrap()).unwrap(), b"CGTA");
            assert_eq!(
                std::fs::read_dir(folder.path()).unwrap().count(),
                2,
                "no index is written"
            );
        }
        for limit in [0, 5, 7] {
            let error = IndexedFasta::open_holding(&packed, limit).err().unwrap().to_string();
            assert!(
                error.contains("gzip.fa is gzip, not bgzip: ") && error.contains("| bgzip >"),
                "{error}"
            );
            let error = IndexedFasta::open_holding(&uneven, limit).err().unwrap().to_string();
            let expected = "uneven.fa, line 3: record 'chr1' has lines of different lengths";
            assert!(
                error.contains(expected) && error.contains("seqkit seq -w 60"),
                "{error}"
            );
        }
    }
}
