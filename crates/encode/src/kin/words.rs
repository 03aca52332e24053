//! Where short words occur in many chains.

use processive_core::alphabet::UNKNOWN_RESIDUE;

/// Chains of codes one behind the other, and the places of every word of `k` residues in them.
pub(super) struct WordIndex {
    k: usize,
    /// The end of the places of every word, in the order of the words.
    ends: Vec<u32>,
    places: Vec<u32>,
}

impl WordIndex {
    /// Indexes the words without unknown residues and breaks.
    pub(super) fn new(codes: &[u8], k: usize) -> Self {
        let mut ends = vec![0u32; 20usize.pow(k as u32)];
        for (_, word) in words(codes, k) {
            ends[word] += 1;
        }
        // From counts to starts, which the filling below moves to the ends.
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total - *end;
        }
        let mut places = vec![0; total as usize];
        for (place, word) in words(codes, k) {
            places[ends[word] as usize] = place as u32;
            ends[word] += 1;
        }
        Self { k, ends, places }
    }

    /// The number of residues of a word.
    pub(super) fn k(&self) -> usize {
        self.k
    }

    /// The places of a word, in ascending order.
    #[inline]
    pub(super) fn places(&self, word: usize) -> &[u32] {
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start as usize..self.ends[word] as usize]
    }
}

/// The words of `k` known residues: place and number, the first residue most significant.
pub(super) fn words(codes: &[u8], k: usize) -> impl Iterator<Item = (usize, usize)> {
    let largest = 20usize.pow(k as u32);
    let (mut word, mut known) = (0, 0);
    codes.iter().enumerate().filter_map(move |(place, &code)| {
        if code >= UNKNOWN_RESIDUE {
            known = 0;
            return None;
        }
        known += 1;
        word = (word * 20 + usize::from(code)) % largest;
        (known >= k).then(|| (place + 1 - k, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_skip_what_is_not_known() {
        let found: Vec<_> = words(&[0, 1, 2, UNKNOWN_RESIDUE, 19, 19, 3], 2).collect();
        assert_eq!(found, [(0, 1), (1, 22), (4, 399), (5, 383)]);
        assert_eq!(words(&[0], 2).count(), 0);
    }

    #[test]
    fn the_index_knows_every_place_of_every_word() {
        let codes = [5, 6, 5, 6, 21, 5, 6, 20, 6, 5];
        let index = WordIndex::new(&codes, 2);
        assert_eq!(index.places(5 * 20 + 6), [0, 2, 5]);
        assert_eq!(index.places(6 * 20 + 5), [1, 8]);
        assert_eq!((index.places(0), index.places(399)), (&[][..], &[][..]));
        assert_eq!(index.k(), 2);
    }
}
