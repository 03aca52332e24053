//! Which network, and how large.

mod size;

use std::fmt;
use std::str::FromStr;

use processive_core::Alphabet;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::layers::{Cell, Edges, Reading, Readout, RecurrentInit};

/// The family of a network, named on the command line by `--arch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Motif filters and their maximum over the whole sequence: presence of motifs, no order.
    BagCnn,
    /// Motif filters, local pooling, stacked convolutions.
    Cnn,
    /// Motif filters, then residual convolutions of doubling dilation.
    DilatedCnn,
    /// A recurrent network, over letters or over a convolutional stem.
    Recurrent {
        /// The cell.
        cell: Cell,
        /// From which end it reads.
        reading: Reading,
        /// Whether motif filters and pooling come first.
        stem: bool,
    },
}

impl Architecture {
    /// Every architecture, in the order of the documentation.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::BagCnn, Self::Cnn, Self::DilatedCnn];
        for stem in [false, true] {
            for reading in Reading::ALL {
                for cell in [Cell::Elman, Cell::Gru, Cell::Lstm] {
                    all.push(Self::Recurrent { cell, reading, stem });
                }
            }
        }
        all
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BagCnn => f.write_str("bag-cnn"),
            Self::Cnn => f.write_str("cnn"),
            Self::DilatedCnn => f.write_str("dilated-cnn"),
            Self::Recurrent { cell, reading, stem } => {
                let stem = if *stem { "cnn-" } else { "" };
                let name = match (cell, reading) {
                    (Cell::Elman, Reading::Both) => "birnn",
                    (Cell::Gru, Reading::Both) => "bigru",
                    (Cell::Lstm, Reading::Both) => "bilstm",
                    (Cell::Elman, _) => "elman",
                    (Cell::Gru, _) => "gru",
                    (Cell::Lstm, _) => "lstm",
                };
                let end = if *reading == Reading::Reverse { "-reverse" } else { "" };
                write!(f, "{stem}{name}{end}")
            }
        }
    }
}

impl FromStr for Architecture {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let known = Self::all();
        known
            .iter()
            .find(|architecture| architecture.to_string() == name)
            .copied()
            .ok_or_else(|| ModelError::UnknownArchitecture {
                name: name.to_owned(),
                known: known.iter().map(Self::to_string).collect::<Vec<_>>().join(", "),
            })
    }
}

impl Serialize for Architecture {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Architecture {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// The settings of a network. Settings that an architecture does not have are ignored by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchitectureConfig {
    /// The family.
    pub arch: Architecture,
    /// The letters that it reads.
    #[serde(default = "dna", skip_serializing_if = "is_dna")]
    pub alphabet: Alphabet,
    /// Motif filters of the first convolution.
    #[serde(default = "default_filters")]
    pub filters: usize,
    /// The width of a motif filter in bases.
    #[serde(default = "default_kernel")]
    pub kernel: usize,
    /// Bases per step after the first convolution (local maxima); 1 keeps every base.
    #[serde(default = "default_pool")]
    pub pool: usize,
    /// Inner layers: convolutions, residual blocks or recurrent layers.
    #[serde(default = "default_layers")]
    pub layers: usize,
    /// Channels of the inner convolutions of a `cnn`.
    #[serde(default = "default_channels")]
    pub channels: usize,
    /// The width of the inner convolutions in steps.
    #[serde(default = "default_inner_kernel")]
    pub inner_kernel: usize,
    /// Recurrent units per direction.
    #[serde(default = "default_hidden")]
    pub hidden: usize,
    /// Which steps are read out, at the ends of a sequence; of convolutional networks.
    #[serde(default, skip_serializing_if = "Edges::is_padded")]
    pub edges: Edges,
    /// How the steps become one vector.
    #[serde(default)]
    pub readout: Readout,
    /// How far a profile read-out reaches to each side of the centre, in steps.
    #[serde(default = "default_reach")]
    pub reach: usize,
    /// The width of the hidden layer before the output; 0 for none.
    #[serde(default = "default_dense")]
    pub dense: usize,
    /// The share of channels dropped in training.
    #[serde(default = "default_dropout")]
    pub dropout: f64,
    /// How recurrent weights start.
    #[serde(default)]
    pub init: RecurrentInit,
    /// The longest lag that a chrono start expects, in steps; [`for_window`](Self::for_window) fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_lag: Option<usize>,
}

/// The shortest longest lag: `ln U(1, T - 1)` needs `T` of 2 or more.
pub(crate) const SHORTEST_LAG: usize = 2;

/// More steps than any training window has.
const LONGEST_LAG: usize = 10_000_000;

fn dna() -> Alphabet {
    Alphabet::Dna
}
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_dna(alphabet: &Alphabet) -> bool {
    *alphabet == Alphabet::Dna
}
fn default_filters() -> usize {
    128
}
fn default_kernel() -> usize {
    19
}
fn default_pool() -> usize {
    4
}
fn default_layers() -> usize {
    2
}
fn default_channels() -> usize {
    96
}
fn default_inner_kernel() -> usize {
    5
}
fn default_hidden() -> usize {
    64
}
fn default_reach() -> usize {
    16
}
fn default_dense() -> usize {
    64
}
fn default_dropout() -> f64 {
    0.2
}

impl ArchitectureConfig {
    /// The documented defaults of an architecture.
    pub fn new(arch: Architecture) -> Self {
        let recurrent = matches!(arch, Architecture::Recurrent { .. });
        Self {
            arch,
            alphabet: Alphabet::Dna,
            filters: default_filters(),
            kernel: default_kernel(),
            pool: default_pool(),
            layers: if recurrent { 1 } else { default_layers() },
            channels: default_channels(),
            inner_kernel: if arch == Architecture::DilatedCnn {
                3
            } else {
                default_inner_kernel()
            },
            hidden: default_hidden(),
            edges: Edges::default(),
            readout: if arch == Architecture::BagCnn {
                Readout::Max
            } else {
                Readout::default()
            },
            reach: default_reach(),
            dense: default_dense(),
            dropout: default_dropout(),
            init: RecurrentInit::default(),
            max_lag: None,
        }
    }

    /// The documented defaults of an architecture that labels every residue of a protein.
    ///
    /// Filters span 11 residues and nothing is pooled; recurrent networks have two layers of 128 units. A `dilated-cnn`
    /// has three blocks of width 9: it sees 33 residues to each side.
    pub fn for_residues(arch: Architecture) -> Self {
        let recurrent = matches!(arch, Architecture::Recurrent { .. });
        Self {
            alphabet: Alphabet::Protein,
            kernel: 11,
            pool: 1,
            layers: if recurrent { 2 } else { 3 },
            channels: 128,
            inner_kernel: 9,
            hidden: 128,
            readout: Readout::Each,
            ..Self::new(arch)
        }
    }

    /// States the longest lag of a chrono start where nobody did: all steps of a window of `window` bases.
    #[must_use]
    pub fn for_window(mut self, window: usize) -> Self {
        if self.needs_max_lag() {
            let steps = window.div_ceil(self.stride());
            self.max_lag.get_or_insert(steps.clamp(SHORTEST_LAG, LONGEST_LAG));
        }
        self
    }

    fn needs_max_lag(&self) -> bool {
        matches!(self.arch, Architecture::Recurrent { .. }) && self.init == RecurrentInit::Chrono
    }

    /// Checks that the settings lack nothing that [`for_window`](Self::for_window) fills in.
    pub(crate) fn require_max_lag(&self) -> Result<(), ModelError> {
        if self.needs_max_lag() && self.max_lag.is_none() {
            let allowed = format!("{SHORTEST_LAG} to {LONGEST_LAG} with init chrono");
            return Err(setting("max-lag", "absent", allowed));
        }
        Ok(())
    }

    /// Checks that a network can be made from these settings.
    ///
    /// # Errors
    /// [`ModelError::Setting`] names the first setting that cannot be and what it may be.
    pub fn validate(&self) -> Result<(), ModelError> {
        let positive = [
            ("filters", self.filters, 4096),
            ("kernel", self.kernel, 255),
            ("pool", self.pool, 1024),
            ("channels", self.channels, 4096),
            ("inner-kernel", self.inner_kernel, 255),
            ("hidden", self.hidden, 4096),
        ];
        for (name, value, most) in positive {
            if value == 0 || value > most {
                return Err(setting(name, value, format!("1 to {most}")));
            }
        }
        if self.layers > 16 {
            return Err(setting("layers", self.layers, "0 to 16"));
        }
        if self.reach > 4096 || self.dense > 65_536 {
            return Err(setting(
                "reach or dense",
                self.reach.max(self.dense),
                "at most 4096 and 65536",
            ));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(setting("dropout", self.dropout, "0 to below 1"));
        }
        if let Some(lag) = self.max_lag.filter(|lag| !(SHORTEST_LAG..=LONGEST_LAG).contains(lag)) {
            return Err(setting("max-lag", lag, format!("{SHORTEST_LAG} to {LONGEST_LAG}")));
        }
        if self.edges == Edges::Whole {
            if matches!(self.arch, Architecture::Recurrent { .. }) {
                return Err(setting("edges", "whole", "padded for a recurrent network"));
            }
            if self.readout == Readout::Each {
                return Err(setting("edges", "whole", "padded when every position is labelled"));
            }
        }
        match self.arch {
            Architecture::Recurrent { .. } if self.layers == 0 => Err(setting("layers", 0, "1 to 16")),
            Architecture::BagCnn if self.readout == Readout::Each => Err(setting(
                "arch",
                "bag-cnn",
                "an architecture that keeps positions, to label each of them",
            )),
            _ if self.readout == Readout::Each && self.stride() != 1 => {
                Err(setting("pool", self.pool, "1 when every position is labelled"))
            }
            Architecture::BagCnn if self.readout != Readout::Max => {
                Err(setting("readout", format!("{:?}", self.readout), "max for a bag-cnn"))
            }
            Architecture::Cnn | Architecture::DilatedCnn if self.readout == Readout::Last => Err(setting(
                "readout",
                "last",
                "max, mean, max-mean or profile for a convolutional network",
            )),
            _ => Ok(()),
        }
    }

    /// Bases per step of the features that are read out.
    pub fn stride(&self) -> usize {
        match self.arch {
            Architecture::BagCnn | Architecture::Recurrent { stem: false, .. } => 1,
            _ => self.pool,
        }
    }

    /// The number of bases that one step of the features depends on, before the read-out joins the
    /// steps of a whole window; `None` when it is not bounded (recurrent networks).
    pub fn receptive_field(&self) -> Option<usize> {
        let stem = self.kernel + self.pool - 1;
        let widen = |span: usize| span * self.pool;
        match self.arch {
            Architecture::BagCnn => Some(self.kernel),
            Architecture::Cnn => Some(stem + widen((self.inner_kernel - 1) * self.layers)),
            Architecture::DilatedCnn => {
                let dilations = (1usize << self.layers) - 1;
                Some(stem + widen((self.inner_kernel - 1) * dilations))
            }
            Architecture::Recurrent { .. } => None,
        }
    }
}

fn setting(name: &str, value: impl fmt::Display, allowed: impl Into<String>) -> ModelError {
    ModelError::Setting {
        name: name.to_owned(),
        value: value.to_string(),
        allowed: allowed.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() -> Result<(), ModelError> {
        let names: Vec<String> = Architecture::all().iter().map(Architecture::to_string).collect();
        assert_eq!(names.len(), 21);
        for (name, architecture) in names.iter().zip(Architecture::all()) {
            assert_eq!(name.parse::<Architecture>()?, architecture);
        }
        assert!("cnn-transformer".parse::<Architecture>().is_err());
        Ok(())
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let config = |change: fn(&mut ArchitectureConfig)| {
            let mut config = ArchitectureConfig::new(Architecture::Cnn);
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        assert!(config(|c| c.filters = 0).contains("filters"));
        assert!(config(|c| c.dropout = 1.0).contains("dropout"));
        assert!(config(|c| c.readout = Readout::Last).contains("readout"));
        assert!(config(|c| c.max_lag = Some(1)).contains("max-lag"));
        let recurrent = ArchitectureConfig {
            edges: Edges::Whole,
            ..ArchitectureConfig::new("cnn-gru".parse().unwrap())
        };
        assert!(recurrent.validate().unwrap_err().to_string().contains("edges"));
        for architecture in Architecture::all() {
            assert!(
                ArchitectureConfig::new(architecture).validate().is_ok(),
                "{architecture}"
            );
        }
    }

    #[test]
    fn a_partial_file_takes_defaults_and_an_unknown_key_is_refused() {
        let config: ArchitectureConfig = toml::from_str("arch = 'cnn-bilstm'\nhidden = 32").unwrap();
        assert_eq!((config.hidden, config.filters), (32, 128));
        assert!(toml::from_str::<ArchitectureConfig>("arch = 'cnn'\nfitlers = 3").is_err());
    }

    #[test]
    fn a_chrono_start_takes_its_longest_lag_from_the_window_unless_it_is_given() {
        let lag = |name: &str, init, max_lag| {
            let config = ArchitectureConfig {
                init,
                max_lag,
                ..ArchitectureConfig::new(name.parse().unwrap())
            };
            config.for_window(201).max_lag
        };
        assert_eq!(lag("lstm", RecurrentInit::Chrono, None), Some(201));
        assert_eq!(lag("cnn-bigru", RecurrentInit::Chrono, None), Some(51));
        assert_eq!(lag("gru", RecurrentInit::Chrono, Some(40)), Some(40));
        assert_eq!(lag("gru", RecurrentInit::Orthogonal, None), None);
        assert_eq!(lag("cnn", RecurrentInit::Chrono, None), None);
    }

    #[test]
    fn only_a_chrono_start_is_written_with_a_longest_lag() {
        let config = ArchitectureConfig::new("lstm".parse().unwrap());
        assert!(!serde_json::to_string(&config).unwrap().contains("max_lag"));
        let chrono = ArchitectureConfig {
            init: RecurrentInit::Chrono,
            ..config
        };
        let written = serde_json::to_string(&chrono.clone().for_window(77)).unwrap();
        assert!(written.contains("\"init\":\"chrono\",\"max_lag\":77"), "{written}");
        assert_eq!(
            serde_json::from_str::<ArchitectureConfig>(&written).unwrap(),
            chrono.for_window(77)
        );
    }
}
