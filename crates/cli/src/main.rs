//! `processive` reads DNA strands and proteins position by position and labels every position.
//!
//! The program only parses, calls and summarises: one file per command in [`commands`], everything else is in the
//! libraries. Standard output carries data or nothing; what is said goes to standard error.

mod args;
mod assemble;
mod bundled;
mod chain_splits;
mod chains;
mod commands;
mod description_text;
mod failure;
mod input;
mod interrupt;
mod judge;
mod labelled;
mod memory;
mod numbers;
mod options;
mod progress;
mod scan_table;
mod session;
mod settings;
mod status;
mod structure_judge;
mod text_table;
mod workers;

use std::process::ExitCode;

use crate::failure::{cause_chain, is_broken_pipe};
use crate::status::ExitStatus;

fn main() -> ExitCode {
    let (cli, command_line) = args::read();
    let status = match cli.command.run(command_line) {
        Ok(status) => status,
        Err(error) if is_broken_pipe(&error) => ExitStatus::Success,
        Err(error) => {
            let text = cause_chain(&error);
            session::print_on_stderr(&format!("{text}\n"));
            session::log_failure(&text);
            ExitStatus::Error
        }
    };
    status.into()
}
