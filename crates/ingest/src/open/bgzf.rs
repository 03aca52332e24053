//! Bgzip that cannot end early without an error.
//!
//! noodles takes a file without its end-of-file block, or with a cut block header, as complete. Here the
//! last bytes that the decoder consumed must be that block.

mod ahead;

use std::{
    fs::File,
    io::{self, BufRead, Read, Seek, SeekFrom},
    num::NonZeroUsize,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use noodles::bgzf;

use self::ahead::Ahead;
use super::Reader;

/// The empty block that ends every bgzip file (SAM specification, 4.1.2).
const END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// The bytes before the deflated data of a block, which tell it from other gzip.
pub(super) const HEADER: usize = 18;

/// Whether bytes begin as a bgzip block that noodles can read; other gzip goes to the gzip decoder.
pub(super) fn is_header(head: &[u8]) -> bool {
    head.len() >= HEADER && head[..4] == END[..4] && head[10..16] == END[10..16]
}

/// The size of the block that begins with a whole header, in bytes.
fn size_of_block(header: &[u8]) -> Option<usize> {
    let size = header.get(HEADER - 2..HEADER)?;
    Some(usize::from(u16::from_le_bytes([size[0], size[1]])) + 1)
}

/// Fails at once, before any work, when a regular file does not end with the end-of-file block.
pub(super) fn refuse_truncated(path: &Path) -> io::Result<()> {
    if !super::is_regular(path)? {
        return Ok(());
    }
    let mut file = File::open(path)?;
    let mut last = [0; END.len()];
    let length = file.metadata()?.len();
    let start = length.checked_sub(END.len() as u64).ok_or_else(missing_end)?;
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut last)?;
    if last == END { Ok(()) } else { Err(missing_end()) }
}

/// Returns a reader of the inflated blocks. With more than one thread, those of the rayon pool inflate them ahead of the
/// caller.
pub(super) fn inflate(raw: impl Read + Send + 'static, threads: NonZeroUsize) -> Reader {
    let complete = Arc::new(AtomicBool::new(false));
    let watched = Watched {
        inner: raw,
        last: [0; END.len()],
        complete: Arc::clone(&complete),
    };
    if threads == NonZeroUsize::MIN {
        let inner = bgzf::io::Reader::new(watched);
        return Box::new(Checked { inner, complete });
    }
    let inner = Ahead::new(watched, threads);
    Box::new(Checked { inner, complete })
}

fn missing_end() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the bgzip end-of-file block is missing")
}

/// Notes whether the bytes read so far end with the end-of-file block.
struct Watched<R> {
    inner: R,
    last: [u8; END.len()],
    complete: Arc<AtomicBool>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let new = count.min(END.len());
        self.last.copy_within(new.., 0);
        self.last[END.len() - new..].copy_from_slice(&buffer[count - new..count]);
        self.complete.store(self.last == END, Ordering::Release);
        Ok(count)
    }
}

/// Turns an end of data that is not the end of the file into an error.
struct Checked<R> {
    inner: R,
    complete: Arc<AtomicBool>,
}

impl<R: BufRead> BufRead for Checked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.inner.fill_buf()?.is_empty() && !self.complete.load(Ordering::Acquire) {
            return Err(missing_end());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
    }
}

impl<R: BufRead> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    #[test]
    fn a_stream_cut_anywhere_is_an_error() {
        let mut writer = bgzf::io::Writer::new(Vec::new());
        for part in [&b"ACGT"[..], b"TTGCA", b"N"] {
            writer.write_all(part).unwrap();
            writer.flush().unwrap();
        }
        let whole = writer.finish().unwrap();
        for threads in [1, 2, 4] {
            let threads = NonZeroUsize::new(threads).unwrap();
            let read = |bytes: &[u8]| {
                let mut text = Vec::new();
                inflate(Cursor::new(bytes.to_vec()), threads)
                    .read_to_end(&mut text)
                    .map(|_| text)
            };
            assert_eq!(read(&whole).unwrap(), b"ACGTTTGCAN");
            for length in 0..whole.len() {
                let error = read(&whole[..length]).unwrap_err();
                assert_eq!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof,
                    "{length} of {}: {error}",
                    whole.len()
                );
            }
        }
    }
}
