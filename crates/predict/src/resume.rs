//! Scans that go on after an interruption.
//!
//! The scan is made in parts, as shards are; each is a file of its own in a folder beside the output, and appears whole. What
//! is there when a run ends too early is not made again by the next one. The parts of all runs are gathered at the end.

mod error;
mod folder;
mod manifest;
mod parted;

use std::num::NonZeroU64;
use std::path::Path;

use processive_core::Contig;
use processive_ingest::IndexedFasta;
use processive_report::ReportError;

pub use error::ResumeError;
pub use parted::{NewPart, Parted, ScoreScan, Whole};

use self::folder::PartsFolder;
use self::manifest::Manifest;
use crate::shards::Part;
use crate::{PredictError, Progress, Shard, ShardSet};

/// How a scan is made in parts.
#[derive(Clone, Copy, Debug)]
pub struct Resume<'a> {
    /// The folder of the parts: made when it is absent, removed when the scan is complete.
    pub folder: &'a Path,
    /// About how many bases a part has.
    pub part_size: NonZeroU64,
    /// The command line for the footers of the parts; that of the request is for the whole.
    pub command_of_rows: &'a str,
}

/// A scan that has been begun, perhaps by an earlier run.
pub struct ResumedScan<'a, S> {
    scan: &'a S,
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

impl<'a, S: Parted> ResumedScan<'a, S> {
    /// Looks at the genome and at what an earlier run has left.
    ///
    /// # Errors
    /// - [`PredictError::Resume`] when the folder holds parts of another scan, or another run is filling it;
    /// - [`PredictError::Read`], [`PredictError::Region`], [`PredictError::EmptyModel`] as the scan.
    pub fn begin(scan: &'a S, resume: Resume<'a>) -> Result<Self, PredictError> {
        let genome = IndexedFasta::open(scan.genome())?;
        let contigs = genome.contigs().to_vec();
        let Whole { place, batch, bases } = scan.whole(&contigs)?;
        let count = u32::try_from(bases.div_ceil(resume.part_size.get()))
            .unwrap_or(u32::MAX)
            .max(1);
        let manifest = Manifest::of(scan, resume.command_of_rows, &place, count)?;
        let folder = PartsFolder::begin(resume.folder, &manifest)?;
        let shards = (1..=count).filter_map(|number| Shard::new(number, count));
        let part = |shard| {
            let place = place.of_shard(shard, batch);
            // What cannot be read, or has changed, is made again: the folder is that of this scan.
            let file = folder.is_intact(shard).then(|| folder.part(shard));
            let done = file.and_then(|file| Part::open(&file).ok());
            let done = done.filter(|part| part.is(shard, &place));
            Planned { shard, done }
        };
        Ok(Self {
            parts: shards.map(part).collect(),
            scan,
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
    /// As the scan; the parts stay for another run.
    pub fn finish(
        self,
        open: impl FnOnce() -> Result<S::Writer, ReportError>,
        progress: &dyn Progress,
    ) -> Result<S::Summary, PredictError> {
        for part in &self.parts {
            match &part.done {
                Some(done) => progress.advance(done.bases.total()),
                None => self.make(part.shard, progress)?,
            }
        }
        let paths: Vec<_> = self.parts.iter().map(|part| self.folder.part(part.shard)).collect();
        let summary = self.scan.gather(&ShardSet::open(&paths)?, open()?)?;
        let shards: Vec<_> = self.parts.iter().map(|part| part.shard).collect();
        self.folder.remove(&shards);
        Ok(summary)
    }

    fn make(&self, shard: Shard, progress: &dyn Progress) -> Result<(), PredictError> {
        let part = NewPart {
            shard,
            path: &self.folder.part(shard),
            contigs: &self.contigs,
            command: self.resume.command_of_rows,
        };
        self.scan.make(&part, progress)?;
        Ok(self.folder.note(shard)?)
    }
}
