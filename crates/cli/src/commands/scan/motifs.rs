//! `processive scan --motifs`

mod background;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueHint};
use processive_core::Motif;
use processive_ingest::{MotifFile, read_motif_file};
use processive_predict::{MotifScanRequest, MotifSet, MotifSettings, scan_motifs};
use processive_report::hits::check_format;
use processive_report::{HitOptions, TableFormat, create_hit_writer};

use self::background::BackgroundChoice;
use super::parts::{say_of_parts, scan_in_parts};
use super::{Extent, ScanArgs, explained, source};
use crate::input::name_of;
use crate::numbers::counted;
use crate::progress::Meter;
use crate::scan_table::{ToldOfHits, text_of_hits};
use crate::session::Session;
use crate::status::ExitStatus;

/// What is searched for when it is motifs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Motifs")]
pub(crate) struct MotifOptions {
    /// Search for the motifs of a file instead: MEME, JASPAR or TRANSFAC, plain or gzip, told apart by content.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = [
            "bin", "mode", "halo", "precision_compute", "batch_size", "partition_by", "threshold", "top", "precision", "quantize",
            "column",
        ]
    )]
    pub(crate) motifs: Option<PathBuf>,
    /// Take only the motifs with this accession or name, in either case; may be repeated.
    #[arg(long, value_name = "ID|NAME", requires = "motifs")]
    only: Vec<String>,
    /// A window is a hit when a random window scores at least as high with this probability or less.
    #[arg(long, value_name = "P", default_value = "1e-4", value_parser = probability, requires = "motifs")]
    p: f64,
    /// How often A, C, G and T occur in random windows: uniform, genome (counted first, in the whole genome), a file as
    /// the MEME suite has it, or four numbers.
    #[arg(
        long,
        value_name = "uniform|genome|FILE|A,C,G,T",
        default_value = "uniform",
        requires = "motifs"
    )]
    background: BackgroundChoice,
    /// Sites of background that are added to the sites of every motif (20 when a motif does not tell its own).
    #[arg(long, value_name = "SITES", default_value = "0.1", value_parser = pseudocount, requires = "motifs")]
    pseudocount: f64,
}

fn probability(text: &str) -> Result<f64, String> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| "a probability above 0, at most 1, is expected".to_owned())
}

fn pseudocount(text: &str) -> Result<f64, String> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "a number from 0 is expected".to_owned())
}

/// Searches the genome. Whatever can be refused is refused before the first base is searched.
pub(super) fn run(args: &ScanArgs, file: &Path, format: TableFormat, session: &Session) -> anyhow::Result<ExitStatus> {
    check_format(format)?;
    let table = args.table();
    args.parts.check(&table, format)?;
    table.check_output()?;
    say_of_parts(&args.parts, table.output);
    if file == Path::new("-") && args.genome == Path::new("-") {
        bail!("genome and motifs cannot both be read from standard input");
    }
    let motifs = chosen(read(file)?, &args.motifs.only, file)?;
    let extent = Extent::of(&args.genome, &args.regions, args.bed.as_deref(), &args.parts)?;
    let settings = MotifSettings {
        p: args.motifs.p,
        background: args.motifs.background.resolve(&args.genome, session.threads)?,
        background_source: args.motifs.background.to_string(),
        pseudocount: args.motifs.pseudocount,
        strand: args.strand.into(),
    };
    let motifs = MotifSet::prepare(motifs, settings).with_context(|| format!("cannot scan with {}", name_of(file)))?;
    let cards = motifs.cards();
    let options = HitOptions {
        overwrite: args.force.overwrite(),
        longest_contig: extent.longest_contig,
        motifs: cards.names(),
    };
    let open = || create_hit_writer(table.output, format, options.clone());
    let mut request = MotifScanRequest::new(&args.genome, &motifs);
    request.regions = extent.regions;
    request.shard = args.parts.shard;
    request.threads = session.threads;
    session.command_of(request.shard).clone_into(&mut request.command);
    let meter = Meter::start(session, args.progress, "bases", extent.bases);
    let summary = if args.parts.resume {
        scan_in_parts(&args.parts, &request, &table, open, session, &meter)?
    } else {
        scan_motifs(&request, open()?, &meter).map_err(|error| explained(error, &args.genome))?
    };
    meter.log_stages(session.threads);
    drop(meter);

    let told = ToldOfHits {
        source: source(request.genome, request.shard, request.regions.as_deref()),
        output: table.output,
        motifs: &cards,
        shown: args.summary.best,
        elapsed: session.elapsed(),
    };
    session.say(&text_of_hits(&told, &summary));
    let counts = format!(
        "{}, {}, {}",
        counted(summary.contigs.len() as u64, "contig"),
        counted(summary.bases.total(), "base"),
        counted(summary.total(), "hit"),
    );
    session.finish_with_rate(&counts, summary.bases.total(), "bases");
    Ok(ExitStatus::Success)
}

fn read(path: &Path) -> anyhow::Result<MotifFile> {
    let file = read_motif_file(path).with_context(|| format!("cannot read the motifs in {}", name_of(path)))?;
    if let [first, ..] = &file.renamed[..] {
        let count = counted(file.renamed.len() as u64, "motif");
        log::warn!("{count} with an accession that occurs before: the first is called {first} now");
    }
    Ok(file)
}

/// Keeps the motifs that are asked for, in file order.
fn chosen(mut file: MotifFile, only: &[String], path: &Path) -> anyhow::Result<MotifFile> {
    let is_called =
        |motif: &Motif, name: &String| motif.id().eq_ignore_ascii_case(name) || motif.name().eq_ignore_ascii_case(name);
    if let Some(missing) = only
        .iter()
        .find(|name| !file.motifs.iter().any(|motif| is_called(motif, name)))
    {
        bail!("no motif of {} is called '{missing}'", name_of(path));
    }
    if !only.is_empty() {
        file.motifs
            .retain(|motif| only.iter().any(|name| is_called(motif, name)));
    }
    Ok(file)
}
