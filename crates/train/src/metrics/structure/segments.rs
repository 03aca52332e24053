//! Segments: maximal runs of residues in one state.

/// A maximal run of residues in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The state.
    pub(super) state: u8,
    /// The 0-based index of the first residue.
    pub(super) start: usize,
    /// The 0-based index after the last residue.
    pub(super) end: usize,
}

impl Segment {
    /// The number of residues.
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Cuts a chain into its segments. Residues that are not scored belong to none, and end the segment before them.
///
/// # Panics
/// When there are not as many marks as states.
pub(super) fn segments(states: &[u8], scored: &[bool]) -> Vec<Segment> {
    assert_eq!(states.len(), scored.len(), "one mark per residue");
    let mut found: Vec<Segment> = Vec::new();
    for (place, (&state, _)) in states
        .iter()
        .zip(scored)
        .enumerate()
        .filter(|(_, (_, scored))| **scored)
    {
        match found.last_mut() {
            Some(last) if last.state == state && last.end == place => last.end += 1,
            _ => found.push(Segment {
                state,
                start: place,
                end: place + 1,
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_end_where_the_state_changes_and_at_residues_that_are_not_scored() {
        let cut = |states: &[u8], scored: &str| -> Vec<(u8, usize, usize)> {
            let scored: Vec<bool> = scored.bytes().map(|mark| mark == b'1').collect();
            let found = segments(states, &scored);
            found.iter().map(|s| (s.state, s.start, s.end)).collect()
        };
        assert_eq!(cut(&[0, 0, 2, 2, 2, 0], "111111"), [(0, 0, 2), (2, 2, 5), (0, 5, 6)]);
        assert_eq!(cut(&[2, 2, 2, 2, 2], "11011"), [(2, 0, 2), (2, 3, 5)]);
        assert_eq!(cut(&[1, 1, 0], "011"), [(1, 1, 2), (0, 2, 3)]);
        assert_eq!(cut(&[1, 1], "00"), []);
        assert_eq!(cut(&[], ""), []);
    }
}
