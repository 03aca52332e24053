//! The models that come with the program.

use std::path::Path;

use anyhow::{Context, bail};
use processive_models::Model;

/// A model file inside the executable.
#[derive(Clone, Copy)]
pub(crate) struct BundledModel {
    /// The name of the file without its ending.
    pub(crate) name: &'static str,
    bytes: &'static [u8],
}

/// The bundled models, by name; `build.rs` finds them in `data/models`.
const BUNDLED: &[BundledModel] = include!(concat!(env!("OUT_DIR"), "/bundled_models.rs"));

impl BundledModel {
    /// Reads the model.
    pub(crate) fn load(&self) -> anyhow::Result<Model> {
        let read = Model::from_bytes(self.bytes, &format!("bundled model {}", self.name));
        read.with_context(|| format!("cannot use the bundled model {}", self.name))
    }
}

/// All bundled models, by name.
pub(crate) fn bundled() -> &'static [BundledModel] {
    BUNDLED
}

/// Reads a model: the file of that name when there is one, else the bundled model of that name in either case.
///
/// # Errors
/// When the file is no model, or when there is neither file nor model; the bundled names are listed then.
pub(crate) fn load_model(name_or_path: &str) -> anyhow::Result<Model> {
    let path = Path::new(name_or_path);
    // A folder is not a model: one that is called `ctcf` must not hide the bundled model.
    if path.exists() && !path.is_dir() {
        return Model::read(path).with_context(|| format!("cannot use the model {}", path.display()));
    }
    match find(BUNDLED, name_or_path) {
        Some(model) => model.load(),
        None => bail!(
            "no model file and no bundled model is called '{name_or_path}'; {}",
            known(BUNDLED)
        ),
    }
}

/// Reads a bundled model, whatever files there are.
///
/// # Errors
/// When there is none of that name.
pub(crate) fn load_bundled(name: &str) -> anyhow::Result<Model> {
    match find(BUNDLED, name) {
        Some(model) => model.load(),
        None => bail!("this build has no bundled model '{name}'"),
    }
}

/// Other names of bundled models.
const ALIASES: [(&str, &str); 1] = [("best", "structure-best")];

/// Finds the model of a name or an alias, in either case.
fn find<'m>(models: &'m [BundledModel], name: &str) -> Option<&'m BundledModel> {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let name = alias.map_or(name, |(_, name)| name);
    models.iter().find(|model| model.name.eq_ignore_ascii_case(name))
}

fn known(models: &[BundledModel]) -> String {
    if models.is_empty() {
        return "this build has no bundled models".to_owned();
    }
    let names: Vec<&str> = models.iter().map(|model| model.name).collect();
    format!("bundled: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_model_is_found_by_its_name_in_either_case_and_calls_itself_by_it() -> anyhow::Result<()> {
        for model in bundled() {
            for name in [model.name.to_owned(), model.name.to_ascii_uppercase()] {
                assert_eq!(load_model(&name)?.description().name, model.name);
            }
        }
        Ok(())
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = load_model("no-such-factor").unwrap_err().to_string();
        assert!(
            error.contains("'no-such-factor'") && error.contains("bundled"),
            "{error}"
        );
        let models = ["ctcf", "reb1"].map(|name| BundledModel { name, bytes: b"" });
        assert_eq!(known(&models), "bundled: ctcf, reb1");
        assert!(known(&[]).contains("no bundled models"));
    }

    #[test]
    fn an_alias_stands_for_its_model_in_either_case() {
        let models = ["structure", "structure-best"].map(|name| BundledModel { name, bytes: b"" });
        let found = |name| find(&models, name).map(|model| model.name);
        assert_eq!(found("Best"), Some("structure-best"));
        assert_eq!(found("STRUCTURE"), Some("structure"));
        assert_eq!(found("worst"), None);
    }

    #[test]
    fn a_folder_is_not_taken_for_a_model_file() {
        let error = load_model("src").unwrap_err().to_string();
        assert!(error.contains("no model file"), "{error}");
    }
}
