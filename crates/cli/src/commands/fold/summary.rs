//! What a fold says at its end.

use std::path::Path;
use std::time::Duration;

use processive_predict::{FoldRequest, FoldSummary};
use processive_report::FoldFormat;

use crate::input::name_of;
use crate::numbers::{counted, grouped, seconds};

/// What was read, and what was called.
pub(super) fn text(request: &FoldRequest<'_>, summary: &FoldSummary, output: &Path, elapsed: Duration) -> String {
    let output = if output == Path::new("-") {
        "standard output".to_owned()
    } else {
        output.display().to_string()
    };
    format!(
        "{}: {} ({}), {}\n{output}: {} by {} (rule {})\n",
        name_of(request.proteins),
        counts(summary),
        letters(summary),
        seconds(elapsed),
        shares(summary),
        request.model.name,
        request.scorer.reduction(),
    )
}

/// `2 proteins, 600 residues`.
pub(super) fn counts(summary: &FoldSummary) -> String {
    let proteins = counted(summary.proteins, "protein");
    format!("{proteins}, {}", counted(summary.residues(), "residue"))
}

/// `598 standard, 1 O as K, 1 X unknown; 1 stop sign at an end is no residue`.
fn letters(summary: &FoldSummary) -> String {
    let mut kinds = vec![format!("{} standard", grouped(summary.letters.standard()))];
    for (letter, count) in summary.letters.rare() {
        let kin = if letter == 'U' { 'C' } else { 'K' };
        kinds.push(format!("{} {letter} as {kin}", grouped(count)));
    }
    for (letter, count) in summary.letters.unknown() {
        kinds.push(format!("{} {letter} unknown", grouped(count)));
    }
    let stops = match summary.stops {
        0 => String::new(),
        1 => "; 1 stop sign at an end is no residue".to_owned(),
        stops => format!("; {} stop signs at ends are no residues", grouped(stops)),
    };
    kinds.join(", ") + &stops
}

fn shares(summary: &FoldSummary) -> String {
    let percent = |count: u64| 100.0 * count as f64 / summary.residues().max(1) as f64;
    let [helix, strand, coil] = summary.states.map(percent);
    format!("{helix:.1} % helix, {strand:.1} % strand, {coil:.1} % coil")
}

/// What is better known, one line per cause.
pub(super) fn warnings(format: FoldFormat, summary: &FoldSummary) -> Vec<String> {
    let mut warnings = Vec::new();
    let unknown = summary.letters.unknown();
    if !unknown.is_empty() {
        let count = unknown.iter().map(|(_, count)| count).sum();
        let letters: Vec<String> = unknown.iter().map(|(letter, _)| letter.to_string()).collect();
        warnings.push(format!(
            "{} of letters that the network does not know ({}) rest on their neighbours alone; --strict refuses them",
            counted(count, "state"),
            letters.join(" "),
        ));
    }
    if format.longest_chain().is_some_and(|most| summary.longest > most) {
        warnings.push(format!(
            "{format} has four columns for a residue number, and the longest protein has {} residues: its lines are wider, \
             which readers of fixed columns cannot read",
            grouped(summary.longest),
        ));
    }
    warnings
}
