//! The reader's side: letters in, batches of pieces out.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use processive_core::{Contig, Region};
use processive_ingest::{FastaStream, IndexedFasta};

use super::MotifScanRequest;
use super::batch::Piece;
use super::plan::MotifPlan;
use super::zones::Zone;
use crate::beginning::{Beginning, judge_beginning};
use crate::digest::{BlockDigests, GenomeDigest, blocks_beginning_in};
use crate::error::Halt;
use crate::progress::Event;
use crate::shards::Place;
use crate::stages::check_stop;

/// Letters that are read at a time for their digest alone.
const DIGESTED: u64 = 1 << 17;

/// Letters that are searched at a time, from one contig or from many small ones.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) pieces: Vec<Piece>,
    /// What to show when the batch is written.
    pub(super) events: Vec<Event>,
    letters: usize,
}

/// What the reader knows at the end.
#[derive(Debug)]
pub(super) struct GenomeRead {
    /// Every contig of the genome.
    pub(super) contigs: Vec<Contig>,
    /// The digest, when the whole genome was read.
    pub(super) digest: Option<String>,
    /// The digests of the blocks that begin in a shard, unless it is one of regions.
    pub(super) blocks: Option<Vec<String>>,
    /// The place of a shard in the whole search.
    pub(super) place: Option<Place>,
}

/// Reads what the request names and sends it on, piece by piece.
pub(super) fn read(
    request: &MotifScanRequest<'_>,
    stop: &AtomicBool,
    dispatch: &mut dyn FnMut(Batch) -> Result<(), Halt>,
) -> Result<GenomeRead, Halt> {
    let reader = Reader {
        limit: request.letters(),
        overlap: request.motifs.widest().saturating_sub(1),
        batch: Batch::default(),
        digests: request.regions.is_none().then(BlockDigests::default),
        stop,
        dispatch,
    };
    if request.regions.is_none() && request.shard.is_none() {
        return reader.read_genome(FastaStream::open(request.genome, request.threads)?);
    }
    let genome = IndexedFasta::open(request.genome)?;
    let plan = request.plan(genome.contigs())?;
    reader.read_plan(genome, plan)
}

struct Reader<'a> {
    /// The letters of a batch, without overlaps.
    limit: usize,
    /// The letters behind a piece that its last windows need.
    overlap: usize,
    batch: Batch,
    digests: Option<BlockDigests>,
    stop: &'a AtomicBool,
    dispatch: &'a mut dyn FnMut(Batch) -> Result<(), Halt>,
}

impl Reader<'_> {
    fn read_genome(mut self, mut genome: FastaStream) -> Result<GenomeRead, Halt> {
        let mut contigs = Vec::new();
        let mut digest = GenomeDigest::default();
        while let Some(name) = genome.next_contig()? {
            let length = self.read_contig(&mut genome, &name)?;
            digest.contig(&name, &self.take_blocks());
            contigs.push(Contig::new(name, length));
        }
        self.flush()?;
        let digest = Some(digest.finish());
        Ok(GenomeRead {
            contigs,
            digest,
            blocks: None,
            place: None,
        })
    }

    /// Reads one contig to its end and returns its length.
    fn read_contig(&mut self, genome: &mut FastaStream, name: &str) -> Result<u64, Halt> {
        let contig: Arc<str> = Arc::from(name);
        let mut beginning = Beginning::new(name);
        self.batch.events.push(Event::Contig(Arc::clone(&contig), None));
        let (mut start, mut letters) = (0, Vec::new());
        loop {
            check_stop(self.stop)?;
            let room = self.room();
            let known = letters.len();
            let wanted = room + self.overlap;
            let mut missing = wanted - known;
            while missing > 0 {
                match genome.read_block(&mut letters, missing)? {
                    0 => break,
                    read => missing -= read,
                }
            }
            letters[known..].make_ascii_uppercase();
            beginning.push(&letters[known..])?;
            self.digest(&letters[known..]);
            let is_last = letters.len() < wanted;
            let piece = if is_last { letters.len() } else { room };
            let mut rest = Vec::with_capacity(if is_last { 0 } else { self.limit + self.overlap });
            rest.extend_from_slice(&letters[piece..]);
            let end = start + piece as u64;
            self.push(Piece {
                contig: Arc::clone(&contig),
                starts: start..end,
                letters: std::mem::replace(&mut letters, rest),
                regions: None,
            })?;
            start = end;
            if is_last {
                beginning.judge()?;
                self.end_digest();
                return Ok(end);
            }
        }
    }

    fn read_plan(mut self, mut genome: IndexedFasta, plan: MotifPlan) -> Result<GenomeRead, Halt> {
        let contigs = genome.contigs().to_vec();
        let mut judged = None;
        for zone in &plan.zones {
            let contig = &contigs[zone.contig];
            if judged.replace(zone.contig) != Some(zone.contig) {
                judge_beginning(&mut genome, contig)?;
            }
            self.read_zone(&mut genome, contig, zone)?;
        }
        self.flush()?;
        Ok(GenomeRead {
            contigs,
            digest: None,
            blocks: self.digests.is_some().then(|| self.take_blocks()),
            place: Some(plan.place),
        })
    }

    /// Reads the letters of a zone, then those that are left of the blocks that begin in it.
    fn read_zone(&mut self, genome: &mut IndexedFasta, contig: &Contig, zone: &Zone) -> Result<(), Halt> {
        let name: Arc<str> = Arc::from(&*contig.name);
        self.batch
            .events
            .push(Event::Contig(Arc::clone(&name), Some(contig.length)));
        let digested = blocks_beginning_in(&zone.starts, contig.length);
        let mut start = zone.starts.start;
        while start < zone.starts.end {
            check_stop(self.stop)?;
            let end = zone.starts.end.min(start + self.room() as u64);
            let letters = Region::new(&*contig.name, start, contig.length.min(end + self.overlap as u64))?;
            let mut letters = genome.fetch(&letters)?;
            letters.make_ascii_uppercase();
            let offset = |base: u64| (base.clamp(start, end) - start) as usize;
            self.digest(&letters[offset(digested.start)..offset(digested.end)]);
            self.push(Piece {
                contig: Arc::clone(&name),
                starts: start..end,
                letters,
                regions: zone.regions.clone(),
            })?;
            start = end;
        }
        if self.digests.is_some() {
            self.read_digested(genome, contig, start.max(digested.start)..digested.end)?;
        }
        self.end_digest();
        Ok(())
    }

    /// Reads letters for their digest alone.
    fn read_digested(&mut self, genome: &mut IndexedFasta, contig: &Contig, mut bases: Range<u64>) -> Result<(), Halt> {
        while !bases.is_empty() {
            check_stop(self.stop)?;
            let end = bases.end.min(bases.start + DIGESTED);
            let mut letters = genome.fetch(&Region::new(&*contig.name, bases.start, end)?)?;
            letters.make_ascii_uppercase();
            self.digest(&letters);
            bases.start = end;
        }
        Ok(())
    }

    fn digest(&mut self, letters: &[u8]) {
        if let Some(digests) = &mut self.digests {
            digests.letters(letters);
        }
    }

    fn end_digest(&mut self) {
        if let Some(digests) = &mut self.digests {
            digests.end_contig();
        }
    }

    fn take_blocks(&mut self) -> Vec<String> {
        self.digests.as_mut().map(BlockDigests::take).unwrap_or_default()
    }

    /// The letters that still fit the batch, one at least.
    fn room(&self) -> usize {
        self.limit - self.batch.letters
    }

    /// Adds a piece that fits, and sends the batch on when it is full.
    fn push(&mut self, piece: Piece) -> Result<(), Halt> {
        self.batch.letters += (piece.starts.end - piece.starts.start) as usize;
        self.batch.pieces.push(piece);
        if self.batch.letters >= self.limit {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<(), Halt> {
        (self.dispatch)(std::mem::take(&mut self.batch))
    }
}
