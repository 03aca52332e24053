//! Where the frequencies of bases come from.

use std::convert::Infallible;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use processive_encode::Background;
use processive_ingest::{base_composition, read_background};

/// Where the frequencies of bases come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BackgroundChoice {
    /// All alike.
    Uniform,
    /// Counted in the genome.
    Genome,
    /// Given for A, C, G, T.
    Numbers([f64; 4]),
    /// Read from a file.
    File(PathBuf),
}

impl FromStr for BackgroundChoice {
    type Err = Infallible;

    /// Everything that is none of the others is a file; `./uniform` is one, too.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
        Ok(match text {
            "uniform" => Self::Uniform,
            "genome" => Self::Genome,
            _ => match numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok()) {
                Some(numbers) => Self::Numbers(numbers),
                None => Self::File(text.into()),
            },
        })
    }
}

impl fmt::Display for BackgroundChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Genome => f.write_str("genome"),
            Self::Numbers(numbers) => f.write_str(&numbers.map(|number| number.to_string()).join(",")),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl BackgroundChoice {
    /// Reads or counts the frequencies.
    pub(super) fn resolve(&self, genome: &Path, threads: NonZeroUsize) -> anyhow::Result<Background> {
        match self {
            Self::Uniform => Ok(Background::UNIFORM),
            Self::Genome => {
                let about = || format!("cannot take the background from {}", genome.display());
                let counts = base_composition(genome, threads).with_context(about)?;
                Background::from_counts(counts).with_context(about)
            }
            Self::Numbers(numbers) => Background::new(*numbers).context("cannot use --background"),
            Self::File(path) => {
                let about = || format!("cannot take the background from {}", path.display());
                let numbers = read_background(path).with_context(about)?;
                Background::new(numbers).with_context(about)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_are_told_from_files() {
        let file = |name: &str| BackgroundChoice::File(name.into());
        for (text, choice) in [
            ("uniform", BackgroundChoice::Uniform),
            ("genome", BackgroundChoice::Genome),
            ("0.3,0.2,.2, 3e-1", BackgroundChoice::Numbers([0.3, 0.2, 0.2, 0.3])),
            ("./uniform", file("./uniform")),
            ("0.3,0.2,0.5", file("0.3,0.2,0.5")),
            ("bg.txt", file("bg.txt")),
        ] {
            assert_eq!(text.parse(), Ok(choice), "{text}");
        }
    }
}
