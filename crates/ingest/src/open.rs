//! Opening files: plain text, gzip and bgzip, told apart by their first bytes.

mod bgzf;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Chain, Cursor, Read},
    num::NonZeroUsize,
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use crate::IngestError;

/// The path that stands for standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// Bytes per read of a file or a gzip stream: large enough that a system call is rare.
const BUFFER: usize = 256 * 1024;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// A reader that can move to another thread.
pub(crate) type Reader = Box<dyn BufRead + Send>;

/// A reader behind the bytes that were taken from it.
type Peeked = Chain<Cursor<Vec<u8>>, Reader>;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Bgzf,
}

/// An open file, decompressed, behind its byte order mark.
pub(crate) struct Text {
    pub(crate) reader: Reader,
    pub(crate) packing: Packing,
    /// The length of the byte order mark that was skipped: 0 or 3.
    pub(crate) skipped: u64,
}

/// Opens a file for reading: plain text, gzip (any number of members) or bgzip by content, `-` is
/// standard input; a UTF-8 byte order mark is skipped.
///
/// A read fails with [`io::ErrorKind::UnexpectedEof`] when compressed data end too early: a gzip stream
/// without its trailer, a bgzip file without its end-of-file block.
///
/// # Errors
/// - [`IngestError::Read`] when the file cannot be opened;
/// - [`IngestError::Truncated`] when a bgzip file lacks its end-of-file block;
/// - [`IngestError::Unsupported`] for zip, bzip2, xz, zstd, 2bit and UTF-16.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, IngestError> {
    Ok(open_text(path, NonZeroUsize::MIN)?.reader)
}

/// Opens a file; with more than one thread, those of the rayon pool inflate bgzip blocks ahead of the caller.
pub(crate) fn open_text(path: &Path, threads: NonZeroUsize) -> Result<Text, IngestError> {
    let fail = |source| IngestError::from_read(path, source);
    let raw: Reader = if path == Path::new(STANDARD_INPUT) {
        Box::new(BufReader::with_capacity(BUFFER, io::stdin()))
    } else {
        Box::new(BufReader::with_capacity(BUFFER, File::open(path).map_err(fail)?))
    };
    let (head, raw) = peek(raw, bgzf::HEADER).map_err(fail)?;
    let packing = packing(&head, path)?;
    let unpacked: Reader = match packing {
        Packing::Plain => Box::new(raw),
        Packing::Gzip => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw))),
        Packing::Bgzf => {
            bgzf::refuse_truncated(path).map_err(fail)?;
            bgzf::inflate(raw, threads)
        }
    };
    let (head, mut reader) = peek(unpacked, BYTE_ORDER_MARK.len()).map_err(fail)?;
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(unsupported(path, "UTF-16"));
    }
    let skipped = if head == BYTE_ORDER_MARK { head.len() } else { 0 };
    reader.consume(skipped);
    Ok(Text {
        reader: Box::new(reader),
        packing,
        skipped: skipped as u64,
    })
}

/// Whether a path is a file that can be read again and from any position: not standard input, not a pipe.
pub(crate) fn is_regular(path: &Path) -> io::Result<bool> {
    Ok(path != Path::new(STANDARD_INPUT) && path.metadata()?.is_file())
}

/// Reads up to `count` bytes and returns them with a reader that still yields them.
fn peek(mut reader: Reader, count: usize) -> io::Result<(Vec<u8>, Peeked)> {
    let mut head = Vec::with_capacity(count);
    reader.by_ref().take(count as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

fn packing(head: &[u8], path: &Path) -> Result<Packing, IngestError> {
    const OTHERS: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "zip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x43\x27\x41\x1a", "2bit"),
        (b"\x1a\x41\x27\x43", "2bit"),
    ];
    if let Some((_, format)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(unsupported(path, format));
    }
    Ok(if bgzf::is_header(head) {
        Packing::Bgzf
    } else if head.starts_with(b"\x1f\x8b") {
        Packing::Gzip
    } else {
        Packing::Plain
    })
}

fn unsupported(path: &Path, format: &'static str) -> IngestError {
    IngestError::Unsupported {
        path: path.to_owned(),
        format,
    }
}
