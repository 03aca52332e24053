//! Structures in files and folders, in either format.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
};

use processive_core::{ChainRow, LabelledChain};

use super::{read_dssp, read_mmcif_structure, stem};
use crate::{IngestError, StructureError, open};

/// How the files of a folder that are read end, without `.gz`.
const EXTENSIONS: [&str; 3] = [".cif", ".mmcif", ".dssp"];

/// Reads the chains of an mmCIF or `.dssp` file, told apart by content, or of all such files of a folder (`.cif`, `.mmcif`,
/// `.dssp`, with `.gz` or without), by name.
///
/// Where a folder has a structure in both formats, the mmCIF file is read, which has the whole sequence, unless it lacks
/// DSSP records. The source of a chain is the folder's name, or the file's.
///
/// # Errors
/// - [`IngestError::Empty`] for a folder without such files;
/// - as [`read_dssp`] and [`read_mmcif_structure`].
pub fn read_structures(path: &Path) -> Result<Vec<ChainRow>, IngestError> {
    let source = stem(path);
    let mut chains = Vec::new();
    if path.is_dir() {
        for files in structures(path)?.values() {
            chains.extend(read_either(files)?);
        }
    } else {
        chains = read_structure(path)?;
    }
    let row = |chain| ChainRow {
        chain,
        source: source.clone(),
        split: String::new(),
        cluster: String::new(),
    };
    Ok(chains.into_iter().map(row).collect())
}

/// The files that [`read_structures`] reads: a file itself, or those of a folder.
///
/// # Errors
/// [`IngestError::Empty`] for a folder without such files, [`IngestError::Read`].
pub fn structure_files(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    if path.is_dir() {
        Ok(structures(path)?.into_values().flatten().collect())
    } else {
        Ok(vec![path.to_owned()])
    }
}

/// Reads the first of the files of one structure that has states.
fn read_either(files: &[PathBuf]) -> Result<Vec<LabelledChain>, IngestError> {
    let mut unannotated = None;
    for path in files {
        match read_structure(path) {
            Err(error @ IngestError::Structure(StructureError::NoDsspRecords { .. })) => {
                unannotated = unannotated.or(Some(error));
            }
            read => return read,
        }
    }
    unannotated.map_or_else(|| Ok(Vec::new()), Err)
}

fn read_structure(path: &Path) -> Result<Vec<LabelledChain>, IngestError> {
    let mut reader = open(path)?;
    let mut line = Vec::new();
    // The first line that says something; comments and blank lines say nothing.
    while line.trim_ascii().is_empty() || line.starts_with(b"#") {
        line.clear();
        let count = reader
            .read_until(b'\n', &mut line)
            .map_err(|source| IngestError::from_read(path, source))?;
        if count == 0 {
            break;
        }
    }
    let is_cif = line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"data_"));
    if is_cif {
        read_mmcif_structure(path)
    } else {
        read_dssp(path)
    }
}

/// The files of structures in a folder by name without extensions; mmCIF before `.dssp`.
fn structures(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, IngestError> {
    let fail = |source: io::Error| IngestError::from_read(folder, source);
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if EXTENSIONS.iter().any(|extension| name.ends_with(extension)) && !path.is_dir() {
            files.entry(stem(&path)).or_default().push(path);
        }
    }
    if files.is_empty() {
        return Err(IngestError::Empty {
            path: folder.to_owned(),
            expected: ".cif, .mmcif or .dssp file",
        });
    }
    // `.cif` and `.mmcif` come before `.dssp`.
    let is_dssp = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().contains(".dssp"))
    };
    for paths in files.values_mut() {
        paths.sort_by_key(|path| (is_dssp(path), path.clone()));
    }
    Ok(files)
}
