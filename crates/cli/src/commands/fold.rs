//! `processive fold`

mod summary;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use processive_models::Model;
use processive_predict::{FoldRequest, fold};
use processive_report::{FoldFormat, FoldOptions, FoldStates, create_fold_writer};

use self::summary::{counts, text, warnings};
use crate::bundled::{load_bundled, load_model};
use crate::input::{name_of, size_of_plain_text};
use crate::options::{ForceOption, LookAheadOptions, ProgressOption, ResiduePrecisionOption};
use crate::progress::Meter;
use crate::session::Session;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive fold proteins.fa --model structure -o proteins.parquet
  processive fold proteins.fa.gz --model structure --states 8 --strict -o proteins.segments.tsv";

/// The bundled model that is used when none is named.
const DEFAULT_MODEL: &str = "structure";

/// Options of `processive fold`.
#[derive(Args, Clone, Debug)]
pub(crate) struct FoldArgs {
    /// The proteins: FASTA, plain, gzip or bgzip; - is standard input.
    #[arg(value_name = "PROTEINS", value_hint = ValueHint::FilePath)]
    proteins: PathBuf,
    /// A model file, or the name of a bundled model (see `processive models`); the bundled `structure` when not given.
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// The output: .parquet .tsv .ss2 .horiz .fasta .gff3 .jsonl .segments.tsv, text also with .gz; - is standard output
    /// (tsv).
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// The format, when the output's name does not tell.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<FoldFormat>,
    #[command(flatten)]
    force: ForceOption,
    /// The states that are told apart; ss2 and horiz hold 3.
    #[arg(long, value_enum, value_name = "3|8", default_value_t)]
    states: States,
    /// Round probabilities in tables to this number of decimals, which makes them smaller; states follow from exact ones.
    #[arg(long, value_name = "DECIMALS")]
    precision: Option<u8>,
    /// Refuse letters that are no amino acid (X, B, Z, J, gaps, * but at the end), and proteins that look like DNA.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    compute: ResiduePrecisionOption,
    #[command(flatten)]
    look_ahead: LookAheadOptions,
    #[command(flatten)]
    progress: ProgressOption,
}

/// How many states are told apart.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum States {
    /// Helix, strand, coil
    #[default]
    #[value(name = "3")]
    Three,
    /// The states of DSSP, beside the three
    #[value(name = "8")]
    Eight,
}

impl From<States> for FoldStates {
    fn from(states: States) -> Self {
        match states {
            States::Three => Self::Three,
            States::Eight => Self::Eight,
        }
    }
}

fn format_parser() -> impl TypedValueParser<Value = FoldFormat> {
    PossibleValuesParser::new(FoldFormat::names()).try_map(|name| name.parse::<FoldFormat>())
}

/// Folds the proteins. Whatever can be refused is refused before the first of them is read.
pub(crate) fn run(args: &FoldArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let format = output_format(args)?;
    let options = FoldOptions {
        overwrite: args.force.overwrite(),
        states: args.states.into(),
        precision: args.precision,
    };
    let model = model(args)?;
    let request = request(args, &model, session)?;
    let writer = create_fold_writer(&args.output, format, options)?;
    let total = size_of_plain_text(&args.proteins).ok().flatten();
    let meter = Meter::start(session, args.progress, "residues", total);
    let summary = fold(&request, writer, &meter).with_context(|| format!("cannot fold {}", name_of(&args.proteins)))?;
    drop(meter);
    for warning in warnings(format, &summary) {
        log::warn!("{warning}");
    }
    session.say(&text(&request, &summary, &args.output, session.elapsed()));
    session.finish_with_rate(&counts(&summary), summary.residues(), "residues");
    Ok(ExitStatus::Success)
}

fn output_format(args: &FoldArgs) -> anyhow::Result<FoldFormat> {
    match args.format {
        Some(format) => Ok(format),
        None if args.output == Path::new("-") => Ok(FoldFormat::TSV),
        None => FoldFormat::from_path(&args.output).context("the output's format is not known; --format names it"),
    }
}

fn model(args: &FoldArgs) -> anyhow::Result<Model> {
    let model = match &args.model {
        Some(name) => load_model(name)?,
        None => load_bundled(DEFAULT_MODEL).context("--model names the model to fold with")?,
    };
    args.compute.of(model)
}

fn request<'a>(args: &'a FoldArgs, model: &'a Model, session: &Session) -> anyhow::Result<FoldRequest<'a>> {
    let mut request = FoldRequest::new(&args.proteins, model)?;
    request.batch_size = args.look_ahead.batch_residues;
    request.look_ahead = args.look_ahead.look_ahead;
    request.strict = args.strict;
    request.states = args.states.into();
    request.command.push_str(session.command_line());
    Ok(request)
}
