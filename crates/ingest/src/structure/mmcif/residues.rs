//! Residues by their three letters.

/// The letter of an amino acid: the twenty, selenocysteine, pyrrolysine, the ambiguous and the unknown, and
/// selenomethionine, which stands in for methionine; `None` for other modified residues.
pub(super) fn one_letter(name: &str) -> Option<u8> {
    Some(match name {
        "ALA" => b'A',
        "ARG" => b'R',
        "ASN" => b'N',
        "ASP" => b'D',
        "CYS" => b'C',
        "GLN" => b'Q',
        "GLU" => b'E',
        "GLY" => b'G',
        "HIS" => b'H',
        "ILE" => b'I',
        "LEU" => b'L',
        "LYS" => b'K',
        "MET" | "MSE" => b'M',
        "PHE" => b'F',
        "PRO" => b'P',
        "SER" => b'S',
        "THR" => b'T',
        "TRP" => b'W',
        "TYR" => b'Y',
        "VAL" => b'V',
        "SEC" => b'U',
        "PYL" => b'O',
        "ASX" => b'B',
        "GLX" => b'Z',
        "UNK" => b'X',
        _ => return None,
    })
}
