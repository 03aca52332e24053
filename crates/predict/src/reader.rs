//! The reader's side of a scan: letters in, batches out.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use processive_core::{Contig, Region};
use processive_ingest::{FastaStream, IndexedFasta};

use crate::beginning::{Beginning, judge_beginning};
use crate::cutter::BinCutter;
use crate::digest::{BlockDigests, GenomeDigest, blocks_beginning_in};
use crate::error::Halt;
use crate::grid::BinGrid;
use crate::packer::Packer;
use crate::plan::Plan;
use crate::progress::Event;
use crate::shards::Place;
use crate::stages::check_stop;
use crate::{BaseCounts, ScanRequest};

/// What the reader knows at the end.
#[derive(Debug)]
pub(crate) struct GenomeRead {
    /// Every contig of the genome.
    pub(crate) contigs: Vec<Contig>,
    /// The scanned bases.
    pub(crate) bases: BaseCounts,
    /// The bins without a known base.
    pub(crate) skipped_bins: u64,
    /// The digest of the genome, when all of it was read.
    pub(crate) digest: Option<String>,
    /// The digests of the blocks that begin in a shard, unless it is one of regions.
    pub(crate) blocks: Option<Vec<String>>,
    /// The place of a shard in the whole scan.
    pub(crate) place: Option<Place>,
}

/// Reads what the request names and sends its windows on.
pub(crate) fn read(
    request: &ScanRequest<'_>,
    grid: BinGrid,
    stop: &AtomicBool,
    packer: &mut Packer<'_>,
) -> Result<GenomeRead, Halt> {
    let reader = Reader {
        block: Vec::new(),
        block_size: request.block_size.get(),
        stop,
        packer,
        grid,
        cutter: BinCutter::new(grid, request.windows_at_a_time()),
        bases: BaseCounts::default(),
        digests: request.regions.is_none().then(BlockDigests::default),
    };
    if request.regions.is_none() && request.shard.is_none() {
        return reader.read_genome(FastaStream::open(request.genome, request.threads)?);
    }
    let genome = IndexedFasta::open(request.genome)?;
    let plan = request.plan(genome.contigs(), grid)?;
    reader.read_plan(genome, plan)
}

struct Reader<'a, 'p> {
    block: Vec<u8>,
    block_size: usize,
    stop: &'a AtomicBool,
    packer: &'a mut Packer<'p>,
    grid: BinGrid,
    cutter: BinCutter,
    bases: BaseCounts,
    digests: Option<BlockDigests>,
}

impl Reader<'_, '_> {
    fn read_genome(mut self, mut genome: FastaStream) -> Result<GenomeRead, Halt> {
        let mut contigs = Vec::new();
        let mut digest = GenomeDigest::default();
        while let Some(name) = genome.next_contig()? {
            let length = self.read_contig(&mut genome, &name)?;
            digest.contig(&name, &self.take_blocks());
            contigs.push(Contig::new(name, length));
        }
        let read = self.finish(contigs)?;
        Ok(GenomeRead {
            digest: Some(digest.finish()),
            ..read
        })
    }

    /// Reads one contig to its end and returns its length.
    fn read_contig(&mut self, genome: &mut FastaStream, name: &str) -> Result<u64, Halt> {
        let mut beginning = Beginning::new(name);
        let mut length = 0;
        self.begin(name, None, 0);
        while genome.read_block(&mut self.block, self.block_size)? > 0 {
            check_stop(self.stop)?;
            self.block.make_ascii_uppercase();
            beginning.push(&self.block)?;
            if let Some(digests) = &mut self.digests {
                digests.letters(&self.block);
            }
            self.bases += BaseCounts::of(&self.block);
            length += self.block.len() as u64;
            self.cutter.push(&self.block, self.packer)?;
            self.block.clear();
        }
        beginning.judge()?;
        self.end(self.grid.bins(length), length)?;
        Ok(length)
    }

    fn read_plan(mut self, mut genome: IndexedFasta, plan: Plan) -> Result<GenomeRead, Halt> {
        let contigs = genome.contigs().to_vec();
        let mut judged = None;
        for range in plan.ranges {
            let contig = &contigs[range.contig];
            if judged.replace(range.contig) != Some(range.contig) {
                judge_beginning(&mut genome, contig)?;
            }
            self.begin(&contig.name, Some(contig.length), range.bins.start);
            self.read_bins(&mut genome, contig, &range.bins)?;
        }
        let blocks = self.digests.is_some().then(|| self.take_blocks());
        let read = self.finish(contigs)?;
        Ok(GenomeRead {
            blocks,
            place: Some(plan.place),
            ..read
        })
    }

    /// Reads the bases under consecutive bins, and those of the blocks that begin in them, block by block.
    fn read_bins(&mut self, genome: &mut IndexedFasta, contig: &Contig, bins: &Range<u64>) -> Result<(), Halt> {
        let inside = self.grid.start(bins.start)..self.grid.start(bins.end).min(contig.length);
        let under = self.grid.bases_under(bins, contig.length);
        let hashed = match &self.digests {
            Some(_) => blocks_beginning_in(&inside, contig.length),
            None => inside.end..inside.end,
        };
        let last = under.end.max(hashed.end);
        let mut start = under.start;
        while start < last {
            check_stop(self.stop)?;
            let end = last.min(start + self.block_size as u64);
            let mut block = genome.fetch(&Region::new(&*contig.name, start, end)?)?;
            block.make_ascii_uppercase();
            let offset = |base: u64| (base.clamp(start, end) - start) as usize;
            let part = |bases: &Range<u64>| &block[offset(bases.start)..offset(bases.end)];
            self.bases += BaseCounts::of(part(&inside));
            if let Some(digests) = &mut self.digests {
                digests.letters(part(&hashed));
            }
            self.cutter.push(part(&under), self.packer)?;
            start = end;
        }
        self.end(bins.end, contig.length)
    }

    fn begin(&mut self, name: &str, length: Option<u64>, bin: u64) {
        let contig: Arc<str> = Arc::from(name);
        self.packer.note(Event::Contig(Arc::clone(&contig), length));
        self.cutter.begin(contig, bin);
    }

    /// Ends consecutive bins of a contig.
    fn end(&mut self, bin: u64, length: u64) -> Result<(), Halt> {
        if let Some(digests) = &mut self.digests {
            digests.end_contig();
        }
        self.cutter.finish(bin, length, self.packer)
    }

    fn take_blocks(&mut self) -> Vec<String> {
        self.digests.as_mut().map(BlockDigests::take).unwrap_or_default()
    }

    fn finish(self, contigs: Vec<Contig>) -> Result<GenomeRead, Halt> {
        self.packer.finish()?;
        Ok(GenomeRead {
            contigs,
            bases: self.bases,
            skipped_bins: self.cutter.skipped(),
            digest: None,
            blocks: None,
            place: None,
        })
    }
}
