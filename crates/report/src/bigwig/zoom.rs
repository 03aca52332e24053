//! Zoom levels: summaries of the values over stretches of one width.

use std::io::{self, Write};

use super::block::BlockSpool;
use super::index::index;
use super::section::Item;
use crate::AtomicFile;

/// The bytes of a zoom level's entry in the header of the file.
pub(super) const HEADER_BYTES: usize = 24;

/// The first level summarises this many bins, every other this many stretches of the one before.
const FIRST_FACTOR: u32 = 32;
const FACTOR: u32 = 4;
const LEVELS: u32 = 6;

const RECORDS_PER_BLOCK: usize = 1024;
const RECORD_BYTES: usize = 32;

/// The values of a stretch, each counted at every base.
#[derive(Clone, Copy, Debug)]
struct Record {
    contig: u32,
    start: u32,
    end: u32,
    bases: u32,
    min: f32,
    max: f32,
    sum: f64,
    squares: f64,
}

/// One level. Stretches begin at multiples of their width; what is left out at their ends is cut off.
pub(super) struct Zoom {
    width: u32,
    open: Option<Record>,
    records: Vec<Record>,
    count: u64,
    spool: BlockSpool,
}

impl Zoom {
    /// The levels for bins of `bin` bases, finest first.
    pub(super) fn levels(output: &AtomicFile, bin: u32) -> io::Result<Vec<Self>> {
        let widths = (0..LEVELS).map_while(|level| bin.checked_mul(FIRST_FACTOR)?.checked_mul(FACTOR.pow(level)));
        widths
            .map(|width| {
                Ok(Self {
                    width,
                    open: None,
                    records: Vec::new(),
                    count: 0,
                    spool: BlockSpool::new(output)?,
                })
            })
            .collect()
    }

    /// Adds a value to this level, the finest; finished stretches go on to the levels above.
    pub(super) fn add_item(&mut self, contig: u32, item: Item, above: &mut [Self]) -> io::Result<()> {
        let mut start = item.start;
        while start < item.end {
            let next = (u64::from(start / self.width) + 1) * u64::from(self.width);
            let end = u32::try_from(next).map_or(item.end, |next| next.min(item.end));
            let (bases, value) = (end - start, f64::from(item.value));
            let record = Record {
                contig,
                start,
                end,
                bases,
                min: item.value,
                max: item.value,
                sum: f64::from(bases) * value,
                squares: f64::from(bases) * value * value,
            };
            self.add(record, above)?;
            start = end;
        }
        Ok(())
    }

    /// Adds what lies within one stretch.
    fn add(&mut self, more: Record, above: &mut [Self]) -> io::Result<()> {
        match &mut self.open {
            Some(open) if open.contig == more.contig && open.start / self.width == more.start / self.width => {
                open.join(&more);
                Ok(())
            }
            _ => {
                self.close(above)?;
                self.open = Some(more);
                Ok(())
            }
        }
    }

    /// Ends the open stretch.
    fn close(&mut self, above: &mut [Self]) -> io::Result<()> {
        let Some(record) = self.open.take() else { return Ok(()) };
        self.records.push(record);
        self.count += 1;
        if self.records.len() == RECORDS_PER_BLOCK {
            self.flush()?;
        }
        match above.split_first_mut() {
            Some((next, above)) => next.add(record, above),
            None => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let (Some(first), Some(last)) = (self.records.first(), self.records.last()) else {
            return Ok(());
        };
        let bytes: Vec<u8> = self.records.iter().flat_map(Record::bytes).collect();
        // A block of summaries may hold several contigs: a hundred thousand short ones need no block each.
        self.spool
            .push([first.contig, first.start], [last.contig, last.end], &bytes)?;
        self.records.clear();
        Ok(())
    }

    /// Ends all levels and keeps those that have at most half as many numbers as the one before; the data have `items`.
    pub(super) fn finish_useful(mut zooms: Vec<Self>, items: u64) -> io::Result<Vec<Self>> {
        let mut below = &mut zooms[..];
        while let Some((zoom, above)) = below.split_first_mut() {
            zoom.close(above)?;
            zoom.flush()?;
            below = above;
        }
        let mut before = items;
        zooms.retain(|zoom| {
            let is_useful = 2 * zoom.count <= before;
            if is_useful {
                before = zoom.count;
            }
            is_useful
        });
        Ok(zooms)
    }

    /// The level's entry in the header when it begins at `here`.
    pub(super) fn header(&self, here: u64) -> Vec<u8> {
        let mut bytes = self.width.to_le_bytes().to_vec();
        bytes.extend([0; 4]);
        bytes.extend(here.to_le_bytes());
        bytes.extend((here + 4 + self.spool.bytes()).to_le_bytes());
        bytes
    }

    /// The size of the largest block, not compressed.
    pub(super) fn largest_block(&self) -> usize {
        self.spool.largest()
    }

    /// The size of the level.
    pub(super) fn bytes(&self) -> u64 {
        4 + self.spool.bytes() + self.index(0).len() as u64
    }

    fn index(&self, here: u64) -> Vec<u8> {
        let index_at = here + 4 + self.spool.bytes();
        index(self.spool.blocks(), here + 4, index_at, RECORDS_PER_BLOCK as u32)
    }

    /// Writes the level, which begins at `here`, and returns where it ends.
    pub(super) fn write(self, output: &mut impl Write, here: u64) -> io::Result<u64> {
        let (index, end) = (self.index(here), here + self.bytes());
        output.write_all(&(self.count as u32).to_le_bytes())?;
        self.spool.copy_to(output)?;
        output.write_all(&index)?;
        Ok(end)
    }
}

impl Record {
    /// Adds what follows in the same stretch.
    fn join(&mut self, more: &Self) {
        self.end = more.end;
        self.bases += more.bases;
        self.min = self.min.min(more.min);
        self.max = self.max.max(more.max);
        self.sum += more.sum;
        self.squares += more.squares;
    }

    fn bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let fields = [
            self.contig.to_le_bytes(),
            self.start.to_le_bytes(),
            self.end.to_le_bytes(),
            self.bases.to_le_bytes(),
            self.min.to_le_bytes(),
            self.max.to_le_bytes(),
            (self.sum as f32).to_le_bytes(),
            (self.squares as f32).to_le_bytes(),
        ];
        for (place, field) in bytes.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field);
        }
        bytes
    }
}
