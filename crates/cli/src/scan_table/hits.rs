//! What a scan with motifs, or its parts when they are gathered, says at its end.

use std::cmp::Reverse;
use std::path::Path;
use std::time::Duration;

use processive_core::alphabet::DNA_LETTERS;
use processive_encode::ScoreMatrix;
use processive_predict::motifs::{MotifCard, MotifCards, MotifCount};
use processive_predict::{MotifScanSummary, StrandRule};

use super::{name_of_output, read};
use crate::numbers::{counted, grouped};
use crate::text_table::{aligned, indented};

/// What the summary tells beside the counts.
#[derive(Clone, Debug)]
pub(crate) struct ToldOfHits<'a> {
    /// What was read: `genome.fa: 2 regions of `.
    pub(crate) source: String,
    /// Where the table is.
    pub(crate) output: &'a Path,
    /// The motifs.
    pub(crate) motifs: &'a MotifCards,
    /// How many motifs are shown.
    pub(crate) shown: usize,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

/// The summary: what was read and written, the motifs with most hits, and those that can have none.
pub(crate) fn text_of_hits(told: &ToldOfHits<'_>, summary: &MotifScanSummary) -> String {
    let mut text = read(&told.source, summary.contigs.len(), summary.bases, told.elapsed);
    text += &written(told, summary);
    text += &unknown(summary);
    text += &most_hits(told, summary);
    text + &without_hits(told.motifs)
}

fn written(told: &ToldOfHits<'_>, summary: &MotifScanSummary) -> String {
    let settings = told.motifs;
    let strands = match settings.strand {
        StrandRule::Both => "both strands",
        StrandRule::Plus => "the plus strand",
    };
    let frequencies: Vec<String> = DNA_LETTERS
        .iter()
        .zip(settings.background)
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
fn most_hits(told: &ToldOfHits<'_>, summary: &MotifScanSummary) -> String {
    let mut ranked: Vec<_> = told.motifs.motifs.iter().zip(&summary.hits).collect();
    ranked.retain(|(_, hits)| hits.total() > 0);
    ranked.sort_by_key(|(_, hits)| Reverse(hits.total()));
    ranked.truncate(told.shown);
    if ranked.is_empty() {
        return String::new();
    }
    let heading = ["motif", "name", "width", "threshold", "best", "hits", "+", "-"].map(str::to_owned);
    let line = |(motif, hits): &(&MotifCard, &MotifCount)| -> [String; 8] {
        [
            motif.id.clone(),
            motif.name.clone(),
            motif.width.to_string(),
            thresholds(motif),
            motif
                .strands
                .first()
                .map(|plus| format!("{:.3}", plus.best))
                .unwrap_or_default(),
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
fn thresholds(motif: &MotifCard) -> String {
    let bits = |threshold: Option<(f64, f64)>| match threshold {
        Some((bits, _)) => format!("{bits:.3}"),
        None => "none".to_owned(),
    };
    let mut texts: Vec<String> = motif.strands.iter().map(|strand| bits(strand.threshold)).collect();
    texts.dedup();
    texts.join(" ")
}

/// The motifs that can have no hit on a strand, with the probability of their best score.
fn without_hits(motifs: &MotifCards) -> String {
    const SHOWN: usize = 10;
    let hopeless: Vec<&MotifCard> = motifs.motifs.iter().filter(|motif| !motif.can_have_hits()).collect();
    let name = |motif: &&MotifCard| {
        let best = motif.strands.iter().map(|strand| strand.p_of_best);
        format!("{} ({:.2e})", motif.id, best.fold(f64::INFINITY, f64::min))
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
            motifs.p,
            names.join(", "),
        ),
    }
}
