//! Secondary structure: the states of residues, and chains whose residues have them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the eight states of DSSP; its code is its place here.
///
/// # Source
/// Kabsch & Sander 1983. DSSP 4 adds `P` (a polyproline II helix), which is loop in the older programs and here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum State8 {
    /// α-helix.
    H,
    /// Isolated β-bridge.
    B,
    /// Strand of a β-sheet.
    E,
    /// 3-10 helix.
    G,
    /// π-helix.
    I,
    /// Hydrogen-bonded turn.
    T,
    /// Bend.
    S,
    /// Loop: none of the others.
    C,
}

impl State8 {
    /// Every state, in code order.
    pub const ALL: [Self; 8] = [Self::H, Self::B, Self::E, Self::G, Self::I, Self::T, Self::S, Self::C];

    /// Reads a letter as DSSP and its descendants write it: `L`, `-`, `~`, a blank and `P` are loop.
    pub fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'H' => Self::H,
            b'B' => Self::B,
            b'E' => Self::E,
            b'G' => Self::G,
            b'I' => Self::I,
            b'T' => Self::T,
            b'S' => Self::S,
            b'C' | b'L' | b'P' | b'-' | b'~' | b' ' => Self::C,
            _ => return None,
        })
    }

    /// The letter.
    pub fn letter(self) -> u8 {
        b"HBEGITSC"[self as usize]
    }
}

/// Helix, strand or coil; its code is its place here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum State3 {
    /// Helix.
    H,
    /// Strand.
    E,
    /// Coil: everything else.
    C,
}

impl State3 {
    /// Every state, in code order.
    pub const ALL: [Self; 3] = [Self::H, Self::E, Self::C];

    /// Reads a letter: `L` and `-` are coil.
    pub fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'H' => Self::H,
            b'E' => Self::E,
            b'C' | b'L' | b'-' => Self::C,
            _ => return None,
        })
    }

    /// The letter.
    pub fn letter(self) -> u8 {
        b"HEC"[self as usize]
    }
}

/// Which of the eight states are helix and strand; every Q3 belongs to one of these rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reduction {
    /// H, G and I are helix, E and B strand: the rule of `NetSurfP`, Porter and SPOT, and the default.
    #[default]
    #[serde(rename = "ghi-eb")]
    GhiEb,
    /// H and G are helix, E and B strand: PSIPRED's rule.
    #[serde(rename = "gh-eb")]
    GhEb,
    /// H alone is helix and E alone strand: an easier task, whose Q3 is higher.
    #[serde(rename = "h-e")]
    HE,
}

impl Reduction {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::GhiEb, Self::GhEb, Self::HE];

    /// The state of three that a state of eight is.
    pub fn reduce(self, state: State8) -> State3 {
        match (self, state) {
            (_, State8::H) | (Self::GhiEb, State8::G | State8::I) | (Self::GhEb, State8::G) => State3::H,
            (_, State8::E) | (Self::GhiEb | Self::GhEb, State8::B) => State3::E,
            _ => State3::C,
        }
    }
}

impl fmt::Display for Reduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GhiEb => "ghi-eb",
            Self::GhEb => "gh-eb",
            Self::HE => "h-e",
        })
    }
}

impl FromStr for Reduction {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|rule| rule.to_string() == name);
        known.ok_or_else(|| "known are ghi-eb (H G I are helix, E B strand), gh-eb and h-e".to_owned())
    }
}

/// The observed states of a chain, with as many of them told apart as the source tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StructureLabels {
    /// Helix, strand, coil.
    Three(Vec<State3>),
    /// The states of DSSP.
    Eight(Vec<State8>),
}

impl StructureLabels {
    /// The number of residues.
    pub fn len(&self) -> usize {
        match self {
            Self::Three(states) => states.len(),
            Self::Eight(states) => states.len(),
        }
    }

    /// Whether there is no residue.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The states of eight, when they are known.
    pub fn eight(&self) -> Option<&[State8]> {
        match self {
            Self::Three(_) => None,
            Self::Eight(states) => Some(states),
        }
    }

    /// Helix, strand and coil; labels that are of three states already stay as they are.
    pub fn three(&self, rule: Reduction) -> Vec<State3> {
        match self {
            Self::Three(states) => states.clone(),
            Self::Eight(states) => states.iter().map(|&state| rule.reduce(state)).collect(),
        }
    }
}

/// A protein chain and the observed state of its residues.
///
/// `sequence`, `labels` and `scored` have one entry per residue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledChain {
    /// The identifier, exactly as the source has it.
    pub id: String,
    /// The letters, exactly as the source has them.
    pub sequence: Vec<u8>,
    /// The observed states; that of a residue that is not scored means nothing.
    pub labels: StructureLabels,
    /// Whether a residue counts: its structure is resolved, and the data set wants it scored.
    pub scored: Vec<bool>,
}

impl LabelledChain {
    /// The number of residues that count.
    pub fn scored_residues(&self) -> usize {
        self.scored.iter().filter(|&&scored| scored).count()
    }
}

/// A labelled chain with where it came from and what it is for: one row of a chain table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRow {
    /// The chain.
    pub chain: LabelledChain,
    /// The data set it came from, such as a file's name; empty when it is not known.
    pub source: String,
    /// `train`, `valid` or `test`; empty when the chain is in no split.
    pub split: String,
    /// The group of similar chains it belongs to; empty when chains have not been grouped.
    pub cluster: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_read_back_and_the_many_names_of_loop_are_one() {
        for state in State8::ALL {
            assert_eq!(State8::from_letter(state.letter()), Some(state));
        }
        for state in State3::ALL {
            assert_eq!(State3::from_letter(state.letter()), Some(state));
        }
        for letter in b"LP-~ " {
            assert_eq!(State8::from_letter(*letter), Some(State8::C));
        }
        assert_eq!(State8::from_letter(b'X'), None);
        assert_eq!(State3::from_letter(b'G'), None);
    }

    #[test]
    fn codes_are_places() {
        assert!(
            State8::ALL
                .iter()
                .enumerate()
                .all(|(code, &state)| state as usize == code)
        );
        assert!(
            State3::ALL
                .iter()
                .enumerate()
                .all(|(code, &state)| state as usize == code)
        );
    }

    #[test]
    fn every_rule_reduces_as_its_name_says() -> Result<(), String> {
        let reduced = |rule: &str| -> Result<String, String> {
            let rule: Reduction = rule.parse()?;
            let letters = State8::ALL.map(|state| rule.reduce(state).letter());
            Ok(String::from_utf8_lossy(&letters).into_owned())
        };
        // The order is H B E G I T S C.
        assert_eq!(reduced("ghi-eb")?, "HEEHHCCC");
        assert_eq!(reduced("gh-eb")?, "HEEHCCCC");
        assert_eq!(reduced("h-e")?, "HCECCCCC");
        assert!(reduced("dssp").is_err());
        Ok(())
    }
}
