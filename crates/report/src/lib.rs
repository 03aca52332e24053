//! Typed tables, written whole or not at all.
//!
//! Five kinds of table leave the program. A *scan* has one row per scored bin of a genome: too long
//! to hold, so a [`ScanWriter`] takes it contig by contig and streams it to Parquet, TSV, bedGraph, bigWig,
//! or as calls to BED and narrowPeak. *Hits* of motifs take the same way through a [`HitWriter`]. Both
//! come back, for what is made of parts, by [`read_scan_blocks`] and [`read_hits`].
//! A *fold* has one row per residue of many proteins: a [`FoldWriter`] takes it protein
//! by protein. An *evaluation* has one row per metric: small, so it is made
//! as a frame and written in one go by [`EvaluationWriter`]. *Chains*, labelled proteins, one a row, go through a
//! [`ChainWriter`] and come back by [`read_chain_table`]. A [`Comparison`] is several of these side by side: the
//! same rows, and pages for people.
//!
//! Every output goes through [`AtomicFile`]: it refuses to replace a file unless told to, before any
//! work is done, and appears under its name only when it is complete. Files hold no time stamps, so
//! the same rows give the same bytes. The names and meanings of all columns stand in [`columns`].

mod atomic;
mod bigwig;
pub mod chains;
pub mod columns;
pub mod comparison;
mod decoded;
mod error;
pub mod evaluation;
pub mod fold;
mod format;
pub mod hits;
mod inspect;
mod numbers;
mod parquet_file;
mod provenance;
mod quantize;
mod repeated;
mod rounding;
mod row_groups;
pub mod scan;
mod table_folder;
mod text_sink;

pub use atomic::{AtomicFile, Overwrite, is_temporary};
pub use chains::{ChainFormat, ChainWriter, DropRow, DropWriter, read_chain_table};
pub use comparison::{
    ComparedExamples, ComparedNetwork, ComparedRun, ComparedSet, ComparedTask, Comparison, MeanDifference, Trial,
};
pub use error::ReportError;
pub use evaluation::{EvaluationFormat, EvaluationReport, EvaluationRow, EvaluationWriter, write_evaluation};
pub use fold::{FoldChain, FoldFormat, FoldOptions, FoldStates, FoldWriter, create_fold_writer};
pub use format::TableFormat;
pub use hits::{Hit, HitBlock, HitBlocks, HitMotif, HitOptions, HitRows, HitWriter, create_hit_writer, read_hits};
pub use inspect::{ColumnSummary, ParquetSummary, inspect_folder, inspect_parquet};
pub use numbers::grouped;
pub use provenance::{CREATED_BY, Provenance, ZERO_BASED_KEY};
pub use quantize::{QUANTIZE_KEY, Quantize, SCALE_KEY};
pub use scan::{
    Calls, Partition, ScanBlock, ScanBlocks, ScanOptions, ScanRow, ScanRows, ScanSchema, ScanWriter,
    create_scan_writer, read_scan, read_scan_blocks,
};
pub use table_folder::TableFolder;
