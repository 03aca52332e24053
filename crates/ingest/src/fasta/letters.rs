//! The lines of a sequence: which bytes are letters, where lines end.

use memchr::memchr;

/// Whether a byte can stand in a sequence: an ASCII letter, `-`, `.` or `*`.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'.' | b'*')
}

/// Returns the first byte that cannot stand in a sequence.
pub(crate) fn first_invalid(bytes: &[u8]) -> Option<u8> {
    if is_alphabetic(bytes) {
        return None;
    }
    bytes.iter().copied().find(|&byte| !is_letter(byte))
}

/// Whether all bytes are ASCII letters. Without a branch per byte, so that it compiles to wide instructions:
/// it decides for all but a few lines of a genome.
fn is_alphabetic(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .fold(true, |all, &byte| all & ((byte | 0x20).wrapping_sub(b'a') < 26))
}

/// A byte that cannot stand where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidByte(pub(super) u8);

/// How far a scan came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Bytes of the buffer that are done with.
    pub(super) consumed: usize,
    /// Letters among them.
    pub(super) letters: usize,
    /// Whether the next byte is the `>` of another record.
    pub(super) ended: bool,
}

/// Reads sequence lines from buffers that may begin and end anywhere.
#[derive(Debug)]
pub(super) struct LineScanner {
    /// The 1-based line of the next byte.
    pub(super) line: u64,
    /// Whether the next byte is the first of its line.
    at_start: bool,
    /// A blank that was met on this line: only blanks may follow it.
    blank: Option<u8>,
}

impl LineScanner {
    /// Creates a scanner at the start of a line.
    pub(super) fn new(line: u64) -> Self {
        Self {
            line,
            at_start: true,
            blank: None,
        }
    }

    /// Passes the letters of `buffer`, at most `limit`, to `keep` in pieces.
    pub(super) fn scan(
        &mut self,
        buffer: &[u8],
        limit: usize,
        mut keep: impl FnMut(&[u8]),
    ) -> Result<Step, InvalidByte> {
        let mut step = Step::default();
        while step.consumed < buffer.len() && step.letters < limit {
            let rest = &buffer[step.consumed..];
            if self.at_start && rest[0] == b'>' {
                step.ended = true;
                break;
            }
            let reach = &rest[..rest.len().min(limit - step.letters)];
            let end = memchr(b'\n', reach);
            let part = &reach[..end.unwrap_or(reach.len())];
            step.letters += self.take(part, &mut keep)?;
            step.consumed += part.len();
            if end.is_some() {
                step.consumed += 1;
                self.end_line();
            }
        }
        Ok(step)
    }

    /// Takes a part of one line, without its newline, and returns how many letters it holds.
    ///
    /// Blanks (space, tab, carriage return) may stand at the end of a line only.
    pub(super) fn take(&mut self, part: &[u8], keep: &mut impl FnMut(&[u8])) -> Result<usize, InvalidByte> {
        if part.is_empty() {
            return Ok(0);
        }
        self.at_start = false;
        let letters = if is_alphabetic(part) {
            part.len()
        } else {
            part.iter().position(|&byte| !is_letter(byte)).unwrap_or(part.len())
        };
        if let (Some(blank), true) = (self.blank, letters > 0) {
            return Err(InvalidByte(blank));
        }
        keep(&part[..letters]);
        self.take_blanks(&part[letters..])?;
        Ok(letters)
    }

    fn take_blanks(&mut self, tail: &[u8]) -> Result<(), InvalidByte> {
        for &byte in tail {
            match (byte, self.blank) {
                (b' ' | b'\t' | b'\r', _) => self.blank = Some(byte),
                (_, Some(blank)) if is_letter(byte) => return Err(InvalidByte(blank)),
                _ => return Err(InvalidByte(byte)),
            }
        }
        Ok(())
    }

    /// Goes to the start of the next line and returns the last blank of the line that ended.
    pub(super) fn end_line(&mut self) -> Option<u8> {
        self.line += 1;
        self.at_start = true;
        self.blank.take()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan_in_pieces(text: &[u8], piece: usize, limit: usize) -> Result<Vec<u8>, InvalidByte> {
        let mut scanner = LineScanner::new(1);
        let mut letters = Vec::new();
        for mut buffer in text.chunks(piece) {
            while !buffer.is_empty() {
                let step = scanner.scan(buffer, limit, |part| letters.extend_from_slice(part))?;
                if step.ended {
                    return Ok(letters);
                }
                buffer = &buffer[step.consumed..];
            }
        }
        Ok(letters)
    }

    #[test]
    fn letters_do_not_depend_on_where_buffers_and_blocks_end() {
        let text = b"ACGT\r\nnn-N.*\t \r\n\r\n\nRy\r\nA>";
        for (piece, limit) in [(1, 1), (1, 9), (2, 3), (3, 2), (5, 1), (100, 1), (100, 4)] {
            assert_eq!(
                scan_in_pieces(text, piece, limit),
                Err(InvalidByte(b'>')),
                "{piece} {limit}"
            );
            let body = &text[..text.len() - 2];
            let letters = scan_in_pieces(body, piece, limit);
            assert_eq!(letters.as_deref(), Ok(&b"ACGTnn-N.*Ry"[..]), "{piece} {limit}");
        }
    }

    #[test]
    fn a_header_ends_the_sequence() {
        let mut scanner = LineScanner::new(7);
        let step = scanner.scan(b"AC\nG\n>b\nT\n", 100, |_| ()).unwrap();
        assert_eq!((step.consumed, step.letters, step.ended, scanner.line), (5, 3, true, 9));
    }

    #[test]
    fn blanks_inside_a_line_and_other_bytes_are_refused() {
        for (text, byte) in [
            (&b"AC GT"[..], b' '),
            (b"AC\rGT\n", b'\r'),
            (b"AC1\n", b'1'),
            (b"A>C\n", b'>'),
            (b"AC\0\n", 0),
            (b"A\xc3\xa9\n", 0xc3),
            (b"A \x07", 7),
        ] {
            for piece in [1, 2, 100] {
                assert_eq!(scan_in_pieces(text, piece, 50), Err(InvalidByte(byte)), "{text:?}");
            }
        }
    }

    #[test]
    fn the_fast_check_agrees_with_the_definition() {
        for byte in 0..=255u8 {
            assert_eq!(is_alphabetic(&[byte]), byte.is_ascii_alphabetic(), "{byte}");
            let invalid = (!is_letter(byte)).then_some(byte);
            assert_eq!(first_invalid(&[b'A', byte, b'C']), invalid, "{byte}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_the_same_answer_in_any_pieces(
            text in proptest::collection::vec(prop::sample::select(b"ACgtN-\r\n >1".to_vec()), 0..40),
            piece in 1usize..9,
            limit in 1usize..9,
        ) {
            let whole = scan_in_pieces(&text, text.len().max(1), 1000);
            prop_assert_eq!(scan_in_pieces(&text, piece, limit), whole);
        }
    }
}
