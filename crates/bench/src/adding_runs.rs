//! The adding problem, from several seeds.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use anyhow::Context;
use clap::{Args, ValueEnum};
use processive_bench::adding::{AddingSettings, CONSTANT_MSE, Outcome, SOLVED_MSE, train};
use processive_models::RecurrentInit;
use processive_models::layers::Cell;
use serde::Serialize;

/// Options of `adding`.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct AddingArgs {
    /// Pairs in a sequence
    #[arg(long, value_name = "PAIRS", default_value_t = 100)]
    len: usize,
    /// The recurrent cell
    #[arg(long)]
    cell: CellName,
    /// How its weights start: default has forget biases of 1, uniform is PyTorch's, chrono sets gates for long lags
    #[arg(long, default_value = "default")]
    init: InitName,
    /// The longest lag that --init chrono expects [default: --len]
    #[arg(long, value_name = "STEPS")]
    max_lag: Option<usize>,
    /// Recurrent units
    #[arg(long, default_value_t = 32)]
    hidden: usize,
    /// Sequences in a training step
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Training steps, at most; a run ends when its error is below 0.01
    #[arg(long, default_value_t = 3000)]
    steps: usize,
    /// Adam's learning rate
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    learning_rate: f64,
    /// Training steps between two evaluations
    #[arg(long, value_name = "STEPS", default_value_t = 100)]
    evaluate_every: usize,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, counted on from the first
    #[arg(long, value_name = "N", default_value = "5")]
    seeds: NonZeroUsize,
    /// Threads, all told; seeds run side by side first
    #[arg(long, default_value = "2")]
    threads: NonZeroUsize,
    /// Print a JSON line for every seed (the default prints a table)
    #[arg(long)]
    json: bool,
    /// Say every evaluation on stderr
    #[arg(short, long)]
    verbose: bool,
}

const EXAMPLES: &str = "Examples:
  cargo xtask adding --len 100 --cell gru
  cargo xtask adding --len 500 --cell lstm --init chrono --seeds 5 --json";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CellName {
    Elman,
    Gru,
    Lstm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum InitName {
    Default,
    Uniform,
    Chrono,
}

/// A line of the output.
#[derive(Debug, Serialize)]
struct Record {
    cell: String,
    init: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_lag: Option<usize>,
    length: usize,
    hidden: usize,
    batch: usize,
    learning_rate: f64,
    seed: u64,
    seconds: f64,
    steps_per_second: f64,
    constant_mse: f64,
    #[serde(flatten)]
    outcome: Outcome,
}

impl AddingArgs {
    fn settings(&self, seed: u64) -> AddingSettings {
        let cell = match self.cell {
            CellName::Elman => Cell::Elman,
            CellName::Gru => Cell::Gru,
            CellName::Lstm => Cell::Lstm,
        };
        let init = match self.init {
            InitName::Default => RecurrentInit::default(),
            InitName::Uniform => RecurrentInit::Uniform,
            InitName::Chrono => RecurrentInit::Chrono,
        };
        AddingSettings {
            max_lag: self.max_lag.unwrap_or(self.len),
            hidden: self.hidden,
            batch: self.batch,
            steps: self.steps,
            learning_rate: self.learning_rate,
            evaluate_every: self.evaluate_every,
            seed,
            ..AddingSettings::new(cell, init, self.len)
        }
    }

    fn record(&self, seed: u64) -> anyhow::Result<Record> {
        let settings = self.settings(seed);
        let begin = Instant::now();
        let outcome = train(&settings, |evaluation| {
            if self.verbose {
                // Nothing is left to be told when stderr is gone.
                let _ = writeln!(
                    std::io::stderr(),
                    "seed {seed}, step {}: MSE {:.4}, {:.1} s",
                    evaluation.step,
                    evaluation.mse,
                    begin.elapsed().as_secs_f64()
                );
            }
        })
        .with_context(|| format!("seed {seed}"))?;
        let seconds = begin.elapsed().as_secs_f64();
        let steps = outcome.curve.last().map_or(0, |evaluation| evaluation.step);
        Ok(Record {
            cell: name(&self.cell),
            init: name(&self.init),
            max_lag: matches!(self.init, InitName::Chrono).then_some(settings.max_lag),
            length: self.len,
            hidden: self.hidden,
            batch: self.batch,
            learning_rate: self.learning_rate,
            seed,
            seconds,
            steps_per_second: steps as f64 / seconds,
            constant_mse: CONSTANT_MSE,
            outcome,
        })
    }
}

fn name(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}

/// Trains from every seed and prints how it went, in the order of the seeds.
pub(crate) fn run(args: &AddingArgs) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if !args.json {
        writeln!(out, "{}", heading(args))?;
    }
    let seeds = Mutex::new(args.seed..args.seed + args.seeds.get() as u64);
    let workers = args.threads.min(args.seeds).get();
    std::thread::scope(|scope| {
        let (sender, finished) = mpsc::channel();
        for _ in 0..workers {
            let (sender, seeds) = (sender.clone(), &seeds);
            scope.spawn(move || work(args, args.threads.get() / workers, seeds, &sender));
        }
        drop(sender);
        let (mut waiting, mut next) = (BTreeMap::new(), args.seed);
        for (seed, record) in finished {
            waiting.insert(seed, record?);
            while let Some(record) = waiting.remove(&next) {
                writeln!(out, "{}", line(args, &record)?)?;
                out.flush()?;
                next += 1;
            }
        }
        Ok(())
    })
}

/// Takes seeds until there are none left, or nobody wants to know any more.
///
/// Every worker has threads of its own: in one pool, a thread that waits for a part of its layer would take up a whole
/// other run meanwhile.
fn work(
    args: &AddingArgs,
    threads: usize,
    seeds: &Mutex<Range<u64>>,
    sender: &mpsc::Sender<(u64, anyhow::Result<Record>)>,
) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.context("starting the threads");
    let next = || seeds.lock().expect("no worker panics between two seeds").next();
    while let Some(seed) = next() {
        let record = match &pool {
            Ok(pool) => pool.install(|| args.record(seed)),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        if sender.send((seed, record)).is_err() {
            return;
        }
    }
}

/// What was run, above the table's columns.
fn heading(args: &AddingArgs) -> String {
    let init = match args.init {
        InitName::Chrono => format!("chrono (longest lag {})", args.max_lag.unwrap_or(args.len)),
        other => name(&other),
    };
    format!(
        "{} of {} units, init {init}: {} pairs, batch {}, learning rate {}, at most {} steps; MSE of a constant {CONSTANT_MSE:.4}\n\
         seed  below {SOLVED_MSE} at step     MSE  steps/s  seconds",
        name(&args.cell),
        args.hidden,
        args.len,
        args.batch,
        args.learning_rate,
        args.steps,
    )
}

/// One seed's line.
fn line(args: &AddingArgs, record: &Record) -> anyhow::Result<String> {
    if args.json {
        return Ok(serde_json::to_string(record)?);
    }
    let solved = record
        .outcome
        .solved_at
        .map_or("never".to_owned(), |step| step.to_string());
    Ok(format!(
        "{:4}  {solved:>18}  {:.4}  {:7.1}  {:7.1}",
        record.seed, record.outcome.mse, record.steps_per_second, record.seconds
    ))
}
