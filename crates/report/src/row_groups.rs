//! Row groups that the rayon pool encodes while the thread that writes them goes on.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use rayon::prelude::*;

/// A row group as the file has it, one chunk per column.
pub(crate) type Chunks = Result<Vec<ArrowColumnChunk>, ParquetError>;

/// Encodes row groups in the rayon pool and hands them back in order.
pub(crate) struct RowGroups {
    factory: ArrowRowGroupWriterFactory,
    begun: usize,
    under_way: VecDeque<Receiver<thread::Result<Chunks>>>,
}

impl RowGroups {
    /// Groups that may be under way: while the pool encodes one, the rows of the next are gathered and a slow one
    /// holds nobody up.
    const AHEAD: usize = 2;

    pub(crate) fn new(factory: ArrowRowGroupWriterFactory) -> Self {
        Self {
            factory,
            begun: 0,
            under_way: VecDeque::new(),
        }
    }

    /// Has rows encoded as one group.
    pub(crate) fn begin(&mut self, rows: RecordBatch) -> Result<(), ParquetError> {
        let columns = self.factory.create_column_writers(self.begun)?;
        self.begun += 1;
        let (sender, group) = sync_channel(1);
        let work = move || {
            let encoded = catch_unwind(AssertUnwindSafe(|| encode(columns, &rows)));
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

/// Encodes every column; they do not know of each other.
fn encode(writers: Vec<ArrowColumnWriter>, rows: &RecordBatch) -> Chunks {
    let schema = rows.schema();
    let columns: Vec<_> = writers
        .into_iter()
        .zip(schema.fields().iter().zip(rows.columns()))
        .collect();
    columns
        .into_par_iter()
        .map(|(mut writer, (field, column))| {
            for leaf in compute_leaves(field, column)? {
                writer.write(&leaf)?;
            }
            writer.close()
        })
        .collect()
}
