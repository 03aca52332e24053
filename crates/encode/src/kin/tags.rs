//! Expression tags, which unrelated chains share.

use processive_core::alphabet::PROTEIN_CODES;

use super::scores::BREAK;

/// The fewest histidines in a row that make a tag.
const HISTIDINES: usize = 5;
/// A tag lies this near to an end of its chain.
const NEAR_END: usize = 40;
/// The linkers and cleavage sites on both sides of the histidines that belong to the tag.
const FLANK: usize = 16;

/// Turns the letters of a chain into amino acid codes, with [`BREAK`] in place of histidine tags.
///
/// Chains that have nothing else in common share tags such as `MGSDKIHHHHHHENLYFQG` letter by letter. A tag is a run of
/// at least 5 histidines that begins or ends within 40 residues of an end of the chain, and the 16 residues on either
/// side of it.
pub(super) fn codes_without_tags(letters: &[u8]) -> Vec<u8> {
    let mut codes: Vec<u8> = letters
        .iter()
        .map(|&letter| PROTEIN_CODES[usize::from(letter)])
        .collect();
    let mut start = 0;
    for run in letters.chunk_by(u8::eq_ignore_ascii_case) {
        let end = start + run.len();
        let near_end = start < NEAR_END || end + NEAR_END > letters.len();
        if run.len() >= HISTIDINES && run[0].eq_ignore_ascii_case(&b'H') && near_end {
            let last = (end + FLANK).min(codes.len());
            codes[start.saturating_sub(FLANK)..last].fill(BREAK);
        }
        start = end;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(letters: &str) -> String {
        let codes = codes_without_tags(letters.as_bytes());
        letters
            .chars()
            .zip(codes)
            .map(|(letter, code)| if code == BREAK { '-' } else { letter })
            .collect()
    }

    #[test]
    fn a_tag_and_its_linkers_are_broken_out_of_a_chain() {
        let chain = "ACDEFGIKLMNPQRSTVWYACDEFGIKLMNPQRSTVWYACDEFGIKLMNPQRSTVWY";
        assert_eq!(masked(chain), chain);
        let tagged = format!("MGSDKIHHHHHHENLYFQGSTACDEFG{chain}");
        assert_eq!(masked(&tagged), format!("{}{}", "-".repeat(28), &tagged[28..]));
        let tagged = format!("{chain}{chain}LEhhhhh");
        assert_eq!(masked(&tagged), format!("{}{}", &tagged[..100], "-".repeat(21)));
    }

    #[test]
    fn histidines_inside_a_chain_or_few_of_them_are_no_tag() {
        let half = "ACDEFGIKLMNPQRSTVWY".repeat(3);
        for letters in [format!("{half}HHHHHH{half}"), format!("MHHHH{half}"), "HHHH".to_owned()] {
            assert_eq!(masked(&letters), letters);
        }
    }
}
