//! Labelled sequences, and a genome, some with a planted motif, made from seeds.

use serde_json::Value;

use crate::fixture::Cli;
use crate::sample::{bases, fasta, save_tiny_model};

/// The planted motif: the site of AP-1.
pub(crate) const MOTIF: &str = "TGACTCAT";

/// The length of the sequences in bases.
pub(crate) const LENGTH: usize = 40;

/// A sequence and whether it is bound.
pub(crate) type Labelled = (String, bool);

/// A bag of eight motifs that learns to see [`MOTIF`] in three epochs; the learning rate is high since the data are
/// few. `--dropout 0` and a short memory of the weights' mean for the same reason.
pub(crate) const FIT: [&str; 20] = [
    "--arch",
    "bag-cnn",
    "--filters",
    "8",
    "--kernel",
    "11",
    "--dense",
    "0",
    "--dropout",
    "0",
    "--batch-size",
    "16",
    "--average-decay",
    "0.9",
    "--learning-rate",
    "0.03",
    "--epochs",
    "3",
    "--name",
    "ap1",
];

/// `n` sequences of [`LENGTH`] random bases; every second one has [`MOTIF`] somewhere, and is bound.
pub(crate) fn planted(n: usize, seed: u32) -> Vec<Labelled> {
    let letters = bases(n * LENGTH, seed);
    (0..n)
        .map(|i| {
            let mut sequence = letters[i * LENGTH..(i + 1) * LENGTH].to_owned();
            let is_bound = i % 2 == 1;
            if is_bound {
                // 7 and 33 share no factor: every place has its turn.
                let start = 7 * i % (LENGTH - MOTIF.len() + 1);
                sequence.replace_range(start..start + MOTIF.len(), MOTIF);
            }
            (sequence, is_bound)
        })
        .collect()
}

/// A table with a heading; `separator` is `,` or a tab.
pub(crate) fn table(examples: &[Labelled], separator: char) -> String {
    let rows = examples
        .iter()
        .map(|(sequence, label)| format!("{sequence}{separator}{}\n", u8::from(*label)));
    format!("sequence{separator}label\n") + &rows.collect::<String>()
}

/// FASTA whose headers are the labels.
pub(crate) fn labelled_fasta(examples: &[Labelled]) -> String {
    let record = |(sequence, label): &Labelled| format!(">{}\n{sequence}\n", u8::from(*label));
    examples.iter().map(record).collect()
}

/// FASTA of the sequences that have the label.
pub(crate) fn fasta_of(examples: &[Labelled], label: bool) -> String {
    let chosen = examples.iter().filter(|example| example.1 == label);
    chosen
        .enumerate()
        .map(|(i, (sequence, _))| format!(">record{i}\n{sequence}\n"))
        .collect()
}

/// A folder with planted data: `train.csv` (320 examples), `valid.csv` (60), `test.csv` (80).
pub(crate) fn folder() -> Cli {
    let cli = Cli::new();
    for (name, n, seed) in [("train.csv", 320, 101), ("valid.csv", 60, 102), ("test.csv", 80, 103)] {
        cli.write(name, table(&planted(n, seed), ','));
    }
    cli
}

/// [`folder`] with a network of random weights, `tiny.safetensors`.
pub(crate) fn judge_folder() -> Cli {
    let cli = folder();
    save_tiny_model(&cli.path("tiny.safetensors"));
    cli
}

/// A folder with 40 planted examples, `small.csv`, for runs that need not learn.
pub(crate) fn small_folder() -> Cli {
    let cli = Cli::new();
    cli.write("small.csv", table(&planted(40, 104), ','));
    cli
}

/// The arguments of `train tfbs` with [`FIT`].
pub(crate) fn train<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "tfbs", "--no-progress", "-o", output], &FIT[..], more].concat()
}

/// The arguments of a run that only shows that it goes through: one epoch.
pub(crate) fn train_briefly<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let fit = ["--arch", "bag-cnn", "--filters", "8", "--kernel", "11", "--epochs", "1"];
    [
        &["train", "tfbs", "--no-progress", "--name", "brief", "-o", output],
        &fit[..],
        more,
    ]
    .concat()
}

/// A model's card.
pub(crate) fn card(cli: &Cli, model: &str) -> Value {
    serde_json::from_str(&cli.succeed(&["models", model, "--json"]).stdout).unwrap()
}

/// The training data of [`folder`].
pub(crate) const DATA: [&str; 4] = ["--train", "train.csv", "--valid", "valid.csv"];

/// The arguments of a training, changed to those of one epoch that changes almost nothing.
pub(crate) fn standing_still(mut args: Vec<&str>) -> Vec<&str> {
    for (option, value) in [("--learning-rate", "1e-9"), ("--epochs", "1")] {
        let at = args.iter().position(|word| *word == option).unwrap();
        args[at + 1] = value;
    }
    args
}

/// The lines of a metrics log.
pub(crate) fn log(cli: &Cli, name: &str) -> Vec<Value> {
    let lines = cli.read_text(name);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The contigs of [`planted_genome`] have so many sites each.
pub(crate) const SITES: usize = 12;

/// Where site `i` of every contig begins.
pub(crate) fn site(i: usize) -> usize {
    60 + 320 * i
}

/// The length of every contig of [`planted_genome`]: most of it lies far from sites, as background.
pub(crate) const CONTIG: usize = 20_000;

/// Three contigs with [`SITES`] sites each.
pub(crate) fn planted_genome() -> Vec<(&'static str, String)> {
    let contig = |seed| {
        let mut letters = bases(CONTIG, seed);
        for i in 0..SITES {
            letters.replace_range(site(i)..site(i) + MOTIF.len(), MOTIF);
        }
        letters
    };
    vec![("chr1", contig(111)), ("chr2", contig(112)), ("chr3", contig(113))]
}

/// The forms that peaks have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PeakForm {
    /// Three columns: the site.
    Bed3,
    /// Six columns: the base in the middle of the site.
    Bed6,
    /// Ten columns: a wider stretch, not centred on the site; the summit is. It stays within the 50 bases around the
    /// summit that a window of 50 keeps free of background anyhow.
    NarrowPeak,
}

/// One peak for every site of [`planted_genome`], on contigs whose names begin with `prefix`; all forms have the same
/// centres.
pub(crate) fn peaks(form: PeakForm, prefix: &str) -> String {
    let mut text = String::new();
    for contig in 1..=3 {
        for start in (0..SITES).map(site) {
            let (end, middle) = (start + MOTIF.len(), start + MOTIF.len() / 2);
            text += &match form {
                PeakForm::Bed3 => format!("{prefix}{contig}\t{start}\t{end}\n"),
                PeakForm::Bed6 => format!("{prefix}{contig}\t{middle}\t{}\tp\t5\t+\n", middle + 1),
                PeakForm::NarrowPeak => {
                    let (first, last) = (start - 20, end + 30);
                    format!(
                        "{prefix}{contig}\t{first}\t{last}\tp\t5\t.\t1.5\t3\t2\t{}\n",
                        middle - first
                    )
                }
            };
        }
    }
    text
}

/// A folder with the genome, `genome.fa`, and its peaks, `peaks.bed`.
pub(crate) fn genome_folder() -> Cli {
    let cli = Cli::new();
    cli.write("genome.fa", fasta(&planted_genome()));
    cli.write("peaks.bed", peaks(PeakForm::Bed3, "chr"));
    cli
}

/// Two motifs in MEME's minimal form: one that is not there, and [`MOTIF`].
pub(crate) fn meme() -> String {
    let mut text = "MEME version 4\n\nALPHABET= ACGT\n".to_owned();
    for (name, site) in [("decoy", "GGGGGGGG"), ("AP1", MOTIF)] {
        text += &format!("\nMOTIF {name}\nletter-probability matrix: alength= 4 w= 8 nsites= 20\n");
        for letter in site.chars() {
            let row = ['A', 'C', 'G', 'T'].map(|base| if base == letter { "0.97" } else { "0.01" });
            text += &(row.join(" ") + "\n");
        }
    }
    text
}
