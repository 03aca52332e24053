//! The columns of a fold and of its segments.

use super::{ColumnDoc, column};

/// The protein of a residue.
pub const ID: ColumnDoc = column(
    "id",
    "dictionary<int32, utf8>",
    "-",
    "protein, named as in the sequence file up to the first blank",
);

/// The place of a residue.
pub const POSITION: ColumnDoc = column(
    "position",
    "int32",
    "residues",
    "residue number: 1-based, counted in the sequence as given",
);

/// The letter of a residue.
pub const RESIDUE: ColumnDoc = column("residue", "utf8", "-", "letter of the residue, exactly as given");

/// The state of three.
pub const STATE: ColumnDoc = column(
    "state",
    "utf8",
    "-",
    "H (helix), E (strand) or C (coil): the most probable of the three",
);

/// The state of eight.
pub const STATE8: ColumnDoc = column(
    "state8",
    "utf8",
    "-",
    "the most probable of the eight states of DSSP, H B E G I T S C (--states 8 only)",
);

/// The probabilities of helix, strand and coil, in code order.
pub const THREE: [ColumnDoc; 3] = [
    column(
        "p_helix",
        "float32",
        "0-1",
        "probability of helix: the sum over the states of eight that the model counts as helix",
    ),
    column("p_strand", "float32", "0-1", "probability of strand: a sum likewise"),
    column("p_coil", "float32", "0-1", "probability of coil: a sum likewise"),
];

/// The probabilities of the eight states, in code order.
pub const EIGHT: [ColumnDoc; 8] = [
    column(
        "p_h",
        "float32",
        "0-1",
        "probability of H, alpha helix (--states 8 only)",
    ),
    column(
        "p_b",
        "float32",
        "0-1",
        "probability of B, isolated bridge (--states 8 only)",
    ),
    column("p_e", "float32", "0-1", "probability of E, strand (--states 8 only)"),
    column(
        "p_g",
        "float32",
        "0-1",
        "probability of G, 3-10 helix (--states 8 only)",
    ),
    column("p_i", "float32", "0-1", "probability of I, pi helix (--states 8 only)"),
    column("p_t", "float32", "0-1", "probability of T, turn (--states 8 only)"),
    column("p_s", "float32", "0-1", "probability of S, bend (--states 8 only)"),
    column("p_c", "float32", "0-1", "probability of C, loop (--states 8 only)"),
];

/// How sure the state of three is.
pub const CONFIDENCE: ColumnDoc = column(
    "confidence",
    "int32",
    "0-9",
    "PSIPRED's digit: 10 x (highest - second of p_helix, p_strand, p_coil), rounded down, at most 9",
);

pub(super) const FOLD: [ColumnDoc; 17] = [
    ID, POSITION, RESIDUE, STATE, STATE8, THREE[0], THREE[1], THREE[2], EIGHT[0], EIGHT[1], EIGHT[2], EIGHT[3],
    EIGHT[4], EIGHT[5], EIGHT[6], EIGHT[7], CONFIDENCE,
];

/// The columns of the segments of a fold, in file order.
pub const SEGMENTS: [ColumnDoc; 6] = [
    column("id", "text", "-", "protein"),
    column(
        "start",
        "text",
        "residues",
        "first residue of the segment, counted from 0",
    ),
    column(
        "end",
        "text",
        "residues",
        "residue after the last, counted from 0 (half-open, as in BED)",
    ),
    column(
        "state",
        "text",
        "-",
        "state of all its residues: of three, or of eight with --states 8",
    ),
    column(
        "mean_p",
        "text",
        "0-1",
        "mean probability of that state over the segment",
    ),
    column("length", "text", "residues", "number of its residues"),
];

#[cfg(test)]
mod tests {
    use processive_core::{State3, State8};

    use super::*;

    #[test]
    fn probabilities_stand_in_the_order_of_the_codes() {
        for (state, column) in State8::ALL.into_iter().zip(EIGHT) {
            let letter = char::from(state.letter()).to_ascii_lowercase();
            assert_eq!(column.name, format!("p_{letter}"));
            assert!(column.meaning.contains(char::from(state.letter())));
        }
        let initial = |column: &ColumnDoc| column.name.as_bytes()[2];
        assert_eq!(THREE.each_ref().map(initial), *b"hsc");
        assert_eq!(State3::ALL.map(State3::letter), *b"HEC");
    }
}
