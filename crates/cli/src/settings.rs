//! Architecture and fit settings: defaults, then a TOML file, then flags.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use processive_core::Alphabet;
use processive_models::{Architecture, ArchitectureConfig, Readout};
use processive_train::{ClassWeights, FitSettings};
use serde::Deserialize;
use toml::{Table, Value};

/// Settings of one network and its fit. Every flag overrides the file.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network and fit")]
pub(crate) struct SettingArgs {
    /// bag-cnn (not for residues), cnn, dilated-cnn; elman, gru, lstm, and from the end alone ...-reverse; birnn, bigru,
    /// bilstm; each recurrent one also as cnn-...
    #[arg(long, value_name = "NAME")]
    arch: Option<String>,
    #[command(flatten)]
    shared: SharedSettingArgs,
    /// Epochs without a better validation AUPRC (Q3 for residues) before the run stops [default: 6]
    #[arg(long, value_name = "EPOCHS")]
    patience: Option<i64>,
    /// Seed of weights, order, augmentation and dropout [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<i64>,
}

/// Settings that several networks may share.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network and fit")]
pub(crate) struct SharedSettingArgs {
    /// A TOML file with the tables [architecture] and [fit]; keys are named as the flags
    #[arg(long, value_name = "TOML")]
    config: Option<PathBuf>,
    /// Motif filters of the first convolution [default: 128]
    #[arg(long, value_name = "N")]
    filters: Option<i64>,
    /// Width of a motif filter [default: 19; residues 11]
    #[arg(long, value_name = "LETTERS")]
    kernel: Option<i64>,
    /// Bases per step after the first convolution [default: 4; residues 1]
    #[arg(long, value_name = "BP")]
    pool: Option<i64>,
    /// Inner layers: convolutions, residual blocks, recurrent layers [default: 2; recurrent 1; residues: 3; recurrent 2]
    #[arg(long, value_name = "N")]
    layers: Option<i64>,
    /// Channels of the inner convolutions of a cnn [default: 96; residues 128]
    #[arg(long, value_name = "N")]
    channels: Option<i64>,
    /// Width of the inner convolutions [default: 5; dilated-cnn 3; residues 9]
    #[arg(long, value_name = "STEPS")]
    inner_kernel: Option<i64>,
    /// Recurrent units per direction [default: 64; residues 128]
    #[arg(long, value_name = "N")]
    hidden: Option<i64>,
    /// What a convolutional network reads out near a sequence's ends: padded (every step) or whole (the steps that see
    /// nothing past an end; a scan then computes what overlapping windows share once, several times as fast) [default: padded]
    #[arg(long, value_name = "NAME")]
    edges: Option<String>,
    /// max, mean, max-mean, last (recurrent), profile; each [default: max-mean; bag-cnn max; residues each]
    #[arg(long, value_name = "NAME")]
    readout: Option<String>,
    /// How far a profile read-out reaches to each side of the centre [default: 16]
    #[arg(long, value_name = "STEPS")]
    reach: Option<i64>,
    /// Width of the hidden layer before the output; 0 for none [default: 64]
    #[arg(long, value_name = "N")]
    dense: Option<i64>,
    /// Share of channels dropped in training [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f64>,
    /// How recurrent weights start: orthogonal, uniform, chrono (gates that remember for long) [default: orthogonal]
    #[arg(long, value_name = "NAME")]
    init: Option<String>,
    /// The longest lag that --init chrono expects [default: the steps of a window]
    #[arg(long, value_name = "STEPS")]
    max_lag: Option<i64>,
    /// Passes over the training data, at most [default: 20]
    #[arg(long, value_name = "N")]
    epochs: Option<i64>,
    /// Examples per step [default: 64; residues: 32 chains]
    #[arg(long, value_name = "N")]
    batch_size: Option<i64>,
    /// Highest learning rate [default: 0.002; residues 0.001]
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// one-cycle, cosine, constant [default: one-cycle]
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Decoupled weight decay [default: 0.01]
    #[arg(long, value_name = "RATE")]
    weight_decay: Option<f64>,
    /// Largest global gradient norm; 0 for no clipping [default: 1]
    #[arg(long, value_name = "NORM")]
    clip_norm: Option<f64>,
    /// equal, balanced [default: equal]; not for residues
    #[arg(long, value_name = "NAME")]
    class_weights: Option<String>,
    /// Share of training examples shown as their reverse complement [default: 0.5]; not for residues
    #[arg(long, value_name = "SHARE")]
    reverse_complement: Option<f64>,
    /// Training examples are shifted by up to this many bases [default: 0]; not for residues
    #[arg(long, value_name = "BP")]
    jitter: Option<i64>,
    /// Share of letters of training examples that are hidden [default: 0]
    #[arg(long, value_name = "SHARE")]
    letter_dropout: Option<f64>,
    /// Decay per step of the running mean of the weights that is kept; 0 keeps the last weights [default: 0.99; residues 0.999]
    #[arg(long, value_name = "DECAY")]
    average_decay: Option<f64>,
    /// The numbers that are multiplied in training: f32, or bf16, which is faster on processors with AMX and rounds them to 8
    /// binary digits [default: f32]
    #[arg(long, value_name = "NAME")]
    precision_compute: Option<String>,
}

/// A settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default)]
    architecture: Table,
    #[serde(default)]
    fit: Table,
}

/// The joined settings of file and flags, the flags first.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What stands in [architecture].
    pub(crate) architecture: Table,
    /// What stands in [fit].
    pub(crate) fit: Table,
    /// Where they come from, for messages.
    origin: String,
}

impl SettingArgs {
    /// Joins defaults, file and flags.
    pub(crate) fn resolve(&self) -> anyhow::Result<(ArchitectureConfig, FitSettings)> {
        let settings = self.join()?;
        Ok((settings.architecture()?, settings.fit()?))
    }

    /// As [`resolve`](Self::resolve), for a network that labels residues.
    pub(crate) fn resolve_for_residues(&self) -> anyhow::Result<(ArchitectureConfig, FitSettings)> {
        let settings = self.join()?;
        Ok((settings.architecture_for_residues()?, settings.fit_for_residues()?))
    }

    fn join(&self) -> anyhow::Result<Settings> {
        let mut settings = self.shared.join()?;
        insert(&mut settings.architecture, &[], &[], &[("arch", &self.arch)]);
        let integers = [("patience", self.patience), ("seed", self.seed)];
        insert(&mut settings.fit, &integers, &[], &[]);
        Ok(settings)
    }
}

impl Settings {
    /// These settings for the architecture `arch`.
    pub(crate) fn of(&self, arch: Architecture) -> Self {
        let mut settings = self.clone();
        let name = Value::String(arch.to_string());
        settings.architecture.insert("arch".to_owned(), name);
        settings
    }

    /// The network, which labels residues: its defaults, with these settings over them.
    pub(crate) fn architecture_for_residues(&self) -> anyhow::Result<ArchitectureConfig> {
        let network = ArchitectureConfig::for_residues;
        let architecture = architecture(self.architecture.clone(), network, &self.origin)?;
        if architecture.readout != Readout::Each {
            bail!("readout: a network that labels residues reads out each of them; leave --readout out");
        }
        architecture.validate()?;
        require_alphabet(&architecture, Alphabet::Protein)?;
        Ok(architecture)
    }

    /// The settings of the fit of a network that labels residues.
    pub(crate) fn fit_for_residues(&self) -> anyhow::Result<FitSettings> {
        let fit = self.fit_over(&FitSettings::for_residues())?;
        for (name, is_set) in [
            ("reverse-complement", fit.reverse_complement != 0.0),
            ("jitter", fit.jitter != 0),
            ("class-weights", fit.class_weights != ClassWeights::Equal),
        ] {
            if is_set {
                bail!("{name} is not for residues; leave it out");
            }
        }
        Ok(fit)
    }

    /// The network: its defaults, with these settings over them.
    pub(crate) fn architecture(&self) -> anyhow::Result<ArchitectureConfig> {
        let architecture = architecture(self.architecture.clone(), ArchitectureConfig::new, &self.origin)?;
        if architecture.readout == Readout::Each {
            bail!(
                "readout: each labels every position, which is for residues (train structure); allowed here: max, mean, max-mean, last, profile"
            );
        }
        architecture.validate()?;
        require_alphabet(&architecture, Alphabet::Dna)?;
        Ok(architecture)
    }

    /// The settings of the fit: the defaults, with these over them.
    pub(crate) fn fit(&self) -> anyhow::Result<FitSettings> {
        self.fit_over(&FitSettings::default())
    }

    fn fit_over(&self, defaults: &FitSettings) -> anyhow::Result<FitSettings> {
        let mut joined = Table::try_from(defaults).expect("settings are plain data");
        joined.extend(self.fit.clone());
        let fit: Result<FitSettings, _> = joined.try_into();
        let fit = fit.with_context(|| format!("in the settings of the fit{}", self.origin))?;
        fit.validate()?;
        Ok(fit)
    }
}

impl SharedSettingArgs {
    /// Joins file and flags.
    pub(crate) fn join(&self) -> anyhow::Result<Settings> {
        let mut file = match &self.config {
            None => SettingsFile::default(),
            Some(path) => {
                let reading = || format!("reading {}", path.display());
                let text = std::fs::read_to_string(path).with_context(reading)?;
                toml::from_str(&text).with_context(reading)?
            }
        };
        dashes_to_underscores(&mut file.architecture);
        dashes_to_underscores(&mut file.fit);
        self.override_architecture(&mut file.architecture);
        self.override_fit(&mut file.fit);
        let origin = match &self.config {
            None => String::new(),
            Some(path) => format!(" ({} and the flags)", path.display()),
        };
        Ok(Settings {
            architecture: file.architecture,
            fit: file.fit,
            origin,
        })
    }

    fn override_architecture(&self, table: &mut Table) {
        let numbers = [
            ("filters", self.filters),
            ("kernel", self.kernel),
            ("pool", self.pool),
            ("layers", self.layers),
            ("channels", self.channels),
            ("inner_kernel", self.inner_kernel),
            ("hidden", self.hidden),
            ("reach", self.reach),
            ("dense", self.dense),
            ("max_lag", self.max_lag),
        ];
        let names = [("edges", &self.edges), ("readout", &self.readout), ("init", &self.init)];
        insert(table, &numbers, &[("dropout", self.dropout)], &names);
    }

    fn override_fit(&self, table: &mut Table) {
        let integers = [
            ("epochs", self.epochs),
            ("batch_size", self.batch_size),
            ("jitter", self.jitter),
        ];
        let numbers = [
            ("learning_rate", self.learning_rate),
            ("weight_decay", self.weight_decay),
            ("clip_norm", self.clip_norm),
            ("reverse_complement", self.reverse_complement),
            ("letter_dropout", self.letter_dropout),
            ("average_decay", self.average_decay),
        ];
        insert(
            table,
            &integers,
            &numbers,
            &[
                ("schedule", &self.schedule),
                ("class_weights", &self.class_weights),
                ("precision_compute", &self.precision_compute),
            ],
        );
    }
}

fn insert(
    table: &mut Table,
    integers: &[(&str, Option<i64>)],
    numbers: &[(&str, Option<f64>)],
    names: &[(&str, &Option<String>)],
) {
    let integers = integers
        .iter()
        .filter_map(|&(key, value)| Some((key, Value::Integer(value?))));
    let numbers = numbers
        .iter()
        .filter_map(|&(key, value)| Some((key, Value::Float(value?))));
    let names = names
        .iter()
        .filter_map(|&(key, value)| Some((key, Value::String(value.clone()?))));
    table.extend(
        integers
            .chain(numbers)
            .chain(names)
            .map(|(key, value)| (key.to_owned(), value)),
    );
}

fn dashes_to_underscores(table: &mut Table) {
    *table = std::mem::take(table)
        .into_iter()
        .map(|(key, value)| (key.replace('-', "_"), value))
        .collect();
}

fn require_alphabet(architecture: &ArchitectureConfig, alphabet: Alphabet) -> anyhow::Result<()> {
    if architecture.alphabet != alphabet {
        bail!("alphabet cannot be {}; allowed here: {alphabet}", architecture.alphabet);
    }
    Ok(())
}

/// The defaults of the named architecture, with the table's values over them, not yet validated.
fn architecture(
    table: Table,
    network: fn(Architecture) -> ArchitectureConfig,
    origin: &str,
) -> anyhow::Result<ArchitectureConfig> {
    let Some(Value::String(name)) = table.get("arch") else {
        bail!("no architecture: give --arch NAME, or `arch` in [architecture] of --config");
    };
    let defaults = network(name.parse::<Architecture>()?);
    let mut joined = Table::try_from(&defaults).expect("settings are plain data");
    joined.extend(table);
    let config: Result<ArchitectureConfig, _> = joined.try_into();
    config.with_context(|| format!("in the settings of the architecture{origin}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: SettingArgs,
    }

    fn resolve(line: &[&str]) -> anyhow::Result<(ArchitectureConfig, FitSettings)> {
        Line::try_parse_from([&["x"], line].concat())?.settings.resolve()
    }

    #[test]
    fn flags_override_the_file_and_the_file_overrides_the_defaults() -> anyhow::Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(
            file.path(),
            "[architecture]\narch = 'cnn-gru'\nfilters = 8\nhidden = 5\n[fit]\nbatch-size = 7\nepochs = 3\n",
        )?;
        let path = file.path().to_str().expect("temporary names are plain");
        let (architecture, fit) = resolve(&["--config", path, "--hidden", "6", "--epochs", "4", "--readout", "last"])?;
        assert_eq!(
            (architecture.filters, architecture.hidden, architecture.kernel),
            (8, 6, 19)
        );
        assert_eq!((fit.batch_size, fit.epochs, fit.patience), (7, 4, 6));
        assert_eq!(architecture.readout, processive_models::Readout::Last);
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |line: &[&str]| format!("{:#}", resolve(line).unwrap_err());
        assert!(error(&[]).contains("--arch"));
        assert!(error(&["--arch", "transformer"]).contains("cnn-bilstm"));
        assert!(error(&["--arch", "cnn", "--filters", "0"]).contains("filters"));
        assert!(error(&["--arch", "cnn", "--filters=-1"]).contains("filters"));
        assert!(error(&["--arch", "gru", "--init", "chrono", "--max-lag", "1"]).contains("max-lag"));
        assert!(error(&["--arch", "gru", "--init", "chronos"]).contains("chrono"));
        assert!(error(&["--arch", "cnn", "--epochs", "0"]).contains("epochs"));
        assert!(error(&["--arch", "cnn", "--schedule", "warm"]).contains("one-cycle"));
        assert!(error(&["--arch", "cnn", "--readout", "each"]).contains("for residues"));
    }
}
