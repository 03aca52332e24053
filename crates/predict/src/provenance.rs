//! What the footer of a scan says.

use processive_core::Contig;
use processive_models::Compute;
use processive_report::Provenance;
use serde_json::json;

use crate::grid::BinGrid;
use crate::{BaseCounts, ModelReading, ScanRequest, ScanSummary, StrandRule};

/// The names of the footer entries of a scan.
pub mod keys {
    /// The version of this program.
    pub const VERSION: &str = "processive.version";
    /// The command line.
    pub const COMMAND: &str = "processive.command";
    /// The model's name; of several models their names, in the order of the columns, with `, ` in between.
    pub const MODEL_NAME: &str = "processive.model.name";
    /// The digest of the model's file, or those of several, as their names.
    pub const MODEL_DIGEST: &str = "processive.model.digest";
    /// The contigs of the genome in file order: a JSON list of `[name, length]`. Of the parts of a scan the first has it.
    pub const GENOME_CONTIGS: &str = "processive.genome.contigs";
    /// SHA-256 of a text that has, for every contig in file order, a line `>` and its name, then for every 2^20 of its letters
    /// in upper case a line with their SHA-256 (hexadecimal). Absent when only a part was read.
    pub const GENOME_DIGEST: &str = "processive.genome.digest";
    /// What was scanned: `genome`, or `regions` with their number.
    pub const EXTENT: &str = "processive.extent";
    /// The width of a window in bases; of several models the widest.
    pub const WINDOW: &str = "processive.window";
    /// How windows are read: `window`, each alone, or `stream`; of several models, as their names.
    pub const MODE: &str = "processive.mode";
    /// Bases of context on both sides of a stream's tiles at least, 0 where windows are read alone; as the modes.
    pub const HALO: &str = "processive.halo";
    /// The numbers that are multiplied when they are not `f32`: `int8`, in the layers that
    /// [`Compute::Int8`](processive_models::Compute::Int8) names; as the modes.
    pub const COMPUTE: &str = "processive.compute";
    /// The width of a bin in bases, which is the distance between two windows.
    pub const STRIDE: &str = "processive.stride";
    /// Which strands were read: `both` or `plus`.
    pub const STRAND: &str = "processive.strand";
    /// How `start` and `end` are to be read.
    pub const COORDINATE_SYSTEM: &str = "processive.coordinate_system";
    /// Scanned bases by kind: JSON `{"known", "n", "other"}`.
    pub const UNKNOWN_LETTERS: &str = "processive.unknown_letters";
    /// The number of bins without a row because they hold no known base.
    pub const SKIPPED_BINS: &str = "processive.skipped_bins";
    /// Which part of a scan the file holds: `I/N`. Absent in whole scans, as are the keys that begin like this one.
    pub const SHARD: &str = "processive.shard";
    /// The bins of the part, counted through the whole scan: JSON `{"first", "end", "of", "plan", "contigs"}`; `plan` is a digest of
    /// bins and batches, `contigs` one of the list of contigs, both the same in all parts of a scan.
    pub const SHARD_BINS: &str = "processive.shard.bins";
    /// The bases on which windows of the part begin, in a search for motifs; otherwise as
    /// [`SHARD_BINS`], which is absent then.
    pub const SHARD_BASES: &str = "processive.shard.bases";
    /// The number of hits of the part, in a search for motifs.
    pub const SHARD_HITS: &str = "processive.shard.hits";
    /// What the part adds to the genome's digest: a JSON list of the digests of the blocks of 2^20 letters that begin in it.
    pub const SHARD_BLOCKS: &str = "processive.shard.blocks";
    /// How a row follows from the genome and the model, in words.
    pub const RULE: &str = "processive.rule";
}

/// Tells how the rows of a finished scan came about.
pub(crate) fn provenance(request: &ScanRequest<'_>, grid: BinGrid, summary: &ScanSummary) -> Provenance {
    let entries = [
        (keys::VERSION, Some(env!("CARGO_PKG_VERSION").to_owned())),
        (keys::COMMAND, Some(request.command.clone())),
        (keys::MODEL_NAME, Some(request.model.name.clone())),
        (keys::MODEL_DIGEST, Some(request.model.digest.clone())),
        (keys::GENOME_CONTIGS, Some(contig_list(&summary.contigs))),
        (keys::GENOME_DIGEST, summary.genome_digest.clone()),
        (keys::EXTENT, Some(extent(request))),
        (keys::WINDOW, Some(request.scorer.read_out().to_string())),
        (keys::MODE, of_readings(request, |reading| reading.mode().to_string())),
        (
            keys::HALO,
            of_readings(request, |reading| reading.halo.unwrap_or(0).to_string()),
        ),
        (keys::COMPUTE, compute(request)),
        (keys::STRIDE, Some(grid.bin().to_string())),
        (keys::STRAND, Some(request.strand.to_string())),
        (keys::COORDINATE_SYSTEM, Some("0-based half-open".to_owned())),
        (keys::UNKNOWN_LETTERS, Some(base_counts(summary.bases))),
        (keys::SKIPPED_BINS, Some(summary.skipped_bins.to_string())),
        (keys::RULE, Some(rule(request, grid))),
    ];
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

/// Scanned bases by kind, as JSON.
pub(crate) fn base_counts(bases: BaseCounts) -> String {
    json!({"known": bases.known, "n": bases.n, "other": bases.other}).to_string()
}

/// A JSON list of `[name, length]`.
pub(crate) fn contig_list(contigs: &[Contig]) -> String {
    let list: Vec<(&str, u64)> = contigs.iter().map(|contig| (&*contig.name, contig.length)).collect();
    json!(list).to_string()
}

fn extent(request: &ScanRequest<'_>) -> String {
    match &request.regions {
        None => "genome".to_owned(),
        Some(regions) => format!("{} regions", regions.len()),
    }
}

/// What differs between models; nothing when it is not known.
fn of_readings(request: &ScanRequest<'_>, text: impl Fn(&ModelReading) -> String) -> Option<String> {
    let texts: Vec<String> = request.readings.iter().map(text).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Nothing for floats: files are what they were before there was a choice.
fn compute(request: &ScanRequest<'_>) -> Option<String> {
    let differs = request.readings.iter().any(|reading| reading.compute != Compute::F32);
    differs
        .then(|| of_readings(request, |reading| reading.compute.to_string()))
        .flatten()
}

fn rule(request: &ScanRequest<'_>, grid: BinGrid) -> String {
    let bin = grid.bin();
    let strands = match request.strand {
        StrandRule::Both => {
            "<class>_minus is read on the reverse complement of the same window; <class> is the mean of \
             <class>_plus and <class>_minus"
        }
        StrandRule::Plus => "only the plus strand is read",
    };
    let bases = |window: usize, halo: Option<usize>| {
        let (centre, half) = (bin / 2, window / 2);
        let stream = halo.map_or_else(String::new, |halo| {
            format!(", read as a part of the sequence around them, from {halo} or more bases before to as many behind")
        });
        format!("probability for the {window} bases that begin at {bin} i + {centre} - {half}{stream}")
    };
    let windows = match &request.readings[..] {
        [] => format!("the model's {}", bases(grid.window(), None)),
        [one] => format!("the model's {}", bases(one.window, one.halo)),
        readings => {
            let texts = readings
                .iter()
                .map(|reading| format!("{}'s {}", reading.name, bases(reading.window, reading.halo)));
            format!("its model's: {}", texts.collect::<Vec<_>>().join(", "))
        }
    };
    format!(
        "bin i covers bases [{bin} i, {bin} i + {bin}) of its contig, cut at the contig's end; its score is {windows}; \
         bases outside the contig are unknown; bins without A, C, G or T have no row; {strands}",
    )
}
