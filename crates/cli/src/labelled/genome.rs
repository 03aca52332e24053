//! Examples from a genome and peaks, split by contig.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, bail};
use processive_core::{Contig, Peak};
use processive_encode::{BinChoice, NegativeRule, WindowSettings, bin_examples, contig_windows, encode_dna_into};
use processive_ingest::{
    ContigAliases, FastaStream, Folds, contig_lengths, looks_like_protein, place_peaks, read_folds, read_peaks,
};
use processive_train::{Dataset, Example};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{DataArgs, Splits, require_files, sources};

/// Letters read at a time.
const BLOCK: usize = 1 << 20;

/// Reads the genome contig by contig and cuts examples out of it.
pub(super) fn from_genome(args: &DataArgs, genome: &Path, peaks: &Path) -> anyhow::Result<Splits> {
    if args.window() == 0 || args.bins == Some(0) {
        bail!("--window and --bins must be at least 1");
    }
    require_files(&[genome, peaks])?;
    let contigs = contig_lengths(genome, NonZeroUsize::MIN).with_context(|| format!("reading {}", genome.display()))?;
    let folds = folds(args, &contigs)?;
    let peaks_on_genome = placed(args, peaks, &contigs)?;
    let mut examples: [Vec<Example>; 3] = Default::default();
    let mut stream = FastaStream::open(genome, NonZeroUsize::MIN)?;
    let mut index = 0;
    while let Some(name) = stream.next_contig()? {
        let part = part_of(&folds, &name);
        if let Some(part) = part {
            let codes = read_contig(&mut stream, &name)?;
            let contig = Contig::new(name, codes.len() as u64);
            let purpose = if part == 2 { Purpose::Judging } else { Purpose::Learning };
            examples[part].extend(contig_examples(
                args,
                &contig,
                &codes,
                &peaks_on_genome,
                purpose,
                index,
            )?);
        }
        index += 1;
    }
    let [train, valid, test] = examples.map(Dataset::new);
    Ok(Splits {
        train,
        valid,
        test,
        sources: sources([genome, peaks])?,
        valid_contigs: folds.valid,
        test_contigs: folds.test,
        window: args.window(),
        bin: args.bins,
    })
}

/// What the examples of a contig are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Fitting and choosing.
    Learning,
    /// Scoring as a scan does: with bins, all of them.
    Judging,
}

fn contig_examples(
    args: &DataArgs,
    contig: &Contig,
    codes: &[u8],
    peaks: &[Peak],
    purpose: Purpose,
    index: u64,
) -> anyhow::Result<Vec<Example>> {
    let mut rng = ChaCha8Rng::seed_from_u64(args.split_seed);
    rng.set_stream(index);
    let here: Vec<&Peak> = peaks
        .iter()
        .filter(|peak| peak.region.contig() == contig.name)
        .collect();
    if let Some(bin) = args.bins {
        let choice = match purpose {
            Purpose::Judging => BinChoice::All,
            Purpose::Learning => BinChoice::Sampled(args.negatives_per_positive),
        };
        let bins = bin_examples(contig, codes, &here, (bin, args.window()), choice, &mut rng);
        let example = |bin: processive_encode::BinExample| Example {
            codes: bin.window.codes,
            label: bin.label,
        };
        return Ok(bins.into_iter().map(example).collect());
    }
    let rule = match (&args.negatives, args.negative_rule()) {
        (None, _) => NegativeRule::GcMatched,
        (Some(_), Some(rule)) => rule,
        (Some(text), None) => {
            bail!("--negatives '{text}' is no rule; with --genome: gc-matched, flank, background, shuffle")
        }
    };
    let mut settings = WindowSettings::new(args.window(), rule);
    settings.per_positive = args.negatives_per_positive;
    let windows = contig_windows(contig, codes, &here, &settings, &mut rng);
    warn(contig, &windows);
    let label = |label: bool| {
        move |window: processive_encode::WindowExample| Example {
            codes: window.codes,
            label,
        }
    };
    Ok(windows
        .positives
        .into_iter()
        .map(label(true))
        .chain(windows.negatives.into_iter().map(label(false)))
        .collect())
}

fn warn(contig: &Contig, windows: &processive_encode::ContigWindows) {
    let counts = [
        (windows.duplicates, "peaks have the centre of another"),
        (
            windows.beyond_ends,
            "peaks lie so near an end that most of their window is outside",
        ),
        (
            windows.mostly_unknown,
            "peaks have windows that are mostly unknown bases",
        ),
        (windows.missing_negatives, "negatives could not be found"),
    ];
    for (count, what) in counts.into_iter().filter(|&(count, _)| count > 0) {
        log::warn!("{}: {count} {what}", contig.name);
    }
}

fn read_contig(stream: &mut FastaStream, name: &str) -> anyhow::Result<Vec<u8>> {
    let (mut codes, mut block) = (Vec::new(), Vec::new());
    while stream.read_block(&mut block, BLOCK)? > 0 {
        if codes.is_empty() && looks_like_protein(&block) {
            bail!("contig {name} looks like protein, and tfbs models read DNA");
        }
        encode_dna_into(&block, &mut codes);
        block.clear();
    }
    Ok(codes)
}

/// 0 for training, 1 for validation, 2 for test; nothing for a contig that no fold names.
fn part_of(folds: &Folds, name: &str) -> Option<usize> {
    [&folds.train, &folds.valid, &folds.test]
        .iter()
        .position(|part| part.iter().any(|contig| contig == name))
}

fn folds(args: &DataArgs, contigs: &[Contig]) -> anyhow::Result<Folds> {
    let folds = if let Some(path) = &args.folds {
        read_folds(path).with_context(|| format!("reading {}", path.display()))?
    } else {
        folds_by_name(args, contigs)?
    };
    let known: BTreeSet<&str> = contigs.iter().map(|contig| contig.name.as_str()).collect();
    let mut named = folds.train.iter().chain(&folds.valid).chain(&folds.test);
    if let Some(unknown) = named.find(|name| !known.contains(name.as_str())) {
        let first: Vec<&str> = contigs.iter().take(20).map(|contig| contig.name.as_str()).collect();
        bail!("the genome has no contig {unknown}; it has {}", first.join(", "));
    }
    Ok(folds)
}

/// Validation and test contigs as the options name them; all others are for training.
fn folds_by_name(args: &DataArgs, contigs: &[Contig]) -> anyhow::Result<Folds> {
    let (valid, test) = (list(args.valid.as_deref()), list(args.test.as_deref()));
    if let Some(shared) = valid.iter().find(|name| test.contains(name)) {
        bail!("contig {shared} is both in --valid and in --test");
    }
    let others = contigs.iter().map(|contig| contig.name.clone());
    let train = others
        .filter(|name| !valid.contains(name) && !test.contains(name))
        .collect();
    Ok(Folds { train, valid, test })
}

fn list(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn placed(args: &DataArgs, path: &Path, contigs: &[Contig]) -> anyhow::Result<Vec<Peak>> {
    let reading = || format!("reading {}", path.display());
    let peaks = read_peaks(path).with_context(reading)?;
    let aliases = args.contig_aliases.as_deref().map(ContigAliases::read).transpose()?;
    let placed = place_peaks(peaks, contigs, aliases.as_ref()).with_context(reading)?;
    if let Some(first) = placed.outside.first() {
        let count = placed.outside.len();
        let end = contigs
            .iter()
            .find(|contig| contig.name == first.region.contig())
            .map_or(0, |contig| contig.length);
        let text = format!(
            "{}: {count} of {} peaks lie past the end of their contig, the first at {} ({end} bases)",
            path.display(),
            count + placed.peaks.len(),
            first.region
        );
        if args.strict {
            bail!("{text}; is this the right genome? (--strict refuses them)");
        }
        log::warn!("{text}: skipped");
    }
    Ok(placed.peaks)
}
