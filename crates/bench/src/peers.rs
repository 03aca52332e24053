//! Our layers and PyTorch's in turn, so that both meet the same machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

use crate::layers::{Work, all, start_threads};
use crate::timing::{PRODUCT, Size, median};

/// Options of `peer-bench`.
#[derive(Args, Debug)]
pub(crate) struct PeerArgs {
    /// A Python that can import torch
    #[arg(long, value_name = "PROGRAM")]
    python: PathBuf,
    /// Threads of either side
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// How often the two take turns at every work item
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measured repeats of a turn
    #[arg(long, default_value_t = 7)]
    repeats: usize,
    /// Only work whose name contains this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    work: String,
    /// What PyTorch does beside it, by its full name, when another form of the work is its fastest
    #[arg(long, value_name = "NAME")]
    rival_work: Option<String>,
    /// Also write the table as CSV
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// What the rival answers; its other fields are for people.
#[derive(Debug, Deserialize)]
struct Answer {
    peer: String,
    median_s: f64,
}

/// PyTorch, waiting for names.
struct Rival {
    process: Child,
    names: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Rival {
    fn start(args: &PeerArgs) -> anyhow::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/torch_speed.py");
        let mut process = Command::new(&args.python)
            .arg("-B")
            .arg(&script)
            .arg("--serve")
            .args(["--threads", &args.threads.to_string()])
            .args(["--repeats", &args.repeats.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {} {}", args.python.display(), script.display()))?;
        let names = process.stdin.take().context("the rival has no stdin")?;
        let answers = BufReader::new(process.stdout.take().context("the rival has no stdout")?);
        Ok(Self {
            process,
            names,
            answers,
        })
    }

    fn measure(&mut self, work: &str) -> anyhow::Result<Answer> {
        writeln!(self.names, "{work}").context("asking the rival")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the rival ended at '{work}': {}", self.process.wait()?);
        }
        serde_json::from_str(&line).with_context(|| format!("reading the rival's answer {line:?}"))
    }
}

/// One row of the table.
struct Row {
    work: String,
    peer: String,
    ours_s: f64,
    theirs_s: f64,
    /// Ours divided by theirs, of every round, sorted.
    ratios: Vec<f64>,
    size: Size,
}

impl Row {
    /// Measures our work beside the rival's of this name.
    fn measure(work: &Work, rival_work: &str, args: &PeerArgs, rival: &mut Rival) -> anyhow::Result<Self> {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let mut peer = String::new();
        for _ in 0..args.rounds {
            let mine = work.measure(args.repeats).median_s;
            let answer = rival.measure(rival_work)?;
            ratios.push(mine / answer.median_s);
            ours.push(mine);
            theirs.push(answer.median_s);
            peer = answer.peer;
        }
        for values in [&mut ours, &mut theirs, &mut ratios] {
            values.sort_by(f64::total_cmp);
        }
        let work_of_both = if rival_work == work.name {
            work.name.clone()
        } else {
            format!("{}, theirs {rival_work}", work.name)
        };
        Ok(Self {
            work: work_of_both,
            peer,
            ours_s: median(&ours),
            theirs_s: median(&theirs),
            ratios,
            size: work.size,
        })
    }

    /// Our speed and its unit.
    fn rate(&self) -> (f64, &'static str) {
        match self.size {
            Size { gflop: Some(gflop), .. } => (gflop / self.ours_s, "GFLOP/s"),
            Size { bases: Some(bases), .. } => (bases as f64 / self.ours_s / 1e6, "Mbp/s"),
            _ => (1.0 / self.ours_s, "1/s"),
        }
    }

    /// Our speed as a share of `limit`, in GFLOP/s; none for work that is not made of products.
    fn share(&self, limit: f64) -> Option<f64> {
        self.size.gflop.map(|gflop| gflop / self.ours_s / limit)
    }

    fn text(&self, limit: f64) -> String {
        let Self { work, ratios, .. } = self;
        let (rate, unit) = self.rate();
        let share = self
            .share(limit)
            .map_or_else(String::new, |share| format!("{:4.0} %", share * 100.0));
        format!(
            "{work:68} {:9.2} ms {:9.2} ms  {:5.2} ({:.2}-{:.2}) {rate:8.1} {unit:7} {share}",
            self.ours_s * 1e3,
            self.theirs_s * 1e3,
            median(ratios),
            ratios[0],
            ratios[ratios.len() - 1],
        )
    }

    fn csv(&self, limit: f64) -> String {
        let Self { work, peer, ratios, .. } = self;
        let (rate, unit) = self.rate();
        let share = self
            .share(limit)
            .map_or_else(String::new, |share| format!("{share:.3}"));
        format!(
            "\"{work}\",{peer},{:.6},{:.6},{:.3},{:.3},{:.3},{rate:.1},{unit},{share}\n",
            self.ours_s,
            self.theirs_s,
            median(ratios),
            ratios[0],
            ratios[ratios.len() - 1],
        )
    }
}

/// Measures both sides and prints a row for every work item.
pub(crate) fn run(args: &PeerArgs) -> anyhow::Result<()> {
    if args.repeats == 0 || args.rounds == 0 {
        bail!("--repeats and --rounds are at least 1");
    }
    start_threads(args.threads)?;
    let mut rival = Rival::start(args)?;
    let mut out = std::io::stdout().lock();
    let work = all();
    let (limit, others): (Vec<_>, Vec<_>) = work.iter().partition(|work| work.name == PRODUCT);
    let product = Row::measure(limit[0], PRODUCT, args, &mut rival)?;
    // The faster of the two products is what the machine can do.
    let gflop = product.size.gflop.unwrap_or_default();
    let limit = gflop / product.ours_s.min(product.theirs_s);
    writeln!(
        out,
        "{} threads; ours: kernels on {}; theirs: {}; limit: {limit:.0} GFLOP/s",
        args.threads,
        processive_models::device::instruction_set(),
        product.peer
    )?;
    writeln!(out, "{:68} {:>12} {:>12}  ratio (spread)", "work", "ours", "theirs")?;
    let mut record =
        String::from("work,peer,ours_s,theirs_s,ratio,ratio_min,ratio_max,ours_rate,unit,share_of_limit\n");
    let chosen = others.into_iter().filter(|work| work.name.contains(&args.work));
    let mut show = |row: &Row| -> anyhow::Result<()> {
        record.push_str(&row.csv(limit));
        writeln!(out, "{}", row.text(limit))?;
        Ok(out.flush()?)
    };
    show(&product)?;
    for work in chosen {
        let rival_work = args.rival_work.as_deref().unwrap_or(&work.name);
        show(&Row::measure(work, rival_work, args, &mut rival)?)?;
    }
    if let Some(path) = &args.record {
        fs::write(path, record).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
