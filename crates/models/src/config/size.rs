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

    /// Multiplications (each with its addition) per base that a scan of one strand with one network cannot look up: inner
    /// convolutions and recurrent layers once per step, the head once for each bin of `bin` bases, whose windows have
    /// `window` bases.
    ///
    /// Motif filters are sums of looked-up numbers, and so is what a recurrent layer adds for a letter.
    pub fn scan_products(&self, classes: usize, window: usize, bin: usize) -> f64 {
        let (per_step, channels) = match self.arch {
            Architecture::BagCnn => (0, self.filters),
            Architecture::Cnn => {
                let first = self.filters * self.channels;
                let others = self.layers.saturating_sub(1) * self.channels * self.channels;
                let channels = if self.layers > 0 { self.channels } else { self.filters };
                (
                    self.inner_kernel * if self.layers > 0 { first + others } else { 0 },
                    channels,
                )
            }
            Architecture::DilatedCnn => (
                self.layers * self.inner_kernel * self.filters * self.filters,
                self.filters,
            ),
            Architecture::Recurrent { cell, reading, stem } => {
                let directions = reading.directions().len();
                let output = directions * self.hidden;
                let layer = |d_input: usize| directions * (d_input + self.hidden) * cell.gates() * self.hidden;
                let first = if stem { self.filters } else { 0 };
                (layer(first) + self.layers.saturating_sub(1) * layer(output), output)
            }
        };
        let stride = self.stride();
        let profile = match self.readout {
            Readout::Profile => window.div_ceil(stride).min(2 * self.reach + 1) * channels,
            _ => 0,
        };
        let width = ReadoutLayer::d_output(self.readout, channels);
        let head = if self.dense > 0 {
            (width + classes) * self.dense
        } else {
            width * classes
        };
        per_step as f64 / stride as f64 + (profile + head) as f64 / bin as f64
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(arch: &str) -> ArchitectureConfig {
        ArchitectureConfig {
            filters: 10,
            pool: 4,
            channels: 6,
            inner_kernel: 3,
            layers: 2,
            hidden: 5,
            dense: 0,
            readout: Readout::Max,
            ..ArchitectureConfig::new(arch.parse().expect("the architecture exists"))
        }
    }

    #[test]
    fn products_are_those_that_no_table_holds() {
        let products = |config: ArchitectureConfig| config.scan_products(2, 100, 20);
        let dense = ArchitectureConfig {
            dense: 7,
            ..config("bag-cnn")
        };
        let profile = ArchitectureConfig {
            readout: Readout::Profile,
            reach: 50,
            ..config("cnn")
        };
        // Per step of four bases and, behind the last plus, per bin of twenty; 25 steps in a window.
        let expected = [
            (config("bag-cnn"), 0.0 + 10.0 * 2.0 / 20.0),
            (dense, 0.0 + (10.0 * 7.0 + 7.0 * 2.0) / 20.0),
            (config("cnn"), 3.0 * (10.0 * 6.0 + 6.0 * 6.0) / 4.0 + 6.0 * 2.0 / 20.0),
            (
                profile,
                3.0 * (10.0 * 6.0 + 6.0 * 6.0) / 4.0 + (25.0 * 6.0 + 12.0 * 2.0) / 20.0,
            ),
            (config("dilated-cnn"), 2.0 * 3.0 * 100.0 / 4.0 + 10.0 * 2.0 / 20.0),
            (
                config("cnn-bilstm"),
                2.0 * ((10.0 + 5.0) * 20.0 + (10.0 + 5.0) * 20.0) / 4.0 + 10.0 * 2.0 / 20.0,
            ),
            // Steps of one base, and letters are looked up.
            (config("gru"), 5.0 * 15.0 + (5.0 + 5.0) * 15.0 + 5.0 * 2.0 / 20.0),
        ];
        for (config, expected) in expected {
            let found = products(config.clone());
            assert!((found - expected).abs() < 1e-9, "{config:?}: {found}, not {expected}");
        }
    }
}
