//! States and masks as files write them: one symbol per residue, with blanks between them or without.

use processive_core::{State3, State8, StructureLabels};

use crate::ChainError;

/// The letters of the eight states, for messages.
pub(super) const EIGHT: &str = "H, B, E, G, I, T, S and C (or L, P, -)";

/// The letters of the three states, for messages.
pub(super) const THREE: &str = "H, E and C (or L, -)";

/// How many states labels tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StateSet {
    Three,
    Eight,
}

impl StateSet {
    /// What the labels of a file are: of three states when none has a letter that only the eight have.
    pub(super) fn of<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let only_eight = |letter: &u8| b"BGITSP~".contains(letter);
        if labels.into_iter().any(|text| text.iter().any(only_eight)) {
            Self::Eight
        } else {
            Self::Three
        }
    }

    /// Reads the states of a chain of `residues` residues.
    pub(super) fn parse(self, text: &[u8], residues: usize) -> Result<StructureLabels, ChainError> {
        let letters = state_letters(text, residues);
        check_length("states", letters.len(), residues)?;
        let unknown = |place: usize, known| ChainError::UnknownState {
            position: place + 1,
            letter: letters[place],
            known,
        };
        let numbered = letters.iter().enumerate();
        Ok(match self {
            Self::Three => {
                let states =
                    numbered.map(|(place, &letter)| State3::from_letter(letter).ok_or_else(|| unknown(place, THREE)));
                StructureLabels::Three(states.collect::<Result<_, _>>()?)
            }
            Self::Eight => {
                let states =
                    numbered.map(|(place, &letter)| State8::from_letter(letter).ok_or_else(|| unknown(place, EIGHT)));
                StructureLabels::Eight(states.collect::<Result<_, _>>()?)
            }
        })
    }
}

/// The letters of states. A blank is loop in DSSP's own alphabet, so blanks stay when they make the length right.
fn state_letters(text: &[u8], residues: usize) -> Vec<u8> {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.len() == residues {
        text.to_vec()
    } else {
        without_blanks(text)
    }
}

/// Leaves blanks out.
pub(super) fn without_blanks(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect()
}

/// Reads a mask of `residues` symbols: `0110`, `0 1 1 0` or `0.0 1.0 1.0 0.0`.
pub(super) fn parse_mask(text: &[u8], residues: usize, symbols: &'static str) -> Result<Vec<bool>, ChainError> {
    let mut tokens: Vec<&[u8]> = text
        .split(u8::is_ascii_whitespace)
        .filter(|token| !token.is_empty())
        .collect();
    if let [one] = tokens[..]
        && !one.contains(&b'.')
    {
        tokens = one.chunks(1).collect();
    }
    check_length(symbols, tokens.len(), residues)?;
    let bits = tokens.iter().enumerate().map(|(place, token)| match *token {
        b"0" | b"0.0" | b"0." => Ok(false),
        b"1" | b"1.0" | b"1." => Ok(true),
        other => Err(ChainError::InvalidMask {
            position: place + 1,
            symbols,
            found: String::from_utf8_lossy(other).into_owned(),
        }),
    });
    bits.collect()
}

fn check_length(symbols: &'static str, found: usize, residues: usize) -> Result<(), ChainError> {
    if found == residues {
        return Ok(());
    }
    Err(ChainError::Lengths {
        symbols,
        found,
        residues,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(labels: &StructureLabels) -> String {
        let letters: Vec<u8> = match labels {
            StructureLabels::Three(states) => states.iter().map(|state| state.letter()).collect(),
            StructureLabels::Eight(states) => states.iter().map(|state| state.letter()).collect(),
        };
        String::from_utf8_lossy(&letters).into_owned()
    }

    #[test]
    fn blanks_separate_states_or_are_loop() {
        for (text, residues, expected) in [
            ("HHEC", 4, "HHEC"),
            ("H G E L", 4, "HGEC"),
            (" H  ", 4, "CHCC"),
            ("HBEGITSP~-", 10, "HBEGITSCCC"),
            ("H", 1, "H"),
            (" HHEC\r", 4, "HHEC"),
        ] {
            let labels = StateSet::Eight.parse(text.as_bytes(), residues).unwrap();
            assert_eq!(letters(&labels), expected, "{text:?}");
        }
        assert_eq!(letters(&StateSet::Three.parse(b"HEL-C", 5).unwrap()), "HECCC");
    }

    #[test]
    fn labels_are_of_three_states_unless_a_letter_says_otherwise() {
        assert_eq!(StateSet::of([&b"HHEC"[..], b"C-L"]), StateSet::Three);
        assert_eq!(StateSet::of([&b"HHEC"[..], b"CCT"]), StateSet::Eight);
        assert_eq!(StateSet::of([]), StateSet::Three);
    }

    #[test]
    fn masks_are_read_in_every_form() {
        let expected = Ok(vec![false, true, true]);
        for text in ["011", "0 1 1", "0.0 1.0 1.0", " 0. 1. 1.\r"] {
            assert_eq!(parse_mask(text.as_bytes(), 3, "mask"), expected, "{text:?}");
        }
        assert_eq!(parse_mask(b"1.0", 1, "mask"), Ok(vec![true]));
        assert_eq!(parse_mask(b"1", 1, "mask"), Ok(vec![true]));
        for (text, position, found) in [("012", 3, "2"), ("0 0.5 1", 2, "0.5"), ("nan 0 0", 1, "nan")] {
            let symbols = "mask";
            let found = found.to_owned();
            let expected = ChainError::InvalidMask {
                position,
                symbols,
                found,
            };
            assert_eq!(parse_mask(text.as_bytes(), 3, symbols), Err(expected), "{text:?}");
        }
    }
}
