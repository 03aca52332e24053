//! A trained model: one or several networks and their description.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use burn::module::Module;
use burn::tensor::Device;
use processive_encode::PaddedBatch;
use processive_kernels::dense::add_softmaxes;

use crate::compute::Compute;
use crate::description::{ModelDescription, Storage};
use crate::device;
use crate::error::ModelError;
use crate::file::{from_bytes, sha256, to_bytes, write_whole};
use crate::layers::{Input, Mode};
use crate::networks::Network;
use crate::residues::ResidueModel;
use crate::streams::StreamModel;
use crate::threads::both;
use crate::tiles::TileModel;
use crate::weights::values_of;

/// A trained model, ready to score sequences.
#[derive(Clone, Debug)]
pub struct Model {
    description: ModelDescription,
    networks: Vec<Network>,
    digest: String,
    compute: Compute,
    /// Nothing on another device than the processor.
    packed: Option<Packed>,
}

/// The networks packed for what is asked of them, when it is first asked; nothing inside where they do not fit it.
#[derive(Clone, Debug, Default)]
struct Packed {
    tiles: OnceLock<Option<Arc<TileModel>>>,
    stream: OnceLock<Option<Arc<StreamModel>>>,
    residues: OnceLock<Option<Arc<ResidueModel>>>,
}

impl Model {
    /// Joins networks and their description; the networks leave their autodiff device.
    ///
    /// # Panics
    /// When the number of networks is not the description's.
    pub fn new(description: ModelDescription, networks: Vec<Network>) -> Self {
        assert_eq!(description.members, networks.len(), "one network per member");
        let networks: Vec<Network> = networks
            .into_iter()
            .map(|network| rounded(network, description.storage))
            .collect();
        let digest = sha256(&to_bytes(&description, &networks));
        Self {
            description,
            networks,
            digest,
            compute: Compute::default(),
            packed: Some(Packed::default()),
        }
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::Container`] for a cut or foreign file, [`ModelError::Foreign`],
    /// [`ModelError::Description`], [`ModelError::Setting`], [`ModelError::Tensor`].
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let bytes = fs::read(path).map_err(|source| ModelError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&bytes, &path.display().to_string())
    }

    /// Reads a model from memory; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`read`](Self::read), without [`ModelError::Io`].
    pub fn from_bytes(bytes: &[u8], origin: &str) -> Result<Self, ModelError> {
        let (digest, read) = both(|| sha256(bytes), || from_bytes(bytes, origin, &device::cpu()));
        let (description, networks) = read?;
        Ok(Self {
            description,
            networks,
            digest,
            compute: Compute::default(),
            packed: Some(Packed::default()),
        })
    }

    /// Moves the networks to a device, which then computes what the model is asked for.
    #[must_use]
    pub fn to_device(mut self, device: &Device) -> Self {
        let networks = self.networks.into_iter();
        self.networks = networks.map(|network| network.to_device(device)).collect();
        self.packed = (*device == device::cpu()).then(Packed::default);
        self
    }

    /// The same model, whose packed layers multiply these numbers: those of [tiles](Self::tiles), of [streams](Self::stream) and
    /// of [residues](Self::residue_probabilities).
    #[must_use]
    pub fn computing(mut self, compute: Compute) -> Self {
        self.compute = compute;
        self.packed = self.packed.map(|_| Packed::default());
        self
    }

    /// The numbers that its packed layers multiply.
    pub fn compute(&self) -> Compute {
        self.compute
    }

    /// Serialises the model; the same model gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(&self.description, &self.networks)
    }

    /// Writes the model under a temporary name and renames it.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        write_whole(path, &self.to_bytes()).map_err(|source| ModelError::Io {
            path: path.to_owned(),
            source,
        })
    }

    /// What the model says about itself.
    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// The SHA-256 of the model file.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The member networks.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// Returns the probability of every class for every sequence, as written (one strand): the mean over the
    /// members of the calibrated probability.
    ///
    /// # Shapes
    /// - output: `[batch, classes]`, row-major
    pub fn probabilities(&self, batch: &PaddedBatch) -> Vec<f32> {
        let input = Input::codes(batch.clone());
        self.mean_probabilities(batch.len(), |network| {
            values_of(network.forward(&input, &mut Mode::Infer))
        })
    }

    /// The mean over the members of the calibrated probabilities of `rows` sequences.
    fn mean_probabilities(&self, rows: usize, logits: impl Fn(&Network) -> Vec<f32>) -> Vec<f32> {
        let mut sums = vec![0.0f64; rows * self.description.classes.len()];
        let calibration = self.description.calibration;
        for network in &self.networks {
            for (sum, logit) in sums.iter_mut().zip(logits(network)) {
                *sum += sigmoid(calibration.slope * f64::from(logit) + calibration.offset);
            }
        }
        let members = self.networks.len() as f64;
        sums.into_iter().map(|sum| (sum / members) as f32).collect()
    }

    /// The networks packed to score the windows of tiles; nothing when windows share nothing, on another device than the
    /// processor, or when no layer of a network is one that multiplies bytes and they are asked for.
    pub fn tiles(&self) -> Option<&TileModel> {
        let pack = || TileModel::new(&self.description, &self.networks, self.compute);
        self.packed
            .as_ref()?
            .tiles
            .get_or_init(|| pack().map(Arc::new))
            .as_deref()
    }

    /// The networks packed to read long stretches; nothing unless they are recurrent and label windows of DNA, on the
    /// processor.
    pub fn stream(&self) -> Option<&StreamModel> {
        let pack = || StreamModel::new(&self.description, &self.networks, self.compute);
        self.packed
            .as_ref()?
            .stream
            .get_or_init(|| pack().map(Arc::new))
            .as_deref()
    }

    /// The networks packed to label residues; nothing unless they are recurrent and do so, on the processor.
    fn residues(&self) -> Option<&ResidueModel> {
        let pack = || ResidueModel::new(&self.description, &self.networks, self.compute);
        self.packed
            .as_ref()?
            .residues
            .get_or_init(|| pack().map(Arc::new))
            .as_deref()
    }

    /// The numbers that [`residue_probabilities`](Self::residue_probabilities) multiplies: bytes when they were [asked
    /// for](Self::computing), all networks are recurrent, and it is done on the processor.
    pub fn residue_compute(&self) -> Compute {
        self.residues().map_or(Compute::F32, |_| self.compute)
    }

    /// Returns the probability of every class for every residue: the mean over the members of the calibrated
    /// probability. A residue's probabilities sum to 1; past the end of a chain they are 0.
    ///
    /// Recurrent networks run on the calling thread.
    ///
    /// # Shapes
    /// - output: `[batch, width, classes]`, row-major
    ///
    /// # Panics
    /// When the model labels whole sequences.
    pub fn residue_probabilities(&self, batch: &PaddedBatch) -> Vec<f32> {
        if let Some(residues) = self.residues() {
            return residues.probabilities(batch);
        }
        let classes = self.description.classes.len();
        let row = batch.width() * classes;
        let input = Input::codes(batch.clone());
        let mut sums = vec![0.0f32; batch.len() * row];
        for network in &self.networks {
            let logits = values_of(network.forward(&input, &mut Mode::Infer));
            assert_eq!(logits.len(), sums.len(), "the network labels every position");
            let rows = sums.chunks_exact_mut(row).zip(logits.chunks_exact(row));
            for ((sums, logits), &length) in rows.zip(batch.lengths()) {
                let slope = self.description.calibration.slope as f32;
                add_softmaxes(&logits[..length * classes], classes, slope, sums);
            }
        }
        let members = self.networks.len() as f32;
        sums.into_iter().map(|sum| sum / members).collect()
    }

    /// As [`probabilities`](Self::probabilities), averaged over the sequence and its reverse complement.
    pub fn probabilities_of_both_strands(&self, batch: &PaddedBatch) -> Vec<f32> {
        let plus = self.probabilities(batch);
        let minus = self.probabilities(&batch.reverse_complement());
        plus.into_iter()
            .zip(minus)
            .map(|(plus, minus)| f32::midpoint(plus, minus))
            .collect()
    }
}

/// The network with the numbers that a file gives back.
fn rounded(network: Network, storage: Storage) -> Network {
    if storage == Storage::Single {
        return network;
    }
    let round = |values: Vec<f32>| values.into_iter().map(|value| storage.round(value)).collect();
    let weights = network
        .weights()
        .into_iter()
        .map(|tensor| round(tensor.values))
        .collect();
    network.with_weights(weights)
}

/// The logistic function.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
