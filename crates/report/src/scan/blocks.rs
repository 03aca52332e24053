//! Reading a Parquet scan back with all its scores, in blocks of rows.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::columns::{CHROM, END, START};
use crate::decoded::{Batches, Columns, LastContig, open_rows, scale_of};
use crate::{ReportError, ScanRows, ScanSchema};

/// Consecutive rows of one contig.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanBlock {
    /// The contig; blocks of one contig share the text.
    pub chrom: Arc<str>,
    /// The 0-based starts.
    pub starts: Vec<u64>,
    /// The ends, excluded.
    pub ends: Vec<u64>,
    /// The scores: `scores[column][row]`, in the order of [`ScanBlocks::schema`].
    pub scores: Vec<Vec<f32>>,
}

impl ScanBlock {
    /// The rows as a writer takes them.
    pub fn rows(&self) -> ScanRows<'_> {
        ScanRows {
            chrom: &self.chrom,
            starts: &self.starts,
            ends: &self.ends,
            scores: &self.scores,
        }
    }
}

/// Yields the rows of a scan in file order, a few thousand in memory at a time.
pub struct ScanBlocks {
    batches: Batches<ScanBlock>,
    rows: ScanRowsOf,
}

/// Opens a Parquet scan to read all of it: every column behind `chrom`, `start` and `end` is a score.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], or
/// [`ReportError::NoColumn`] with the list of columns when one of the three is missing.
pub fn read_scan_blocks(path: &Path) -> Result<ScanBlocks, ReportError> {
    let place = [CHROM.name, START.name, END.name];
    let builder = open_rows(path, &place)?;
    let fields = builder.schema().fields().iter();
    let scores: Vec<_> = fields.filter(|field| !place.contains(&field.name().as_str())).collect();
    let rows = ScanRowsOf {
        schema: ScanSchema {
            scores: scores.iter().map(|field| field.name().clone()).collect(),
        },
        scales: scores.iter().map(|field| scale_of(field)).collect(),
        contig: LastContig::default(),
    };
    let batches = Batches::new(path, builder)?;
    Ok(ScanBlocks { batches, rows })
}

impl ScanBlocks {
    /// The score columns of the file.
    pub fn schema(&self) -> &ScanSchema {
        &self.rows.schema
    }
}

impl Iterator for ScanBlocks {
    type Item = Result<ScanBlock, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next(|columns| self.rows.blocks(columns))
    }
}

/// Makes blocks of decoded rows.
struct ScanRowsOf {
    schema: ScanSchema,
    scales: Vec<Option<f64>>,
    contig: LastContig,
}

impl ScanRowsOf {
    /// Splits decoded rows by contig.
    fn blocks(&mut self, columns: &Columns<'_>) -> Result<Vec<ScanBlock>, ReportError> {
        let chroms = columns.texts(CHROM.name)?;
        let starts = columns.positions(START.name)?;
        let ends = columns.positions(END.name)?;
        let scores = self.schema.scores.iter().zip(&self.scales);
        let scores = scores.map(|(name, &scale)| columns.scores(name, scale));
        let scores = scores.collect::<Result<Vec<_>, _>>()?;
        let block = |rows: Range<usize>| ScanBlock {
            chrom: self.contig.shared(chroms.text(rows.start)),
            starts: starts[rows.clone()].to_vec(),
            ends: ends[rows.clone()].to_vec(),
            scores: scores.iter().map(|column| column[rows.clone()].to_vec()).collect(),
        };
        Ok(chroms.runs().map(block).collect())
    }
}
