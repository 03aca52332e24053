//! Networks in burn: layers, architectures, checkpoint files, devices.
//!
//! A network reads a padded batch of codes and gives one logit per class and sequence, or per class and position. Its layers are
//! written once, over the kernels of `processive-kernels`, and serve training and scanning alike.
//!
//! ```
//! use processive_encode::{PaddedBatch, encode_dna};
//! use processive_models::{Architecture, ArchitectureConfig, Input, Mode, Network, device};
//!
//! let config = ArchitectureConfig::new("cnn-bilstm".parse::<Architecture>()?);
//! let network = Network::init(&config, 1, 7, &device::cpu())?;
//! let sequence = encode_dna(b"ACGTTGCATGACTCAGCATNNACGT");
//! let batch = PaddedBatch::new(&[&sequence])?;
//! let logits = network.forward(&Input::codes(batch), &mut Mode::Infer);
//! assert_eq!(logits.dims(), [1, 1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compute;
pub mod config;
mod description;
pub mod device;
mod ensemble;
mod error;
mod file;
mod forgetting;
mod init;
pub mod layers;
mod matched;
mod model;
mod motif_init;
pub mod networks;
mod ops;
mod packed;
mod residues;
pub mod streams;
mod threads;
pub mod tiles;
mod weights;

pub use compute::Compute;
pub use config::{Architecture, ArchitectureConfig};
pub use description::{Calibration, DataSource, FORMAT, ModelDescription, STRUCTURE, Storage, TFBS, TrainingRecord};
pub use error::ModelError;
pub use file::{sha256, write_whole};
pub use forgetting::Forgetting;
pub use init::parameter;
pub use layers::{Cell, Edges, Input, Mode, Reading, Readout, RecurrentInit};
pub use matched::SIZE_TOLERANCE;
pub use model::Model;
pub use motif_init::start_from_motifs;
pub use networks::Network;
pub use streams::{StreamModel, StreamNetwork, StreamTile};
pub use tiles::TileModel;
pub use weights::{NamedTensor, values_of};
