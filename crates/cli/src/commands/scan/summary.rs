//! What a scan says at its end.

use std::path::Path;
use std::time::Duration;

use processive_core::Region;
use processive_predict::{ScanRequest, ScanSummary, Site, StrandRule};
use processive_report::ScanSchema;

use crate::input::name_of;
use crate::numbers::{counted, grouped, seconds};
use crate::text_table::{aligned, indented};

/// The summary: what was read, what was written, and the best sites.
pub(super) fn text(
    request: &ScanRequest<'_>,
    schema: &ScanSchema,
    summary: &ScanSummary,
    output: &Path,
    elapsed: Duration,
) -> String {
    let mut text = read(request, summary, elapsed);
    text += &written(request, summary, output);
    text += &stored(summary);
    if !summary.best.is_empty() {
        text += "best sites (0-based, half-open)\n";
        text += &indented(&aligned(&sites(request.strand, schema, &summary.best)), "  ");
    }
    text
}

fn read(request: &ScanRequest<'_>, summary: &ScanSummary, elapsed: Duration) -> String {
    let bases = summary.bases;
    let contigs = counted(summary.contigs.len() as u64, "contig");
    let part = match &request.regions {
        None => format!("{}: {contigs}", name_of(request.genome)),
        Some(regions) => {
            format!(
                "{}: {} of {contigs}",
                name_of(request.genome),
                counted(regions.len() as u64, "region")
            )
        }
    };
    format!(
        "{part}, {} ({} A C G T, {} N, {} other letters), {}\n",
        counted(bases.total(), "base"),
        grouped(bases.known),
        grouped(bases.n),
        grouped(bases.other),
        seconds(elapsed),
    )
}

fn written(request: &ScanRequest<'_>, summary: &ScanSummary, output: &Path) -> String {
    let output = if output == Path::new("-") {
        "standard output".to_owned()
    } else {
        output.display().to_string()
    };
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
        request.bin,
        request.model.name
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
