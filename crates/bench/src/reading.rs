//! Reading FASTA, beside needletail, and bgzip, beside noodles on one thread.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read as _, Write};
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
    /// A FASTA file, plain or bgzip
    genome: PathBuf,
    /// Threads that inflate bgzip blocks ahead of the reader
    #[arg(long, default_value = "2")]
    threads: NonZeroUsize,
    /// How often each reads it
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// Reads a file and returns the number of its letters.
type Read<'a> = dyn Fn() -> anyhow::Result<u64> + 'a;

/// Has all read the file in turn: needletail (what is plain), one thread of ours, which inflates bgzip with noodles' reader, and more of ours.
/// Prints letters per second. The letters that they find are the same; all leave line ends out, and ours refuses what is no letter.
pub(crate) fn run(args: &ReadingArgs) -> anyhow::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads.get());
    pool.build_global().context("cannot start threads")?;
    let ours = |threads| -> Box<Read<'_>> { Box::new(move || read_ours(&args.genome, threads)) };
    let mut readers = vec![
        ("one thread".to_owned(), ours(NonZeroUsize::MIN)),
        (format!("{} threads", args.threads), ours(args.threads)),
    ];
    if !is_packed(&args.genome).with_context(|| args.genome.display().to_string())? {
        readers.insert(0, ("needletail".to_owned(), Box::new(|| read_theirs(&args.genome))));
    }
    let mut speeds = vec![Vec::new(); readers.len()];
    // The first round brings the file into memory and counts for nothing.
    for round in 0..=args.rounds {
        let mut found = Vec::new();
        for ((_, read), speeds) in readers.iter().zip(&mut speeds) {
            let (letters, seconds) = timed(read)?;
            found.push(letters);
            if round > 0 {
                speeds.push(letters as f64 / seconds / 1e9);
            }
        }
        if found.iter().any(|&letters| letters != found[0]) {
            bail!("different numbers of letters: {found:?}");
        }
    }
    let (first, rival) = (&readers[0].0, speeds[0].clone());
    let mut out = io::stdout().lock();
    for ((name, _), speeds) in readers.iter().zip(&mut speeds) {
        let mut ratios: Vec<f64> = speeds.iter().zip(&rival).map(|(ours, theirs)| ours / theirs).collect();
        let (speed, ratio) = (spread(speeds, "G letters/s"), spread(&mut ratios, "times"));
        writeln!(out, "{name:<12}{speed}, {ratio} {first}")?;
    }
    Ok(())
}

/// Whether a file begins as gzip does.
fn is_packed(path: &Path) -> io::Result<bool> {
    let mut head = [0; 2];
    Ok(File::open(path)?.read(&mut head)? == 2 && head == [0x1f, 0x8b])
}

fn timed(read: &Read<'_>) -> anyhow::Result<(u64, f64)> {
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

/// Reads a file to its end and counts its letters.
pub(crate) fn read_ours(path: &Path, threads: NonZeroUsize) -> anyhow::Result<u64> {
    let mut stream = FastaStream::open(path, threads)?;
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
