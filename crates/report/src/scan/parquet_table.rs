//! Scans as Parquet.

use std::collections::HashMap;
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
/// Rows are gathered until a group is full or the contig ends, and encoded at once: where the caller
/// splits its rows cannot change where pages end, and so not a byte of the file. A group never holds two contigs.
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

/// The rows of the row group that is being gathered.
struct Group {
    chrom: String,
    starts: Vec<u64>,
    ends: Vec<u64>,
    scores: Vec<Vec<f32>>,
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
            chrom: String::new(),
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

    /// Encodes the gathered rows as one row group.
    fn flush(&mut self) -> Result<(), ReportError> {
        if self.group.starts.is_empty() {
            return Ok(());
        }
        let batch = self.batch()?;
        self.file.write_group(&batch)?;
        self.group.starts.clear();
        self.group.ends.clear();
        self.group.scores.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    fn batch(&self) -> Result<RecordBatch, ReportError> {
        let group = &self.group;
        let mut columns: Vec<ArrayRef> = Vec::new();
        if self.chrom == ChromColumn::Present {
            let keys = Int32Array::from(vec![0; group.starts.len()]);
            let names = Arc::new(StringArray::from_iter_values([&group.chrom]));
            let chrom = DictionaryArray::try_new(keys, names).map_err(|error| self.file.arrow(error))?;
            columns.push(Arc::new(chrom));
        }
        columns.push(self.positions(&group.starts)?);
        columns.push(self.positions(&group.ends)?);
        columns.extend(group.scores.iter().map(|scores| stored(scores, self.quantize)));
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
            let fitted: Vec<i64> = fit(&self.group.chrom, positions)?;
            return Ok(Arc::new(Int64Array::from(fitted)));
        }
        let fitted: Vec<i32> = fit(&self.group.chrom, positions)?;
        Ok(Arc::new(Int32Array::from(fitted)))
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

/// Converts positions to the file's integers.
fn fit<T: TryFrom<u64>>(chrom: &str, positions: &[u64]) -> Result<Vec<T>, ReportError> {
    let convert = |&position: &u64| {
        T::try_from(position).map_err(|_| ReportError::Position {
            chrom: chrom.to_owned(),
            position,
        })
    };
    positions.iter().map(convert).collect()
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
        if self.group.chrom != rows.chrom {
            self.flush()?;
            rows.chrom.clone_into(&mut self.group.chrom);
        }
        if let Some(quantize) = self.quantize {
            self.check_codes(quantize, rows)?;
        }
        let mut from = 0;
        while from < rows.len() {
            let room = ROW_GROUP_ROWS - self.group.starts.len();
            let to = rows.len().min(from + room);
            self.group.starts.extend_from_slice(&rows.starts[from..to]);
            self.group.ends.extend_from_slice(&rows.ends[from..to]);
            for (column, scores) in self.group.scores.iter_mut().zip(rows.scores) {
                column.extend(scores[from..to].iter().map(|&score| self.rounding.apply(score)));
            }
            if self.group.starts.len() == ROW_GROUP_ROWS {
                self.flush()?;
            }
            from = to;
        }
        Ok(())
    }

    fn largest_error(&self) -> Option<f64> {
        self.quantize.map(|_| self.largest_error)
    }

    fn finish(mut self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.flush()?;
        let mut pairs = provenance.with_coordinates();
        if let Some(quantize) = self.quantize {
            pairs.set(QUANTIZE_KEY, quantize.note(self.largest_error));
        }
        self.file.finish(&pairs)
    }
}
