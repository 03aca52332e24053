//! Labelled chains whose states follow from a planted rule, made from seeds.

use processive_models::Model;

use crate::fixture::Cli;
use crate::fold_sample::residues;
use crate::planted::log;

/// A chain: letters, states of three, states of eight.
pub(crate) struct Chain {
    pub(crate) id: String,
    pub(crate) letters: String,
    pub(crate) three: String,
    pub(crate) eight: String,
}

/// What stands behind a residue decides its state of three, and whether the residue itself is charged which of eight.
///
/// Before A to H stand helices, before I to Q strands, and coil elsewhere; the last residue is coil.
fn states(letters: &str) -> (String, String) {
    let charged = |letter: char| "DEKR".contains(letter);
    let next = letters.chars().skip(1).map(Some).chain([None]);
    let state = |(letter, next): (char, Option<char>)| match (next, charged(letter)) {
        (Some('A'..='H'), false) => ('H', 'H'),
        (Some('A'..='H'), true) => ('H', 'G'),
        (Some('I'..='Q'), false) => ('E', 'E'),
        (Some('I'..='Q'), true) => ('E', 'B'),
        (_, false) => ('C', 'C'),
        (_, true) => ('C', 'T'),
    };
    letters.chars().zip(next).map(state).unzip()
}

/// `n` chains of 30 to 59 residues.
pub(crate) fn chains(n: usize, seed: u32) -> Vec<Chain> {
    let chain = |i: usize| {
        let letters = residues(30 + 7 * i % 30, seed + 100 * i as u32);
        let (three, eight) = states(&letters);
        Chain {
            id: format!("p{seed}-{i}"),
            letters,
            three,
            eight,
        }
    };
    (0..n).map(chain).collect()
}

/// How many states of eight a table tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Labels {
    Three,
    Eight,
}

/// A table of chains; what is written as its mask leaves out the first residue of every chain.
pub(crate) fn chain_table(labels: Labels, parts: &[(&str, &[Chain])]) -> String {
    let mut text = String::from("id\tsplit\tsequence\tq3\tq8\tmask\n");
    for (split, chains) in parts {
        for chain in *chains {
            let eight = if labels == Labels::Eight { &chain.eight[..] } else { "" };
            let mask = "0".to_owned() + &"1".repeat(chain.letters.len() - 1);
            text += &[&chain.id[..], split, &chain.letters, &chain.three, eight, &mask].join("\t");
            text.push('\n');
        }
    }
    text
}

/// A folder with chains of eight states: `chains.tsv`, 60 for training, 12 for validation, 5 for testing.
pub(crate) fn chain_folder() -> Cli {
    let cli = Cli::new();
    let [train, valid, test] = [(60, 1), (12, 2), (5, 3)].map(|(n, seed)| chains(n, seed));
    let parts = [("train", &train[..]), ("valid", &valid), ("test", &test)];
    cli.write("chains.tsv", chain_table(Labels::Eight, &parts));
    cli
}

/// A convolution of three residues that learns the rule in a few epochs; the learning rate is high since the data are
/// few.
const FIT: [&str; 22] = [
    "--arch",
    "cnn",
    "--filters",
    "32",
    "--kernel",
    "3",
    "--layers",
    "1",
    "--inner-kernel",
    "1",
    "--channels",
    "32",
    "--dense",
    "0",
    "--dropout",
    "0",
    "--batch-size",
    "4",
    "--average-decay",
    "0.9",
    "--learning-rate",
    "0.02",
];

/// The arguments of a run that learns.
pub(crate) fn train_chains<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let run = ["train", "structure", "--no-progress", "-o", output];
    [&run[..], &FIT, &["--epochs", "6"], more].concat()
}

/// The arguments of a run that only shows that it goes through: two epochs of small recurrent layers, unless `more`
/// says otherwise.
pub(crate) fn train_chains_briefly<'a>(output: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let run = ["train", "structure", "--no-progress", "--name", "brief", "-o", output];
    let fit = [
        ["--chains", "chains.tsv"],
        ["--arch", "cnn-bigru"],
        ["--filters", "6"],
        ["--hidden", "4"],
        ["--dense", "5"],
        ["--epochs", "2"],
    ];
    let fit = fit.into_iter().filter(|[option, _]| !more.contains(option));
    [&run[..], &fit.flatten().collect::<Vec<_>>(), more].concat()
}

/// The arguments that put models into one.
pub(crate) fn join_models<'a>(models: &[&'a str], output: &'a str) -> Vec<&'a str> {
    let join = ["train", "structure", "--chains", "chains.tsv", "--join"];
    [&join[..], models, &["-o", output]].concat()
}

/// The best share of states of eight over the epochs: weights are kept by those of three.
pub(crate) fn best_q8(cli: &Cli, name: &str) -> f64 {
    let lines = log(cli, name);
    lines
        .iter()
        .map(|line| line["valid_q8"].as_f64().unwrap())
        .fold(0.0, f64::max)
}

/// A model that was written.
pub(crate) fn read(cli: &Cli, name: &str) -> Model {
    Model::read(&cli.path(name)).unwrap()
}
