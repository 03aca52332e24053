//! Protein chains with the states of their residues.

mod dssp;
mod fasta;
mod filter;
mod folder;
mod mmcif;
mod predictions;
mod symbols;
mod table;

use std::path::Path;

pub use self::dssp::read_dssp;
pub use self::fasta::read_structure_fasta;
pub use self::filter::FieldFilter;
pub use self::folder::{read_structures, structure_files};
pub use self::mmcif::read_mmcif_structure;
pub use self::predictions::{PredictedChain, read_structure_predictions};
pub use self::table::read_structure_table;

/// The name of a file without its extensions: `sets/TS115.csv.gz` gives `TS115`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = [".gz", ".bgz"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.is_empty() { name } else { stem }.to_owned()
}

/// The id of a chain of a structure: `1CBS-A`, or `1CBS` when the chain has no name.
fn chain_id(entry: &str, chain: &str) -> String {
    if chain.is_empty() {
        entry.to_owned()
    } else {
        format!("{entry}-{chain}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_have_no_extensions() {
        for (path, expected) in [
            ("a/TS115.csv", "TS115"),
            ("TS115.csv.gz", "TS115"),
            ("model_3.npy.csv", "model_3.npy"),
            ("chains", "chains"),
            (".tsv", ".tsv"),
            ("-", "-"),
        ] {
            assert_eq!(stem(Path::new(path)), expected);
        }
    }
}
