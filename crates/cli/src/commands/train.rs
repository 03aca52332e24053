//! `processive train tfbs`: fits one architecture.

mod log;
mod members;
mod start;
pub(crate) mod structure;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use processive_models::{ArchitectureConfig, Network, device, sha256, start_from_motifs};
use processive_report::EvaluationReport;
use processive_train::baselines::rank_motifs;
use processive_train::bootstrap::BootstrapSettings;
use processive_train::{BindingScores, Dataset, FitSettings, Fitted, fit};

use self::members::MemberArgs;
use self::start::start_from;
use crate::assemble::{Card, assemble, with_forgetting, with_test_metrics};
use crate::bundled::load_model;
use crate::judge::{coded, motifs_of, report};
use crate::labelled::{DataArgs, Need, Splits};
use crate::memory;
use crate::session::Session;
use crate::settings::SettingArgs;
use crate::status::ExitStatus;

/// Options of `processive train tfbs`.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) members: MemberArgs,
    /// The model's name; default: the output's file name without its ending
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The name of the output column of scans; default: the model's name
    #[arg(long, value_name = "NAME")]
    pub(crate) class: Option<String>,
    /// One line about the model, for `processive models`
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) summary: String,
    /// The origin and licence of the data, in words, for the model's card
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) provenance: String,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Start from the weights of this model (a bundled name or a file) instead of random ones
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) start_from: Option<String>,
    /// Start a quarter of the filters, on each strand, from the motifs that rank the training examples best
    #[arg(long, value_name = "MEME")]
    pub(crate) init_motifs: Option<PathBuf>,
    /// Motifs for the best-PWM baseline beside the test metrics
    #[arg(long, value_name = "MEME")]
    pub(crate) motifs: Option<PathBuf>,
    /// The bin of scans with this model; default: --bins, else a quarter of the window
    #[arg(long, value_name = "BP")]
    pub(crate) bin: Option<usize>,
}

const EXAMPLES: &str = "Examples:
  processive train tfbs --train train.csv --valid valid.csv --arch cnn-bilstm -o model.safetensors
  processive train tfbs --genome genome.fa --peaks peaks.bed --valid chr2 --test chr3 --arch cnn -o peaks.safetensors";

/// Trains and writes a model.
pub(crate) fn run(args: &TrainArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let begin = Instant::now();
    memory::keep_freed();
    args.members.refuse_existing()?;
    let (architecture, settings) = args.settings.resolve()?;
    let splits = args.data.read(Need::Training)?;
    splits.train.require_both_classes("training")?;
    if splits.valid.is_empty() {
        bail!("there are no validation examples: name them with --valid, or raise --valid-fraction");
    }
    splits.valid.require_both_classes("validation")?;
    let architecture = architecture.for_window(splits.window);
    // Read before the long work, so that a mistake in them ends the run at once.
    let motifs = args.motifs.as_deref().map(motifs_of).transpose()?;
    let Some(members) = fit_members(args, &architecture, &settings, &splits)? else {
        return Ok(ExitStatus::Success);
    };
    let model = assemble(card(args), architecture, &settings, &splits, &members);
    let mut model = with_forgetting(model, &splits);
    let seconds = begin.elapsed().as_secs_f64();
    if !splits.test.is_empty() {
        let bootstrap = BootstrapSettings::default();
        let report = EvaluationReport {
            train_seconds: Some(seconds),
            ..report(&model, args.data.test_name(), &splits, motifs.as_deref(), &bootstrap)?
        };
        session.say(&report.to_text());
        model = with_test_metrics(&model, &splits, report.metrics, report.baselines);
    }
    model
        .save(&args.members.output)
        .with_context(|| format!("writing {}", args.members.output.display()))?;
    args.members.remove_checkpoints()?;
    let examples = splits.train.len() * members.iter().map(|member| member.history.len()).sum::<usize>();
    session.finish(&format!("{examples} training examples seen"));
    Ok(ExitStatus::Success)
}

/// Fits every member; nothing when a run was paused.
fn fit_members(
    args: &TrainArgs,
    architecture: &ArchitectureConfig,
    settings: &FitSettings,
    splits: &Splits,
) -> anyhow::Result<Option<Vec<Fitted<BindingScores>>>> {
    let field = architecture
        .receptive_field()
        .map_or("unbounded".to_owned(), |bases| format!("{bases} bp"));
    ::log::info!(
        "{}: {} parameters, receptive field {field}, stride {} bp",
        architecture.arch,
        architecture.parameters(1),
        architecture.stride()
    );
    let Splits { train, valid, .. } = splits;
    args.members.fit(
        settings,
        &fingerprint(args, architecture, splits),
        |settings| start(args, architecture, settings, train),
        |network, settings, rule, log| fit(network, settings, train, valid, Some(rule), log),
    )
}

/// A network with its first weights.
fn start(
    args: &TrainArgs,
    architecture: &ArchitectureConfig,
    settings: &FitSettings,
    train: &Dataset,
) -> anyhow::Result<Network> {
    let device = device::cpu_autodiff();
    let mut network = Network::init(architecture, 1, settings.seed, &device)?;
    if let Some(name) = &args.start_from {
        network = start_from(network, architecture.arch, &load_model(name)?, name)?;
    }
    if let Some(path) = &args.init_motifs {
        let motifs = motifs_of(path)?;
        let best = rank_motifs(&motifs, &coded(train));
        let chosen: Vec<_> = best
            .iter()
            .take(architecture.filters / 4)
            .map(|&(index, _)| &motifs[index])
            .collect();
        let (started, filters) = start_from_motifs(network, &chosen, &device);
        network = started;
        if filters == 0 {
            bail!(
                "--init-motifs needs an architecture with motif filters; {} has none",
                architecture.arch
            );
        }
        ::log::info!("{filters} of {} filters start from motifs", architecture.filters);
    }
    Ok(network)
}

/// A digest of everything beside the fit's settings that the outcome depends on.
fn fingerprint(args: &TrainArgs, architecture: &ArchitectureConfig, splits: &Splits) -> String {
    let mut bytes = serde_json::to_vec(architecture).expect("settings are plain data");
    bytes.extend(format!("{:?} {:?}", args.start_from, args.init_motifs).bytes());
    for (dataset, mark) in [(&splits.train, b't'), (&splits.valid, b'v')] {
        bytes.push(mark);
        for example in dataset.examples() {
            bytes.push(5 + u8::from(example.label));
            bytes.extend(&example.codes);
        }
    }
    sha256(&bytes)
}

/// What the options say about the model beside its network.
fn card(args: &TrainArgs) -> Card {
    let name = args.name.clone().unwrap_or_else(|| args.members.name());
    Card {
        class: args.class.clone().unwrap_or_else(|| name.clone()),
        name,
        summary: args.summary.clone(),
        provenance: args.provenance.clone(),
        bin: args.bin,
    }
}
