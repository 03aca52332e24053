//! How large a network is, without making it.

use super::{Architecture, ArchitectureConfig};
use crate::layers::{Readout, ReadoutLayer};

impl ArchitectureConfig {
    /// The number of trained numbers of one network with `classes` outputs, without making it.
    pub fn parameters(&self, classes: usize) -> usize {
        let letters = self.alphabet.size();
        let stem = self.filters * (letters * self.kernel + 1);
        let conv = |d_input: usize, d_output: usize| d_output * (self.inner_kernel * d_input + 1);
        let (inner, channels) = match self.arch {
            Architecture::BagCnn => (stem, self.filters),
            Architecture::Cnn => {
                let widths: Vec<usize> = std::iter::once(self.filters)
                    .chain((0..self.layers).map(|_| self.channels))
                    .collect();
                let convs: usize = widths.windows(2).map(|pair| conv(pair[0], pair[1])).sum();
                (stem + convs, widths[self.layers])
            }
            Architecture::DilatedCnn => (stem + self.layers * conv(self.filters, self.filters), self.filters),
            Architecture::Recurrent {
                cell,
                reading,
                stem: has_stem,
            } => {
                let directions = reading.directions().len();
                let layer = |d_input: usize| {
                    let products = (d_input + self.hidden) * cell.gates() * self.hidden;
                    directions * (products + cell.bias_len(self.hidden))
                };
                let output = directions * self.hidden;
                let (before, first) = if has_stem { (stem, self.filters) } else { (0, letters) };
                (before + layer(first) + (self.layers - 1) * layer(output), output)
            }
        };
        inner + self.head_parameters(channels, classes)
    }

    fn head_parameters(&self, channels: usize, classes: usize) -> usize {
        let profile = if self.readout == Readout::Profile {
            (2 * self.reach + 1) * channels
        } else {
            0
        };
        let width = ReadoutLayer::d_output(self.readout, channels);
        let last = if self.dense > 0 { self.dense } else { width };
        let dense = if self.dense > 0 { (width + 1) * self.dense } else { 0 };
        profile + dense + (last + 1) * classes
    }
}
