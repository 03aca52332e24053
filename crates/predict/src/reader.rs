//! The reader's side of a scan: letters in, batches out.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use processive_core::{Contig, Region};
use processive_ingest::{FastaStream, IndexedFasta};

use crate::beginning::{BEGINNING, Beginning};
use crate::cutter::BinCutter;
use crate::digest::GenomeDigest;
use crate::error::Halt;
use crate::grid::BinGrid;
use crate::packer::Packer;
use crate::progress::Event;
use crate::regions::bins_of_regions;
use crate::stages::check_stop;
use crate::{BaseCounts, PredictError, ScanRequest};

/// What the reader knows at the end.
#[derive(Debug)]
pub(crate) struct GenomeRead {
    /// Every contig of the genome.
    pub(crate) contigs: Vec<Contig>,
    /// The scanned bases.
    pub(crate) bases: BaseCounts,
    /// The bins without a known base.
    pub(crate) skipped_bins: u64,
    /// The digest, when the whole genome was read.
    pub(crate) digest: Option<String>,
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
    };
    match &request.regions {
        None => reader.read_genome(FastaStream::open(request.genome, NonZeroUsize::MIN)?),
        Some(regions) => reader.read_regions(IndexedFasta::open(request.genome)?, regions),
    }
}

struct Reader<'a, 'p> {
    block: Vec<u8>,
    block_size: usize,
    stop: &'a AtomicBool,
    packer: &'a mut Packer<'p>,
    grid: BinGrid,
    cutter: BinCutter,
    bases: BaseCounts,
}

impl Reader<'_, '_> {
    fn read_genome(mut self, mut genome: FastaStream) -> Result<GenomeRead, Halt> {
        let mut contigs = Vec::new();
        let mut digest = GenomeDigest::default();
        while let Some(name) = genome.next_contig()? {
            let length = self.read_contig(&mut genome, &name, &mut digest)?;
            contigs.push(Contig::new(name, length));
        }
        self.finish(contigs, Some(digest.finish()))
    }

    /// Reads one contig to its end and returns its length.
    fn read_contig(&mut self, genome: &mut FastaStream, name: &str, digest: &mut GenomeDigest) -> Result<u64, Halt> {
        let mut beginning = Beginning::new(name);
        let mut length = 0;
        self.begin(name, None, 0);
        digest.begin_contig(name);
        while genome.read_block(&mut self.block, self.block_size)? > 0 {
            check_stop(self.stop)?;
            self.block.make_ascii_uppercase();
            beginning.push(&self.block)?;
            digest.letters(&self.block);
            self.bases += BaseCounts::of(&self.block);
            length += self.block.len() as u64;
            self.cutter.push(&self.block, self.packer)?;
            self.block.clear();
        }
        beginning.judge()?;
        digest.end_contig();
        self.cutter.finish(self.grid.bins(length), length, self.packer)?;
        Ok(length)
    }

    fn read_regions(mut self, mut genome: IndexedFasta, regions: &[Region]) -> Result<GenomeRead, Halt> {
        let contigs = genome.contigs().to_vec();
        let mut judged = None;
        for range in bins_of_regions(regions, &contigs, self.grid)? {
            let contig = &contigs[range.contig];
            if judged.replace(range.contig) != Some(range.contig) {
                judge_beginning(&mut genome, contig)?;
            }
            self.begin(&contig.name, Some(contig.length), range.bins.start);
            self.read_bins(&mut genome, contig, &range.bins)?;
        }
        self.finish(contigs, None)
    }

    /// Reads the bases under consecutive bins, block by block.
    fn read_bins(&mut self, genome: &mut IndexedFasta, contig: &Contig, bins: &Range<u64>) -> Result<(), Halt> {
        let inside = self.grid.start(bins.start)..self.grid.start(bins.end).min(contig.length);
        let under = self.grid.bases_under(bins, contig.length);
        let mut start = under.start;
        while start < under.end {
            check_stop(self.stop)?;
            let end = under.end.min(start + self.block_size as u64);
            let block = genome.fetch(&Region::new(&*contig.name, start, end)?)?;
            let offset = |base: u64| (base.clamp(start, end) - start) as usize;
            self.bases += BaseCounts::of(&block[offset(inside.start)..offset(inside.end)]);
            self.cutter.push(&block, self.packer)?;
            start = end;
        }
        self.cutter.finish(bins.end, contig.length, self.packer)
    }

    fn begin(&mut self, name: &str, length: Option<u64>, bin: u64) {
        let contig: Arc<str> = Arc::from(name);
        self.packer.note(Event::Contig(Arc::clone(&contig), length));
        self.cutter.begin(contig, bin);
    }

    fn finish(self, contigs: Vec<Contig>, digest: Option<String>) -> Result<GenomeRead, Halt> {
        self.packer.finish()?;
        Ok(GenomeRead {
            contigs,
            bases: self.bases,
            skipped_bins: self.cutter.skipped(),
            digest,
        })
    }
}

fn judge_beginning(genome: &mut IndexedFasta, contig: &Contig) -> Result<(), PredictError> {
    let end = contig.length.min(BEGINNING as u64);
    let mut beginning = Beginning::new(&contig.name);
    beginning.push(&genome.fetch(&Region::new(&*contig.name, 0, end)?)?)?;
    beginning.judge()
}
