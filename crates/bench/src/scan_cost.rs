//! What scans cost: whole runs of the program, beside the machine's product speed.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use processive_models::{Model, ModelDescription};

use crate::layers::all;
use crate::reading::read_ours;
use crate::timing::{PRODUCT, median};

/// Repeats of the product.
const PRODUCTS: usize = 7;
/// Strands that a scan reads.
const STRANDS: f64 = 2.0;

/// Options of `scan-cost`.
#[derive(Args)]
pub(crate) struct CostArgs {
    /// The genome that is scanned, FASTA
    genome: PathBuf,
    /// Model files; each is scanned with its own bin, both strands
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    model: Vec<PathBuf>,
    /// Another bin for all of them, in bases
    #[arg(long)]
    bin: Option<NonZeroUsize>,
    /// Numbers of threads
    #[arg(long, num_args = 1.., default_values_t = [1, 2])]
    threads: Vec<usize>,
    /// How often each scan is run
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Runs the scans one after the other and prints a table of what they took. Start-up, reading and the Parquet file are part of
/// a run; the share is that of the machine's product speed which the products of the networks, all that cannot be looked
/// up, make up.
pub(crate) fn run(args: &CostArgs) -> anyhow::Result<()> {
    if args.rounds == 0 || args.threads.contains(&0) {
        bail!("--rounds and --threads are at least 1");
    }
    let program = std::env::current_exe()?.with_file_name("processive");
    let bases = read_ours(&args.genome, NonZeroUsize::MIN)?;
    let folder = std::env::temp_dir().join(format!("processive-scan-cost-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
    let done = measure_all(args, &program, bases, &folder);
    fs::remove_dir_all(&folder)?;
    done
}

fn measure_all(args: &CostArgs, program: &Path, bases: u64, folder: &Path) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "model\tarchitecture\tbin\tthreads\ts_per_Mbp\tleast\tmost\tMFLOP_per_base\tGFLOP/s\tproduct_GFLOP/s\tshare"
    )?;
    for &threads in &args.threads {
        let limit = product_speed(threads)?;
        for file in &args.model {
            let model = Model::read(file).with_context(|| file.display().to_string())?;
            let description = model.description();
            let bin = args.bin.map_or(description.bin, NonZeroUsize::get);
            let mut seconds = Vec::new();
            for _ in 0..args.rounds {
                let scan = [
                    "scan".as_ref(),
                    args.genome.as_os_str(),
                    "--model".as_ref(),
                    file.as_os_str(),
                    "--force".as_ref(),
                    "-o".as_ref(),
                    folder.join("scan.parquet").as_os_str(),
                ]
                .map(ToOwned::to_owned);
                let numbers = [format!("--bin={bin}"), format!("--threads={threads}")];
                let begin = Instant::now();
                let ran = Command::new(program).args(scan).args(numbers).output();
                let ran = ran.with_context(|| program.display().to_string())?;
                seconds.push(begin.elapsed().as_secs_f64() / (bases as f64 / 1e6));
                if !ran.status.success() {
                    bail!("{}: {}", file.display(), String::from_utf8_lossy(&ran.stderr));
                }
            }
            seconds.sort_by(f64::total_cmp);
            let flop = flop_per_base(description, bin);
            let speed = flop * 1e6 / median(&seconds) / 1e9;
            writeln!(
                out,
                "{}\t{}\t{bin}\t{threads}\t{:.4}\t{:.4}\t{:.4}\t{:.3}\t{speed:.1}\t{limit:.0}\t{:.2}",
                file.display(),
                description.architecture.arch,
                median(&seconds),
                seconds[0],
                seconds[args.rounds - 1],
                flop / 1e6,
                speed / limit,
            )?;
        }
    }
    Ok(())
}

/// Floating-point operations per base of the products, both strands, all members.
fn flop_per_base(description: &ModelDescription, bin: usize) -> f64 {
    let ModelDescription {
        architecture,
        classes,
        window,
        members,
        ..
    } = description;
    2.0 * STRANDS * *members as f64 * architecture.scan_products(classes.len(), *window, bin)
}

/// The machine's speed at a large product in GFLOP/s.
fn product_speed(threads: usize) -> anyhow::Result<f64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| {
        let product = all().into_iter().find(|work| work.name == PRODUCT);
        let product = product.context("the product is one of the layers")?;
        let gflop = product.size.gflop.context("a product has operations")?;
        Ok(gflop / product.measure(PRODUCTS).median_s)
    })
}
