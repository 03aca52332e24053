//! Scans as Parquet.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray, UInt8Array, UInt16Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::basic::Encoding;
use parquet::file::properties::WriterProperties;

use crate::columns::{CHROM, END, START};
use crate::parquet_file::{ParquetFile, ROW_GROUP_ROWS, column_path, dictionary_of_text, properties};
use crate::rounding::Rounding;
use crate::{
    AtomicFile, Provenance, QUANTIZE_KEY, Quantize, ReportError, SCALE_KEY, ScanOptions, ScanRows, ScanSchema,
    ScanWriter, ZERO_BASED_KEY,
};

/// Streams rows to a Parquet file, one row group in memory.
///
/// Rows are gathered until a group is full or the contig ends, and encoded at once: where the caller splits its rows cannot
/// change where pages end, and so not a byte of the file. A contig of [`SHARED_ROWS`] rows or more shares no group with
/// another; smaller ones share groups of about as many rows, since the footer keeps a few kilobytes for each.
/// Sorting columns are not declared: contigs stand in the order of the genome, which is not that of their names.
pub(super) struct ParquetTable {
    file: ParquetFile,
    schema: SchemaRef,
    group: Group,
    rounding: Rounding,
    quantize: Option<Quantize>,
    largest_error: f64,
    chrom: ChromColumn,
    names: Vec<String>,
}

/// Whether the contig of a row stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChromColumn {
    /// In the column `chrom`.
    Present,
    /// The file holds one contig, and something else names it.
    Absent,
}

/// Rows from which a contig has groups of its own. A genome of a million small contigs has some thousands of groups.
const SHARED_ROWS: usize = 4096;

/// The rows of the row group that is being gathered.
struct Group {
    /// The contigs, and how many rows each has.
    chroms: Vec<String>,
    counts: Vec<usize>,
    /// Whether the last contig is large enough to share no group.
    is_alone: bool,
    starts: Positions,
    ends: Positions,
    scores: Vec<Vec<f32>>,
}

impl Group {
    fn new(scores: usize, wide: bool) -> Self {
        Self {
            chroms: Vec::new(),
            counts: Vec::new(),
            is_alone: false,
            starts: Positions::new(wide),
            ends: Positions::new(wide),
            scores: vec![Vec::new(); scores],
        }
    }

    fn rows(&self) -> usize {
        self.starts.len()
    }

    /// Rows of the last contig.
    fn own(&self) -> usize {
        self.counts.last().copied().unwrap_or(0)
    }

    /// Rows of the contigs before the last one.
    fn earlier(&self) -> usize {
        self.rows() - self.own()
    }

    /// Begins a contig.
    fn begin(&mut self, chrom: &str) {
        self.is_alone = false;
        if self.rows() == 0 {
            self.chroms.clear();
            self.counts.clear();
        }
        self.chroms.push(chrom.to_owned());
        self.counts.push(0);
    }

    /// Takes what the last contig has next.
    fn gather(&mut self, rows: &ScanRows<'_>, range: Range<usize>, rounding: Rounding) -> Result<(), ReportError> {
        let too_large = |position| ReportError::Position {
            chrom: rows.chrom.to_owned(),
            position,
        };
        self.starts.extend(&rows.starts[range.clone()]).map_err(too_large)?;
        self.ends.extend(&rows.ends[range.clone()]).map_err(too_large)?;
        for (column, scores) in self.scores.iter_mut().zip(rows.scores) {
            column.extend(scores[range.clone()].iter().map(|&score| rounding.apply(score)));
        }
        if let Some(own) = self.counts.last_mut() {
            *own += range.len();
        }
        Ok(())
    }

    /// For each of the first rows the place of its contig.
    fn keys(&self, rows: usize) -> Vec<i32> {
        let mut keys = Vec::with_capacity(rows);
        for (place, &count) in self.counts.iter().enumerate() {
            keys.resize(rows.min(keys.len() + count), place as i32);
        }
        keys
    }

    /// Forgets the contigs of rows that were taken out, which were all of the earlier contigs' and maybe more.
    fn forget_taken(&mut self) {
        let left = self.rows();
        self.chroms.drain(..self.chroms.len() - 1);
        self.counts.clear();
        self.counts.push(left);
    }
}

/// Positions as the file has them.
enum Positions {
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

impl Positions {
    fn new(wide: bool) -> Self {
        if wide {
            Self::Wide(Vec::new())
        } else {
            Self::Narrow(Vec::new())
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Narrow(positions) => positions.len(),
            Self::Wide(positions) => positions.len(),
        }
    }

    /// Takes positions; fails with one that is too large for the file's integers.
    fn extend(&mut self, positions: &[u64]) -> Result<(), u64> {
        let largest = match self {
            Self::Narrow(_) => i32::MAX as u64,
            Self::Wide(_) => i64::MAX as u64,
        };
        // Without a way out in between, the loop runs on vectors.
        let most = positions.iter().fold(0, |most, &position| position.max(most));
        if most > largest {
            return Err(most);
        }
        match self {
            Self::Narrow(to) => to.extend(positions.iter().map(|&position| position as i32)),
            Self::Wide(to) => to.extend(positions.iter().map(|&position| position as i64)),
        }
        Ok(())
    }

    /// Takes the first of them out.
    fn take_first(&mut self, rows: usize) -> ArrayRef {
        match self {
            Self::Narrow(positions) => Arc::new(Int32Array::from(take_first(positions, rows))),
            Self::Wide(positions) => Arc::new(Int64Array::from(take_first(positions, rows))),
        }
    }
}

/// Takes the first of some values out, without copying them, and makes room for as many again.
fn take_first<T: Copy>(values: &mut Vec<T>, rows: usize) -> Vec<T> {
    let mut rest = Vec::with_capacity(values.capacity());
    rest.extend_from_slice(&values[rows..]);
    values.truncate(rows);
    std::mem::replace(values, rest)
}

impl ParquetTable {
    pub(super) fn create(
        file: AtomicFile,
        schema: &ScanSchema,
        options: &ScanOptions,
        chrom: ChromColumn,
    ) -> Result<Self, ReportError> {
        let wide = options.longest_contig > i32::MAX as u64;
        let rounding = Rounding::new(options.precision);
        let arrow = arrow_schema(schema, wide, chrom, options.quantize);
        let encodings = encodings(schema, rounding);
        let file = ParquetFile::create(file, Arc::clone(&arrow), encodings)?;
        let group = Group::new(schema.scores.len(), wide);
        Ok(Self {
            file,
            schema: arrow,
            group,
            rounding,
            quantize: options.quantize,
            largest_error: 0.0,
            chrom,
            names: schema.scores.clone(),
        })
    }

    /// Encodes the first of the gathered rows as one row group.
    fn flush(&mut self, rows: usize) -> Result<(), ReportError> {
        if rows > 0 {
            let batch = self.take_batch(rows)?;
            self.file.write_group(batch)?;
        }
        Ok(())
    }

    /// Takes the first of the gathered rows out.
    fn take_batch(&mut self, rows: usize) -> Result<RecordBatch, ReportError> {
        let group = &mut self.group;
        let mut columns: Vec<ArrayRef> = Vec::new();
        if self.chrom == ChromColumn::Present {
            let names = Arc::new(StringArray::from_iter_values(&group.chroms));
            let chrom = DictionaryArray::try_new(Int32Array::from(group.keys(rows)), names);
            columns.push(Arc::new(chrom.map_err(|error| self.file.arrow(error))?));
        }
        columns.push(group.starts.take_first(rows));
        columns.push(group.ends.take_first(rows));
        let scores = group.scores.iter_mut();
        columns.extend(scores.map(|scores| stored(take_first(scores, rows), self.quantize)));
        group.forget_taken();
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| self.file.arrow(error))
    }

    /// Notes how far codes are off, and refuses what has none.
    fn check_codes(&mut self, quantize: Quantize, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        for (name, scores) in self.names.iter().zip(rows.scores) {
            for (row, &score) in scores.iter().enumerate() {
                if !(0.0..=1.0).contains(&score) {
                    return Err(ReportError::NotAProbability {
                        chrom: rows.chrom.to_owned(),
                        start: rows.starts[row],
                        column: name.clone(),
                        value: score,
                    });
                }
                self.largest_error = self.largest_error.max(quantize.error(score));
            }
        }
        Ok(())
    }
}

/// Scores as the file holds them.
fn stored(scores: Vec<f32>, quantize: Option<Quantize>) -> ArrayRef {
    let codes = |quantize: Quantize| scores.iter().map(move |&score| quantize.code(score));
    match quantize {
        None => Arc::new(Float32Array::from(scores)),
        Some(quantize @ Quantize::U8) => Arc::new(UInt8Array::from_iter_values(codes(quantize).map(|code| code as u8))),
        Some(quantize @ Quantize::U16) => Arc::new(UInt16Array::from_iter_values(codes(quantize))),
    }
}

/// The Arrow schema; its only metadata says that intervals are 0-based and half-open. Columns of codes say their scale.
fn arrow_schema(schema: &ScanSchema, wide: bool, chrom: ChromColumn, quantize: Option<Quantize>) -> SchemaRef {
    let position = if wide { DataType::Int64 } else { DataType::Int32 };
    let mut fields = Vec::new();
    if chrom == ChromColumn::Present {
        fields.push(Field::new(CHROM.name, dictionary_of_text(), false));
    }
    fields.push(Field::new(START.name, position.clone(), false));
    fields.push(Field::new(END.name, position, false));
    fields.extend(schema.scores.iter().map(|name| match quantize {
        None => Field::new(name, DataType::Float32, false),
        Some(quantize) => {
            let scale = HashMap::from([(SCALE_KEY.to_owned(), quantize.scale().to_string())]);
            Field::new(name, quantize.data_type(), false).with_metadata(scale)
        }
    }));
    let metadata = HashMap::from([(ZERO_BASED_KEY.to_owned(), "true".to_owned())]);
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// Per column the encoding that suits it.
///
/// Exact scores hardly repeat: splitting their bytes takes 9.8 bytes for three, a dictionary 17.0. Scores of at
/// most four decimals do: 5.0 bytes by dictionary, 9.6 by splitting (three scores of 464,166 bins of 10 bp). Codes of 16 bits
/// take 5.1 bytes by splitting, 6.0 by dictionary, 5.3 as differences; of 8 bits 1.71, 1.73 and 2.3 (200,000 such bins).
fn encodings(schema: &ScanSchema, rounding: Rounding) -> WriterProperties {
    let mut builder = properties()
        .set_column_dictionary_enabled(column_path(CHROM.name), true)
        .set_column_encoding(column_path(START.name), Encoding::DELTA_BINARY_PACKED)
        .set_column_encoding(column_path(END.name), Encoding::DELTA_BINARY_PACKED);
    for name in &schema.scores {
        builder = builder
            .set_column_encoding(column_path(name), Encoding::BYTE_STREAM_SPLIT)
            .set_column_dictionary_enabled(column_path(name), rounding.leaves_few_values());
    }
    builder.build()
}

impl ScanWriter for ParquetTable {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        if self.group.chroms.last().is_none_or(|last| last != rows.chrom) {
            if self.group.is_alone || self.group.rows() >= SHARED_ROWS {
                self.flush(self.group.rows())?;
            }
            self.group.begin(rows.chrom);
        }
        if let Some(quantize) = self.quantize {
            self.check_codes(quantize, rows)?;
        }
        let mut from = 0;
        while from < rows.len() {
            let to = rows.len().min(from + ROW_GROUP_ROWS - self.group.rows());
            self.group.gather(rows, from..to, self.rounding)?;
            if self.group.own() >= SHARED_ROWS {
                self.group.is_alone = true;
                self.flush(self.group.earlier())?;
            }
            if self.group.rows() == ROW_GROUP_ROWS {
                self.flush(ROW_GROUP_ROWS)?;
            }
            from = to;
        }
        Ok(())
    }

    fn largest_error(&self) -> Option<f64> {
        self.quantize.map(|_| self.largest_error)
    }

    fn finish(mut self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.flush(self.group.rows())?;
        let mut pairs = provenance.with_coordinates();
        if let Some(quantize) = self.quantize {
            pairs.set(QUANTIZE_KEY, quantize.note(self.largest_error));
        }
        self.file.finish(&pairs)
    }
}
