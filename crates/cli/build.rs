//! Embeds the bundled models: every `data/models/*.safetensors`, by name.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Asked for at run time: the script may have been compiled for another checkout that shares the target directory.
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let data = root.join("../../data");
    let folder = data.join("models");
    // Without the folder, cargo has to watch its parent: a path that does not exist would be new on every build.
    let watched = if folder.is_dir() { &folder } else { &data };
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", watched.display())?;
    let target = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(target.join("bundled_models.rs"), table(&model_files(&folder)?))
}

/// The model files of the folder, sorted by name; none when there is no folder.
fn model_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            files.push(path.canonicalize()?);
        }
    }
    files.sort();
    Ok(files)
}

/// The files as a Rust expression of type `&[BundledModel]`.
fn table(files: &[PathBuf]) -> String {
    let mut code = String::from("&[\n");
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let path = file.to_string_lossy();
        let _ = writeln!(
            code,
            "    BundledModel {{ name: {name:?}, bytes: include_bytes!({path:?}) }},"
        );
    }
    code + "]\n"
}
