//! Reading FASTA, beside needletail.

use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use processive_ingest::FastaStream;

use crate::timing::median;

/// Letters that are read at a time, as a scan does.
const BLOCK: usize = 1 << 18;

/// Options of `reading`.
#[derive(Args)]
pub(crate) struct ReadingArgs {
    /// A plain FASTA file
    genome: PathBuf,
    /// How often both read it
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// Has both read the file in turn, on one thread, and prints bytes of the file per second. The letters that they find are the
/// same; both leave line ends out, and ours refuses what is no letter.
pub(crate) fn run(args: &ReadingArgs) -> anyhow::Result<()> {
    let bytes = fs::metadata(&args.genome)
        .with_context(|| args.genome.display().to_string())?
        .len();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round brings the file into memory and counts for nothing.
    for round in 0..=args.rounds {
        let (letters, seconds) = timed(|| read_ours(&args.genome))?;
        let (same, rival_seconds) = timed(|| read_theirs(&args.genome))?;
        if letters != same {
            bail!("{letters} letters here, {same} there");
        }
        if round > 0 {
            ours.push(bytes as f64 / seconds / 1e9);
            theirs.push(bytes as f64 / rival_seconds / 1e9);
        }
    }
    let mut ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let mut out = io::stdout().lock();
    writeln!(out, "processive  {}", spread(&mut ours, "GB/s"))?;
    writeln!(out, "needletail  {}", spread(&mut theirs, "GB/s"))?;
    writeln!(out, "ratio       {}", spread(&mut ratios, "times"))?;
    Ok(())
}

fn timed(read: impl Fn() -> anyhow::Result<u64>) -> anyhow::Result<(u64, f64)> {
    let begin = Instant::now();
    let letters = read()?;
    Ok((letters, begin.elapsed().as_secs_f64()))
}

/// Median and extremes.
fn spread(values: &mut [f64], unit: &str) -> String {
    values.sort_by(f64::total_cmp);
    let (least, most) = (values[0], values[values.len() - 1]);
    format!("{:.2} {unit} ({least:.2}-{most:.2})", median(values))
}

fn read_ours(path: &Path) -> anyhow::Result<u64> {
    let mut stream = FastaStream::open(path, NonZeroUsize::MIN)?;
    let (mut block, mut letters) = (Vec::new(), 0);
    while stream.next_contig()?.is_some() {
        loop {
            block.clear();
            match stream.read_block(&mut block, BLOCK)? {
                0 => break,
                read => letters += read as u64,
            }
            black_box(&block);
        }
    }
    Ok(letters)
}

fn read_theirs(path: &Path) -> anyhow::Result<u64> {
    let mut reader = needletail::parse_fastx_file(path)?;
    let mut letters = 0;
    while let Some(record) = reader.next() {
        let record = record?;
        let sequence = record.seq();
        letters += black_box(&sequence).len() as u64;
    }
    Ok(letters)
}
