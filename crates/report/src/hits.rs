//! Hits of motifs in a genome, streamed contig by contig.

mod bed;
mod checked;
mod parquet_table;
mod read;
mod table;

use std::path::Path;

use processive_core::{Contig, Strand};

pub use read::{HitBlock, HitBlocks, read_hits};

use crate::scan::longest_contig;
use crate::text_sink::TextSink;
use crate::{AtomicFile, Overwrite, Provenance, ReportError, TableFormat};
use bed::BedLines;
use checked::Checked;
use parquet_table::ParquetTable;
use table::TextTable;

/// What a table calls a motif.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitMotif {
    /// The accession, which no other motif of the table has.
    pub id: String,
    /// The other name; the accession when there is none.
    pub name: String,
}

/// How hits are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HitOptions {
    /// Whether an existing output may be replaced.
    pub overwrite: Overwrite,
    /// The length of the longest contig in bases: past `i32::MAX`, `start` and `end` become 64-bit.
    /// 0 when it is not known: 32-bit, and a position that does not fit is an error.
    pub longest_contig: u64,
    /// The motifs; hits name them by their place.
    pub motifs: Vec<HitMotif>,
}

impl HitOptions {
    /// Makes the coordinates wide enough for every one of `contigs`.
    #[must_use]
    pub fn for_contigs(mut self, contigs: &[Contig]) -> Self {
        self.longest_contig = longest_contig(contigs);
        self
    }
}

/// One hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The first base, 0-based.
    pub start: u64,
    /// The base after the last.
    pub end: u64,
    /// The place of the motif in [`HitOptions::motifs`].
    pub motif: u32,
    /// The strand on which the motif reads.
    pub strand: Strand,
    /// The score in bits.
    pub score: f32,
    /// The probability of reaching it.
    pub p: f64,
}

/// Consecutive hits of one contig.
#[derive(Clone, Copy, Debug)]
pub struct HitRows<'a> {
    /// The contig.
    pub chrom: &'a str,
    /// The hits, sorted by start, then motif, then strand (plus first).
    pub hits: &'a [Hit],
}

/// Takes hits in genome order and writes them to a file that appears when it is complete.
///
/// A writer that is dropped before [`finish`](Self::finish) leaves nothing behind.
pub trait HitWriter: Send {
    /// Appends consecutive hits of one contig. The split of hits into calls does not change the file.
    ///
    /// # Errors
    /// A [`ReportError`] when a hit does not follow the one before it, names no motif or has a score that is not
    /// finite, or the file cannot be written.
    fn write(&mut self, rows: &HitRows<'_>) -> Result<(), ReportError>;

    /// Completes the file; `provenance` goes to the footer of a Parquet file (text formats have no place for it).
    ///
    /// # Errors
    /// A [`ReportError`] when the file cannot be written or moved to its name.
    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError>;
}

/// Opens the output of a scan with motifs; `-` is standard output.
///
/// # Errors
/// Before any work is done: [`ReportError::NotForHits`] for bedGraph, bigWig and narrowPeak, an output that exists and may not
/// be replaced, a folder that takes no file, names of motifs that break a text table.
pub fn create_hit_writer(
    path: &Path,
    format: TableFormat,
    options: HitOptions,
) -> Result<Box<dyn HitWriter>, ReportError> {
    check_format(format)?;
    check_names(&options.motifs)?;
    let file = AtomicFile::create(path, options.overwrite)?;
    let motifs = options.motifs.len();
    let sink = |file| TextSink::new(file, format.is_gzip());
    let inner: Box<dyn HitWriter> = match format {
        TableFormat::Parquet => Box::new(ParquetTable::create(file, &options)?),
        TableFormat::Tsv | TableFormat::TsvGz => Box::new(TextTable::create(sink(file), options.motifs)?),
        _ => Box::new(BedLines::new(sink(file), options.motifs)),
    };
    Ok(Box::new(Checked::new(inner, motifs)))
}

/// Refuses formats that have no place for hits.
///
/// # Errors
/// [`ReportError::NotForHits`].
pub fn check_format(format: TableFormat) -> Result<(), ReportError> {
    match format {
        TableFormat::BedGraph | TableFormat::BedGraphGz | TableFormat::BigWig => Err(ReportError::NotForHits {
            format: format.name(),
            reason: "holds one value per base, and hits overlap",
        }),
        TableFormat::NarrowPeak | TableFormat::NarrowPeakGz => Err(ReportError::NotForHits {
            format: format.name(),
            reason: "is for peaks of a signal along the genome",
        }),
        _ => Ok(()),
    }
}

fn check_names(motifs: &[HitMotif]) -> Result<(), ReportError> {
    let breaks = |name: &&String| name.is_empty() || name.contains(['\t', '\n', '\r']);
    let mut names = motifs.iter().flat_map(|motif| [&motif.id, &motif.name]);
    match names.find(breaks) {
        None => Ok(()),
        Some(name) => Err(ReportError::MotifName { name: name.clone() }),
    }
}
