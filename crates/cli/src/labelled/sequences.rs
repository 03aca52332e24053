//! Examples from tables and FASTA files.

use std::io::BufRead;
use std::path::Path;

use anyhow::{Context, bail};
use processive_core::LabelledExample;
use processive_encode::{NegativeRule, dinucleotide_shuffle};
use processive_ingest::{
    TableColumns, looks_like_protein, open, read_labelled_fasta, read_positives_negatives, read_sequence_table,
};
use processive_train::{Dataset, Example};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{DataArgs, Splits, require_files, sources};

/// Reads the files that the options name.
pub(super) fn from_sequences(args: &DataArgs) -> anyhow::Result<Splits> {
    let files = named_files(args)?;
    let mut splits = Splits::default();
    let negatives = args
        .negatives
        .as_deref()
        .map(Path::new)
        .filter(|_| args.negative_rule().is_none());
    if let Some(path) = &args.train {
        splits.train = read_file(args, path)?;
    } else if let (Some(positives), Some(negatives)) = (&args.positives, negatives) {
        splits.train = read_pair(positives, negatives)?;
    } else if let Some(positives) = &args.positives {
        splits.train = read_positives(positives)?;
    }
    if let Some(path) = args.valid.as_deref().map(Path::new) {
        splits.valid = read_file(args, path)?;
    }
    if let Some(path) = args.test.as_deref().map(Path::new) {
        splits.test = read_file(args, path)?;
    } else if let (Some(positives), Some(negatives)) = (&args.test_positives, &args.test_negatives) {
        splits.test = read_pair(positives, negatives)?;
    }
    add_negatives(args, &mut splits)?;
    splits.sources = sources(files)?;
    Ok(splits)
}

/// The files that the options name, in the order of the splits.
fn named_files(args: &DataArgs) -> anyhow::Result<Vec<&Path>> {
    let negatives = args.negatives.as_deref().filter(|_| args.negative_rule().is_none());
    if let (Some(negatives), None) = (negatives, &args.positives) {
        bail!("--negatives {negatives} goes with --positives; in the file of --train the labels tell the two apart");
    }
    let files: Vec<&Path> = [
        args.train.as_deref(),
        args.positives.as_deref(),
        negatives.map(Path::new),
        args.valid.as_deref().map(Path::new),
        args.test.as_deref().map(Path::new),
        args.test_positives.as_deref(),
        args.test_negatives.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    if files.is_empty() {
        bail!("no labelled data: give --train or --test, or --positives with --negatives, or --genome with --peaks");
    }
    require_files(&files)?;
    Ok(files)
}

/// Reads one file of either kind: FASTA begins with `>`.
fn read_file(args: &DataArgs, path: &Path) -> anyhow::Result<Dataset> {
    let reading = || format!("reading {}", path.display());
    let mut reader = open(path).with_context(reading)?;
    let is_fasta = reader.fill_buf().with_context(reading)?.first() == Some(&b'>');
    drop(reader);
    let examples = if is_fasta {
        read_labelled_fasta(path)
    } else {
        let columns = TableColumns {
            sequence: args.sequence_column.clone(),
            label: args.label_column.clone(),
        };
        read_sequence_table(path, &columns)
    };
    encode(&examples.with_context(reading)?, path)
}

fn read_pair(positives: &Path, negatives: &Path) -> anyhow::Result<Dataset> {
    let reading = || format!("reading {} and {}", positives.display(), negatives.display());
    encode(
        &read_positives_negatives(positives, negatives).with_context(reading)?,
        positives,
    )
}

fn read_positives(path: &Path) -> anyhow::Result<Dataset> {
    let records = processive_ingest::read_fasta(path).with_context(|| format!("reading {}", path.display()))?;
    let example = |record: processive_core::SequenceRecord| LabelledExample {
        name: record.name,
        sequence: record.sequence,
        label: true,
        region: None,
    };
    encode(&records.into_iter().map(example).collect::<Vec<_>>(), path)
}

fn encode(examples: &[LabelledExample], path: &Path) -> anyhow::Result<Dataset> {
    if let Some(example) = examples.iter().find(|example| looks_like_protein(&example.sequence)) {
        bail!(
            "{}: {} looks like protein, and tfbs models read DNA",
            path.display(),
            example.name
        );
    }
    if let Some(example) = examples.iter().find(|example| example.sequence.is_empty()) {
        bail!("{}: {} has no letters", path.display(), example.name);
    }
    Ok(Dataset::from_labelled(examples))
}

/// Adds shuffled negatives to the splits that a network learns from.
fn add_negatives(args: &DataArgs, splits: &mut Splits) -> anyhow::Result<()> {
    match args.negative_rule() {
        None => return Ok(()),
        Some(NegativeRule::Shuffle) => {}
        Some(rule) => bail!("--negatives {rule} draws from a genome: give --genome and --peaks, or use shuffle"),
    }
    for (stream, dataset) in [(1, &mut splits.train), (2, &mut splits.valid)] {
        let mut rng = ChaCha8Rng::seed_from_u64(args.split_seed);
        rng.set_stream(stream);
        let mut examples = dataset.examples().to_vec();
        let shuffled = dataset
            .examples()
            .iter()
            .filter(|example| example.label)
            .flat_map(|example| std::iter::repeat_n(example, args.negatives_per_positive))
            .map(|example| Example {
                codes: dinucleotide_shuffle(&example.codes, &mut rng),
                label: false,
            });
        examples.extend(shuffled);
        *dataset = Dataset::new(examples);
    }
    Ok(())
}
