//! First weights that are another model's.

use anyhow::bail;
use processive_models::{Architecture, Model, NamedTensor, Network};

/// Gives a network the weights of the first network of `source` that has its architecture and shapes.
///
/// # Errors
/// When there is none; `name` is what the user calls the model.
pub(super) fn start_from(network: Network, arch: Architecture, source: &Model, name: &str) -> anyhow::Result<Network> {
    let own = network.weights();
    // Names and shapes of tensors do not say which architecture they belong to.
    let fits = |member: usize, weights: &[NamedTensor]| {
        source.description().member_architecture(member).arch == arch && shapes(weights).eq(shapes(&own))
    };
    let members = source.networks().iter().map(Network::weights).enumerate();
    let Some((_, weights)) = members.into_iter().find(|(member, weights)| fits(*member, weights)) else {
        bail!("--start-from: the networks differ; use the settings of `processive models {name}`");
    };
    Ok(network.with_weights(weights.into_iter().map(|tensor| tensor.values).collect()))
}

fn shapes(tensors: &[NamedTensor]) -> impl Iterator<Item = (&str, &[usize])> {
    tensors
        .iter()
        .map(|tensor| (tensor.name.as_str(), tensor.shape.as_slice()))
}
