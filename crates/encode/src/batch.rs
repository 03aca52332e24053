//! Sequences of different lengths side by side.

use processive_core::Alphabet;

use crate::{EncodeError, reverse_complement};

/// Sequences of different lengths as one rectangle of codes, with the true length of each.
///
/// A row holds its sequence from the left; what follows up to the width is unknown. There is at least one
/// row and every row has at least one letter. Padding never changes an answer: whoever reads a batch stops
/// (or, reading backwards, starts) at the true length.
///
/// # Shapes
/// - codes: `[len, width]`, row by row; lengths: `[len]`, each from 1 to the width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaddedBatch {
    codes: Vec<u8>,
    lengths: Vec<usize>,
    width: usize,
    alphabet: Alphabet,
}

#[allow(
    clippy::len_without_is_empty,
    reason = "a batch has at least one row, so the answer would always be no"
)]
impl PaddedBatch {
    /// Lays sequences of DNA codes side by side, as wide as the longest.
    ///
    /// # Errors
    /// [`EncodeError::EmptyBatch`] without sequences, [`EncodeError::EmptySequence`] when one has no letters.
    pub fn new(sequences: &[&[u8]]) -> Result<Self, EncodeError> {
        Self::of(Alphabet::Dna, sequences)
    }

    /// Lays sequences of codes of an alphabet side by side, as wide as the longest.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(alphabet: Alphabet, sequences: &[&[u8]]) -> Result<Self, EncodeError> {
        if let Some(index) = sequences.iter().position(|sequence| sequence.is_empty()) {
            return Err(EncodeError::EmptySequence { index });
        }
        let lengths: Vec<usize> = sequences.iter().map(|sequence| sequence.len()).collect();
        let width = lengths.iter().copied().max().ok_or(EncodeError::EmptyBatch)?;
        Ok(Self::lay_out(
            alphabet,
            sequences.iter().copied(),
            lengths.clone(),
            width,
        ))
    }

    /// Copies rows into a rectangle of unknown letters.
    fn lay_out<'a>(
        alphabet: Alphabet,
        rows: impl Iterator<Item = &'a [u8]>,
        lengths: Vec<usize>,
        width: usize,
    ) -> Self {
        let mut codes = vec![alphabet.unknown(); lengths.len() * width];
        for (padded, row) in codes.chunks_exact_mut(width).zip(rows) {
            padded[..row.len()].copy_from_slice(row);
        }
        Self {
            codes,
            lengths,
            width,
            alphabet,
        }
    }

    /// The letters that the codes stand for.
    pub fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    /// All codes, row by row, padding included: `len · width` of them.
    pub fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// The true length of every row.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// The padded length that all rows share.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// The sequences without their padding, in order.
    pub fn sequences(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.codes
            .chunks_exact(self.width)
            .zip(&self.lengths)
            .map(|(row, &length)| &row[..length])
    }

    /// Returns the batch of DNA read from the opposite strand: every row is reversed within its true length, so its
    /// padding stays on the right.
    #[must_use]
    pub fn reverse_complement(&self) -> Self {
        let mut batch = self.clone();
        for (row, &length) in batch.codes.chunks_exact_mut(self.width).zip(&self.lengths) {
            reverse_complement(&mut row[..length]);
        }
        batch
    }

    /// Returns the same sequences in rows of `width`, or as they are when they are at least that wide:
    /// a sequence is never cut.
    #[must_use]
    pub fn pad_to(&self, width: usize) -> Self {
        if width <= self.width {
            return self.clone();
        }
        Self::lay_out(self.alphabet, self.sequences(), self.lengths.clone(), width)
    }
}

#[cfg(test)]
mod tests {
    use processive_core::alphabet::{UNKNOWN, UNKNOWN_RESIDUE};
    use proptest::prelude::*;

    use super::*;

    const N: u8 = UNKNOWN;

    #[test]
    fn short_rows_end_in_unknown_bases() -> Result<(), EncodeError> {
        let batch = PaddedBatch::new(&[&[0, 1], &[2, 3, 0]])?;
        assert_eq!(batch.codes(), [0, 1, N, 2, 3, 0]);
        assert_eq!((batch.lengths(), batch.width(), batch.len()), (&[2, 3][..], 3, 2));
        Ok(())
    }

    #[test]
    fn empty_batches_and_empty_sequences_are_refused() {
        assert_eq!(PaddedBatch::new(&[]), Err(EncodeError::EmptyBatch));
        let error = PaddedBatch::new(&[&[0], &[], &[]]);
        assert_eq!(error, Err(EncodeError::EmptySequence { index: 1 }));
    }

    #[test]
    fn the_other_strand_keeps_its_padding_on_the_right() -> Result<(), EncodeError> {
        let batch = PaddedBatch::new(&[&[0, 1], &[2, N, 3, 3]])?.reverse_complement();
        assert_eq!(batch.codes(), [2, 3, N, N, 0, 0, N, 1]);
        assert_eq!(batch.lengths(), [2, 4]);
        Ok(())
    }

    #[test]
    fn proteins_are_padded_with_their_own_unknown_letter() -> Result<(), EncodeError> {
        let batch = PaddedBatch::of(Alphabet::Protein, &[&[4, 19], &[0]])?;
        assert_eq!(batch.codes(), [4, 19, 0, UNKNOWN_RESIDUE]);
        assert_eq!(batch.pad_to(3).codes()[5], UNKNOWN_RESIDUE);
        Ok(())
    }

    #[test]
    fn padding_to_a_narrower_width_cuts_nothing() -> Result<(), EncodeError> {
        let batch = PaddedBatch::new(&[&[0, 1], &[2]])?;
        assert_eq!(batch.pad_to(1), batch);
        assert_eq!(batch.pad_to(3).codes(), [0, 1, N, 2, N, N]);
        Ok(())
    }

    proptest! {
        #[test]
        fn sequences_come_back_whatever_the_width(
            sequences in prop::collection::vec(prop::collection::vec(0u8..5, 1..20), 1..8),
            width in 0usize..40,
        ) {
            let rows: Vec<&[u8]> = sequences.iter().map(Vec::as_slice).collect();
            let batch = PaddedBatch::new(&rows).unwrap();
            let padded = batch.pad_to(width);
            prop_assert_eq!(padded.width(), width.max(batch.width()));
            prop_assert_eq!(padded.codes().len(), padded.len() * padded.width());
            prop_assert!(padded.sequences().eq(rows.iter().copied()));
            prop_assert_eq!(batch.reverse_complement().pad_to(width), padded.reverse_complement());
            prop_assert_eq!(padded.reverse_complement().reverse_complement(), padded);
        }
    }
}
