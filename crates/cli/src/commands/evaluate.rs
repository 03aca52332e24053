//! `processive evaluate`: a model against labelled data, beside the trivial baselines.

mod structure;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use processive_core::Alphabet;
use processive_models::{Compute, ModelDescription};
use processive_predict::keys;
use processive_report::{EvaluationFormat, EvaluationReport, EvaluationWriter, Overwrite, Provenance};
use processive_train::bootstrap::BootstrapSettings;

use self::structure::{Judged, StructureEvaluateArgs};
use crate::bundled::load_model;
use crate::judge::{motifs_of, report};
use crate::labelled::{DataArgs, Need};
use crate::session::{Session, print_on_stderr, print_on_stdout};
use crate::status::ExitStatus;

/// Options of `processive evaluate`.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct EvaluateArgs {
    /// The model: a bundled name or a file; several are compared on chains
    #[arg(long, value_name = "NAME|FILE", num_args = 1.., required_unless_present = "predictions")]
    pub(crate) model: Vec<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) structure: StructureEvaluateArgs,
    /// Motifs for the best-PWM baseline, which is chosen on the training examples
    #[arg(long, value_name = "MEME")]
    pub(crate) motifs: Option<PathBuf>,
    /// Where to write the metrics: .json, .parquet, .tsv, .csv; default: a table on stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 1 unless the metric is at least the value, e.g. auroc=0.9; may be repeated
    #[arg(long, value_name = "METRIC=VALUE")]
    pub(crate) require: Vec<String>,
    /// Resamples of the bootstrap behind the 95 % intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) resamples: usize,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Replace an existing output
    #[arg(long)]
    pub(crate) force: bool,
}

const EXAMPLES: &str = "Examples:
  processive evaluate --model model.safetensors --test test.csv --train train.csv --valid valid.csv -o metrics.json
  processive evaluate --model structure --chains chains.tsv --split valid -o structure.tsv";

/// Measures a model.
pub(crate) fn run(args: &EvaluateArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let requirements = requirements(&args.require)?;
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    let writer = match &args.output {
        None => None,
        Some(path) => Some(EvaluationWriter::create(
            path,
            EvaluationFormat::from_path(path)?,
            overwrite,
        )?),
    };
    let bootstrap = BootstrapSettings {
        resamples: args.resamples,
        seed: args.seed,
    };
    if args.structure.data.names_any() || !args.structure.predictions.is_empty() {
        refuse_examples(args)?;
        let judged = structure::judge(&args.structure, &args.model, &bootstrap)?;
        write_judged(&judged, writer, session)?;
        return Ok(check(&requirements, &judged.reports[0]));
    }
    if args.structure.compute.precision_compute.is_some() {
        bail!("--precision-compute is about residues of chains, and there are no --chains");
    }
    let [model] = args.model.as_slice() else {
        bail!("sequences are judged with one --model");
    };
    let model = load_model(model)?;
    if model.description().alphabet != Alphabet::Dna {
        let ModelDescription { name, alphabet, .. } = model.description();
        bail!("model {name} reads {alphabet}, and labelled data are judged with a dna model");
    }
    let motifs = args.motifs.as_deref().map(motifs_of).transpose()?;
    let data = args.data.completed_by(model.description());
    let splits = data.read(Need::Testing)?;
    if splits.test.is_empty() {
        bail!("there are no test examples: name them with --test");
    }
    splits.test.require_both_classes("test")?;
    let report = report(&model, data.test_name(), &splits, motifs.as_deref(), &bootstrap)?;
    match writer {
        None => print_on_stdout(&report.to_text())?,
        Some(writer) => {
            session.say(&report.to_text());
            writer.write_report(&report, &provenance(session, model.digest()))?;
        }
    }
    session.finish(&format!("{} test examples", splits.test.len()));
    Ok(check(&requirements, &report))
}

/// Refuses options that name examples beside those that name chains.
fn refuse_examples(args: &EvaluateArgs) -> anyhow::Result<()> {
    let data = &args.data;
    let named = [
        ("--train", data.train.is_some()),
        ("--valid", data.valid.is_some()),
        ("--test", data.test.is_some()),
        ("--positives", data.positives.is_some()),
        ("--test-positives", data.test_positives.is_some()),
        ("--genome", data.genome.is_some()),
        ("--motifs", args.motifs.is_some()),
    ];
    match named.iter().find(|(_, named)| *named) {
        Some((option, _)) => {
            bail!("{option} is about sequences that a factor binds; --chains and --predictions are about proteins")
        }
        None => Ok(()),
    }
}

/// One report is written in its own form, several are written as rows, with their differences.
fn write_judged(judged: &Judged, writer: Option<EvaluationWriter>, session: &Session) -> anyhow::Result<()> {
    let mut provenance = provenance(session, &judged.digests.join(" "));
    // Nothing for floats, as in the files of a fold.
    if judged.compute.contains(&Compute::Int8) {
        let numbers: Vec<String> = judged.compute.iter().map(Compute::to_string).collect();
        provenance.set(keys::COMPUTE, numbers.join(" "));
    }
    match writer {
        None => print_on_stdout(&judged.text)?,
        Some(writer) => {
            session.say(&judged.text);
            match judged.reports.as_slice() {
                [report] => writer.write_report(report, &provenance)?,
                reports => {
                    let all = reports.iter().chain(&judged.differences);
                    let rows: Vec<_> = all.flat_map(EvaluationReport::rows).collect();
                    writer.write_rows(&rows, &provenance)?;
                }
            }
        }
    }
    session.finish(&judged.counts);
    Ok(())
}

fn provenance(session: &Session, digest: &str) -> Provenance {
    let mut provenance = Provenance::new();
    provenance
        .set("processive.version", env!("CARGO_PKG_VERSION"))
        .set("processive.command", session.command_line())
        .set("processive.model.digest", digest);
    provenance
}

fn requirements(texts: &[String]) -> anyhow::Result<Vec<(String, f64)>> {
    texts
        .iter()
        .map(|text| {
            let parsed = text
                .split_once('=')
                .and_then(|(metric, value)| Some((metric.to_owned(), value.parse().ok()?)))
                .filter(|(_, value): &(String, f64)| !value.is_nan());
            parsed.with_context(|| format!("--require {text} is not METRIC=VALUE, e.g. auroc=0.9"))
        })
        .collect()
}

/// Says which requirements are not met.
fn check(requirements: &[(String, f64)], report: &EvaluationReport) -> ExitStatus {
    let mut status = ExitStatus::Success;
    for (name, least) in requirements {
        let value = report.metrics.get(name).map(|metric| metric.value);
        if value.is_none_or(|value| value < *least) {
            let found = value.map_or("not defined".to_owned(), |value| format!("{value:.4}"));
            print_on_stderr(&format!("required {name} >= {least}, but it is {found}\n"));
            status = ExitStatus::CheckFailed;
        }
    }
    status
}
