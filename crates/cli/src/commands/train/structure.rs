//! `processive train structure`: fits networks that give every residue of a protein a state.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use processive_core::{ChainRow, Reduction, State8};
use processive_models::{
    ArchitectureConfig, Model, ModelDescription, Network, STRUCTURE, Storage, TrainingRecord, device, sha256,
};
use processive_train::bootstrap::BootstrapSettings;
use processive_train::{ChainSet, FitSettings, StructureLoss, fit_structure};

use super::members::MemberArgs;
use super::start::start_from;
use crate::bundled::load_model;
use crate::chain_splits::{ChainSplits, calibrated, state_classes};
use crate::chains::{ChainDataArgs, NamedTable};
use crate::description_text::describe;
use crate::memory;
use crate::session::Session;
use crate::settings::SettingArgs;
use crate::status::ExitStatus;
use crate::structure_judge::{Metrics, gor, majority, measure, measure_predictions, probabilities_of_chains};

/// Options of `processive train structure`.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TrainStructureArgs {
    #[command(flatten)]
    pub(crate) members: MemberArgs,
    /// The model's name; default: the output's file name without its ending
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// One line about the model, for `processive models`
    #[arg(long, value_name = "TEXT", default_value = "")]
    summary: String,
    /// The origin and licence of the data, in words, for the model's card
    #[arg(long, value_name = "TEXT", default_value = "")]
    provenance: String,
    /// The reports of `processive prepare structure`: the chains that it dropped are named on the model's card
    #[arg(long, value_name = "TSV", num_args = 1..)]
    drops: Vec<PathBuf>,
    #[command(flatten)]
    data: ChainDataArgs,
    /// Chains to measure the finished model on, for its card; may be repeated
    #[arg(long, value_name = "NAME=TABLE", help_heading = "Labelled chains")]
    test: Vec<NamedTable>,
    #[command(flatten)]
    settings: SettingArgs,
    /// Start from the weights of this model (a bundled name or a file; of several networks the first of the same
    /// architecture) instead of random ones
    #[arg(long, value_name = "NAME|FILE")]
    start_from: Option<String>,
    /// Which of eight states are helix and strand: ghi-eb, gh-eb, h-e
    #[arg(long, value_name = "RULE", default_value_t)]
    reduction: Reduction,
    /// What the loss of the eight states weighs beside that of the three
    #[arg(long, value_name = "WEIGHT", default_value_t = 1.0)]
    q8_weight: f64,
    /// A teacher: learn its probabilities beside the observed states (self-distillation)
    #[arg(long, value_name = "NAME|FILE", help_heading = "Teacher")]
    teacher: Option<String>,
    /// The share of the loss that is the teacher's, from 0 to below 1
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.5,
        requires = "teacher",
        help_heading = "Teacher"
    )]
    teacher_weight: f64,
    /// Train nothing: put the networks of these models into one, and fit its calibration on the validation chains
    #[arg(long, value_name = "NAME|FILE", num_args = 1.., conflicts_with_all = ["members", "resume", "stop_after", "arch", "start_from", "teacher"])]
    join: Vec<String>,
    /// Store weights in 32 bits; default: in 16, which halves the file
    #[arg(long)]
    full_precision: bool,
}

const EXAMPLES: &str = "Examples:
  processive train structure --chains chains.tsv --arch bilstm -o structure.safetensors
  processive train structure --chains chains.tsv --join a.safetensors b.safetensors -o both.safetensors";

/// Networks, the settings of each, and how they were fitted.
struct Members {
    networks: Vec<Network>,
    architectures: Vec<ArchitectureConfig>,
    training: TrainingRecord,
}

/// Trains and writes a model.
pub(crate) fn run(args: &TrainStructureArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let begin = Instant::now();
    memory::keep_freed();
    args.members.refuse_existing()?;
    let weights = loss_weights(args)?;
    let drops = args.drops.iter().map(|path| dropped(path));
    let drops = drops.collect::<anyhow::Result<Vec<_>>>()?.concat();
    let rows = args.data.read()?;
    let splits = ChainSplits::of(&rows, args.reduction)?;
    splits.report();
    let members = if args.join.is_empty() {
        fit_members(args, &splits, weights)?
    } else {
        Some(join(&args.join)?)
    };
    let Some(mut members) = members else {
        return Ok(ExitStatus::Success);
    };
    if !args.drops.is_empty() {
        members.training.dropped = drops;
    }
    let model = with_test_metrics(args, &rows, assemble(args, &splits, members)?, session)?;
    model
        .save(&args.members.output)
        .with_context(|| format!("writing {}", args.members.output.display()))?;
    args.members.remove_checkpoints()?;
    let residues = splits.train.scored_residues() as u64;
    let seconds = begin.elapsed().as_secs_f64();
    session.finish(&format!("{residues} residues learnt from in {seconds:.0} s"));
    Ok(ExitStatus::Success)
}

/// Fits every member; nothing when a run was paused.
fn fit_members(
    args: &TrainStructureArgs,
    splits: &ChainSplits,
    weights: StructureLoss,
) -> anyhow::Result<Option<Members>> {
    let elders = Elders::load(args)?;
    let (architecture, settings) = args.settings.resolve_for_residues()?;
    let architecture = architecture.for_window(splits.longest());
    let classes = State8::ALL.len();
    log::info!(
        "{}: {} parameters, receptive field {}",
        architecture.arch,
        architecture.parameters(classes),
        architecture
            .receptive_field()
            .map_or("unbounded".to_owned(), |residues| format!("{residues} residues"))
    );
    let device = device::cpu_autodiff();
    let ChainSplits { train, valid } = splits;
    let taught = elders.teacher.as_ref().map(|teacher| taught(train, teacher));
    let train = taught.as_ref().unwrap_or(train);
    let fitted = args.members.fit(
        &settings,
        &fingerprint(args, &architecture, splits, &elders),
        |settings| {
            let network = Network::init(&architecture, classes, settings.seed, &device)?;
            match (&elders.start, &args.start_from) {
                (Some(source), Some(name)) => start_from(network, architecture.arch, source, name),
                _ => Ok(network),
            }
        },
        |network, settings, rule, log| fit_structure(network, settings, weights, train, valid, Some(rule), log),
    )?;
    let Some(fitted) = fitted else { return Ok(None) };
    let training = TrainingRecord {
        seeds: (0..fitted.len() as u64).map(|member| settings.seed + member).collect(),
        epochs: fitted.iter().map(|member| member.best_epoch as u64).collect(),
        valid_q3: fitted.iter().map(|member| member.valid().valid_q3).collect(),
        settings: settings_record(&settings, weights, &elders),
        ..TrainingRecord::default()
    };
    Ok(Some(Members {
        architectures: vec![architecture; fitted.len()],
        networks: fitted.into_iter().map(|member| member.network).collect(),
        training,
    }))
}

/// What the parts of the loss weigh; only a teacher has a part.
fn loss_weights(args: &TrainStructureArgs) -> anyhow::Result<StructureLoss> {
    let (q8_weight, teacher_weight) = (args.q8_weight, args.teacher_weight);
    if !(q8_weight >= 0.0 && q8_weight.is_finite()) {
        bail!("--q8-weight cannot be {q8_weight}; allowed: 0 or more");
    }
    if !(0.0..1.0).contains(&teacher_weight) {
        bail!("--teacher-weight cannot be {teacher_weight}; allowed: 0 to below 1");
    }
    Ok(StructureLoss {
        q8_weight,
        teacher_weight: if args.teacher.is_some() { teacher_weight } else { 0.0 },
    })
}

/// Models that a new one learns from.
struct Elders {
    /// Whose weights it starts from.
    start: Option<Model>,
    /// Whose probabilities it learns beside the observed states.
    teacher: Option<Model>,
}

impl Elders {
    fn load(args: &TrainStructureArgs) -> anyhow::Result<Self> {
        let load = |option: &str, name: &Option<String>| {
            let name = name.as_deref();
            name.map(|name| load_structure_model(option, name)).transpose()
        };
        Ok(Self {
            start: load("--start-from", &args.start_from)?,
            teacher: load("--teacher", &args.teacher)?,
        })
    }
}

/// A model of secondary structure, which `option` names.
fn load_structure_model(option: &str, name: &str) -> anyhow::Result<Model> {
    let model = load_model(name)?;
    let task = &model.description().task;
    if task != STRUCTURE {
        bail!("{option}: {name} is a model for {task}, not for {STRUCTURE}");
    }
    Ok(model)
}

/// The chains with the teacher's probabilities.
fn taught(chains: &ChainSet, teacher: &Model) -> ChainSet {
    log::info!("{} reads the training chains", teacher.description().name);
    chains.clone().taught_by(|chains| {
        let codes: Vec<&[u8]> = chains.iter().map(|chain| chain.codes.as_slice()).collect();
        probabilities_of_chains(teacher, &codes)
    })
}

/// How the members were fitted, for the card.
fn settings_record(settings: &FitSettings, weights: StructureLoss, elders: &Elders) -> serde_json::Value {
    let identity = |model: &Model| serde_json::json!({ "name": model.description().name, "sha256": model.digest() });
    let mut record = serde_json::json!({ "fit": settings, "q8_weight": weights.q8_weight });
    if let Some(start) = &elders.start {
        record["start_from"] = identity(start);
    }
    if let Some(teacher) = &elders.teacher {
        record["teacher"] = identity(teacher);
        record["teacher_weight"] = weights.teacher_weight.into();
    }
    record
}

/// The networks of several models.
fn join(names: &[String]) -> anyhow::Result<Members> {
    let mut members = Members {
        networks: Vec::new(),
        architectures: Vec::new(),
        training: TrainingRecord::default(),
    };
    let mut settings = Vec::new();
    for name in names {
        let model = load_structure_model("--join", name)?;
        let description = model.description();
        members.networks.extend(model.networks().iter().cloned());
        let architectures = (0..description.members).map(|member| description.member_architecture(member).clone());
        members.architectures.extend(architectures);
        let record = &description.training;
        members.training.seeds.extend(&record.seeds);
        members.training.epochs.extend(&record.epochs);
        members.training.valid_q3.extend(&record.valid_q3);
        for name in &record.dropped {
            if !members.training.dropped.contains(name) {
                members.training.dropped.push(name.clone());
            }
        }
        settings.push(record.settings.clone());
    }
    members.training.settings = serde_json::Value::Array(settings);
    Ok(members)
}

/// Joins the members and fits the calibration on the validation chains, with the weights as they will be stored.
fn assemble(args: &TrainStructureArgs, splits: &ChainSplits, members: Members) -> anyhow::Result<Model> {
    let Members {
        networks,
        architectures,
        training,
    } = members;
    let same = architectures
        .iter()
        .all(|architecture| *architecture == architectures[0]);
    let description = ModelDescription {
        name: args.name.clone().unwrap_or_else(|| args.members.name()),
        summary: args.summary.clone(),
        parameters: networks.iter().map(Network::parameters).sum(),
        storage: if args.full_precision {
            Storage::Single
        } else {
            Storage::Half
        },
        reduction: Some(args.reduction),
        training: TrainingRecord {
            sources: args.data.sources()?,
            provenance: args.provenance.clone(),
            train: [splits.train.len() as u64, splits.train.scored_residues() as u64],
            valid: [splits.valid.len() as u64, splits.valid.scored_residues() as u64],
            ..training
        },
        ..ModelDescription::untrained(STRUCTURE, state_classes(), architectures[0].clone(), networks.len())
    };
    let description = ModelDescription {
        member_architectures: if same { Vec::new() } else { architectures },
        ..description
    };
    Ok(calibrated(&Model::new(description, networks), &splits.valid))
}

/// The metrics of a card, of the many that there are.
const CARD: [&str; 15] = [
    "q3",
    "q3_per_protein",
    "sov99",
    "sov_refine",
    "q8",
    "macro_f1",
    "nll",
    "ece",
    "recall_h",
    "recall_e",
    "recall_c",
    "mcc_h",
    "mcc_e",
    "mcc_c",
    "q8_macro_f1",
];

/// Measures the model on the test sets, beside the baselines; the names on the card are `SET.METRIC`.
fn with_test_metrics(
    args: &TrainStructureArgs,
    rows: &[ChainRow],
    model: Model,
    session: &Session,
) -> anyhow::Result<Model> {
    if args.test.is_empty() {
        return Ok(model);
    }
    let bootstrap = BootstrapSettings::default();
    let learn: Vec<ChainRow> = rows.iter().filter(|row| row.split != "valid").cloned().collect();
    let mut description = model.description().clone();
    let mut tests = Vec::new();
    for table in &args.test {
        let (name, chains) = (&table.name, table.read()?);
        let on_card = |metrics: Metrics| {
            let chosen = metrics
                .into_iter()
                .filter(|(metric, _)| CARD.contains(&metric.as_str()));
            chosen
                .map(|(metric, value)| (format!("{name}.{metric}"), value))
                .collect::<Metrics>()
        };
        description
            .metrics
            .extend(on_card(measure(&model, &chains, args.reduction, &bootstrap)?));
        let baselines = [
            ("majority", majority(&learn, &chains, args.reduction)),
            ("gor17", gor(&learn, &chains, args.reduction)),
        ];
        for (baseline, predictions) in baselines {
            let metrics = measure_predictions(&chains, &predictions, args.reduction, &bootstrap)?;
            description
                .baselines
                .entry(baseline.to_owned())
                .or_default()
                .extend(on_card(metrics));
        }
        let residues: usize = chains.iter().map(|row| row.chain.scored_residues()).sum();
        tests.push(format!("{name}: {} chains, {residues} residues", chains.len()));
    }
    description.training.test = tests.join("; ");
    let model = Model::new(description, model.networks().to_vec());
    session.say(&describe(&model));
    Ok(model)
}

/// The identifiers in a report of dropped chains.
fn dropped(path: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let first_field = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    Ok(text.lines().skip(1).map(first_field).collect())
}

/// A digest of everything beside the fit's settings that the outcome depends on.
fn fingerprint(
    args: &TrainStructureArgs,
    architecture: &ArchitectureConfig,
    splits: &ChainSplits,
    elders: &Elders,
) -> String {
    let mut bytes = serde_json::to_vec(architecture).expect("settings are plain data");
    bytes.extend(format!("{} {}", args.reduction, args.q8_weight).bytes());
    if let Some(start) = &elders.start {
        bytes.extend(format!(" start {}", start.digest()).bytes());
    }
    if let Some(teacher) = &elders.teacher {
        bytes.extend(format!(" {} {}", teacher.digest(), args.teacher_weight).bytes());
    }
    bytes.extend(splits.bytes());
    sha256(&bytes)
}
