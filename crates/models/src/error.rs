//! What can go wrong with a model.

use std::path::PathBuf;

use thiserror::Error;

/// Why a network cannot be made, or a model file not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The name of an architecture is not known.
    #[error("no architecture is called '{name}'; known: {known}")]
    UnknownArchitecture {
        /// The name given.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A setting has a value that it cannot have.
    #[error("{name} cannot be {value}; allowed: {allowed}")]
    Setting {
        /// The setting.
        name: String,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// No width of a network gives it about as many parameters as it should have.
    #[error("{arch} cannot have about {wanted} parameters: the nearest is {nearest}, with {width}")]
    Size {
        /// The architecture.
        arch: String,
        /// The number of parameters that it should have.
        wanted: usize,
        /// The nearest that it can have.
        nearest: usize,
        /// The width that gives the nearest, and its name.
        width: String,
    },
    /// A device is not there, or the program was built without it.
    #[error("device {device} cannot be used: {reason}")]
    Device {
        /// The device.
        device: String,
        /// What is in the way.
        reason: String,
    },
    /// A sequence is too short to measure a model's memory on.
    #[error("a sequence of {length} bases is too short to measure what a model forgets: {needed} are needed")]
    ShortSequence {
        /// Its length in bases.
        length: usize,
        /// The length that would do.
        needed: usize,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are not a safetensors file, or a cut one.
    #[error("{origin} is not a whole safetensors file ({bytes} bytes); it may be cut, corrupt or of another format")]
    Container {
        /// The file or its name.
        origin: String,
        /// How many bytes there are.
        bytes: usize,
        /// What the reader found.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// The file is a safetensors file, but not one of processive's.
    #[error("{origin} is a safetensors file without a processive description; models are made by `processive train`")]
    Foreign {
        /// The file or its name.
        origin: String,
    },
    /// The description is of a later format or does not hold together.
    #[error("the description in {origin} cannot be used: {reason}")]
    Description {
        /// The file or its name.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A tensor is missing, has another shape or type than the description asks for, or holds no finite numbers.
    #[error("tensor {tensor} in {origin}: {reason}")]
    Tensor {
        /// The file or its name.
        origin: String,
        /// The tensor.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
}
