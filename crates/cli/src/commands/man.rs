//! `processive man`

use anyhow::{Context, bail};
use clap::{Args, CommandFactory};
use clap_mangen::Man;

use crate::args::Cli;
use crate::session::print_on_stdout;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive man > processive.1
  processive man train tfbs > processive-train-tfbs.1";

/// Options of `processive man`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ManArgs {
    /// The command, with the words below it; the page of the whole program when not given.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Prints the page.
pub(crate) fn run(args: &ManArgs) -> anyhow::Result<ExitStatus> {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    for name in &args.command {
        command = match command.find_subcommand(name) {
            Some(found) => found,
            None => bail!(
                "{} has no command '{name}'",
                command.get_display_name().unwrap_or(command.get_name())
            ),
        };
    }
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .context("cannot make the manual page")?;
    print_on_stdout(&String::from_utf8_lossy(&page))?;
    Ok(ExitStatus::Success)
}
