//! What the footer of a scan with motifs says.

use processive_encode::ScoreMatrix;
use processive_report::Provenance;
use serde_json::{Value, json};

use super::{MotifScanRequest, MotifScanSummary};
use crate::StrandRule;
use crate::provenance::{base_counts, contig_list, keys as scan_keys};

/// The names of the footer entries of a scan with motifs, beside those of [`keys`](crate::keys) for the program, the
/// genome, the strands, coordinates and unknown letters.
pub mod keys {
    /// The SHA-256 of the motif file, after decompression.
    pub const MOTIFS_DIGEST: &str = "processive.motifs.digest";
    /// Every motif in file order: JSON objects with `id`, `name`, `width`, and for each strand that is scanned (`plus`, `minus`) its `threshold` and `best` score in
    /// bits and the `p` of both; the threshold is null when the motif can have no hit there.
    pub const MOTIFS: &str = "processive.motifs";
    /// The probability with which a window of the background may be a hit.
    pub const P: &str = "processive.p";
    /// The background: JSON `{"source", "A", "C", "G", "T"}`.
    pub const BACKGROUND: &str = "processive.background";
    /// The number of background sites that were added to those of each motif.
    pub const PSEUDOCOUNT: &str = "processive.pseudocount";
    /// The unit of scores in bits; every position scores a whole number of it.
    pub const GRANULARITY: &str = "processive.granularity";
    /// Windows of all motifs: JSON `{"all", "unknown"}`; the latter hold an unknown letter and have no score.
    pub const WINDOWS: &str = "processive.windows";
}

/// Tells how the rows of a finished scan came about.
pub(super) fn provenance(request: &MotifScanRequest<'_>, summary: &MotifScanSummary) -> Provenance {
    let motifs = request.motifs.cards();
    let extent = match &request.regions {
        None => "genome".to_owned(),
        Some(regions) => format!("{} regions", regions.len()),
    };
    let entries = [
        (scan_keys::VERSION, Some(env!("CARGO_PKG_VERSION").to_owned())),
        (scan_keys::COMMAND, Some(request.command.clone())),
        (scan_keys::GENOME_CONTIGS, Some(contig_list(&summary.contigs))),
        (scan_keys::GENOME_DIGEST, summary.genome_digest.clone()),
        (scan_keys::EXTENT, Some(extent)),
        (scan_keys::STRAND, Some(motifs.strand.to_string())),
        (scan_keys::COORDINATE_SYSTEM, Some("0-based half-open".to_owned())),
        (scan_keys::UNKNOWN_LETTERS, Some(base_counts(summary.bases))),
        (scan_keys::RULE, Some(rule(motifs.strand).to_owned())),
        (keys::MOTIFS_DIGEST, Some(request.motifs.digest.clone())),
        (keys::MOTIFS, Some(motifs.motifs_json())),
        (keys::P, Some(motifs.p.to_string())),
        (keys::BACKGROUND, Some(motifs.background_json())),
        (keys::PSEUDOCOUNT, Some(motifs.pseudocount.to_string())),
        (keys::GRANULARITY, Some(ScoreMatrix::bits(1).to_string())),
        (keys::WINDOWS, Some(window_counts(summary))),
    ];
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

/// The windows of a search, as the footer has them.
pub(crate) fn window_counts(summary: &MotifScanSummary) -> String {
    json!({"all": summary.windows, "unknown": summary.unknown_windows}).to_string()
}

/// The windows of the footer: all of them, and those that hold an unknown letter.
pub(crate) fn windows_of_json(counts: &Value) -> Option<(u64, u64)> {
    Some((counts.get("all")?.as_u64()?, counts.get("unknown")?.as_u64()?))
}

fn rule(strand: StrandRule) -> &'static str {
    match strand {
        StrandRule::Both => concat!(
            "a window is a hit of a motif on a strand when its score is at least the smallest score that a window of ",
            "independent background bases reaches with probability p or less (exact, of whole units of the granularity); ",
            "on the minus strand the reverse-complemented motif is scored against the same background with its own ",
            "threshold; windows with letters other than A, C, G, T (U) have no score; hits may overlap; a palindromic ",
            "motif has its hits on both strands; of regions, the hits that overlap one"
        ),
        StrandRule::Plus => concat!(
            "a window is a hit of a motif when its score is at least the smallest score that a window of independent ",
            "background bases reaches with probability p or less (exact, of whole units of the granularity); only the ",
            "plus strand is scanned; windows with letters other than A, C, G, T (U) have no score; hits may overlap; of ",
            "regions, the hits that overlap one"
        ),
    }
}
