//! Runs the program in a folder of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_processive");

/// A folder, and the program run in it.
pub(crate) struct Cli {
    folder: TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Cli {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn read_text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The files of the folder with their content, indexes of genomes left out.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.folder()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_index = [".fai", ".gzi"].iter().any(|ending| name.ends_with(ending));
            if !is_index && entry.path().is_file() {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
        files
    }

    /// The names of all files and folders, hidden ones included.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    /// The program with its arguments, ready to be run: nothing on standard input, no log settings from outside.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .current_dir(self.folder())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(args))
    }

    /// Runs the program with a file of the folder on standard input.
    pub(crate) fn run_on(&self, input: &str, args: &[&str]) -> Outcome {
        Outcome::of(self.command(args).stdin(File::open(self.path(input)).unwrap()))
    }

    /// Runs the program with text that comes through a pipe.
    pub(crate) fn run_piped(&self, input: &[u8], args: &[&str]) -> Outcome {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Outcome::from(child.wait_with_output().unwrap())
    }

    /// Runs the program, which must succeed.
    pub(crate) fn succeed(&self, args: &[&str]) -> Outcome {
        self.run(args).succeeded()
    }

    /// Runs the program, which must refuse: exit status 2, nothing on standard output, a message that begins with
    /// `error: ` and holds every one of `parts`, no file changed or left.
    pub(crate) fn refuse(&self, args: &[&str], parts: &[&str]) {
        let before = self.files();
        let outcome = self.run(args);
        outcome.refused(parts);
        assert_eq!(self.files(), before, "{args:?} changed files");
    }
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    pub(crate) fn refused(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(2), "{self:#?}");
        assert_eq!(self.stdout, "", "{self:#?}");
        assert_eq!(
            self.stderr.lines().filter(|line| line.starts_with("error: ")).count(),
            1,
            "{self:#?}"
        );
        for part in parts {
            assert!(self.stderr.contains(part), "'{part}' is not in {self:#?}");
        }
    }
}

impl From<std::process::Output> for Outcome {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
