//! The promises that proteins keep, checked once for every format.

use super::{FoldChain, FoldWriter};
use crate::columns::fold::{EIGHT, THREE};
use crate::{Provenance, ReportError};

/// Passes proteins on after checking their shape and that every probability is finite.
pub(super) struct Checked<W>(pub(super) W);

fn check(chain: &FoldChain<'_>) -> Result<(), ReportError> {
    let residues = chain.len();
    let shape = |detail: String| {
        Err(ReportError::ChainShape {
            id: chain.id.to_owned(),
            detail,
        })
    };
    if chain.id.is_empty() || chain.id.contains(char::is_whitespace) {
        return shape("its name is empty or holds a blank".to_owned());
    }
    if chain.description.contains(['\n', '\r']) {
        return shape("its description holds a line end".to_owned());
    }
    if residues == 0 {
        return shape("it has no residue".to_owned());
    }
    if let Some(byte) = chain.sequence.iter().find(|byte| !byte.is_ascii_graphic()) {
        return shape(format!("'{}' is no letter", byte.escape_ascii()));
    }
    if (chain.three.len(), chain.eight.len()) != (residues, residues) {
        let (three, eight) = (chain.three.len(), chain.eight.len());
        return shape(format!(
            "{residues} residues with {three} and {eight} rows of probabilities"
        ));
    }
    for position in 0..residues {
        let three = THREE.iter().zip(&chain.three[position]);
        let mut all = three.chain(EIGHT.iter().zip(&chain.eight[position]));
        if let Some((column, &value)) = all.find(|(_, value)| !value.is_finite()) {
            return Err(ReportError::ProbabilityNotFinite {
                id: chain.id.to_owned(),
                position: position as u64 + 1,
                column: column.name,
                value,
            });
        }
    }
    Ok(())
}

impl<W: FoldWriter> FoldWriter for Checked<W> {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        check(chain)?;
        self.0.write(chain)
    }

    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        Box::new(self.0).finish(provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: FoldChain<'static> = FoldChain {
        id: "a",
        description: "of two",
        sequence: b"MK",
        three: &[[0.5, 0.25, 0.25]; 2],
        eight: &[[0.125; 8]; 2],
    };

    #[test]
    fn parts_that_do_not_fit_are_refused_with_the_protein() {
        assert!(check(&CHAIN).is_ok());
        for chain in [
            FoldChain { id: "", ..CHAIN },
            FoldChain { id: "a\tb", ..CHAIN },
            FoldChain {
                description: "a\nb",
                ..CHAIN
            },
            FoldChain {
                sequence: b"MKT",
                ..CHAIN
            },
            FoldChain {
                sequence: b"M\t",
                ..CHAIN
            },
            FoldChain {
                sequence: b"",
                three: &[],
                eight: &[],
                ..CHAIN
            },
            FoldChain {
                three: &CHAIN.three[1..],
                ..CHAIN
            },
        ] {
            let error = check(&chain).unwrap_err();
            assert!(matches!(error, ReportError::ChainShape { .. }), "{error}");
        }
    }

    #[test]
    fn probabilities_that_are_not_finite_are_refused_with_their_place() {
        let mut eight = [[0.125; 8]; 2];
        eight[1][3] = f32::NAN;
        let error = check(&FoldChain { eight: &eight, ..CHAIN }).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the probability p_g of residue 2 of a is NaN, not a finite number"
        );
    }
}
