//! What the footer of a fold says.

use processive_core::Reduction;
use processive_models::Compute;
use processive_report::{FoldStates, Provenance};
use serde_json::{Map, Value, json};

use super::request::FoldRequest;
use super::summary::FoldSummary;
use crate::keys as of_scans;

/// The names of the footer entries of a fold.
pub mod keys {
    pub use crate::keys::{
        COMMAND, COMPUTE, COORDINATE_SYSTEM, MODEL_DIGEST, MODEL_NAME, RULE, UNKNOWN_LETTERS, VERSION,
    };

    /// The number of proteins.
    pub const PROTEINS: &str = "processive.proteins";
    /// The number of residues, which is that of the rows.
    pub const RESIDUES: &str = "processive.residues";
    /// SHA-256 over, for every protein in file order, `>`, id, line feed, letters in upper case without line ends,
    /// line feed.
    pub const PROTEINS_DIGEST: &str = "processive.proteins.digest";
    /// The number of proteins whose id an earlier one has.
    pub const REPEATED_IDS: &str = "processive.repeated_ids";
    /// The number of stop signs (`*`) at ends, which have no row.
    pub const STOPS: &str = "processive.stops";
    /// How many states are told apart: `3` or `8`.
    pub const STATES: &str = "processive.states";
    /// Which of the eight states are helix and strand: `ghi-eb`, `gh-eb` or `h-e`.
    pub const REDUCTION: &str = "processive.reduction";
}

/// Tells how the rows of a finished fold came about.
pub(super) fn provenance(request: &FoldRequest<'_>, summary: &FoldSummary) -> Provenance {
    let states = match request.states {
        FoldStates::Three => "3",
        FoldStates::Eight => "8",
    };
    let reduction = request.scorer.reduction();
    // Nothing for floats: files are what they were before there was a choice.
    let compute = (request.compute != Compute::F32).then(|| (keys::COMPUTE, request.compute.to_string()));
    let entries = [
        (of_scans::VERSION, env!("CARGO_PKG_VERSION").to_owned()),
        (of_scans::COMMAND, request.command.clone()),
        (of_scans::MODEL_NAME, request.model.name.clone()),
        (of_scans::MODEL_DIGEST, request.model.digest.clone()),
        (keys::PROTEINS, summary.proteins.to_string()),
        (keys::RESIDUES, summary.residues().to_string()),
        (keys::PROTEINS_DIGEST, summary.digest.clone()),
        (keys::REPEATED_IDS, summary.repeated_ids.to_string()),
        (keys::STOPS, summary.stops.to_string()),
        (of_scans::UNKNOWN_LETTERS, letters(summary)),
        (keys::STATES, states.to_owned()),
        (keys::REDUCTION, reduction.to_string()),
        (of_scans::COORDINATE_SYSTEM, "1-based residue numbers".to_owned()),
        (of_scans::RULE, rule(reduction)),
    ];
    entries.into_iter().chain(compute).collect()
}

/// The letters by kind: `{"rare": {"U": 1}, "standard": 5, "unknown": {"X": 2}}`.
fn letters(summary: &FoldSummary) -> String {
    let object = |letters: Vec<(char, u64)>| -> Map<String, Value> {
        let pairs = letters.into_iter();
        pairs
            .map(|(letter, count)| (letter.to_string(), json!(count)))
            .collect()
    };
    let letters = &summary.letters;
    json!({
        "rare": object(letters.rare()),
        "standard": letters.standard(),
        "unknown": object(letters.unknown()),
    })
    .to_string()
}

fn rule(reduction: Reduction) -> String {
    let sums = match reduction {
        Reduction::GhiEb => "p_helix sums H, G and I, p_strand E and B",
        Reduction::GhEb => "p_helix sums H and G, p_strand E and B",
        Reduction::HE => "p_helix is that of H, p_strand that of E",
    };
    format!(
        "every residue has the model's calibrated probabilities of the eight states of DSSP, given the whole protein; \
         {sums}, p_coil the rest; state is the most probable of the three; confidence is min(9, floor(10 (highest - \
         second))) of them; U is read as C, O as K, other letters are unknown; a * at the end is no residue"
    )
}
