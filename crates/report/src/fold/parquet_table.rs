//! Folds as Parquet.

use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Float32Array, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::basic::Encoding;
use parquet::file::properties::WriterProperties;

use super::{FoldChain, FoldStates, FoldWriter, confidence};
use crate::columns::fold::{CONFIDENCE, EIGHT, ID, POSITION, RESIDUE, STATE, STATE8, THREE};
use crate::parquet_file::{ParquetFile, ROW_GROUP_ROWS, column_path, dictionary_of_text, properties};
use crate::rounding::Rounding;
use crate::{AtomicFile, Provenance, ReportError};

/// Streams proteins to a Parquet file, one row group in memory.
///
/// A group holds whole proteins, as many as fit; only a protein that is longer than a group is cut.
pub(super) struct ParquetTable {
    file: ParquetFile,
    schema: SchemaRef,
    states: FoldStates,
    rounding: Rounding,
    group: Group,
}

/// The rows of the row group that is being gathered.
#[derive(Default)]
struct Group {
    /// The proteins of the group; `keys` has the place of every residue's.
    ids: Vec<String>,
    keys: Vec<i32>,
    positions: Vec<i32>,
    residues: Vec<u8>,
    states3: Vec<u8>,
    states8: Vec<u8>,
    three: [Vec<f32>; 3],
    eight: [Vec<f32>; 8],
    confidence: Vec<i32>,
}

impl ParquetTable {
    pub(super) fn create(file: AtomicFile, states: FoldStates, rounding: Rounding) -> Result<Self, ReportError> {
        let schema = arrow_schema(states);
        let file = ParquetFile::create(file, Arc::clone(&schema), encodings(states, rounding))?;
        Ok(Self {
            file,
            schema,
            states,
            rounding,
            group: Group::default(),
        })
    }

    /// Encodes the gathered rows as one row group.
    fn flush(&mut self) -> Result<(), ReportError> {
        if self.group.keys.is_empty() {
            return Ok(());
        }
        let group = std::mem::take(&mut self.group);
        let names = Arc::new(StringArray::from_iter_values(&group.ids));
        let ids =
            DictionaryArray::try_new(Int32Array::from(group.keys), names).map_err(|error| self.file.arrow(error))?;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(ids),
            Arc::new(Int32Array::from(group.positions)),
            letters(&group.residues),
            letters(&group.states3),
        ];
        if self.states == FoldStates::Eight {
            columns.push(letters(&group.states8));
        }
        for probabilities in group.three {
            columns.push(Arc::new(Float32Array::from(probabilities)));
        }
        if self.states == FoldStates::Eight {
            for probabilities in group.eight {
                columns.push(Arc::new(Float32Array::from(probabilities)));
            }
        }
        columns.push(Arc::new(Int32Array::from(group.confidence)));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| self.file.arrow(error))?;
        self.file.write_group(batch)
    }
}

impl Group {
    fn len(&self) -> usize {
        self.keys.len()
    }

    /// Adds a part of a protein, whose residue `first` (from 0) is the first.
    fn push(&mut self, part: &FoldChain<'_>, first: usize, states: FoldStates, rounding: Rounding) {
        let last = (first + part.len()) as i32;
        self.keys.resize(self.len() + part.len(), self.ids.len() as i32);
        self.ids.push(part.id.to_owned());
        self.positions.extend(first as i32 + 1..=last);
        self.residues.extend_from_slice(part.sequence);
        self.states3.extend(part.states3());
        self.confidence
            .extend(part.three.iter().map(|p| i32::from(confidence(p))));
        for (state, column) in self.three.iter_mut().enumerate() {
            column.extend(part.three.iter().map(|p| rounding.apply(p[state])));
        }
        if states == FoldStates::Eight {
            self.states8.extend(part.states8());
            for (state, column) in self.eight.iter_mut().enumerate() {
                column.extend(part.eight.iter().map(|p| rounding.apply(p[state])));
            }
        }
    }
}

/// A column of single letters.
fn letters(bytes: &[u8]) -> ArrayRef {
    let text = std::str::from_utf8(bytes).expect("letters are ASCII: they were checked");
    Arc::new(StringArray::from_iter_values((0..text.len()).map(|at| &text[at..=at])))
}

fn arrow_schema(states: FoldStates) -> SchemaRef {
    let required = |name: &str, dtype: DataType| Field::new(name, dtype, false);
    let mut fields = vec![
        required(ID.name, dictionary_of_text()),
        required(POSITION.name, DataType::Int32),
        required(RESIDUE.name, DataType::Utf8),
        required(STATE.name, DataType::Utf8),
    ];
    if states == FoldStates::Eight {
        fields.push(required(STATE8.name, DataType::Utf8));
    }
    fields.extend(probability_names(states).map(|name| required(name, DataType::Float32)));
    fields.push(required(CONFIDENCE.name, DataType::Int32));
    Arc::new(Schema::new(fields))
}

/// The names of the probability columns, in file order.
pub(super) fn probability_names(states: FoldStates) -> impl Iterator<Item = &'static str> {
    let eight: &[_] = match states {
        FoldStates::Three => &[],
        FoldStates::Eight => &EIGHT,
    };
    THREE.iter().chain(eight).map(|column| column.name)
}

/// Per column the encoding that suits it, as for the scores of a scan.
fn encodings(states: FoldStates, rounding: Rounding) -> WriterProperties {
    let mut builder = properties().set_column_encoding(column_path(POSITION.name), Encoding::DELTA_BINARY_PACKED);
    for column in [ID, RESIDUE, STATE, STATE8, CONFIDENCE] {
        builder = builder.set_column_dictionary_enabled(column_path(column.name), true);
    }
    for name in probability_names(states) {
        builder = builder
            .set_column_encoding(column_path(name), Encoding::BYTE_STREAM_SPLIT)
            .set_column_dictionary_enabled(column_path(name), rounding.leaves_few_values());
    }
    builder.build()
}

impl FoldWriter for ParquetTable {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        if i32::try_from(chain.len()).is_err() {
            return Err(ReportError::ChainShape {
                id: chain.id.to_owned(),
                detail: "it has more residues than a 32-bit number counts".to_owned(),
            });
        }
        if self.group.len() + chain.len() > ROW_GROUP_ROWS {
            self.flush()?;
        }
        let mut first = 0;
        while first < chain.len() {
            let end = chain.len().min(first + ROW_GROUP_ROWS - self.group.len());
            let part = FoldChain {
                sequence: &chain.sequence[first..end],
                three: &chain.three[first..end],
                eight: &chain.eight[first..end],
                ..*chain
            };
            self.group.push(&part, first, self.states, self.rounding);
            if self.group.len() == ROW_GROUP_ROWS {
                self.flush()?;
            }
            first = end;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.flush()?;
        self.file.finish(provenance)
    }
}
