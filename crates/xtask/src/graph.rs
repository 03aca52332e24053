//! The workspace as a graph: which crate names which other crates in its manifest.

use std::path::{Path, PathBuf};

use anyhow::Context;
use cargo_metadata::{MetadataCommand, Package};

pub(crate) use cargo_metadata::DependencyKind as Kind;

/// One dependency, as the manifest declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package's name, whatever it is renamed to.
    pub(crate) name: String,
    /// Normal, build or development.
    pub(crate) kind: Kind,
}

/// One crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    /// The package's name.
    pub(crate) name: String,
    /// Its declared dependencies, optional and platform-specific ones included.
    pub(crate) dependencies: Vec<Dependency>,
}

/// All crates of a workspace.
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// The members.
    pub(crate) crates: Vec<Crate>,
}

/// Reads the workspace that `manifest`, or else the current folder, belongs to.
pub(crate) fn read(manifest: Option<&Path>) -> anyhow::Result<Workspace> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(path) = manifest {
        command.manifest_path(path);
    }
    let metadata = command.exec().context("running cargo metadata")?;
    let crates = metadata.workspace_packages().into_iter().map(from_package).collect();
    Ok(Workspace {
        root: metadata.workspace_root.into_std_path_buf(),
        target: metadata.target_directory.into_std_path_buf(),
        crates,
    })
}

fn from_package(package: &Package) -> Crate {
    let dependencies = package
        .dependencies
        .iter()
        .map(|dependency| Dependency {
            name: dependency.name.clone(),
            kind: dependency.kind,
        })
        .collect();
    Crate {
        name: package.name.to_string(),
        dependencies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_is_read_with_its_declared_dependencies() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let workspace = read(Some(&manifest)).unwrap();
        assert!(workspace.root.join(".cargo/config.toml").is_file());

        let find = |name: &str| workspace.crates.iter().find(|krate| krate.name == name).unwrap();
        let edge = |name: &str, kind| Dependency {
            name: name.to_owned(),
            kind,
        };
        let xtask = find("xtask");
        assert!(xtask.dependencies.contains(&edge("anyhow", Kind::Normal)));
        let core = find("processive-core");
        assert!(core.dependencies.contains(&edge("proptest", Kind::Development)));
        assert!(!core.dependencies.contains(&edge("proptest", Kind::Normal)));
    }
}
