//! Networks of a wanted size.

use crate::config::{Architecture, ArchitectureConfig};
use crate::error::ModelError;

/// How far the size of a matched network may be from the one wanted, as a share of it.
pub const SIZE_TOLERANCE: f64 = 0.1;

/// The widest layer that is tried; [`ArchitectureConfig::validate`] allows no wider one.
const WIDEST: usize = 4096;

/// The width that carries the size of an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Filters,
    Channels,
    Hidden,
}

impl Width {
    fn of(config: &ArchitectureConfig) -> Self {
        match config.arch {
            Architecture::Cnn if config.layers > 0 => Self::Channels,
            Architecture::BagCnn | Architecture::Cnn | Architecture::DilatedCnn => Self::Filters,
            Architecture::Recurrent { .. } => Self::Hidden,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Filters => "filters",
            Self::Channels => "channels",
            Self::Hidden => "hidden",
        }
    }

    fn set(self, config: &mut ArchitectureConfig, width: usize) {
        match self {
            Self::Filters => config.filters = width,
            Self::Channels => config.channels = width,
            Self::Hidden => config.hidden = width,
        }
    }
}

impl ArchitectureConfig {
    /// Returns these settings with the one width changed that brings the network nearest to `parameters` trained
    /// numbers, so that architectures can be compared at the same size.
    ///
    /// What a network sees stays as it is: the width of the motif filters, pooling, depth, and with them the
    /// receptive field; so does the hidden layer before the output. The width that changes is
    /// - `filters` for `bag-cnn` and `dilated-cnn`, whose residual blocks are as wide as their motif filters,
    /// - `channels` of the inner convolutions for `cnn`,
    /// - `hidden`, the units per direction, for every recurrent network.
    ///
    /// All other networks over motif filters keep the number of them.
    ///
    /// # Errors
    /// [`ModelError::Size`] when no width comes within [`SIZE_TOLERANCE`]; it tells the nearest size.
    /// [`ModelError::Setting`] when the settings make no network.
    pub fn with_parameters(&self, parameters: usize, classes: usize) -> Result<Self, ModelError> {
        self.validate()?;
        let carrier = Width::of(self);
        let of_width = |width: usize| {
            let mut config = self.clone();
            carrier.set(&mut config, width);
            config
        };
        let size = |width: usize| of_width(width).parameters(classes);
        // The size grows with the width: halve the range in which it passes the wanted one.
        let (mut below, mut above) = (1, WIDEST);
        while above - below > 1 {
            let middle = usize::midpoint(below, above);
            if size(middle) <= parameters {
                below = middle;
            } else {
                above = middle;
            }
        }
        let nearest = if size(below).abs_diff(parameters) <= size(above).abs_diff(parameters) {
            below
        } else {
            above
        };
        let found = size(nearest);
        if found.abs_diff(parameters) as f64 > SIZE_TOLERANCE * parameters as f64 {
            return Err(ModelError::Size {
                arch: self.arch.to_string(),
                wanted: parameters,
                nearest: found,
                width: format!("{} {nearest}", carrier.name()),
            });
        }
        Ok(of_width(nearest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device;
    use crate::networks::Network;

    #[test]
    fn every_architecture_comes_within_a_tenth_of_the_wanted_size() -> Result<(), ModelError> {
        for arch in Architecture::all() {
            for wanted in [15_000, 30_000, 50_000, 100_000, 200_000, 500_000] {
                let config = ArchitectureConfig::new(arch).with_parameters(wanted, 1)?;
                let found = config.parameters(1);
                let off = found.abs_diff(wanted) as f64 / wanted as f64;
                assert!(off <= SIZE_TOLERANCE, "{arch} at {wanted}: {found}");
            }
        }
        Ok(())
    }

    #[test]
    fn the_size_is_that_of_the_network_that_is_made() -> Result<(), ModelError> {
        for arch in Architecture::all() {
            let config = ArchitectureConfig::new(arch).with_parameters(20_000, 1)?;
            let network = Network::init(&config, 1, 1, &device::cpu())?;
            assert_eq!(network.parameters(), config.parameters(1), "{arch}");
        }
        Ok(())
    }

    #[test]
    fn what_a_network_sees_and_its_other_widths_stay() -> Result<(), ModelError> {
        for arch in Architecture::all() {
            let before = ArchitectureConfig::new(arch);
            let mut after = before.with_parameters(80_000, 1)?;
            assert_eq!(after.receptive_field(), before.receptive_field(), "{arch}");
            Width::of(&before).set(
                &mut after,
                match Width::of(&before) {
                    Width::Filters => before.filters,
                    Width::Channels => before.channels,
                    Width::Hidden => before.hidden,
                },
            );
            assert_eq!(after, before, "{arch}");
        }
        Ok(())
    }

    #[test]
    fn a_size_out_of_reach_is_refused_with_the_nearest() {
        let config = ArchitectureConfig::new(Architecture::Cnn);
        let error = config.with_parameters(2_000, 1).unwrap_err();
        let smallest = ArchitectureConfig { channels: 1, ..config }.parameters(1);
        let ModelError::Size { nearest, width, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!((*nearest, width.as_str()), (smallest, "channels 1"));
        assert!(error.to_string().contains("cnn"), "{error}");
    }

    #[test]
    fn settings_that_make_no_network_are_refused() {
        let mut config = ArchitectureConfig::new(Architecture::Cnn);
        config.pool = 0;
        assert!(matches!(
            config.with_parameters(50_000, 1),
            Err(ModelError::Setting { .. })
        ));
    }
}
