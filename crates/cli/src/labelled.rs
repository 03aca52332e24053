//! Labelled data from the command line: tables, labelled FASTA, positives and negatives, genome and peaks.

mod genome;
mod sequences;
mod split;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use processive_encode::NegativeRule;
use processive_models::{DataSource, ModelDescription};
use processive_train::Dataset;

use self::genome::from_genome;
use self::sequences::from_sequences;

/// Where labelled examples come from and how they are split.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Labelled data")]
pub(crate) struct DataArgs {
    /// Training examples: a CSV or TSV table, or FASTA whose headers are the labels 0 and 1
    #[arg(long, value_name = "FILE", conflicts_with_all = ["positives", "genome"])]
    pub(crate) train: Option<PathBuf>,
    /// Validation examples: a file as --train takes it; with --genome the contigs, separated by commas
    #[arg(long, value_name = "FILE|CONTIGS")]
    pub(crate) valid: Option<String>,
    /// Test examples: a file as --train takes it; with --genome the contigs, separated by commas
    #[arg(long, value_name = "FILE|CONTIGS")]
    pub(crate) test: Option<String>,
    /// The name of the sequence column of tables
    #[arg(long, value_name = "NAME", default_value = "sequence")]
    pub(crate) sequence_column: String,
    /// The name of the label column of tables
    #[arg(long, value_name = "NAME", default_value = "label")]
    pub(crate) label_column: String,
    /// Bound training sequences, FASTA
    #[arg(long, value_name = "FASTA", requires = "negatives", conflicts_with = "genome")]
    pub(crate) positives: Option<PathBuf>,
    /// Unbound sequences (FASTA), or the rule that makes them: gc-matched, flank, background (with --genome), shuffle
    #[arg(long, value_name = "FASTA|RULE")]
    pub(crate) negatives: Option<String>,
    /// Bound test sequences, FASTA
    #[arg(long, value_name = "FASTA", requires = "test_negatives", conflicts_with_all = ["genome", "test"])]
    pub(crate) test_positives: Option<PathBuf>,
    /// Unbound test sequences, FASTA
    #[arg(long, value_name = "FASTA", requires = "test_positives")]
    pub(crate) test_negatives: Option<PathBuf>,
    /// Unbound examples made for every bound one (with a rule for --negatives, or with --bins)
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) negatives_per_positive: usize,
    /// The genome that --peaks lie on, FASTA
    #[arg(long, value_name = "FASTA", requires = "peaks")]
    pub(crate) genome: Option<PathBuf>,
    /// Peaks: BED3, BED6 or narrowPeak
    #[arg(long, value_name = "BED", requires = "genome")]
    pub(crate) peaks: Option<PathBuf>,
    /// Width of the windows around peaks [default: 200; of evaluate: the model's]
    #[arg(long, value_name = "BP")]
    pub(crate) window: Option<usize>,
    /// Make every bin of this width an example, bound when it holds a peak's centre, as a scan will see them:
    /// all bound bins with their neighbours, and --negatives-per-positive others for each
    #[arg(long, value_name = "BP", requires = "genome", conflicts_with = "negatives")]
    pub(crate) bins: Option<usize>,
    /// A JSON file {"train": [...], "valid": [...], "test": [...]} that deals out the contigs
    #[arg(long, value_name = "JSON", requires = "genome", conflicts_with_all = ["valid", "test"])]
    pub(crate) folds: Option<PathBuf>,
    /// Two columns: a contig's name in the peaks, its name in the genome
    #[arg(long, value_name = "FILE", requires = "genome")]
    pub(crate) contig_aliases: Option<PathBuf>,
    /// Refuse peaks past the end of a contig instead of counting and skipping them
    #[arg(long)]
    pub(crate) strict: bool,
    /// The share of the training examples that is kept for validation when --valid is not given
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(crate) valid_fraction: f64,
    /// The seed of that split and of negatives
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) split_seed: u64,
}

/// Bases around a peak when nothing else is asked for.
const DEFAULT_WINDOW: usize = 200;

/// Labelled examples, split.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splits {
    /// What networks and baselines are fitted on.
    pub(crate) train: Dataset,
    /// What epochs, thresholds and penalties are chosen on.
    pub(crate) valid: Dataset,
    /// What is only scored.
    pub(crate) test: Dataset,
    /// The files that the examples came from.
    pub(crate) sources: Vec<DataSource>,
    /// The contigs of the validation examples, with a genome.
    pub(crate) valid_contigs: Vec<String>,
    /// The contigs of the test examples, with a genome.
    pub(crate) test_contigs: Vec<String>,
    /// The width of the windows, or the usual length of the sequences.
    pub(crate) window: usize,
    /// The bin that examples were made by, when they were.
    pub(crate) bin: Option<usize>,
}

/// Which splits a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Training and validation; test if it is named.
    Training,
    /// Test; training and validation if they are named.
    Testing,
}

impl DataArgs {
    /// Reads the examples and splits them; training examples that also are validation or test examples, on
    /// either strand, are dropped and counted.
    pub(crate) fn read(&self, need: Need) -> anyhow::Result<Splits> {
        if !(0.0..1.0).contains(&self.valid_fraction) {
            bail!(
                "--valid-fraction cannot be {}; allowed: 0 to below 1",
                self.valid_fraction
            );
        }
        let mut splits = match (&self.genome, &self.peaks) {
            (Some(genome), Some(peaks)) => from_genome(self, genome, peaks)?,
            _ => from_sequences(self)?,
        };
        if need == Need::Training && splits.valid.is_empty() {
            let (train, valid) = split::by_fraction(&splits.train, self.valid_fraction, self.split_seed);
            (splits.train, splits.valid) = (train, valid);
        }
        let shared = split::drop_shared(&mut splits);
        if shared > 0 {
            log::warn!("{shared} training examples are also validation or test examples (on either strand): dropped");
        }
        if splits.window == 0 {
            let known = if splits.train.is_empty() {
                &splits.test
            } else {
                &splits.train
            };
            splits.window = known.usual_length();
        }
        report(&splits);
        Ok(splits)
    }

    /// Whether any data are named.
    pub(crate) fn names_any(&self) -> bool {
        let files = [&self.train, &self.positives, &self.test_positives, &self.genome];
        files.iter().any(|file| file.is_some()) || self.valid.is_some() || self.test.is_some()
    }

    /// Takes relative paths as beginning at `folder`.
    pub(crate) fn move_to(&mut self, folder: &Path) {
        let has_rule = self.negative_rule().is_some();
        let paths = [
            &mut self.train,
            &mut self.positives,
            &mut self.test_positives,
            &mut self.test_negatives,
            &mut self.genome,
            &mut self.peaks,
            &mut self.folds,
            &mut self.contig_aliases,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&path);
        }
        let moved = |text: &mut String| *text = folder.join(&text).to_string_lossy().into_owned();
        // With a genome these are contigs.
        if self.genome.is_none() {
            self.valid.iter_mut().chain(&mut self.test).for_each(moved);
        }
        if !has_rule {
            self.negatives.iter_mut().for_each(moved);
        }
    }

    /// The test data, in a word, for reports.
    pub(crate) fn test_name(&self) -> String {
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = match (&self.peaks, &self.test, &self.test_positives) {
            (Some(peaks), ..) => name(peaks),
            (None, Some(test), _) => name(Path::new(test)),
            (None, None, positives) => positives.as_deref().and_then(name),
        };
        file.unwrap_or_else(|| "test".to_owned())
    }

    /// The width of the windows around peaks.
    fn window(&self) -> usize {
        self.window.unwrap_or(DEFAULT_WINDOW)
    }

    /// Fills in what a model knows: the width of its windows, and the contigs that were kept from its training.
    pub(crate) fn completed_by(&self, model: &ModelDescription) -> Self {
        let mut args = self.clone();
        args.window.get_or_insert(model.window);
        let names_contigs = self.valid.is_some() || self.test.is_some() || self.folds.is_some();
        if self.genome.is_some() && !names_contigs && !model.training.test_contigs.is_empty() {
            args.valid = Some(model.training.valid_contigs.join(","));
            args.test = Some(model.training.test_contigs.join(","));
        }
        args
    }

    /// The rule for making negatives, if --negatives names one.
    fn negative_rule(&self) -> Option<NegativeRule> {
        self.negatives.as_deref().and_then(|text| text.parse().ok())
    }
}

fn report(splits: &Splits) {
    let parts = [
        ("training", &splits.train),
        ("validation", &splits.valid),
        ("test", &splits.test),
    ];
    for (name, dataset) in parts.into_iter().filter(|(_, dataset)| !dataset.is_empty()) {
        log::info!("{name}: {} examples, {} bound", dataset.len(), dataset.positives());
    }
}

/// Refuses standard input and pipes: every file is read more than once, for its examples and for its digest.
pub(crate) fn require_files(paths: &[&Path]) -> anyhow::Result<()> {
    for path in paths {
        let is_pipe = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        if is_pipe || *path == Path::new("-") {
            bail!(
                "labelled data are read more than once, and {} can be read only once: give a file",
                path.display()
            );
        }
    }
    Ok(())
}

/// Describes the files that were read.
pub(crate) fn sources<'a>(paths: impl IntoIterator<Item = &'a Path>) -> anyhow::Result<Vec<DataSource>> {
    paths
        .into_iter()
        .map(|path| DataSource::of_file(path).with_context(|| format!("reading {}", path.display())))
        .collect()
}
