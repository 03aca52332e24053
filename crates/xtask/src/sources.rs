//! Rules that only the source text shows: where a backend may be named, and how long a file may grow.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The only file that may name a backend of burn.
const DEVICE_FILE: &str = "crates/models/src/device.rs";

/// The constructors of burn's devices: `Device::flex(…)` and so on.
const BACKENDS: &[&str] = &["flex", "libtorch", "libtorch_cuda", "cuda"];

/// The most lines a file may have before its tests.
const LONGEST_FILE: usize = 400;

/// Files that may be longer, each with its reason in a comment.
const LONG_FILES: &[&str] = &[];

/// A source file of the workspace.
pub(crate) struct SourceFile {
    /// The path from the root of the workspace, with `/`.
    pub(crate) path: String,
    /// The contents.
    pub(crate) text: String,
}

/// A broken source rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A backend is named outside the device file.
    Backend { path: String, line: usize, name: String },
    /// A file is too long.
    Length { path: String, lines: usize },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend { path, line, name } => {
                write!(f, "{path}:{line}: `{name}`: backends are named in {DEVICE_FILE} only")
            }
            Self::Length { path, lines } => {
                write!(
                    f,
                    "{path}: {lines} lines before its tests, at most {LONGEST_FILE}: split it"
                )
            }
        }
    }
}

/// Reads every `.rs` file under `crates/*/src`, sorted by path.
pub(crate) fn read(root: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut paths = Vec::new();
    for member in entries(&root.join("crates"))? {
        let source = member.join("src");
        if source.is_dir() {
            collect(&source, &mut paths)?;
        }
    }
    paths.sort();
    paths.iter().map(|path| read_one(root, path)).collect()
}

fn read_one(root: &Path, path: &Path) -> anyhow::Result<SourceFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    Ok(SourceFile {
        path: parts.join("/"),
        text,
    })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            collect(&entry, paths)?;
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            paths.push(entry);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let context = || format!("listing {}", folder.display());
    let listing = std::fs::read_dir(folder).with_context(context)?;
    listing.map(|entry| Ok(entry.with_context(context)?.path())).collect()
}

/// Lists the rules that the files break, in their order.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .flat_map(|file| check_backends(file).into_iter().chain(check_length(file)))
        .collect()
}

fn check_backends(file: &SourceFile) -> Vec<Violation> {
    if file.path == DEVICE_FILE {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for backend in BACKENDS {
            let name = format!("Device::{backend}");
            if has_word(code, &name) {
                found.push(Violation::Backend {
                    path: file.path.clone(),
                    line: index + 1,
                    name,
                });
            }
        }
    }
    found
}

/// Whether `word` stands in `text` with no letter, digit or underscore touching it.
fn has_word(text: &str, word: &str) -> bool {
    let touches = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(touches) && !after.is_some_and(touches)
    })
}

fn check_length(file: &SourceFile) -> Option<Violation> {
    // A module of tests in a file of its own has no lines before its tests.
    if file.path.ends_with("/tests.rs") {
        return None;
    }
    let lines = lines_before_tests(&file.text);
    let is_long = lines > LONGEST_FILE && !LONG_FILES.contains(&file.path.as_str());
    is_long.then(|| Violation::Length {
        path: file.path.clone(),
        lines,
    })
}

/// Counts the lines up to the test module, or all when there is none. A `#[cfg(test)]` on anything else does not end the count.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let opens_tests = |index: usize| {
        let item = lines[index + 1..].iter().find(|line| !line.starts_with("#["));
        lines[index] == "#[cfg(test)]" && item.is_some_and(|line| line.starts_with("mod "))
    };
    (0..lines.len())
        .find(|&index| opens_tests(index))
        .unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn backend_outside_the_device_file_is_named_with_its_line() {
        for backend in BACKENDS {
            let text = format!("fn device() {{\n    let device = Device::{backend}(0);\n}}\n");
            let found = check(&[file("crates/train/src/fit.rs", &text)]);
            let expected = format!(
                "crates/train/src/fit.rs:2: `Device::{backend}`: backends are named in crates/models/src/device.rs only"
            );
            assert_eq!(found.len(), 1, "{backend}");
            assert_eq!(found[0].to_string(), expected);
        }
    }

    #[test]
    fn device_file_may_name_every_backend() {
        let text = BACKENDS.join("(0);\nDevice::") + "(0);";
        let text = format!("Device::{text}");
        assert_eq!(check(&[file("crates/models/src/device.rs", &text)]), []);
        assert_eq!(
            check(&[file("crates/models/src/other.rs", &text)]).len(),
            BACKENDS.len()
        );
    }

    #[test]
    fn comments_and_longer_words_are_not_backends() {
        let text = "/// Device::cuda is made elsewhere\nlet a = MyDevice::cuda();\nlet b = Device::flexible();\n";
        assert_eq!(check(&[file("crates/cli/src/main.rs", text)]), []);
    }

    #[test]
    fn lines_count_up_to_the_test_module() {
        let tests = "#[cfg(test)]\nmod tests {\n}\n";
        let cases = [
            ("", 0),
            ("a\nb\n", 2),
            ("#[cfg(test)]\nuse std::io;\na\n", 3),
            ("a\n#[cfg(test)]\n#[path = \"far.rs\"]\nmod tests;\n", 1),
        ];
        for (text, lines) in cases {
            assert_eq!(lines_before_tests(text), lines, "{text:?}");
        }
        assert_eq!(lines_before_tests(&format!("a\nb\n{tests}")), 2);
    }

    #[test]
    fn file_may_have_four_hundred_lines_and_not_one_more() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // claim\n".repeat(500));
        let allowed = "//\n".repeat(400) + &tests;
        assert_eq!(check(&[file("crates/core/src/a.rs", &allowed)]), []);

        let long = "//\n".repeat(401) + &tests;
        let found = check(&[file("crates/core/src/a.rs", &long)]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            "crates/core/src/a.rs: 401 lines before its tests, at most 400: split it"
        );
    }

    #[test]
    fn a_file_of_tests_may_be_long() {
        let long = "//\n".repeat(401);
        assert!(check(&[file("crates/core/src/a/tests.rs", &long)]).is_empty());
        assert_eq!(check(&[file("crates/core/src/a/contests.rs", &long)]).len(), 1);
    }

    #[test]
    fn own_sources_are_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let files = read(&root).unwrap();
        assert!(
            files
                .iter()
                .any(|file| file.path.ends_with("crates/xtask/src/sources.rs"))
        );
    }
}
