//! `processive evaluate`: a model against labelled data, beside the trivial baselines.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use processive_core::Alphabet;
use processive_models::ModelDescription;
use processive_report::{EvaluationFormat, EvaluationReport, EvaluationWriter, Overwrite, Provenance};
use processive_train::bootstrap::BootstrapSettings;

use crate::bundled::load_model;
use crate::judge::{motifs_of, report};
use crate::labelled::{DataArgs, Need};
use crate::session::{Session, print_on_stderr, print_on_stdout};
use crate::status::ExitStatus;

/// Options of `processive evaluate`.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct EvaluateArgs {
    /// The model: a bundled name or a file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) data: DataArgs,
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
  processive evaluate --model model.safetensors --test test.csv
  processive evaluate --model model.safetensors --test test.csv --train train.csv --valid valid.csv -o metrics.json";

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
    let model = load_model(&args.model)?;
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
    let bootstrap = BootstrapSettings {
        resamples: args.resamples,
        seed: args.seed,
    };
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
