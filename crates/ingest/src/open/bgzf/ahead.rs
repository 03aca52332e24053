//! Blocks that the rayon pool inflates ahead of their reader.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read},
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use noodles::bgzf;

use super::{HEADER, size_of_block};

/// Blocks that are inflated in one go: 1 MiB of text.
const BLOCKS: usize = 16;

/// Bytes of which [`BLOCKS`] blocks hardly have more.
const USUAL: usize = BLOCKS << 15;

/// Inflates the blocks of a bgzip file in order, chunk by chunk.
///
/// A chunk is inflated by a thread of the rayon pool, or by the reader when it comes to one that none has begun: the
/// reader never waits for work that nobody does, and is no slower than one that works alone.
///
/// Every error is one of noodles, which reads each chunk as a file, and comes after the text before it.
pub(super) struct Ahead<R> {
    raw: R,
    /// Chunks behind `text`, in order.
    chunks: VecDeque<Chunk>,
    /// How many of them there may be.
    limit: usize,
    /// Whether `raw` has no more blocks.
    ended: bool,
    text: Vec<u8>,
    /// Bytes of `text` that have been read.
    read: usize,
    /// What comes behind `text`.
    result: io::Result<()>,
    /// Why the last read of `raw` failed; it comes behind all chunks.
    failure: Option<io::Error>,
}

/// The text of a chunk, up to the first damage.
type Inflated = (Vec<u8>, io::Result<()>);

/// A chunk that waits for somebody to inflate it, or for its reader.
struct Chunk {
    packed: Packed,
    sender: SyncSender<thread::Result<Inflated>>,
    inflated: Receiver<thread::Result<Inflated>>,
}

/// Consecutive blocks, until somebody begins to inflate them.
#[derive(Clone)]
struct Packed(Arc<Mutex<Option<Vec<u8>>>>);

impl<R: Read> Ahead<R> {
    /// Reads blocks from `raw`; up to two chunks for each of `threads` are inflated ahead.
    pub(super) fn new(raw: R, threads: NonZeroUsize) -> Self {
        Self {
            raw,
            chunks: VecDeque::new(),
            limit: 2 * threads.get(),
            ended: false,
            text: Vec::new(),
            read: 0,
            result: Ok(()),
            failure: None,
        }
    }

    /// Hands chunks to the pool, as many as may be under way.
    fn look_ahead(&mut self) {
        while !self.ended && self.chunks.len() < self.limit {
            let mut packed = Vec::with_capacity(USUAL);
            let read = read_blocks(&mut self.raw, &mut packed);
            self.ended = !matches!(read, Ok(true));
            self.failure = read.err();
            if !packed.is_empty() {
                self.chunks.push_back(Chunk::begin(packed));
            }
        }
    }

    /// Goes on to the next chunk; false when there is none.
    fn advance(&mut self) -> io::Result<bool> {
        if let Err(error) = std::mem::replace(&mut self.result, Ok(())) {
            // What is behind damage is not read.
            self.ended = true;
            self.chunks.clear();
            return Err(error);
        }
        self.look_ahead();
        match self.chunks.pop_front() {
            Some(chunk) => {
                (self.text, self.result) = chunk.finish();
                self.read = 0;
                Ok(true)
            }
            None => self.failure.take().map_or(Ok(false), Err),
        }
    }
}

impl<R: Read> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.text.len() && self.advance()? {}
        Ok(&self.text[self.read..])
    }

    fn consume(&mut self, count: usize) {
        self.read = self.text.len().min(self.read + count);
    }
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl Chunk {
    fn begin(packed: Vec<u8>) -> Self {
        let packed = Packed(Arc::new(Mutex::new(Some(packed))));
        let (sender, inflated) = sync_channel(1);
        let chunk = Self {
            packed: packed.clone(),
            sender: sender.clone(),
            inflated,
        };
        rayon::spawn(move || packed.inflate(&sender));
        chunk
    }

    fn finish(self) -> Inflated {
        self.packed.inflate(&self.sender);
        let inflated = self.inflated.recv().expect("whoever inflates a chunk sends its text");
        inflated.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl Packed {
    /// Inflates the blocks unless somebody has begun to.
    fn inflate(&self, sender: &SyncSender<thread::Result<Inflated>>) {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(blocks) = taken {
            let inflated = catch_unwind(AssertUnwindSafe(|| {
                let mut text = Vec::with_capacity(BLOCKS << 16);
                let result = bgzf::io::Reader::new(&blocks[..]).read_to_end(&mut text);
                (text, result.map(drop))
            }));
            // The reader may have ended.
            let _ = sender.send(inflated);
        }
    }
}

/// Appends up to [`BLOCKS`] blocks and returns whether there may be more. A cut block, or one that can be none, is the last.
fn read_blocks(raw: &mut impl Read, packed: &mut Vec<u8>) -> io::Result<bool> {
    for _ in 0..BLOCKS {
        let start = packed.len();
        raw.take(HEADER as u64).read_to_end(packed)?;
        let Some(rest) = size_of_block(&packed[start..]).and_then(|size| size.checked_sub(HEADER)) else {
            return Ok(false);
        };
        if raw.take(rest as u64).read_to_end(packed)? < rest {
            return Ok(false);
        }
    }
    Ok(true)
}
