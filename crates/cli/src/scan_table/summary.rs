//! What a scan says at its end.

use std::path::Path;
use std::time::Duration;

use processive_core::Region;
use processive_predict::{BaseCounts, ScanSummary, Site, StrandRule};
use processive_report::ScanSchema;

use crate::numbers::{counted, grouped, seconds};
use crate::text_table::{aligned, indented};

/// What the summary tells beside the counts.
#[derive(Clone, Debug)]
pub(crate) struct Told<'a> {
    /// What was read: `genome.fa: 2 regions of `.
    pub(crate) source: String,
    /// Where the table is.
    pub(crate) output: &'a Path,
    /// The width of a bin.
    pub(crate) bin: u64,
    /// The model's name.
    pub(crate) model: &'a str,
    /// Which strands were read.
    pub(crate) strand: StrandRule,
    /// The score columns.
    pub(crate) schema: &'a ScanSchema,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

/// The summary: what was read, what was written, and the best sites.
pub(crate) fn text(told: &Told<'_>, summary: &ScanSummary) -> String {
    let mut text = read(&told.source, summary.contigs.len(), summary.bases, told.elapsed);
    text += &written(told, summary);
    text += &stored(summary);
    if !summary.best.is_empty() {
        text += "best sites (0-based, half-open)\n";
        text += &indented(&aligned(&sites(told.strand, told.schema, &summary.best)), "  ");
    }
    text
}

/// What was read: `source` with the number of contigs behind it, the bases, and how long it took.
pub(crate) fn read(source: &str, contigs: usize, bases: BaseCounts, elapsed: Duration) -> String {
    format!(
        "{source}{}, {} ({} A C G T, {} N, {} other letters), {}\n",
        counted(contigs as u64, "contig"),
        counted(bases.total(), "base"),
        grouped(bases.known),
        grouped(bases.n),
        grouped(bases.other),
        seconds(elapsed),
    )
}

/// An output's name for people.
pub(crate) fn name_of_output(output: &Path) -> String {
    if output == Path::new("-") {
        "standard output".to_owned()
    } else {
        output.display().to_string()
    }
}

fn written(told: &Told<'_>, summary: &ScanSummary) -> String {
    let output = name_of_output(told.output);
    let skipped = match summary.skipped_bins {
        0 => String::new(),
        bins => format!("; {} without a known base left out", counted(bins, "bin")),
    };
    let sites = match summary.sites {
        None => String::new(),
        Some(sites) => format!("the {} of ", counted(sites, "best site")),
    };
    format!(
        "{output}: {sites}{} of {} bp by {}{skipped}\n",
        counted(summary.bins, "bin"),
        told.bin,
        told.model
    )
}

/// How exact the scores are in the file, when they are not as they were computed.
fn stored(summary: &ScanSummary) -> String {
    match summary.largest_error {
        None => String::new(),
        Some(error) => format!("scores are stored as integers: the largest error is {error:.2e}\n"),
    }
}

/// One line per site below a heading. A model with one class needs no names for its scores.
fn sites(strand: StrandRule, schema: &ScanSchema, best: &[Site]) -> Vec<Vec<String>> {
    let scores = match (strand, schema.scores.len()) {
        (StrandRule::Both, 3) => ["p", "plus", "minus"].map(str::to_owned).to_vec(),
        (StrandRule::Plus, 1) => vec!["p".to_owned()],
        _ => schema.scores.clone(),
    };
    let heading = ["chrom", "start", "end"]
        .map(str::to_owned)
        .into_iter()
        .chain(scores)
        .collect();
    let line = |site: &Site| {
        place(&site.bin)
            .into_iter()
            .chain(site.columns.iter().map(|p| format!("{p:.4}")))
            .collect()
    };
    std::iter::once(heading).chain(best.iter().map(line)).collect()
}

fn place(bin: &Region) -> [String; 3] {
    [bin.contig().to_owned(), bin.start().to_string(), bin.end().to_string()]
}
