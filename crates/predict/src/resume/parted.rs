//! What a scan has to tell and to do in order to be made in parts.

use std::path::Path;

use processive_core::Contig;
use processive_report::{
    HitOptions, HitWriter, Overwrite, ScanOptions, ScanSchema, ScanWriter, TableFormat, create_hit_writer,
    create_scan_writer,
};

use crate::engine::{bin_grid, scan};
use crate::shards::Place;
use crate::{
    Gather, MotifScanRequest, MotifScanSummary, NoProgress, PredictError, Progress, ScanRequest, ScanSummary, Shard,
    ShardSet, TableKind, scan_motifs,
};

/// A scan that can be made in parts: [`ScoreScan`] and [`MotifScanRequest`].
pub trait Parted {
    /// What takes the rows.
    type Writer;

    /// What is known at the end.
    type Summary;

    /// What the rows are.
    const KIND: TableKind;

    /// The genome.
    fn genome(&self) -> &Path;

    /// What decides the rows beside command and genome: names, values.
    fn identity(&self) -> Vec<(&'static str, String)>;

    /// The whole scan.
    ///
    /// # Errors
    /// Those of the scan that can be told before it.
    fn whole(&self, contigs: &[Contig]) -> Result<Whole, PredictError>;

    /// Makes a part.
    ///
    /// # Errors
    /// Those of the scan.
    fn make(&self, part: &NewPart<'_>, progress: &dyn Progress) -> Result<(), PredictError>;

    /// Writes the whole of its parts.
    ///
    /// # Errors
    /// Those of reading the parts and writing the whole.
    fn gather(&self, parts: &ShardSet, writer: Self::Writer) -> Result<Self::Summary, PredictError>;
}

/// A whole scan that is to be cut into parts.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Its place.
    pub(super) place: Place,
    /// How many bins or bases are not parted.
    pub(super) batch: u64,
    /// About how many bases it has.
    pub(super) bases: u64,
}

/// A part that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewPart<'a> {
    /// Which.
    pub(super) shard: Shard,
    /// Its file.
    pub(super) path: &'a Path,
    /// The contigs of the genome.
    pub(super) contigs: &'a [Contig],
    /// The command line for its footer.
    pub(super) command: &'a str,
}

/// A scan with models, and the columns of its table.
#[derive(Clone, Copy)]
pub struct ScoreScan<'a> {
    /// The scan.
    pub request: &'a ScanRequest<'a>,
    /// The score columns.
    pub schema: &'a ScanSchema,
}

impl Parted for ScoreScan<'_> {
    type Writer = Box<dyn ScanWriter>;
    type Summary = ScanSummary;

    const KIND: TableKind = TableKind::Scores;

    fn genome(&self) -> &Path {
        self.request.genome
    }

    fn identity(&self) -> Vec<(&'static str, String)> {
        let model = &self.request.model;
        vec![("the model", format!("{} ({})", model.name, model.digest))]
    }

    fn whole(&self, contigs: &[Contig]) -> Result<Whole, PredictError> {
        let grid = bin_grid(self.request)?;
        let place = self.request.plan(contigs, grid)?.place;
        Ok(Whole {
            batch: self.request.windows_at_a_time() as u64,
            bases: place.of.saturating_mul(grid.bin() as u64),
            place,
        })
    }

    fn make(&self, part: &NewPart<'_>, progress: &dyn Progress) -> Result<(), PredictError> {
        let mut request = self.request.clone();
        request.shard = Some(part.shard);
        request.top = None;
        part.command.clone_into(&mut request.command);
        let options = ScanOptions {
            overwrite: Overwrite::Yes,
            ..ScanOptions::default().for_contigs(part.contigs)
        };
        let writer = create_scan_writer(part.path, TableFormat::Parquet, self.schema, &options)?;
        scan(&request, writer, progress).map(drop)
    }

    fn gather(&self, parts: &ShardSet, writer: Self::Writer) -> Result<ScanSummary, PredictError> {
        let gather = Gather {
            top: self.request.top,
            best: self.request.best,
            command: self.request.command.clone(),
        };
        parts.scores()?.gather(&gather, writer, &NoProgress)
    }
}

impl Parted for MotifScanRequest<'_> {
    type Writer = Box<dyn HitWriter>;
    type Summary = MotifScanSummary;

    const KIND: TableKind = TableKind::Hits;

    fn genome(&self) -> &Path {
        self.genome
    }

    fn identity(&self) -> Vec<(&'static str, String)> {
        let cards = self.motifs.cards();
        vec![
            ("the digest of the motif file", self.motifs.digest.clone()),
            ("p", cards.p.to_string()),
            ("the background", cards.background_json()),
            ("the pseudocount", cards.pseudocount.to_string()),
            ("the strands", cards.strand.to_string()),
        ]
    }

    fn whole(&self, contigs: &[Contig]) -> Result<Whole, PredictError> {
        let place = self.plan(contigs)?.place;
        Ok(Whole {
            batch: 1,
            bases: place.of,
            place,
        })
    }

    fn make(&self, part: &NewPart<'_>, progress: &dyn Progress) -> Result<(), PredictError> {
        let mut request = self.clone();
        request.shard = Some(part.shard);
        part.command.clone_into(&mut request.command);
        let options = HitOptions {
            overwrite: Overwrite::Yes,
            motifs: self.motifs.cards().names(),
            ..HitOptions::default().for_contigs(part.contigs)
        };
        let writer = create_hit_writer(part.path, TableFormat::Parquet, options)?;
        scan_motifs(&request, writer, progress).map(drop)
    }

    fn gather(&self, parts: &ShardSet, writer: Self::Writer) -> Result<MotifScanSummary, PredictError> {
        parts.hits()?.gather(&self.command, writer, &NoProgress)
    }
}
