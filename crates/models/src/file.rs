//! Model files: safetensors with a description in the metadata.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use burn::tensor::Device;
use processive_core::Unfinished;
use safetensors::tensor::{Dtype, Metadata, TensorInfo, TensorView};
use safetensors::{SafeTensorError, SafeTensors, serialize};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::config::ArchitectureConfig;
use crate::description::{FORMAT, ModelDescription, STRUCTURE, Storage};
use crate::error::ModelError;
use crate::layers::{Readout, RecurrentInit};
use crate::networks::Network;
use crate::threads::at_once;
use crate::weights::{NamedTensor, all_finite};

/// The key of the description in the metadata of a file.
const DESCRIPTION_KEY: &str = "processive";

/// Serialises a model: the members' tensors, named `member.N.…`, and the description.
///
/// The same model always gives the same bytes.
pub(crate) fn to_bytes(description: &ModelDescription, networks: &[Network]) -> Vec<u8> {
    let tensors: Vec<NamedTensor> = networks
        .iter()
        .enumerate()
        .flat_map(|(member, network)| named(member, network.weights()))
        .collect();
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|tensor| stored(description.storage, &tensor.values))
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(dtype(description.storage), tensor.shape.clone(), bytes);
        (tensor.name.as_str(), view.expect("a tensor's bytes fit its shape"))
    });
    // One key only: the container keeps its metadata in a hash map, whose order would not be reproducible.
    let json = serde_json::to_string(description).expect("a description is plain data");
    let metadata = HashMap::from([(DESCRIPTION_KEY.to_owned(), json)]);
    serialize(views, Some(metadata)).expect("names are distinct and sizes agree")
}

fn dtype(storage: Storage) -> Dtype {
    match storage {
        Storage::Single => Dtype::F32,
        Storage::Half => Dtype::F16,
    }
}

fn stored(storage: Storage, values: &[f32]) -> Vec<u8> {
    match storage {
        Storage::Single => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Storage::Half => {
            let half = |value: &f32| half::f16::from_f32(*value).to_le_bytes();
            values.iter().flat_map(half).collect()
        }
    }
}

fn loaded(storage: Storage, bytes: &[u8]) -> Vec<f32> {
    let whole = "chunks of a number's bytes";
    match storage {
        Storage::Single => {
            let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect(whole));
            bytes.chunks_exact(4).map(value).collect()
        }
        Storage::Half => {
            let value = |bytes: &[u8]| half::f16::from_le_bytes(bytes.try_into().expect(whole)).to_f32();
            bytes.chunks_exact(2).map(value).collect()
        }
    }
}

fn named(member: usize, tensors: Vec<NamedTensor>) -> impl Iterator<Item = NamedTensor> {
    tensors.into_iter().map(move |mut tensor| {
        tensor.name = format!("member.{member}.{}", tensor.name);
        tensor
    })
}

/// Writes bytes under a temporary name in the same folder, then renames: the file appears whole or not at all.
///
/// # Errors
/// What the operating system says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let make = || NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let (mut file, unfinished) = Unfinished::make(make, NamedTempFile::path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    make_readable(file.as_file())?;
    unfinished.finish(|| Ok(file.persist(path)?))?;
    Ok(())
}

/// Temporary files are private; a model is as readable as any other output.
#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// A file with its header, which is read once: a long description takes a while.
struct Container<'a> {
    header: Metadata,
    data: &'a [u8],
}

impl<'a> Container<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, SafeTensorError> {
        let (length, header) = SafeTensors::read_metadata(bytes)?;
        // The bytes that say how long it is, the header, the tensors.
        let data = &bytes[size_of::<u64>() + length..];
        Ok(Self { header, data })
    }

    /// The description, as JSON.
    fn description(&self) -> Option<&String> {
        self.header.metadata().as_ref()?.get(DESCRIPTION_KEY)
    }

    fn tensor(&self, name: &str) -> Option<(&TensorInfo, &'a [u8])> {
        let info = self.header.info(name)?;
        let (begin, end) = info.data_offsets;
        Some((info, &self.data[begin..end]))
    }
}

/// Reads a model back; every bound is checked, and a file with anything missing or left over is refused.
pub(crate) fn from_bytes(
    bytes: &[u8],
    origin: &str,
    device: &Device,
) -> Result<(ModelDescription, Vec<Network>), ModelError> {
    let container = |source| ModelError::Container {
        origin: origin.to_owned(),
        bytes: bytes.len(),
        source,
    };
    let file = Container::read(bytes).map_err(container)?;
    let json = file.description().ok_or_else(|| ModelError::Foreign {
        origin: origin.to_owned(),
    })?;
    let description = read_description(json, origin)?;
    let parameters: usize = (0..description.members)
        .map(|member| {
            description
                .member_architecture(member)
                .parameters(description.classes.len())
        })
        .sum();
    if parameters > bytes.len() / description.storage.bytes() {
        let reason = format!("it asks for {parameters} weights, more than the file can hold");
        return Err(bad_description(origin, reason));
    }
    let networks = at_once(0..description.members, |member| {
        read_member(&file, &description, member, origin, device)
    });
    let networks = networks.into_iter().collect::<Result<Vec<_>, _>>()?;
    let expected: usize = networks.iter().map(|network| network.outline().len()).sum();
    let held = file.header.tensors().len();
    if held != expected {
        let reason = format!("the file holds {held} tensors, the description asks for {expected}");
        return Err(bad_description(origin, reason));
    }
    Ok((description, networks))
}

fn bad_description(origin: &str, reason: String) -> ModelError {
    ModelError::Description {
        origin: origin.to_owned(),
        reason,
    }
}

/// More members than any ensemble has: a bound for files that lie.
const MOST_MEMBERS: usize = 64;

/// What descriptions of all formats have.
#[derive(Deserialize)]
struct AnyFormat {
    format: Option<serde_json::Value>,
}

fn read_description(json: &str, origin: &str) -> Result<ModelDescription, ModelError> {
    let unreadable = |error: serde_json::Error| bad_description(origin, error.to_string());
    let AnyFormat { format } = serde_json::from_str(json).map_err(unreadable)?;
    let format = format.and_then(|format| format.as_u64());
    if format != Some(u64::from(FORMAT)) {
        let found = format.map_or("none".to_owned(), |format| format.to_string());
        let reason = format!("its format is {found}; this program reads format {FORMAT}");
        return Err(bad_description(origin, reason));
    }
    let description: ModelDescription = serde_json::from_str(json).map_err(unreadable)?;
    description.architecture.validate()?;
    description
        .member_architectures
        .iter()
        .try_for_each(ArchitectureConfig::validate)?;
    let architectures = description.member_architectures.len();
    let reason = if architectures > 0 && architectures != description.members {
        format!(
            "it has {} members and {architectures} architectures",
            description.members
        )
    } else if description.members == 0 || description.members > MOST_MEMBERS {
        format!("it has {} members; allowed: 1 to {MOST_MEMBERS}", description.members)
    } else if description.classes.is_empty() || description.classes.len() > 65_536 {
        format!("it has {} classes", description.classes.len())
    } else if description.window == 0 || description.bin == 0 {
        "its window or bin is 0".to_owned()
    } else if (0..description.members).any(|member| !suits(&description, description.member_architecture(member))) {
        format!(
            "a {} model of {} has networks of another kind",
            description.task, description.alphabet
        )
    } else {
        return Ok(description);
    };
    Err(bad_description(origin, reason))
}

/// Whether a network reads the letters of the model and answers what its task asks for: residues or whole sequences.
fn suits(description: &ModelDescription, architecture: &ArchitectureConfig) -> bool {
    let labels_residues = architecture.readout == Readout::Each;
    architecture.alphabet == description.alphabet && labels_residues == (description.task == STRUCTURE)
}

fn read_member(
    file: &Container<'_>,
    description: &ModelDescription,
    member: usize,
    origin: &str,
    device: &Device,
) -> Result<Network, ModelError> {
    // The weights drawn here are replaced at once: draw them the cheap way.
    let cheap = ArchitectureConfig {
        init: RecurrentInit::Uniform,
        ..description.member_architecture(member).clone()
    };
    let network = Network::init(&cheap, description.classes.len(), 0, device)?;
    let values = named(member, network.outline())
        .map(|expected| read_tensor(file, &expected, description.storage, origin))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(network.with_weights(values))
}

fn read_tensor(
    file: &Container<'_>,
    expected: &NamedTensor,
    storage: Storage,
    origin: &str,
) -> Result<Vec<f32>, ModelError> {
    let wrong = |reason: String| ModelError::Tensor {
        origin: origin.to_owned(),
        tensor: expected.name.clone(),
        reason,
    };
    let (info, data) = file.tensor(&expected.name).ok_or_else(|| wrong("missing".to_owned()))?;
    if info.dtype != dtype(storage) {
        return Err(wrong(format!("has type {:?}, not {:?}", info.dtype, dtype(storage))));
    }
    if info.shape != expected.shape {
        return Err(wrong(format!("has shape {:?}, not {:?}", info.shape, expected.shape)));
    }
    let values = loaded(storage, data);
    if all_finite(&values) {
        Ok(values)
    } else {
        Err(wrong("holds a number that is not finite".to_owned()))
    }
}

/// Returns the SHA-256 of bytes in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
