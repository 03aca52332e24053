//! The networks that take part in a comparison.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use anyhow::{Context, bail};
use processive_models::{Architecture, ArchitectureConfig, sha256};
use serde::Serialize;

use crate::settings::{Settings, SharedSettingArgs};

/// A network that takes part.
#[derive(Clone, Debug)]
pub(super) struct Entrant {
    /// The name of the architecture.
    pub(super) name: String,
    /// Its settings.
    pub(super) config: ArchitectureConfig,
}

/// Joins the settings that all networks share. What a comparison sets itself is refused.
pub(super) fn join(settings: &SharedSettingArgs) -> anyhow::Result<Settings> {
    let settings = settings.join()?;
    for (table, key) in [
        (&settings.architecture, "arch"),
        (&settings.fit, "seed"),
        (&settings.fit, "patience"),
    ] {
        if table.contains_key(key) {
            bail!(
                "--config cannot set {key} here: a comparison has --arch and --seeds, and every run its whole budget"
            );
        }
    }
    Ok(settings)
}

/// The named networks, each of `parameters` trained numbers with `classes` outputs if that is wanted.
pub(super) fn entrants(
    names: &[String],
    parameters: Option<NonZeroUsize>,
    classes: usize,
    settings_of: impl Fn(Architecture) -> anyhow::Result<ArchitectureConfig>,
) -> anyhow::Result<Vec<Entrant>> {
    let entrant = |name: &String| -> anyhow::Result<Entrant> {
        let name = name.trim();
        let arch: Architecture = name.parse()?;
        let config = settings_of(arch).with_context(|| format!("architecture {name}"))?;
        let config = match parameters {
            None => config,
            Some(parameters) => config.with_parameters(parameters.get(), classes)?,
        };
        Ok(Entrant {
            name: name.to_owned(),
            config,
        })
    };
    let entrants: Vec<Entrant> = names.iter().map(entrant).collect::<anyhow::Result<_>>()?;
    require_distinct("--arch", entrants.iter().map(|entrant| &entrant.name))?;
    Ok(entrants)
}

/// The network that the others are held against: the named one, else `usual` if it takes part, else the first.
pub(super) fn reference(name: Option<&str>, entrants: &[Entrant], usual: &str) -> anyhow::Result<String> {
    let names = || entrants.iter().map(|entrant| entrant.name.as_str());
    match name {
        Some(name) if names().any(|other| other == name) => Ok(name.to_owned()),
        Some(name) => bail!(
            "--reference {name} takes no part; there are {}",
            names().collect::<Vec<_>>().join(", ")
        ),
        None => Ok(names()
            .find(|&name| name == usual)
            .unwrap_or(&entrants[0].name)
            .to_owned()),
    }
}

/// Refuses values that are not all different.
pub(super) fn require_distinct<T: Ord>(option: &str, values: impl IntoIterator<Item = T>) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for value in values {
        count += 1;
        seen.insert(value);
    }
    if seen.len() < count {
        bail!("{option} names something twice");
    }
    Ok(())
}

/// A digest of plain data.
pub(super) fn fingerprint(of: &impl Serialize) -> String {
    sha256(&serde_json::to_vec(of).expect("settings are plain data"))
}
