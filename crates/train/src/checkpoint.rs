//! The state of a run between two epochs, in one file.

use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use processive_models::{Network, write_whole};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::fit::{EpochRecord, Scores};
use crate::settings::FitSettings;

/// What a run knows beside its tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct RunState<S: Scores> {
    pub(crate) settings: FitSettings,
    pub(crate) fingerprint: String,
    pub(crate) epochs_done: usize,
    pub(crate) best_epoch: usize,
    pub(crate) best_score: f64,
    pub(crate) steps: u64,
    pub(crate) history: Vec<EpochRecord<S>>,
}

impl<S: Scores> RunState<S> {
    pub(crate) fn new(settings: FitSettings, fingerprint: &str) -> Self {
        Self {
            settings,
            fingerprint: fingerprint.to_owned(),
            epochs_done: 0,
            best_epoch: 0,
            best_score: f64::NEG_INFINITY,
            steps: 0,
            history: Vec::new(),
        }
    }
}

/// A run's state and tensors.
pub(crate) struct Checkpoint<S: Scores> {
    pub(crate) state: RunState<S>,
    network: Vec<u8>,
    optimiser: Vec<u8>,
    pub(crate) average: Vec<Vec<f32>>,
    pub(crate) best: Vec<Vec<f32>>,
}

impl<S: Scores> Checkpoint<S> {
    pub(crate) fn new(
        state: RunState<S>,
        network: &Network,
        optimiser: &ModuleOptimizer,
        average: Vec<Vec<f32>>,
        best: Vec<Vec<f32>>,
    ) -> Self {
        let in_memory = "a record in memory always serialises";
        Self {
            state,
            network: network.clone().into_record().into_bytes().expect(in_memory).to_vec(),
            optimiser: optimiser.into_bytes().expect(in_memory).to_vec(),
            average,
            best,
        }
    }

    /// Writes the file under a temporary name, then renames it over the last one.
    pub(crate) fn write(&self, path: &Path) -> Result<(), TrainError> {
        let state = serde_json::to_vec(&self.state).expect("a run's state is plain data");
        let (average, best) = (flat(&self.average), flat(&self.best));
        let parts = [
            ("average", &average),
            ("best", &best),
            ("network", &self.network),
            ("optimiser", &self.optimiser),
            ("state", &state),
        ];
        let views = parts.map(|(name, bytes)| {
            (
                name,
                TensorView::new(Dtype::U8, vec![bytes.len()], bytes).expect("one byte per element"),
            )
        });
        let bytes = serialize(views, None).expect("names are distinct and sizes agree");
        write_whole(path, &bytes).map_err(|source| TrainError::Checkpoint {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads a file back.
    pub(crate) fn read(path: &Path) -> Result<Self, TrainError> {
        let bytes = fs::read(path).map_err(|source| TrainError::Checkpoint {
            path: path.to_owned(),
            source,
        })?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| bad(path, &error))?;
        let part = |name: &str| -> Result<Vec<u8>, TrainError> {
            let view = file.tensor(name).map_err(|error| bad(path, &error))?;
            Ok(view.data().to_vec())
        };
        Ok(Self {
            state: serde_json::from_slice(&part("state")?).map_err(|error| bad(path, &error))?,
            network: part("network")?,
            optimiser: part("optimiser")?,
            average: unflat(&part("average")?).ok_or_else(|| bad(path, &"the weight average is cut"))?,
            best: unflat(&part("best")?).ok_or_else(|| bad(path, &"the best weights are cut"))?,
        })
    }

    /// Refuses a checkpoint of other data, another network or other settings.
    pub(crate) fn require_same_run(&self, run: &RunState<S>, path: &Path) -> Result<(), TrainError> {
        let difference = if self.state.fingerprint != run.fingerprint {
            "its data or its network are others".to_owned()
        } else if self.state.settings != run.settings {
            format!("its settings were {:?}", self.state.settings)
        } else {
            return Ok(());
        };
        Err(TrainError::OtherRun {
            path: path.to_owned(),
            difference,
        })
    }

    /// Puts the stored weights, and the identities that the optimiser knows them by, into a network.
    pub(crate) fn network(&self, network: Network, path: &Path) -> Result<Network, TrainError> {
        let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(self.network.clone()));
        network
            .try_load_record(record.map_err(|error| bad(path, &error))?)
            .map_err(|error| bad(path, &error))
    }

    /// Puts the stored moments into an optimiser.
    pub(crate) fn optimiser(&self, optimiser: ModuleOptimizer, path: &Path) -> Result<ModuleOptimizer, TrainError> {
        optimiser
            .from_bytes(Bytes::from_bytes_vec(self.optimiser.clone()))
            .map_err(|error| bad(path, &error))
    }
}

fn bad(path: &Path, reason: &dyn std::fmt::Display) -> TrainError {
    TrainError::BadCheckpoint {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// Writes lists of numbers as: their count, every length (u64), every value (f32), little-endian.
fn flat(lists: &[Vec<f32>]) -> Vec<u8> {
    let mut bytes = (lists.len() as u64).to_le_bytes().to_vec();
    bytes.extend(lists.iter().flat_map(|list| (list.len() as u64).to_le_bytes()));
    bytes.extend(lists.iter().flatten().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn unflat(bytes: &[u8]) -> Option<Vec<Vec<f32>>> {
    let number = |index: usize| -> Option<usize> {
        let bytes = bytes.get(index * 8..index * 8 + 8)?;
        usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let count = number(0)?;
    let mut values = bytes.get(count.checked_add(1)?.checked_mul(8)?..)?;
    let mut lists = Vec::new();
    for index in 1..=count {
        let (list, rest) = values.split_at_checked(number(index)?.checked_mul(4)?)?;
        values = rest;
        let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("chunks of four bytes"));
        lists.push(list.chunks_exact(4).map(value).collect());
    }
    values.is_empty().then_some(lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_survive_the_round_trip_and_a_cut_is_noticed() {
        let lists = vec![vec![1.5, -0.0, f32::MIN_POSITIVE], vec![], vec![7.0]];
        let bytes = flat(&lists);
        assert_eq!(unflat(&bytes), Some(lists));
        for length in 0..bytes.len() {
            assert_eq!(unflat(&bytes[..length]), None, "cut at {length}");
        }
    }
}
