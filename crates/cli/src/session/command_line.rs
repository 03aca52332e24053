//! The command line as text.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgMatches, Args, Command, parser::ValueSource};

use crate::commands::scan::PartOptions;
use crate::options::{ForceOption, JobOptions, LookAheadOptions, ProgressOption, RunOptions};
use crate::scan_table::{SummaryOption, TableOptions, TablePath};

/// The command line in two forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine {
    /// As it was typed, quoted for a shell.
    pub(crate) typed: String,
    /// Only what can change a result, in a fixed order and spelling: `-@2`, `--log-file`, `--force`, `--shard` and the like are
    /// left out, so that a file that holds it does not depend on them.
    pub(crate) recipe: String,
    /// The recipe without what a scan's table holds.
    pub(crate) rows: String,
    /// What a scan's table holds; in the recipe it stands behind the rest.
    table: String,
}

impl CommandLine {
    /// Takes the words behind the program's name and what clap made of them.
    pub(crate) fn new(words: impl Iterator<Item = OsString>, command: &Command, matches: &ArgMatches) -> Self {
        let words: Vec<String> = words.map(|word| quoted(&word)).collect();
        let (rows, table) = recipe(command, matches);
        let line = Self {
            typed: format!("{} {}", command.get_name(), words.join(" "))
                .trim_end()
                .to_owned(),
            recipe: String::new(),
            rows,
            table,
        };
        let recipe = line.with_table(&line.rows);
        Self { recipe, ..line }
    }

    /// Another line's `rows` with this one's table.
    pub(crate) fn with_table(&self, rows: &str) -> String {
        format!("{rows} {}", self.table).trim_end().to_owned()
    }
}

/// Adds the arguments of a group to a command.
fn group<A: Args>(command: Command) -> Command {
    A::augment_args(command)
}

/// The recipe, and what belongs behind it.
fn recipe(mut command: &Command, mut matches: &ArgMatches) -> (String, String) {
    let mut words = vec![command.get_name().to_owned()];
    while let Some((name, inner)) = matches.subcommand()
        && let Some(found) = command.find_subcommand(name)
    {
        words.push(name.to_owned());
        (command, matches) = (found, inner);
    }
    let left_out = group::<RunOptions>(group::<ProgressOption>(group::<ForceOption>(Command::new("left out"))));
    let left_out = group::<LookAheadOptions>(group::<JobOptions>(left_out));
    let left_out = group::<SummaryOption>(group::<PartOptions>(group::<TablePath>(left_out)));
    let of_table = group::<TableOptions>(Command::new("table"));
    let is_in =
        |group: &Command, argument: &Arg| group.get_arguments().any(|other| other.get_id() == argument.get_id());
    let mut table = Vec::new();
    for argument in command.get_arguments().filter(|argument| !is_in(&left_out, argument)) {
        let group = if is_in(&of_table, argument) {
            &mut table
        } else {
            &mut words
        };
        group.extend(given(argument, matches));
    }
    (words.join(" "), table.join(" "))
}

/// The words that give an argument the value it has; none when it was not typed.
fn given(argument: &Arg, matches: &ArgMatches) -> Vec<String> {
    let id = argument.get_id().as_str();
    let is_known = matches.try_contains_id(id).is_ok();
    if !is_known || matches.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    let flag = match (argument.get_long(), argument.get_short()) {
        (Some(long), _) => Some(format!("--{long}")),
        (None, short) => short.map(|short| format!("-{short}")),
    };
    if !argument.get_action().takes_values() {
        return flag.into_iter().collect();
    }
    let values = matches.get_raw(id).into_iter().flatten().map(quoted);
    values
        .flat_map(|value| flag.clone().into_iter().chain([value]))
        .collect()
}

/// A word as a shell takes it: in single quotes unless it is plain.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,=@%+".contains(&byte) || !byte.is_ascii();
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    fn command_line(words: &[&str]) -> CommandLine {
        let command = Cli::command();
        let matches = command.clone().try_get_matches_from(words).unwrap();
        CommandLine::new(words[1..].iter().map(OsString::from), &command, &matches)
    }

    #[test]
    fn a_recipe_holds_what_can_change_the_result_and_nothing_else() {
        let plain = [
            "processive",
            "scan",
            "a.fa",
            "--model",
            "ctcf",
            "-o",
            "o.tsv",
            "-r",
            "chr1:1-5",
            "-r",
            "chr2",
        ];
        let recipe = "processive scan a.fa --model ctcf --region chr1:1-5 --region chr2";
        assert_eq!(command_line(&plain).recipe, recipe);
        for more in [
            &["-@", "2"][..],
            &["-@2", "-vv"],
            &["--threads=2"],
            &["-q", "--force", "--no-progress"],
            &["--log-file", "x.log", "--device", "cpu"],
            &["--shard", "1/2", "--best", "3"],
            &["--resume", "--part-size", "500"],
        ] {
            assert_eq!(command_line(&[&plain, more].concat()).recipe, recipe, "{more:?}");
        }
        assert_ne!(command_line(&[&plain[..], &["--bin", "7"]].concat()).recipe, recipe);
    }

    #[test]
    fn what_a_table_holds_stands_apart() {
        let of_table = ["--top", "5", "--column", "x", "--format", "bed"];
        let scan = [
            "processive",
            "scan",
            "--precision",
            "3",
            "a.fa",
            "--model",
            "ctcf",
            "-o",
            "o",
        ];
        let line = command_line(&[&scan[..], &of_table, &["--bin", "7"]].concat());
        assert_eq!(line.rows, "processive scan a.fa --model ctcf --bin 7");
        assert_eq!(line.table, "--format bed --top 5 --precision 3 --column x");
        assert_eq!(line.recipe, format!("{} {}", line.rows, line.table));
        let gather = ["processive", "gather", "1.parquet", "-o", "o", "--precision", "3"];
        let gather = command_line(&[&gather[..], &of_table].concat());
        assert_eq!(gather.with_table(&line.rows), line.recipe);
    }

    #[test]
    fn the_typed_form_can_be_pasted_into_a_shell() {
        let line = command_line(&[
            "processive",
            "scan",
            "my genome.fa",
            "--model",
            "it's",
            "-o",
            "o.tsv",
            "-@2",
        ]);
        assert_eq!(
            line.typed,
            r"processive scan 'my genome.fa' --model 'it'\''s' -o o.tsv -@2"
        );
        assert_eq!(quoted(OsStr::new("")), "''");
    }
}
