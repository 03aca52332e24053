//! Scans that go on after an interruption.
//!
//! The scan is made in parts, as shards are; each is a file of its own in a folder beside the output, and appears whole. What
//! is there when a run ends too early is not made again by the next one. The parts of all runs are gathered at the end.

mod error;
mod folder;
mod manifest;

use std::num::NonZeroU64;
use std::path::Path;

use processive_core::Contig;
use processive_ingest::IndexedFasta;
use processive_report::{Overwrite, ReportError, ScanOptions, ScanSchema, ScanWriter, TableFormat, create_scan_writer};

pub use error::ResumeError;

use self::folder::PartsFolder;
use self::manifest::Manifest;
use crate::engine::{bin_grid, scan};
use crate::shards::Part;
use crate::{Gather, NoProgress, PredictError, Progress, ScanRequest, ScanSummary, Shard, ShardSet};

/// How a scan is made in parts.
#[derive(Clone, Copy, Debug)]
pub struct Resume<'a> {
    /// The folder of the parts: made when it is absent, removed when the scan is complete.
    pub folder: &'a Path,
    /// About how many bases a part has.
    pub part_size: NonZeroU64,
    /// The score columns.
    pub schema: &'a ScanSchema,
    /// The command line for the footers of the parts; that of the request is for the whole.
    pub command_of_rows: &'a str,
}

/// A scan that has been begun, perhaps by an earlier run.
pub struct ResumedScan<'a> {
    request: &'a ScanRequest<'a>,
    resume: Resume<'a>,
    folder: PartsFolder,
    contigs: Vec<Contig>,
    parts: Vec<Planned>,
}

/// A part, and its file when it is there.
struct Planned {
    shard: Shard,
    done: Option<Part>,
}

impl<'a> ResumedScan<'a> {
    /// Looks at the genome and at what an earlier run has left.
    ///
    /// # Errors
    /// - [`PredictError::Resume`] when the folder holds parts of another scan, or another run is filling it;
    /// - [`PredictError::Read`], [`PredictError::Region`], [`PredictError::EmptyModel`] as [`scan`].
    pub fn begin(request: &'a ScanRequest<'a>, resume: Resume<'a>) -> Result<Self, PredictError> {
        let grid = bin_grid(request)?;
        let genome = IndexedFasta::open(request.genome)?;
        let contigs = genome.contigs().to_vec();
        let whole = request.plan(&contigs, grid)?.place;
        let bases = whole.of.saturating_mul(grid.bin() as u64);
        let count = u32::try_from(bases.div_ceil(resume.part_size.get()))
            .unwrap_or(u32::MAX)
            .max(1);
        let manifest = Manifest::of(request, resume.command_of_rows, &whole, count)?;
        let folder = PartsFolder::begin(resume.folder, &manifest)?;
        let shards = (1..=count).filter_map(|number| Shard::new(number, count));
        let part = |shard| {
            let place = whole.of_shard(shard, request.windows_at_a_time());
            // What cannot be read, or has changed, is made again: the folder is that of this scan.
            let file = folder.is_intact(shard).then(|| folder.part(shard));
            let done = file.and_then(|file| Part::open(&file).ok());
            let done = done.filter(|part| part.is(shard, &place));
            Planned { shard, done }
        };
        Ok(Self {
            parts: shards.map(part).collect(),
            request,
            resume,
            folder,
            contigs,
        })
    }

    /// The number of parts.
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// The number of parts that are finished already.
    pub fn finished(&self) -> usize {
        self.parts.iter().filter(|part| part.done.is_some()).count()
    }

    /// Makes the parts that are missing, writes the whole, and removes the folder.
    ///
    /// # Errors
    /// As [`scan`]; the parts stay for another run.
    pub fn finish(
        self,
        open: impl FnOnce() -> Result<Box<dyn ScanWriter>, ReportError>,
        progress: &dyn Progress,
    ) -> Result<ScanSummary, PredictError> {
        for part in &self.parts {
            match &part.done {
                Some(done) => progress.advance(done.bases.total()),
                None => self.make(part.shard, progress)?,
            }
        }
        let paths: Vec<_> = self.parts.iter().map(|part| self.folder.part(part.shard)).collect();
        let gather = Gather {
            top: self.request.top,
            best: self.request.best,
            command: self.request.command.clone(),
        };
        let summary = ShardSet::open(&paths)?.gather(&gather, open()?, &NoProgress)?;
        let shards: Vec<_> = self.parts.iter().map(|part| part.shard).collect();
        self.folder.remove(&shards);
        Ok(summary)
    }

    fn make(&self, shard: Shard, progress: &dyn Progress) -> Result<(), PredictError> {
        let mut request = self.request.clone();
        request.shard = Some(shard);
        request.top = None;
        self.resume.command_of_rows.clone_into(&mut request.command);
        let options = ScanOptions {
            overwrite: Overwrite::Yes,
            ..ScanOptions::default().for_contigs(&self.contigs)
        };
        let path = self.folder.part(shard);
        let writer = create_scan_writer(&path, TableFormat::Parquet, self.resume.schema, &options)?;
        scan(&request, writer, progress)?;
        Ok(self.folder.note(shard)?)
    }
}
