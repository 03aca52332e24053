//! The weights of a network as named lists of numbers.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use crate::networks::Network;

/// A parameter as plain numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its path in the network, e.g. `layers.0.forward.bias`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Vec<f32>,
}

impl Network {
    /// Returns every parameter, in a fixed order.
    pub fn weights(&self) -> Vec<NamedTensor> {
        self.collect(true)
    }

    /// The same without values: names and shapes.
    pub(crate) fn outline(&self) -> Vec<NamedTensor> {
        self.collect(false)
    }

    fn collect(&self, keeps_values: bool) -> Vec<NamedTensor> {
        let mut collector = Collector {
            keeps_values,
            ..Collector::default()
        };
        self.visit(&mut collector);
        collector.tensors
    }

    /// Returns the network with its parameters replaced, in the order of [`weights`](Self::weights).
    ///
    /// # Panics
    /// When the list does not have one tensor per parameter with the parameter's number of values.
    #[must_use]
    pub fn with_weights(self, values: Vec<Vec<f32>>) -> Self {
        let mut replacer = Replacer {
            values: values.into_iter(),
        };
        let network = self.map(&mut replacer);
        assert!(
            replacer.values.next().is_none(),
            "there is one list of values per parameter"
        );
        network
    }

    /// The number of trained numbers.
    pub fn parameters(&self) -> usize {
        self.num_params()
    }
}

#[derive(Default)]
struct Collector {
    keeps_values: bool,
    path: Vec<String>,
    tensors: Vec<NamedTensor>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        // The variant of the network's enum says nothing that the description does not say.
        let is_variant = container.starts_with("Enum:");
        self.path.push(if is_variant { String::new() } else { name.to_owned() });
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        self.tensors.push(NamedTensor {
            name: self
                .path
                .iter()
                .filter(|part| !part.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join("."),
            shape: tensor.dims().to_vec(),
            values: if self.keeps_values {
                values_of(tensor)
            } else {
                Vec::new()
            },
        });
    }
}

struct Replacer {
    values: std::vec::IntoIter<Vec<f32>>,
}

impl ModuleMapper for Replacer {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = self.values.next().expect("there is one list of values per parameter");
        param.map(|tensor| {
            let data = TensorData::new(values, tensor.dims());
            let replaced = Tensor::from_data(data, &tensor.device());
            if tensor.is_require_grad() {
                replaced.require_grad()
            } else {
                replaced
            }
        })
    }
}

/// Whether every value is a number, and none is infinite.
pub(crate) fn all_finite<'a>(values: impl IntoIterator<Item = &'a f32>) -> bool {
    values.into_iter().all(|value| value.is_finite())
}

/// Reads a tensor back as `f32` values, row-major.
///
/// # Panics
/// When the tensor is of another type.
pub fn values_of<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .expect("networks compute in f32")
}
