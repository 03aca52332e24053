//! The command line: commands and how they are run.

use std::env;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    columns, compare, completions, evaluate, fold, gather, halo, inspect, man, models, prepare, scan, train,
};
use crate::options::RunOptions;
use crate::session::{CommandLine, Session};
use crate::status::ExitStatus;

/// Reads DNA strands and proteins position by position and labels every position.
///
/// A trained network is drawn along a genome, base by base, and says for every bin how likely a transcription
/// factor binds there; or along proteins, and gives every residue its secondary structure. Models come with the program or are trained with it. Positions are 0-based and half-open in every
/// file; only regions on the command line (-r) are 1-based, as in samtools.
///
/// Exit status: 0 done; 1 done, but a check that was asked for failed; 2 could not run.
#[derive(Debug, Parser)]
#[command(name = "processive", version, max_term_width = 120, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Score every position of a genome for transcription-factor binding, or find the hits of motifs.
    ///
    /// The genome is cut into bins, beginning at the first base of every contig. For each bin the model reads the
    /// window of bases around the bin's centre, on both strands, and gives the probability that the factor binds
    /// there: one row per bin. Bins without a known base have none. `processive columns scan` explains the columns.
    ///
    /// The output has the format that its name ends in, or --format. A table (parquet, tsv, bedgraph) holds every bin;
    /// bed and narrowpeak hold calls, which are runs of bins that reach --threshold. Positions are 0-based and
    /// half-open. The same genome, model and options give the same bytes for any number of threads.
    ///
    /// With --motifs instead of --model the genome is searched for position weight matrices: a row for every window that
    /// scores at least as high as a random window does with the probability --p. Thresholds are exact, of scores in
    /// thousandths of a bit, for each strand. Windows with letters other than A, C, G and T have no hit; hits may overlap, and a
    /// palindrome has its hits on both strands. `processive columns hits` explains the columns.
    ///
    /// -r, -R and --shard look places up by the index GENOME.fai, which is made when it is absent. Compress large genomes with
    /// bgzip for them, not with gzip.
    #[command(after_long_help = scan::EXAMPLES)]
    Scan(Box<Job<scan::ScanArgs>>),
    /// Put the parts of a scan together.
    ///
    /// `processive scan --shard I/N` scans the I-th of N parts of a genome, on a cluster for instance. gather writes their
    /// rows in the order of the genome, in any format: the same bytes as one scan with the same options. Parts that are
    /// missing, or come from another model, genome or command, are refused.
    #[command(after_long_help = gather::EXAMPLES)]
    Gather(Box<Job<gather::GatherArgs>>),
    /// Give every residue of proteins its secondary structure.
    ///
    /// From a protein's sequence alone, whole and of any length, the model gives every residue the probabilities of the
    /// eight states of DSSP; helix, strand and coil are sums of them, by the rule that the summary names.
    /// `processive columns fold` explains the columns.
    ///
    /// The output has the format that its name ends in, or --format. parquet, tsv and jsonl hold probabilities; ss2 and
    /// horiz are PSIPRED's forms, fasta has a line of states below each sequence, gff3 and segments.tsv hold runs of one
    /// state. Ids and letters stay as given, and positions are those of the input. U is read as C and O as K; other
    /// letters are unknown. A * at the end is the stop codon, not a residue. The same proteins, model and options
    /// give the same bytes for any number of threads and any --batch-size.
    #[command(after_long_help = fold::EXAMPLES)]
    Fold(Box<Job<fold::FoldArgs>>),
    /// Make labelled data ready for training.
    #[command(subcommand)]
    Prepare(PrepareCommand),
    /// Fit a network to labelled data.
    #[command(subcommand)]
    Train(TrainCommand),
    /// Judge a model on labelled data, beside trivial baselines.
    Evaluate(Box<Job<evaluate::EvaluateArgs>>),
    /// Train several architectures on the same data and put them into one table.
    #[command(subcommand)]
    Compare(CompareCommand),
    /// List the bundled models, or describe one.
    ///
    /// Without a name: one line per bundled model, with its AUROC on test data that it has never seen. With a name or a
    /// model file: the network, its window and its reach, the data that it was trained on, the contigs kept from it,
    /// and its metrics beside those of trivial baselines.
    #[command(after_long_help = models::EXAMPLES)]
    Models(models::ModelsArgs),
    /// Measure how fast a recurrent model forgets, and the halo that its scans need.
    ///
    /// A recurrent network reads a genome in tiles, each with a halo around it on which its states settle. Pairs of states
    /// that have read different bases then read the same ones; the rate at which they come closer is the leading Lyapunov
    /// exponent, and 1.5 ln(1/tolerance) divided by it is the first halo that is tried. It is doubled until tiles at random
    /// places give every probability that they give inside four times that context, to within 0.0001, and shortened while
    /// they differ by less than a tenth of that.
    ///
    /// `processive train tfbs` measures this on its training windows; this command does on a genome of yours, or for a model
    /// that was trained before.
    #[command(after_long_help = halo::EXAMPLES)]
    Halo(Box<Job<halo::HaloArgs>>),
    /// Explain the columns of every output.
    ///
    /// For each table: what a row is, and the name, the type, the unit and the meaning of every column. The writers
    /// take their names from the same place.
    #[command(after_long_help = columns::EXAMPLES)]
    Columns(columns::ColumnsArgs),
    /// Show where an output or a model comes from, and its schema.
    ///
    /// For a Parquet file: its columns with their types, encodings and sizes, its row groups, and the provenance in its
    /// footer. For a model: its description, as `processive models` prints it. Files are told apart by content.
    #[command(after_long_help = inspect::EXAMPLES)]
    Inspect(inspect::InspectArgs),
    /// Print the completions of a shell.
    ///
    /// The script goes to standard output. Put it where your shell looks for completions, e.g. for bash
    /// ~/.local/share/bash-completion/completions/processive.
    #[command(after_long_help = completions::EXAMPLES)]
    Completions(completions::CompletionsArgs),
    /// Print a manual page.
    ///
    /// The page of the program, or of one command, as roff on standard output.
    #[command(after_long_help = man::EXAMPLES)]
    Man(man::ManArgs),
}

/// What can be prepared.
#[derive(Debug, Subcommand)]
pub(crate) enum PrepareCommand {
    /// Make a table of protein chains without those that resemble test chains, and without copies.
    ///
    /// A network that has seen a relative of a test chain knows part of the answer. Chains that share an exact stretch
    /// with a chain of --protect, or align with one, are left out, as are all copies of a protein but one, across
    /// sources. Where one copy tells eight states and another has all residues, the latter takes the eight over. The
    /// rest is grouped into clusters of similar chains, and whole clusters are drawn for the split valid, so that no
    /// validation chain has a relative in training. Splits of the input are not kept; chains that come in the split test
    /// are protected. A bare number as an id, and an id that another source has, gets its source in front.
    ///
    /// `processive columns chains` explains the table, `processive columns drops` the report.
    Structure(Box<Job<prepare::structure::PrepareStructureArgs>>),
}

/// What can be fitted.
#[derive(Debug, Subcommand)]
pub(crate) enum TrainCommand {
    /// Fit a network that tells bound from unbound sequences.
    Tfbs(Box<Job<train::TrainArgs>>),
    /// Fit a network that gives every residue of a protein its secondary structure.
    ///
    /// The network learns the three states helix, strand and coil and, where the data tell them, the eight of DSSP: one
    /// set of eight probabilities, of which the three are sums. The epoch with the best validation Q3 is kept.
    Structure(Box<Job<train::structure::TrainStructureArgs>>),
}

/// What can be compared.
#[derive(Debug, Subcommand)]
pub(crate) enum CompareCommand {
    /// Compare networks that tell bound from unbound sequences.
    ///
    /// Every architecture is trained on every data set with every seed, and sees the same number of training examples;
    /// its epoch, its threshold and, with --tune-learning-rate, its learning rate are chosen on the validation examples.
    /// The test examples are read once. The folder then holds the metrics with their 95 % intervals, beside those of
    /// trivial baselines, as comparison.parquet and comparison.tsv (`processive columns compare`) and as tables for
    /// people, comparison.md and comparison.html; a table goes to standard output, too.
    ///
    /// A dilated-cnn has 4 residual blocks here when --layers does not say otherwise: it reaches 142 bp with them.
    #[command(after_long_help = compare::EXAMPLES)]
    Tfbs(Box<Job<compare::CompareArgs>>),
    /// Compare networks that give every residue of a protein its secondary structure.
    ///
    /// Every architecture is trained on the same chains with every seed, and sees the same number of residues; its epoch
    /// and its calibration are chosen on the chains of the split 'valid'. The test chains are read once. The folder then
    /// holds the metrics of every run with 95 % intervals over proteins, beside those of the GOR method and of one guess for
    /// all residues, as comparison.parquet and comparison.tsv (`processive columns compare`), and for people comparison.md and
    /// comparison.html: which architecture is better by how much, and how far from the ends of helices and strands.
    /// The trained models are in DIR/models.
    ///
    /// lstm sees the residues before each residue, lstm-reverse those behind it, bilstm both sides.
    #[command(after_long_help = compare::structure::EXAMPLES)]
    Structure(Box<Job<compare::structure::CompareStructureArgs>>),
}

/// The options of a command and how it is run.
#[derive(Debug, Args)]
pub(crate) struct Job<A: Args> {
    #[command(flatten)]
    args: A,
    #[command(flatten)]
    run: RunOptions,
}

impl<A: Args> Job<A> {
    /// Begins a session and does the work in it.
    fn run(
        self,
        command_line: CommandLine,
        work: impl FnOnce(&A, &Session) -> anyhow::Result<ExitStatus>,
    ) -> anyhow::Result<ExitStatus> {
        let session = Session::begin(&self.run, command_line)?;
        work(&self.args, &session)
    }
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(self, command_line: CommandLine) -> anyhow::Result<ExitStatus> {
        match self {
            Self::Scan(job) => job.run(command_line, scan::run),
            Self::Gather(job) => job.run(command_line, gather::run),
            Self::Halo(job) => job.run(command_line, halo::run),
            Self::Fold(job) => job.run(command_line, fold::run),
            Self::Prepare(PrepareCommand::Structure(job)) => job.run(command_line, prepare::structure::run),
            Self::Train(TrainCommand::Tfbs(job)) => job.run(command_line, train::run),
            Self::Train(TrainCommand::Structure(job)) => job.run(command_line, train::structure::run),
            Self::Evaluate(job) => job.run(command_line, evaluate::run),
            Self::Compare(CompareCommand::Tfbs(job)) => job.run(command_line, compare::run),
            Self::Compare(CompareCommand::Structure(job)) => job.run(command_line, compare::structure::run),
            Self::Models(args) => models::run(&args),
            Self::Columns(args) => columns::run(&args),
            Self::Inspect(args) => inspect::run(&args),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(&args),
        }
    }
}

/// Reads the command line. Help and version are printed, and bad usage is refused (exit status 2), here.
pub(crate) fn read() -> (Cli, CommandLine) {
    let command = Cli::command();
    let matches = command.clone().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let command_line = CommandLine::new(env::args_os().skip(1), &command, &matches);
    (cli, command_line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
