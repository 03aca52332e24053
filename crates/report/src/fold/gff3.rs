//! Folds as GFF3.

use std::fmt::Write;

use super::segments::segments;
use super::{FoldChain, FoldStates, FoldWriter};
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// One feature per segment, typed by the Sequence Ontology; coordinates are 1-based and closed, as GFF3 has them.
///
/// # Source
/// GFF3 1.26; SO:0001114, SO:0001117-0001119, SO:0001111, SO:0001128, SO:0100012, and SO:0001078 for what has no term of
/// its own (an isolated bridge, a bend).
pub(super) struct Gff3 {
    sink: TextSink,
    states: FoldStates,
}

impl Gff3 {
    pub(super) fn create(mut sink: TextSink, states: FoldStates) -> Result<Self, ReportError> {
        sink.write_lines(b"##gff-version 3\n")?;
        Ok(Self { sink, states })
    }

    /// The ontology's term for a state.
    fn term(&self, state: u8) -> &'static str {
        match (self.states, state) {
            (FoldStates::Three, b'H') => "peptide_helix",
            (FoldStates::Eight, b'H') => "alpha_helix",
            (_, b'G') => "three_ten_helix",
            (_, b'I') => "pi_helix",
            (_, b'E') => "beta_strand",
            (_, b'T') => "polypeptide_turn_motif",
            (_, b'C') => "peptide_coil",
            _ => "polypeptide_secondary_structure",
        }
    }
}

/// A name in the first column of GFF3: what is not of the allowed letters stands as `%` and two digits.
fn escaped(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b".:^*$@!+_?-|".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes any text");
        }
    }
    text
}

impl FoldWriter for Gff3 {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        let id = escaped(chain.id);
        let mut lines = format!("##sequence-region {id} 1 {}\n", chain.len());
        for segment in segments(chain, self.states) {
            let (term, state) = (self.term(segment.state), char::from(segment.state));
            let (first, last, mean_p) = (segment.start + 1, segment.end, segment.mean_p);
            writeln!(
                lines,
                "{id}\tprocessive\t{term}\t{first}\t{last}\t{mean_p:.4}\t.\t.\tstate={state};length={}",
                segment.len()
            )
            .expect("a string takes any text");
        }
        self.sink.write_lines(lines.as_bytes())
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        self.sink.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_letters_that_gff3_allows_and_escape_the_rest() {
        assert_eq!(escaped("sp|P69905|HBA_HUMAN"), "sp|P69905|HBA_HUMAN");
        assert_eq!(escaped(">a=b;c%d&e,é"), "%3Ea%3Db%3Bc%25d%26e%2C%C3%A9");
    }
}
