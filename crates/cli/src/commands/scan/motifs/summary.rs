//! What a scan with motifs says at its end.

use std::cmp::Reverse;
use std::path::Path;
use std::time::Duration;

use processive_core::alphabet::DNA_LETTERS;
use processive_encode::ScoreMatrix;
use processive_predict::motifs::{MotifCount, ScannedMotif};
use processive_predict::{MotifScanSummary, MotifSet, StrandRule};

use crate::numbers::{counted, grouped};
use crate::scan_table::{name_of_output, read};
use crate::text_table::{aligned, indented};

/// What the summary tells beside the counts.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    /// What was read: `genome.fa: 2 regions of `.
    pub(super) source: String,
    /// Where the table is.
    pub(super) output: &'a Path,
    /// The motifs.
    pub(super) motifs: &'a MotifSet,
    /// How many motifs are shown.
    pub(super) shown: usize,
    /// How long it took.
    pub(super) elapsed: Duration,
}

/// The summary: what was read and written, the motifs with most hits, and those that can have none.
pub(super) fn text(told: &Told<'_>, summary: &MotifScanSummary) -> String {
    let mut text = read(&told.source, summary.contigs.len(), summary.bases, told.elapsed);
    text += &written(told, summary);
    text += &unknown(summary);
    text += &most_hits(told, summary);
    text + &without_hits(told.motifs)
}

fn written(told: &Told<'_>, summary: &MotifScanSummary) -> String {
    let settings = &told.motifs.settings;
    let strands = match settings.strand {
        StrandRule::Both => "both strands",
        StrandRule::Plus => "the plus strand",
    };
    let frequencies: Vec<String> = DNA_LETTERS
        .iter()
        .zip(settings.background.probabilities())
        .map(|(letter, p)| format!("{} {p:.4}", char::from(*letter)))
        .collect();
    format!(
        "{}: {} of {} on {strands}, p <= {} (exact; background {}: {}; pseudocount {}; scores in 1/{} bit)\n",
        name_of_output(told.output),
        counted(summary.total(), "hit"),
        counted(told.motifs.motifs.len() as u64, "motif"),
        settings.p,
        settings.background_source,
        frequencies.join(" "),
        settings.pseudocount,
        ScoreMatrix::UNITS_PER_BIT,
    )
}

fn unknown(summary: &MotifScanSummary) -> String {
    if summary.unknown_windows == 0 {
        return String::new();
    }
    format!(
        "{} of {} hold letters other than A C G T and have no hit\n",
        grouped(summary.unknown_windows),
        counted(summary.windows, "window"),
    )
}

/// The motifs with most hits, those of the same number in file order.
fn most_hits(told: &Told<'_>, summary: &MotifScanSummary) -> String {
    let mut ranked: Vec<_> = told.motifs.motifs.iter().zip(&summary.hits).collect();
    ranked.retain(|(_, hits)| hits.total() > 0);
    ranked.sort_by_key(|(_, hits)| Reverse(hits.total()));
    ranked.truncate(told.shown);
    if ranked.is_empty() {
        return String::new();
    }
    let heading = ["motif", "name", "width", "threshold", "best", "hits", "+", "-"].map(str::to_owned);
    let line = |(scanned, hits): &(&ScannedMotif, &MotifCount)| -> [String; 8] {
        [
            scanned.motif.id().to_owned(),
            scanned.motif.name().to_owned(),
            scanned.plus.matrix.width().to_string(),
            thresholds(scanned),
            format!("{:.3}", ScoreMatrix::bits(scanned.plus.matrix.best())),
            grouped(hits.total()),
            grouped(hits.plus),
            grouped(hits.minus),
        ]
    };
    let rows: Vec<[String; 8]> = std::iter::once(heading).chain(ranked.iter().map(line)).collect();
    format!(
        "motifs with most hits (scores in bits)\n{}",
        indented(&aligned(&rows), "  ")
    )
}

/// The threshold in bits; those of both strands when they differ.
fn thresholds(scanned: &ScannedMotif) -> String {
    let bits = |threshold: Option<i32>| match threshold {
        Some(threshold) => format!("{:.3}", ScoreMatrix::bits(threshold)),
        None => "none".to_owned(),
    };
    let mut texts: Vec<String> = scanned
        .strands()
        .map(|(_, scores)| bits(scores.tail.threshold()))
        .collect();
    texts.dedup();
    texts.join(" ")
}

/// The motifs that can have no hit on a strand, with the probability of their best score.
fn without_hits(motifs: &MotifSet) -> String {
    const SHOWN: usize = 10;
    let hopeless: Vec<&ScannedMotif> = motifs
        .motifs
        .iter()
        .filter(|scanned| !scanned.can_have_hits())
        .collect();
    let name = |scanned: &&ScannedMotif| {
        let p = scanned
            .strands()
            .map(|(_, scores)| scores.tail.p_of_best())
            .fold(f64::INFINITY, f64::min);
        format!("{} ({p:.2e})", scanned.motif.id())
    };
    let names: Vec<String> = hopeless.iter().take(SHOWN).map(name).collect();
    let more = match hopeless.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {} more", grouped(more as u64)),
    };
    match hopeless.len() {
        0 => String::new(),
        count => format!(
            "{} can have no hit, since p of the best score is above {}: {}{more}\n",
            counted(count as u64, "motif"),
            motifs.settings.p,
            names.join(", "),
        ),
    }
}
