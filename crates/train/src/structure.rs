//! Fitting a network that gives every residue of a protein a state.

mod chains;
mod loss;
mod temperature;

use burn::tensor::Tensor;
use processive_core::Alphabet;
use processive_encode::{PaddedBatch, letter_buckets};
use processive_models::{Input, Mode, Network, values_of};
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::fit::{CheckpointRule, Fitted, Observer, Scores, Streams, Task, run};
use crate::sampler::hide_letters;
use crate::settings::FitSettings;

pub use chains::{Chain, ChainSet};
pub use loss::StructureLoss;
pub use temperature::{best_slope, ensemble_nll};

use loss::Targets;

/// Residues, padding included, of a batch when no gradient is needed.
const BATCH: usize = 16_384;

/// How well a network labels the validation chains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StructureScores {
    /// The share of scored residues whose state of three is right.
    pub valid_q3: f64,
    /// The share of scored residues whose state of eight is right, over the chains whose eight states are known.
    pub valid_q8: Option<f64>,
    /// The mean of minus the logarithm of the probability of the observed state of three.
    pub valid_nll: f64,
}

impl Scores for StructureScores {
    fn criterion(&self) -> f64 {
        self.valid_q3
    }

    fn to_text(&self) -> String {
        let q8 = self.valid_q8.map_or_else(String::new, |q8| format!(" Q8 {q8:.4}"));
        format!("Q3 {:.4}{q8} NLL {:.4}", self.valid_q3, self.valid_nll)
    }
}

/// Fits a network with eight logits per residue: AdamW, early stopping on the validation Q3.
///
/// The loss of a residue is minus the logarithm of the probability of its state of three, which is the sum of its
/// states of eight, plus `q8_weight` times that of its state of eight where that is known; in chains that a teacher
/// has seen ([`ChainSet::taught_by`]), `teacher_weight` of it is the same loss expected under the teacher's
/// probabilities. The loss of a step is the mean over the scored residues of its chains. `network` lives on an autodiff device; checkpoints are those of
/// [`fit`](crate::fit()).
///
/// # Errors
/// [`TrainError::Setting`], [`TrainError::NoExamples`], [`TrainError::EmptyExample`], [`TrainError::Diverged`], and
/// the checkpoint errors.
pub fn fit_structure(
    network: Network,
    settings: &FitSettings,
    weights: StructureLoss,
    train: &ChainSet,
    valid: &ChainSet,
    checkpoint: Option<CheckpointRule<'_>>,
    observer: &mut dyn Observer<StructureScores>,
) -> Result<Option<Fitted<StructureScores>>, TrainError> {
    train.require_scored("training")?;
    valid.require_scored("validation")?;
    let task = Structure {
        settings,
        weights,
        train,
        valid,
    };
    run(network, settings, &task, checkpoint, observer)
}

struct Structure<'a> {
    settings: &'a FitSettings,
    weights: StructureLoss,
    train: &'a ChainSet,
    valid: &'a ChainSet,
}

impl Task for Structure<'_> {
    type Scores = StructureScores;

    fn lengths(&self) -> Vec<usize> {
        self.train.lengths()
    }

    fn loss(&self, network: &Network, indices: &[usize], streams: &mut Streams) -> Tensor<1> {
        let chains: Vec<&Chain> = indices.iter().map(|&index| &self.train.chains()[index]).collect();
        let share = self.settings.letter_dropout;
        let hide = |chain: &&Chain| hide_letters(&chain.codes, Alphabet::Protein, share, &mut streams.augmentation);
        let codes: Vec<Vec<u8>> = chains.iter().map(hide).collect();
        let batch = padded(codes.iter().map(Vec::as_slice));
        let targets = Targets::new(&chains, batch.width(), self.train.reduction(), self.weights);
        let logits = network.forward(&Input::codes(batch), &mut Mode::Train(&mut streams.dropout));
        targets.loss(&logits)
    }

    fn judge(&self, network: &Network) -> Result<StructureScores, f64> {
        let logits = structure_logits(network, self.valid);
        self.valid.score(&logits)
    }
}

fn padded<'a>(rows: impl Iterator<Item = &'a [u8]>) -> PaddedBatch {
    PaddedBatch::of(Alphabet::Protein, &rows.collect::<Vec<_>>()).expect("empty chains are refused before training")
}

/// Returns the eight logits of every residue of every chain, in the order of the chains.
///
/// # Shapes
/// - output: for each chain `[residues, 8]`
pub fn structure_logits(network: &Network, chains: &ChainSet) -> Vec<Vec<f32>> {
    let mut all = vec![Vec::new(); chains.len()];
    for indices in letter_buckets(&chains.lengths(), BATCH) {
        let batch = padded(indices.iter().map(|&index| chains.chains()[index].codes.as_slice()));
        let row = batch.width() * chains::STATES;
        let logits = values_of(network.forward(&Input::codes(batch), &mut Mode::Infer));
        for (&index, logits) in indices.iter().zip(logits.chunks_exact(row)) {
            let length = chains.chains()[index].codes.len();
            all[index] = logits[..length * chains::STATES].to_vec();
        }
    }
    all
}
