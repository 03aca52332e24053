//! Compressed blocks that wait for their place in the file.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::AtomicFile;

/// What zlib may add to bytes that do not compress: less than this and a 256th.
const BOUND: usize = 1024;

/// Where the values of a block lie and how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The contig and the start of the first value.
    pub(super) first: [u32; 2],
    /// The contig and the end of the last value.
    pub(super) last: [u32; 2],
    pub(super) bytes: u32,
}

/// Blocks in a temporary file without a name.
pub(super) struct BlockSpool {
    file: BufWriter<File>,
    zlib: Compress,
    packed: Vec<u8>,
    blocks: Vec<Block>,
    bytes: u64,
    largest: usize,
}

impl BlockSpool {
    /// Opens a spool in the folder of `output`.
    pub(super) fn new(output: &AtomicFile) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(output.scratch()?),
            zlib: Compress::new(Compression::default(), true),
            packed: Vec::new(),
            blocks: Vec::new(),
            bytes: 0,
            largest: 0,
        })
    }

    /// Compresses (zlib) and appends a block.
    pub(super) fn push(&mut self, first: [u32; 2], last: [u32; 2], raw: &[u8]) -> io::Result<()> {
        self.compress(raw)?;
        self.file.write_all(&self.packed)?;
        self.blocks.push(Block {
            first,
            last,
            bytes: self.packed.len() as u32,
        });
        self.bytes += self.packed.len() as u64;
        self.largest = self.largest.max(raw.len());
        Ok(())
    }

    /// Compresses in the memory of the block before.
    fn compress(&mut self, raw: &[u8]) -> io::Result<()> {
        self.zlib.reset();
        self.packed.clear();
        self.packed.reserve(BOUND + raw.len() + raw.len() / 256);
        match self.zlib.compress_vec(raw, &mut self.packed, FlushCompress::Finish)? {
            Status::StreamEnd => Ok(()),
            Status::Ok | Status::BufError => Err(io::Error::other("a block does not fit its bound")),
        }
    }

    /// All blocks in file order.
    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The size of all blocks, compressed.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The size of the largest block, not compressed.
    pub(super) fn largest(&self) -> usize {
        self.largest
    }

    /// Copies all blocks to the output.
    pub(super) fn copy_to(self, output: &mut impl Write) -> io::Result<()> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        io::copy(&mut file, output)?;
        Ok(())
    }
}
