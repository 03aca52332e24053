//! Row groups that the rayon pool encodes while the thread that writes them goes on.

use std::collections::VecDeque;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::SchemaDescriptor;
use rayon::prelude::*;

use crate::repeated::{LastRepeated, Repeated};

/// A row group as the file has it, one chunk per column.
pub(crate) type Chunks = Result<Vec<Chunk>, ParquetError>;

/// A column of a row group as the file has it.
pub(crate) enum Chunk {
    Encoded(Box<ArrowColumnChunk>),
    Repeated(Arc<Repeated>),
}

impl Chunk {
    /// Writes the chunk as the next column of a row group.
    pub(crate) fn append_to<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        match self {
            Self::Encoded(chunk) => chunk.append_to_row_group(group),
            Self::Repeated(chunk) => chunk.append_to(group),
        }
    }
}

/// Encodes row groups in the rayon pool and hands them back in order.
pub(crate) struct RowGroups {
    factory: ArrowRowGroupWriterFactory,
    /// One for each column.
    repeated: Vec<LastRepeated>,
    begun: usize,
    under_way: VecDeque<Receiver<thread::Result<Chunks>>>,
}

impl RowGroups {
    /// Groups that may be under way: while the pool encodes one, the rows of the next are gathered and a slow one
    /// holds nobody up.
    const AHEAD: usize = 2;

    /// Groups of these columns, none of them nested.
    pub(crate) fn new(
        factory: ArrowRowGroupWriterFactory,
        columns: &SchemaDescriptor,
        properties: &WriterPropertiesPtr,
    ) -> Self {
        let columns = columns.columns().iter();
        Self {
            factory,
            repeated: columns
                .map(|column| LastRepeated::new(Arc::clone(column), Arc::clone(properties)))
                .collect(),
            begun: 0,
            under_way: VecDeque::new(),
        }
    }

    /// Has rows encoded as one group.
    pub(crate) fn begin(&mut self, rows: RecordBatch) -> Result<(), ParquetError> {
        let writers = self.factory.create_column_writers(self.begun)?;
        self.begun += 1;
        let repeated = self.repeated.iter_mut().zip(rows.columns());
        let repeated = repeated
            .map(|(last, column)| last.chunk(column))
            .collect::<Result<Vec<_>, _>>()?;
        let (sender, group) = sync_channel(1);
        let work = move || {
            let encoded = catch_unwind(AssertUnwindSafe(|| encode(writers, repeated, &rows)));
            // The writer is gone when it has failed; nobody misses the group then.
            let _ = sender.send(encoded);
        };
        // A thread of the pool would wait for itself.
        if rayon::current_thread_index().is_some() {
            work();
        } else {
            rayon::spawn(work);
        }
        self.under_way.push_back(group);
        Ok(())
    }

    /// The oldest group when too many are under way; waits for it.
    pub(crate) fn next_due(&mut self) -> Option<Chunks> {
        (self.under_way.len() > Self::AHEAD).then(|| self.next())?
    }

    /// The oldest group that has not been handed back; waits for it.
    pub(crate) fn next(&mut self) -> Option<Chunks> {
        let group = self.under_way.pop_front()?;
        let encoded = group.recv().expect("whoever encodes a group sends it");
        Some(encoded.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

/// Encodes every column that is not encoded already; they do not know of each other.
fn encode(writers: Vec<ArrowColumnWriter>, repeated: Vec<Option<Arc<Repeated>>>, rows: &RecordBatch) -> Chunks {
    let schema = rows.schema();
    let columns: Vec<_> = writers
        .into_iter()
        .zip(repeated)
        .zip(schema.fields().iter().zip(rows.columns()))
        .collect();
    columns
        .into_par_iter()
        .map(|((mut writer, repeated), (field, column))| {
            if let Some(chunk) = repeated {
                return Ok(Chunk::Repeated(chunk));
            }
            for leaf in compute_leaves(field, column)? {
                writer.write(&leaf)?;
            }
            Ok(Chunk::Encoded(Box::new(writer.close()?)))
        })
        .collect()
}
