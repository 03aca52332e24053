//! The layers, as a training step and a scan run them: through the networks' own modules, burn and its autodiff.
//!
//! Names and sizes are those of `tests/peers/torch_speed.py`.

mod convolutions;
mod recurrent;
mod whole;

use std::io::{BufRead, Write};

use anyhow::{Context, bail};
use burn::tensor::{Device, Distribution, Tensor};
use clap::Args;
use processive_models::device;
use processive_models::layers::Features;

use crate::timing::{Size, Timing, measure};

/// Options of `layer-bench`.
#[derive(Args, Debug)]
pub(crate) struct LayerArgs {
    /// Threads, all told
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Measured repeats of every work item
    #[arg(long, default_value_t = 7)]
    repeats: usize,
    /// Only work whose name contains this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    work: String,
    /// Print JSON lines (the default prints a table)
    #[arg(long)]
    json: bool,
    /// Print the names and end
    #[arg(long)]
    list: bool,
    /// Read names from stdin, one a line, and answer each with its JSON line
    #[arg(long, conflicts_with_all = ["list", "work", "json"])]
    serve: bool,
}

/// One thing to measure.
pub(crate) struct Work {
    pub(crate) name: String,
    pub(crate) size: Size,
    /// Builds the layer and its input; what it returns is measured.
    prepare: Box<dyn Fn() -> Box<dyn FnMut()>>,
}

impl Work {
    fn new<F: FnMut() + 'static>(name: impl Into<String>, size: Size, prepare: impl Fn() -> F + 'static) -> Self {
        Self {
            name: name.into(),
            size,
            prepare: Box::new(move || Box::new(prepare())),
        }
    }

    pub(crate) fn measure(&self, repeats: usize) -> Timing {
        measure(&self.name, self.size, repeats, (self.prepare)())
    }
}

/// Makes `threads` the number of threads of everything that follows.
pub(crate) fn start_threads(threads: usize) -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .context("starting the threads")
}

/// Measures what the options name.
pub(crate) fn run(args: &LayerArgs) -> anyhow::Result<()> {
    if args.repeats == 0 {
        bail!("--repeats is at least 1");
    }
    start_threads(args.threads)?;
    let work = all();
    let mut out = std::io::stdout().lock();
    if args.serve {
        for name in std::io::stdin().lock().lines() {
            let name = name?;
            let work = work
                .iter()
                .find(|work| work.name == name)
                .with_context(|| format!("no work is called '{name}'"))?;
            writeln!(out, "{}", serde_json::to_string(&work.measure(args.repeats))?)?;
            out.flush()?;
        }
        return Ok(());
    }
    for work in work.iter().filter(|work| work.name.contains(&args.work)) {
        if args.list {
            writeln!(out, "{}", work.name)?;
            continue;
        }
        let timing = work.measure(args.repeats);
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&timing)?)?;
        } else {
            writeln!(out, "{}", line(&timing))?;
        }
        out.flush()?;
    }
    Ok(())
}

/// A row of the table.
fn line(timing: &Timing) -> String {
    let Timing {
        work,
        median_s,
        min_s,
        max_s,
        size,
        ..
    } = timing;
    let rate = match *size {
        Size { gflop: Some(gflop), .. } => format!("{:8.1} GFLOP/s", gflop / median_s),
        Size { bases: Some(bases), .. } => format!("{:8.2} Mbp/s", bases as f64 / median_s / 1e6),
        Size { residues: Some(n), .. } => format!("{:8.0} residues/s", n as f64 / median_s),
        _ => String::new(),
    };
    format!(
        "{work:70} {:9.2} ms ({:.2}-{:.2}) {rate}",
        median_s * 1e3,
        min_s * 1e3,
        max_s * 1e3
    )
}

/// Every work item, in the rival's order.
pub(crate) fn all() -> Vec<Work> {
    let mut all = vec![product()];
    all.extend(recurrent::all());
    all.extend(convolutions::all());
    all.extend(whole::all());
    all
}

/// The product of two large matrices: the machine's limit as burn reaches it.
fn product() -> Work {
    const N: usize = 1024;
    Work::new("matmul 1024^3", Size::gflop(2.0 * (N * N * N) as f64 / 1e9), || {
        let device = device::cpu();
        let matrix = || Tensor::<2>::random([N, N], Distribution::Normal(0.0, 1.0), &device);
        let (a, b) = (matrix(), matrix());
        move || drop(a.clone().matmul(b.clone()).into_data())
    })
}

/// A padded batch of normal numbers.
fn normal(lengths: &[usize], channels: usize, device: &Device) -> Features {
    let steps = lengths.iter().copied().max().unwrap_or(0);
    Features {
        values: Tensor::random([lengths.len(), steps, channels], Distribution::Normal(0.0, 1.0), device),
        lengths: lengths.into(),
    }
}

/// What is done, as the work's name says it.
fn what(backward: bool) -> &'static str {
    if backward { "forward+backward" } else { "forward" }
}

/// The device of a forward pass, or of a forward and a backward pass.
fn device_of(backward: bool) -> Device {
    if backward {
        device::cpu_autodiff()
    } else {
        device::cpu()
    }
}

/// Sums a result up and goes back from there, or leaves it.
fn finish<const D: usize>(output: Tensor<D>, backward: bool) {
    if backward {
        drop(output.sum().backward());
    } else {
        drop(output);
    }
}
