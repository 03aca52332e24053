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
    wide: bool,
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
    /// The contigs, and which of them a row belongs to.
    chroms: Vec<String>,
    keys: Vec<i32>,
    /// The rows of contigs before the last one.
    earlier: usize,
    /// Whether the last contig is large enough to share no group.
    is_alone: bool,
    starts: Vec<u64>,
    ends: Vec<u64>,
    scores: Vec<Vec<f32>>,
}

impl Group {
    fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Rows of the last contig.
    fn own(&self) -> usize {
        self.rows() - self.earlier
    }

    /// Begins a contig.
    fn begin(&mut self, chrom: &str) {
        self.earlier = self.rows();
        self.is_alone = false;
        if self.earlier == 0 {
            self.chroms.clear();
        }
        self.chroms.push(chrom.to_owned());
    }

    /// Drops the first rows, which are all of the earlier contigs' and maybe more.
    fn drop_first(&mut self, rows: usize) {
        let last = self.chroms.pop();
        self.chroms.clear();
        self.chroms.extend(last);
        self.earlier = 0;
        self.keys.drain(..rows);
        self.keys.fill(0);
        self.starts.drain(..rows);
        self.ends.drain(..rows);
        self.scores.iter_mut().for_each(|scores| drop(scores.drain(..rows)));
    }

    /// Converts positions to the file's integers.
    fn fit<T: TryFrom<u64>>(&self, positions: &[u64]) -> Result<Vec<T>, ReportError> {
        let convert = |(&position, &key): (&u64, &i32)| {
            T::try_from(position).map_err(|_| ReportError::Position {
                chrom: self.chroms[key.cast_unsigned() as usize].clone(),
                position,
            })
        };
        positions.iter().zip(&self.keys).map(convert).collect()
    }
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
        let group = Group {
            chroms: Vec::new(),
            keys: Vec::new(),
            earlier: 0,
            is_alone: false,
            starts: Vec::new(),
            ends: Vec::new(),
            scores: vec![Vec::new(); schema.scores.len()],
        };
        Ok(Self {
            file,
            schema: arrow,
            group,
            wide,
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
            let batch = self.batch(rows)?;
            self.file.write_group(batch)?;
            self.group.drop_first(rows);
        }
        Ok(())
    }

    /// Takes what a contig has next.
    fn gather(&mut self, rows: &ScanRows<'_>, range: Range<usize>) {
        let group = &mut self.group;
        let key = group.chroms.len() as i32 - 1;
        group.keys.resize(group.keys.len() + range.len(), key);
        group.starts.extend_from_slice(&rows.starts[range.clone()]);
        group.ends.extend_from_slice(&rows.ends[range.clone()]);
        for (column, scores) in group.scores.iter_mut().zip(rows.scores) {
            column.extend(scores[range.clone()].iter().map(|&score| self.rounding.apply(score)));
        }
    }

    fn batch(&self, rows: usize) -> Result<RecordBatch, ReportError> {
        let group = &self.group;
        let mut columns: Vec<ArrayRef> = Vec::new();
        if self.chrom == ChromColumn::Present {
            let keys = Int32Array::from(group.keys[..rows].to_vec());
            let names = Arc::new(StringArray::from_iter_values(&group.chroms));
            let chrom = DictionaryArray::try_new(keys, names).map_err(|error| self.file.arrow(error))?;
            columns.push(Arc::new(chrom));
        }
        columns.push(self.positions(&group.starts[..rows])?);
        columns.push(self.positions(&group.ends[..rows])?);
        columns.extend(group.scores.iter().map(|scores| stored(&scores[..rows], self.quantize)));
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

    fn positions(&self, positions: &[u64]) -> Result<ArrayRef, ReportError> {
        if self.wide {
            return Ok(Arc::new(Int64Array::from(self.group.fit::<i64>(positions)?)));
        }
        Ok(Arc::new(Int32Array::from(self.group.fit::<i32>(positions)?)))
    }
}

/// Scores as the file holds them.
fn stored(scores: &[f32], quantize: Option<Quantize>) -> ArrayRef {
    let codes = |quantize: Quantize| scores.iter().map(move |&score| quantize.code(score));
    match quantize {
        None => Arc::new(Float32Array::from(scores.to_vec())),
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
            self.gather(rows, from..to);
            if self.group.own() >= SHARED_ROWS {
                self.group.is_alone = true;
                self.flush(self.group.earlier)?;
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
