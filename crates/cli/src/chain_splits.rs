//! Training and validation chains, and the model of structure that comes of them.

use anyhow::bail;
use processive_core::{ChainRow, Reduction, State8};
use processive_models::{Calibration, Model, ModelDescription};
use processive_train::{ChainSet, best_slope, ensemble_nll, structure_logits};

/// The chains of a run.
#[derive(Clone, Debug)]
pub(crate) struct ChainSplits {
    pub(crate) train: ChainSet,
    pub(crate) valid: ChainSet,
}

impl ChainSplits {
    /// Takes the chains of the splits `train` and `valid`; those in no split are for training. There must be some to
    /// validate on.
    pub(crate) fn of(rows: &[ChainRow], rule: Reduction) -> anyhow::Result<Self> {
        let of = |wanted: &[&str]| {
            let chosen = rows.iter().filter(|row| wanted.contains(&row.split.as_str()));
            ChainSet::from_labelled(chosen.map(|row| &row.chain), rule)
        };
        let splits = Self {
            train: of(&["train", ""]),
            valid: of(&["valid"]),
        };
        if splits.valid.is_empty() {
            bail!(
                "no chain is in the split 'valid': `processive prepare structure` makes one whose chains are no kin of the others"
            );
        }
        if splits.valid.scored_residues() == 0 {
            bail!("no residue of the chains in the split 'valid' is scored");
        }
        Ok(splits)
    }

    /// Says how many chains and residues there are.
    pub(crate) fn report(&self) {
        log::info!(
            "training: {} chains, {} scored residues; validation: {} chains, {} scored residues",
            self.train.len(),
            self.train.scored_residues(),
            self.valid.len(),
            self.valid.scored_residues()
        );
    }

    /// The length of the longest training chain.
    pub(crate) fn longest(&self) -> usize {
        self.train.lengths().into_iter().max().unwrap_or(1)
    }

    /// Everything that a fit reads of them, one after the other.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (chains, mark) in [(&self.train, b't'), (&self.valid, b'v')] {
            for chain in chains.chains() {
                bytes.push(mark);
                bytes.extend(&chain.codes);
                bytes.extend(chain.three.iter().map(|&state| state as u8));
                bytes.extend(chain.eight.iter().flatten().map(|&state| state as u8));
                bytes.extend(chain.scored.iter().map(|&scored| u8::from(scored)));
            }
        }
        bytes
    }
}

/// The classes of a model of structure: the eight states in lower case.
pub(crate) fn state_classes() -> Vec<String> {
    let name = |state: State8| char::from(state.letter()).to_ascii_lowercase().to_string();
    State8::ALL.map(name).into()
}

/// The model with the slope that makes it likeliest on the validation chains, with the weights as they will be stored.
pub(crate) fn calibrated(model: &Model, valid: &ChainSet) -> Model {
    let logits: Vec<Vec<Vec<f32>>> = model
        .networks()
        .iter()
        .map(|network| structure_logits(network, valid))
        .collect();
    let slope = best_slope(valid, &logits);
    log::info!(
        "calibration: slope {slope:.3}, validation NLL {:.4} (before {:.4})",
        ensemble_nll(valid, &logits, slope),
        ensemble_nll(valid, &logits, 1.0)
    );
    let description = ModelDescription {
        calibration: Calibration { slope, offset: 0.0 },
        ..model.description().clone()
    };
    Model::new(description, model.networks().to_vec())
}
