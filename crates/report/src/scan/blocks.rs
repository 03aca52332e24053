//! Reading a Parquet scan back with all its scores, in blocks of rows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::batch::{Columns, scale_of};
use crate::columns::{CHROM, END, START};
use crate::inspect::open_parquet;
use crate::{ReportError, ScanRows, ScanSchema};

/// Rows that are decoded at a time.
const ROWS: usize = 8192;

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
    batches: ParquetRecordBatchReader,
    path: PathBuf,
    schema: ScanSchema,
    scales: Vec<Option<f64>>,
    chrom: Arc<str>,
    blocks: vec::IntoIter<ScanBlock>,
}

/// Opens a Parquet scan to read all of it: every column behind `chrom`, `start` and `end` is a score.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], or
/// [`ReportError::NoColumn`] with the list of columns when one of the three is missing.
pub fn read_scan_blocks(path: &Path) -> Result<ScanBlocks, ReportError> {
    let file = open_parquet(path)?;
    let decode = |source| ReportError::decode(path, source);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(decode)?;
    let names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let place = [CHROM.name, START.name, END.name];
    if let Some(missing) = place.iter().find(|place| !names.iter().any(|name| name == **place)) {
        return Err(ReportError::NoColumn {
            path: path.to_path_buf(),
            name: (*missing).to_owned(),
            known: names,
        });
    }
    let fields = builder.schema().fields().iter();
    let scores: Vec<_> = fields.filter(|field| !place.contains(&field.name().as_str())).collect();
    Ok(ScanBlocks {
        schema: ScanSchema {
            scores: scores.iter().map(|field| field.name().clone()).collect(),
        },
        scales: scores.iter().map(|field| scale_of(field)).collect(),
        batches: builder.with_batch_size(ROWS).build().map_err(decode)?,
        path: path.to_path_buf(),
        chrom: Arc::from(""),
        blocks: Vec::new().into_iter(),
    })
}

impl ScanBlocks {
    /// The score columns of the file.
    pub fn schema(&self) -> &ScanSchema {
        &self.schema
    }

    /// Splits decoded rows by contig.
    fn split(&mut self, batch: &RecordBatch) -> Result<Vec<ScanBlock>, ReportError> {
        let columns = Columns {
            path: &self.path,
            batch,
        };
        let chroms = columns.chroms()?;
        let starts = columns.positions(START.name)?;
        let ends = columns.positions(END.name)?;
        let scores = self.schema.scores.iter().zip(&self.scales);
        let scores = scores.map(|(name, &scale)| columns.scores(name, scale));
        let scores = scores.collect::<Result<Vec<_>, _>>()?;
        let mut blocks = Vec::new();
        let mut from = 0;
        while from < starts.len() {
            let run = (from..starts.len()).take_while(|&row| chroms.are_same(row, from));
            let rows = from..from + run.count();
            if *self.chrom != *chroms.name(from) {
                self.chrom = Arc::from(chroms.name(from));
            }
            blocks.push(ScanBlock {
                chrom: Arc::clone(&self.chrom),
                starts: starts[rows.clone()].to_vec(),
                ends: ends[rows.clone()].to_vec(),
                scores: scores.iter().map(|column| column[rows.clone()].to_vec()).collect(),
            });
            from = rows.end;
        }
        Ok(blocks)
    }
}

impl Iterator for ScanBlocks {
    type Item = Result<ScanBlock, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(block) = self.blocks.next() {
                return Some(Ok(block));
            }
            let split = match self.batches.next()? {
                Ok(batch) => self.split(&batch),
                Err(error) => Err(ReportError::decode(&self.path, ParquetError::from(error))),
            };
            match split {
                Ok(blocks) => self.blocks = blocks.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
