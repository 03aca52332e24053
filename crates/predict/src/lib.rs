//! The engines: a genome through a model, row by row, in genome order and bounded memory; and proteins, residue by
//! residue ([`mod@fold`]). A genome is searched for motifs by [`motifs`].
//!
//! Three stages are joined by bounded channels. A reader thread turns letters into codes, cuts them into
//! bins and packs the windows of bins into batches. The rayon pool scores batches, several at a time. The
//! calling thread receives the scores in genome order, finds the best sites and hands the rows to the
//! writer. An error in one stage stops the others, and the writer then never finishes its file.
//!
//! # Bins and windows
//! The grid of bins begins at base 0 of every contig: bin `i` covers `[i·bin, (i + 1)·bin)`, cut at the
//! contig's end. Its score is the model's output for the `window` bases that begin at
//! `i·bin + bin/2 − window/2`; a short last bin keeps the centre of a full one. Bases outside the contig are
//! unknown. A bin without a single known base has no row and is counted.
//!
//! A model whose windows share their features ([`WindowScorer::tiles`]) is given consecutive bins as one tile; it scores
//! them as it does window by window, up to rounding. A recurrent model may read the genome as one sequence
//! ([`StreamScorer`]).
//!
//! # Memory
//! One block of letters, one window of context, and at most `4 · threads` batches with their scores. The
//! length of the genome does not matter; the names and lengths of its contigs are kept for the footer.
//!
//! # Threads
//! Scoring runs in the rayon pool that the caller is in (the global one, unless the call is made inside
//! [`rayon::ThreadPool::install`]), so that pool's size is the budget. The reader thread and the calling
//! thread sleep on channels while batches are scored; the reader inflates bgzip files itself, with no
//! worker beside it. Called from inside a pool, [`scan`] scores batches while it waits, so a pool of one
//! thread is enough.

mod bases;
mod batch;
mod beginning;
mod clocks;
mod cutter;
mod digest;
mod engine;
mod error;
pub mod fold;
mod grid;
mod model_set;
pub mod motifs;
mod packer;
mod plan;
mod progress;
mod provenance;
mod reader;
mod regions;
mod request;
pub mod resume;
mod scorer;
pub mod shards;
mod sites;
mod stages;
mod stream;
mod summary;
mod top;

pub use bases::BaseCounts;
pub use clocks::StageTimes;
pub use engine::scan;
pub use error::PredictError;
pub use fold::{FoldNotice, FoldProgress, FoldRequest, FoldSummary, LetterCounts, ResidueScorer, fold};
pub use model_set::{ModelReading, ModelSet, ScanMode};
pub use motifs::{MotifScanRequest, MotifScanSummary, MotifSet, MotifSettings, scan_motifs};
pub use progress::{NoProgress, Progress};
pub use provenance::keys;
pub use request::{ModelIdentity, ScanRequest, StrandRule};
pub use resume::{Resume, ResumeError, ResumedScan, ScoreScan};
pub use scorer::{Tile, TileScorer, WindowScorer};
pub use shards::{Gather, HitShards, ScoreShards, Shard, ShardError, ShardSet, TableKind};
pub use sites::Site;
pub use stream::StreamScorer;
pub use summary::ScanSummary;
pub use top::TopSites;
