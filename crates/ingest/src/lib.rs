//! Bytes to records: the only crate that reads biological file formats.
//!
//! Every reader takes plain text, gzip and bgzip and tells them apart by content; a truncated file is
//! always an error. Every error names the file and, where there is one, the 1-based line.
//!
//! - [`FastaStream`] passes over a genome once, in blocks, in memory that does not grow with the contig;
//!   [`IndexedFasta`] fetches regions; [`contig_lengths`] measures; [`read_fasta`] holds a small set.
//! - [`ProteinFasta`] yields proteins one by one, of any length and with any letter.
//! - [`read_peaks`] reads BED3, BED6 and narrowPeak; [`place_peaks`] checks them against a genome, with
//!   [`ContigAliases`] when the names differ.
//! - [`read_sequence_table`], [`read_labelled_fasta`] and [`read_positives_negatives`] read labelled examples.
//! - [`read_structure_fasta`] and [`read_structure_table`] read protein chains with the states of their
//!   residues, [`read_structures`] those of mmCIF and `.dssp` files, and [`read_structure_predictions`] what other programs predicted.
//! - [`read_motif_file`] reads motifs (MEME, JASPAR, TRANSFAC), [`read_background`] base frequencies, [`read_folds`] the JSON that deals contigs out to train, valid and test.
//! - [`looks_like_protein`] lets a caller refuse amino acids where a model wants DNA.

mod aliases;
mod background;
mod bed;
mod cif;
mod error;
mod fasta;
mod folds;
mod labelled;
mod lines;
mod motifs;
mod open;
mod peaks;
mod protein;
mod rows;
mod structure;
mod table;

pub use aliases::ContigAliases;
pub use background::{base_composition, read_background};
pub use bed::read_peaks;
pub use error::{ChainError, IngestError, Place, StructureError};
pub use fasta::{FastaStream, IndexedFasta, ProteinFasta, ProteinRecord, contig_lengths, read_fasta};
pub use folds::{Folds, read_folds};
pub use labelled::{read_labelled_fasta, read_positives_negatives};
pub use motifs::{MotifFile, MotifFormat, read_motif_file, read_motifs};
pub use open::open;
pub use peaks::{PlacedPeaks, place_peaks};
pub use protein::looks_like_protein;
pub use structure::{
    FieldFilter, PredictedChain, read_dssp, read_mmcif_structure, read_structure_fasta, read_structure_predictions,
    read_structure_table, read_structures, structure_files,
};
pub use table::{TableColumns, read_sequence_table};
