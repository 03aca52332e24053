//! `processive completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::session::print_on_stdout;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive completions bash > processive.bash
  processive completions zsh > _processive";

/// Options of `processive completions`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<ExitStatus> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    // Not straight to standard output: the generator panics when a write fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print_on_stdout(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Success)
}
