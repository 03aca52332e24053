//! Motif collections: MEME, JASPAR, TRANSFAC and matrices of bare rows, told apart by content.

mod jaspar;
mod meme;
mod names;
mod text;
mod transfac;

use std::{fmt, path::Path};

use processive_core::Motif;

use self::text::MotifText;
use crate::{IngestError, lines::read_bytes};

/// A format of motif files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MotifFormat {
    /// The MEME suite's, version 3 or later, minimal or not: probabilities, a row per position.
    Meme,
    /// `>` and a name, then a row of counts per letter, as JASPAR has it; or a row of counts or probabilities per
    /// position, as HOMER and `GimmeMotifs` have it.
    Jaspar,
    /// TRANSFAC: lines that begin with two letters, records that end with `//`.
    Transfac,
}

impl fmt::Display for MotifFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Meme => "MEME",
            Self::Jaspar => "JASPAR",
            Self::Transfac => "TRANSFAC",
        })
    }
}

/// The motifs of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct MotifFile {
    /// The format that its content tells.
    pub format: MotifFormat,
    /// All motifs in file order, each with an accession of its own.
    pub motifs: Vec<Motif>,
    /// The new accessions of motifs whose own one occurs before them in the file: `X#2` for the second `X`.
    pub renamed: Vec<String>,
    /// The bytes of the file, after decompression.
    pub contents: Vec<u8>,
}

/// Reads all motifs of a file: plain text, gzip or bgzip; `-` is standard input.
///
/// A motif keeps its accession and its other name: the two words behind `MOTIF` or `>`, or the lines `AC` and `NA` (else
/// `ID`) of TRANSFAC. Matrices of counts keep the number of sites; of probabilities `nsites=` tells it, or it is taken to be 20. Outside MEME,
/// a matrix is one of probabilities when all its positions sum to 1 and not all its numbers are written whole.
///
/// # Errors
/// - [`IngestError::InvalidMotifFile`] with line and motif: what the format does not allow, a matrix that is cut short included;
/// - [`IngestError::InvalidMotif`] when probabilities do not sum to 1 or counts are negative;
/// - [`IngestError::Empty`] without a motif; [`IngestError::NotText`] and as [`open`](crate::open).
pub fn read_motif_file(path: &Path) -> Result<MotifFile, IngestError> {
    let contents = read_bytes(path)?;
    let text = MotifText::new(path, &contents)?;
    let format = text.format()?;
    let mut motifs = match format {
        MotifFormat::Meme => meme::parse(&text)?,
        MotifFormat::Jaspar => jaspar::parse(&text)?,
        MotifFormat::Transfac => transfac::parse(&text)?,
    };
    if motifs.is_empty() {
        return Err(text.empty());
    }
    let renamed = names::tell_apart(&mut motifs);
    Ok(MotifFile {
        format,
        motifs,
        renamed,
        contents,
    })
}

/// Reads all motifs of a file, as [`read_motif_file`] does, and says when some had to be renamed.
///
/// # Errors
/// As [`read_motif_file`].
pub fn read_motifs(path: &Path) -> Result<Vec<Motif>, IngestError> {
    let file = read_motif_file(path)?;
    if let [first, ..] = &file.renamed[..] {
        let (path, count) = (path.display(), file.renamed.len());
        log::warn!("{path}: {count} motifs have the accession of one before them; the first is now called {first}");
    }
    Ok(file.motifs)
}
