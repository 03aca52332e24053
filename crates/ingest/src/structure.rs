//! Protein chains with the states of their residues.

mod fasta;
mod filter;
mod symbols;
mod table;

use std::path::Path;

pub use self::fasta::read_structure_fasta;
pub use self::filter::FieldFilter;
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
