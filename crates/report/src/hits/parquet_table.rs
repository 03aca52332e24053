//! Hits as Parquet.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::basic::Encoding;
use parquet::file::properties::WriterProperties;
use processive_core::Strand;

use super::{Hit, HitMotif, HitOptions, HitRows, HitWriter};
use crate::columns::CHROM;
use crate::columns::hits::{END, HITS, MOTIF, NAME, P, SCORE, START, STRAND};
use crate::parquet_file::{ParquetFile, ROW_GROUP_ROWS, column_path, dictionary_of_text, properties};
use crate::{AtomicFile, Provenance, ReportError, ZERO_BASED_KEY};

/// Streams hits to a Parquet file, one row group in memory.
///
/// A group is encoded when it is full, so where the caller splits its hits cannot change a byte of the file. It holds
/// as many contigs as fit: a genome may have thousands that have a hit or two.
pub(super) struct ParquetTable {
    file: ParquetFile,
    schema: SchemaRef,
    is_wide: bool,
    ids: Arc<StringArray>,
    names: Arc<StringArray>,
    group: Group,
}

/// The hits of the row group that is being gathered.
#[derive(Default)]
struct Group {
    /// The contigs, and for every hit the place of its one.
    contigs: Vec<String>,
    keys: Vec<i32>,
    hits: Vec<Hit>,
}

impl Group {
    /// Forgets the hits, and keeps their memory for the next.
    fn clear(&mut self) {
        self.contigs.clear();
        self.keys.clear();
        self.hits.clear();
    }
}

impl ParquetTable {
    pub(super) fn create(file: AtomicFile, options: &HitOptions) -> Result<Self, ReportError> {
        let is_wide = options.longest_contig > i32::MAX as u64;
        let schema = arrow_schema(is_wide);
        let file = ParquetFile::create(file, Arc::clone(&schema), encodings())?;
        let names =
            |name: fn(&HitMotif) -> &str| Arc::new(StringArray::from_iter_values(options.motifs.iter().map(name)));
        Ok(Self {
            file,
            schema,
            is_wide,
            ids: names(|motif| &motif.id),
            names: names(|motif| &motif.name),
            group: Group::default(),
        })
    }

    /// Encodes the gathered hits as one row group.
    fn flush(&mut self) -> Result<(), ReportError> {
        if self.group.hits.is_empty() {
            return Ok(());
        }
        let Group { contigs, keys, hits } = &self.group;
        let dictionary = |keys: Vec<i32>, names: &Arc<StringArray>| -> Result<ArrayRef, ReportError> {
            let array = DictionaryArray::try_new(Int32Array::from(keys), Arc::clone(names) as ArrayRef);
            Ok(Arc::new(array.map_err(|error| self.file.arrow(error))?))
        };
        let motifs = || hits.iter().map(|hit| hit.motif as i32).collect();
        let strands = hits.iter().map(|hit| i32::from(hit.strand == Strand::Minus)).collect();
        let starts = self.positions(hits.iter().map(|hit| hit.start))?;
        let ends = self.positions(hits.iter().map(|hit| hit.end))?;
        let signs = [Strand::Plus, Strand::Minus].map(|strand| strand.to_string());
        let columns: Vec<ArrayRef> = vec![
            dictionary(keys.clone(), &Arc::new(StringArray::from_iter_values(contigs)))?,
            starts,
            ends,
            dictionary(motifs(), &self.ids)?,
            dictionary(motifs(), &self.names)?,
            dictionary(strands, &Arc::new(StringArray::from_iter_values(signs)))?,
            Arc::new(Float32Array::from_iter_values(hits.iter().map(|hit| hit.score))),
            Arc::new(Float64Array::from_iter_values(hits.iter().map(|hit| hit.p))),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| self.file.arrow(error))?;
        self.group.clear();
        self.file.write_group(batch)
    }

    /// A column of positions of the gathered hits.
    fn positions(&self, positions: impl Iterator<Item = u64>) -> Result<ArrayRef, ReportError> {
        let Group { contigs, keys, .. } = &self.group;
        let refuse = |(position, &key): (u64, &i32)| ReportError::Position {
            chrom: contigs[key.cast_unsigned() as usize].clone(),
            position,
        };
        let positions = positions.zip(keys);
        if self.is_wide {
            let fit = |at: (u64, &i32)| i64::try_from(at.0).map_err(|_| refuse(at));
            let fitted: Vec<i64> = positions.map(fit).collect::<Result<_, _>>()?;
            return Ok(Arc::new(Int64Array::from(fitted)));
        }
        let fit = |at: (u64, &i32)| i32::try_from(at.0).map_err(|_| refuse(at));
        let fitted: Vec<i32> = positions.map(fit).collect::<Result<_, _>>()?;
        Ok(Arc::new(Int32Array::from(fitted)))
    }
}

/// The Arrow schema; its only metadata says that intervals are 0-based and half-open.
fn arrow_schema(is_wide: bool) -> SchemaRef {
    let position = if is_wide { DataType::Int64 } else { DataType::Int32 };
    let dtype = |name: &str| match name {
        name if name == START.name || name == END.name => position.clone(),
        name if name == SCORE.name => DataType::Float32,
        name if name == P.name => DataType::Float64,
        _ => dictionary_of_text(),
    };
    let fields: Vec<Field> = HITS
        .iter()
        .map(|column| Field::new(column.name, dtype(column.name), false))
        .collect();
    let metadata = HashMap::from([(ZERO_BASED_KEY.to_owned(), "true".to_owned())]);
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// Per column the encoding that suits it.
fn encodings() -> WriterProperties {
    let mut builder = properties()
        .set_column_encoding(column_path(START.name), Encoding::DELTA_BINARY_PACKED)
        .set_column_encoding(column_path(END.name), Encoding::DELTA_BINARY_PACKED)
        .set_column_encoding(column_path(SCORE.name), Encoding::BYTE_STREAM_SPLIT)
        .set_column_encoding(column_path(P.name), Encoding::BYTE_STREAM_SPLIT);
    for column in [CHROM, MOTIF, NAME, STRAND] {
        builder = builder.set_column_dictionary_enabled(column_path(column.name), true);
    }
    builder.build()
}

impl HitWriter for ParquetTable {
    fn write(&mut self, rows: &HitRows<'_>) -> Result<(), ReportError> {
        let mut hits = rows.hits;
        while !hits.is_empty() {
            if self.group.contigs.last().is_none_or(|last| last != rows.chrom) {
                self.group.contigs.push(rows.chrom.to_owned());
            }
            let (now, later) = hits.split_at(hits.len().min(ROW_GROUP_ROWS - self.group.hits.len()));
            self.group.hits.extend_from_slice(now);
            self.group
                .keys
                .resize(self.group.hits.len(), self.group.contigs.len() as i32 - 1);
            if self.group.hits.len() == ROW_GROUP_ROWS {
                self.flush()?;
            }
            hits = later;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.flush()?;
        self.file.finish(&provenance.with_coordinates())
    }
}
