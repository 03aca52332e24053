//! bigWig, the indexed binary form of one score along a genome.
//!
//! # Source
//! Kent et al. 2010 (*Bioinformatics* 26:2204), supplementary tables 5 to 17. Whole of it, in this order: header, zoom
//! headers, summary, names of contigs (a B+ tree), data (a number and compressed blocks), index of the data (an R tree),
//! zoom levels (a number, compressed blocks and an index each), the mark again.
//!
//! The crate bigtools (0.5.8) was not taken: it needs the lengths of contigs before the first value, and a stream of FASTA
//! tells them last; it counts contigs in 16 bits; and it brings a runtime with threads of its own.

mod block;
mod contigs;
mod index;
mod section;
mod zoom;

use std::collections::HashMap;
use std::io::{self, Write};

use processive_core::Contig;

use crate::{AtomicFile, ReportError};
use block::BlockSpool;
use contigs::contig_tree;
use index::index;
use section::{Item, encode};
use zoom::Zoom;

const MAGIC: u32 = 0x888F_FC26;
const VERSION: u16 = 4;
const HEADER_BYTES: usize = 64;
const SUMMARY_BYTES: usize = 40;

/// Values in a block of data. The index in memory takes 20 bytes for each block: 30 MB for a value at every base of a
/// human genome.
const ITEMS_PER_BLOCK: usize = 2048;

/// Writes values in genome order. Memory holds one block, the index and the names of contigs; data wait in nameless
/// temporary files beside the output, because the names of all contigs come before them and are known last.
///
/// Contigs are numbered as they come, and their names stand sorted in the tree, as its readers need them.
pub(crate) struct BigWig {
    file: AtomicFile,
    bin: u32,
    numbers: HashMap<String, u32>,
    contigs: Vec<(String, u32)>,
    items: Vec<Item>,
    count: u64,
    data: BlockSpool,
    zooms: Vec<Zoom>,
    summary: Summary,
}

/// All values together, every value counted at each of its bases.
#[derive(Debug, Default)]
struct Summary {
    bases: u64,
    min: f64,
    max: f64,
    sum: f64,
    squares: f64,
}

impl BigWig {
    pub(crate) fn create(file: AtomicFile) -> Result<Self, ReportError> {
        let data = BlockSpool::new(&file).map_err(|source| ReportError::write(file.path(), source))?;
        Ok(Self {
            file,
            bin: 1,
            numbers: HashMap::new(),
            contigs: Vec::new(),
            items: Vec::with_capacity(ITEMS_PER_BLOCK),
            count: 0,
            data,
            zooms: Vec::new(),
            summary: Summary::default(),
        })
    }

    /// Says how wide most values are that are still to come: blocks and zoom levels are laid out for it. Without it there
    /// are no zoom levels.
    pub(crate) fn set_bin(&mut self, bases: u64) -> Result<(), ReportError> {
        self.bin = u32::try_from(bases).unwrap_or(u32::MAX);
        self.zooms =
            Zoom::levels(&self.file, self.bin).map_err(|source| ReportError::write(self.file.path(), source))?;
        Ok(())
    }

    /// Adds the value of the bases `start..end`; they follow those before them, and contigs do not come back.
    pub(crate) fn push(&mut self, chrom: &str, start: u64, end: u64, value: f32) -> Result<(), ReportError> {
        if self.contigs.last().is_none_or(|(name, _)| name != chrom) {
            self.flush()?;
            self.begin(chrom);
        }
        let item = Item {
            start: position(chrom, start)?,
            end: position(chrom, end)?,
            value,
        };
        let contig = self.contigs.len() as u32 - 1;
        self.contigs[contig as usize].1 = item.end;
        self.items.push(item);
        self.count += 1;
        self.summary.add(item);
        self.add_to_zooms(contig, item)
            .map_err(|source| ReportError::write(self.file.path(), source))?;
        if self.items.len() == ITEMS_PER_BLOCK {
            self.flush()?;
        }
        Ok(())
    }

    fn begin(&mut self, chrom: &str) {
        self.numbers.insert(chrom.to_owned(), self.contigs.len() as u32);
        self.contigs.push((chrom.to_owned(), 0));
    }

    fn add_to_zooms(&mut self, contig: u32, item: Item) -> io::Result<()> {
        let Some((first, others)) = self.zooms.split_first_mut() else {
            return Ok(());
        };
        first.add_item(contig, item, others)
    }

    /// Writes the gathered values as a block.
    fn flush(&mut self) -> Result<(), ReportError> {
        let (Some(first), Some(last)) = (self.items.first(), self.items.last()) else {
            return Ok(());
        };
        let contig = self.contigs.len() as u32 - 1;
        let block = encode(contig, &self.items, self.bin);
        let written = self.data.push([contig, first.start], [contig, last.end], &block);
        self.items.clear();
        written.map_err(|source| ReportError::write(self.file.path(), source))
    }

    /// Completes the file. `contigs` are those of the genome, with or without values; of others that have values, the
    /// length is the end of the last.
    pub(crate) fn finish(mut self, contigs: &[Contig]) -> Result<(), ReportError> {
        self.flush()?;
        for contig in contigs {
            let length = position(&contig.name, contig.length)?;
            match self.numbers.get(&*contig.name) {
                Some(&number) => self.contigs[number as usize].1 = length,
                None => self.contigs.push((contig.name.clone(), length)),
            }
        }
        let path = self.file.path().to_path_buf();
        let file = self.write().map_err(|source| ReportError::write(&path, source))?;
        file.commit()
    }

    fn write(self) -> io::Result<AtomicFile> {
        let Self {
            mut file,
            contigs,
            count,
            data,
            zooms,
            summary,
            ..
        } = self;
        let zooms = Zoom::finish_useful(zooms, count)?;
        let beginning = HEADER_BYTES + zooms.len() * zoom::HEADER_BYTES + SUMMARY_BYTES;
        let tree = contig_tree(&contigs, beginning as u64);
        let data_at = (beginning + tree.len()) as u64;
        let blocks_at = data_at + 8;
        let index_at = blocks_at + data.bytes();
        let data_index = index(data.blocks(), blocks_at, index_at, ITEMS_PER_BLOCK as u32);

        let mut zoom_headers = Vec::new();
        let mut at = index_at + data_index.len() as u64;
        for zoom in &zooms {
            zoom_headers.extend(zoom.header(at));
            at += zoom.bytes();
        }
        let largest = zooms.iter().map(Zoom::largest_block).fold(data.largest(), usize::max);
        file.write_all(&header(zooms.len(), [beginning as u64, data_at, index_at], largest))?;
        file.write_all(&zoom_headers)?;
        file.write_all(&summary.to_bytes())?;
        file.write_all(&tree)?;
        file.write_all(&(data.blocks().len() as u64).to_le_bytes())?;
        data.copy_to(&mut file)?;
        file.write_all(&data_index)?;
        let mut at = index_at + data_index.len() as u64;
        for zoom in zooms {
            at = zoom.write(&mut file, at)?;
        }
        file.write_all(&MAGIC.to_le_bytes())?;
        Ok(file)
    }
}

/// The fixed part of the header; `offsets` are those of the tree of contigs, the data and their index.
fn header(zooms: usize, offsets: [u64; 3], largest_block: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend(MAGIC.to_le_bytes());
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((zooms as u16).to_le_bytes());
    for offset in offsets {
        bytes.extend(offset.to_le_bytes());
    }
    // Two counts of fields and the offset of their description: those of bigBed.
    bytes.extend([0; 12]);
    bytes.extend(((HEADER_BYTES + zooms * zoom::HEADER_BYTES) as u64).to_le_bytes());
    bytes.extend((largest_block as u32).to_le_bytes());
    bytes.extend([0; 8]);
    bytes
}

/// A position as the format holds it.
fn position(chrom: &str, position: u64) -> Result<u32, ReportError> {
    u32::try_from(position).map_err(|_| ReportError::BigWigPosition {
        chrom: chrom.to_owned(),
        position,
    })
}

impl Summary {
    fn add(&mut self, item: Item) {
        let (bases, value) = (item.end - item.start, f64::from(item.value));
        if self.bases == 0 {
            (self.min, self.max) = (value, value);
        }
        self.bases += u64::from(bases);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += f64::from(bases) * value;
        self.squares += f64::from(bases) * value * value;
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.bases.to_le_bytes().to_vec();
        for number in [self.min, self.max, self.sum, self.squares] {
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }
}
