//! Commands that `processive-bench` carries out: it is built, in release, and called with the same words.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use clap::Args;

use crate::graph::Workspace;

/// A command's own options, which `processive-bench` reads.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct BenchArgs {
    #[arg(
        value_name = "OPTIONS",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        help = "The command's own options; --help lists them"
    )]
    words: Vec<OsString>,
}

/// Builds the benchmarks in the workspace's root and runs one of their commands where the caller stands.
///
/// The two packages together: another selection would turn on other features of their dependencies, and build them again.
pub(crate) fn run(command: &str, args: &BenchArgs, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let build = [
        "build",
        "--release",
        "--quiet",
        "--locked",
        "--package",
        "processive",
        "--package",
        "processive-bench",
    ];
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(&workspace.root).args(build).status();
    let status = status.context("building processive-bench")?;
    if !status.success() {
        bail!("building processive-bench ended with {status}");
    }
    let program = workspace.target.join("release/processive-bench");
    let status = Command::new(&program).arg(command).args(&args.words).status();
    let status = status.with_context(|| format!("running {}", program.display()))?;
    // A signal leaves no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(2)))
}
