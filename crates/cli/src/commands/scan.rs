//! `processive scan`

mod extent;
mod motifs;
mod parts;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum, ValueHint};
use processive_core::Region;
use processive_models::Model;
use processive_predict::{
    ModelSet, PredictError, ScanMode, ScanRequest, ScanSummary, ScoreScan, Shard, StrandRule, scan,
};
use processive_report::{ReportError, ScanWriter, create_scan_writer};

use self::extent::Extent;
use self::motifs::MotifOptions;
pub(crate) use self::parts::PartOptions;
use self::parts::{say_of_parts, scan_in_parts};
use crate::bundled::load_model;
use crate::input::name_of;
use crate::numbers::counted;
use crate::options::{ComputePrecision, ForceOption, ProgressOption};
use crate::progress::Meter;
use crate::scan_table::{SummaryOption, Table, TableOptions, TablePath, Told, text};
use crate::session::Session;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive scan genome.fa --model ctcf -o ctcf.parquet
  processive scan genome.fa.gz --model model.safetensors -r chr1:101-1,000 --threshold 0.5 -o sites.bed";

/// Options of `processive scan`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ScanArgs {
    /// The genome: FASTA, plain, gzip or bgzip; - is standard input.
    #[arg(value_name = "GENOME", value_hint = ValueHint::FilePath)]
    genome: PathBuf,
    /// A model file, or the name of a bundled model (see `processive models`); may be repeated: the columns of all models
    /// stand side by side.
    #[arg(long = "model", value_name = "NAME|FILE")]
    models: Vec<String>,
    #[command(flatten)]
    motifs: MotifOptions,
    #[command(flatten)]
    path: TablePath,
    #[command(flatten)]
    force: ForceOption,
    /// Scan only the bins, or report only the hits, that overlap this region, 1-based and closed as in samtools; may be repeated.
    #[arg(short, long = "region", value_name = "CHR:START-END")]
    regions: Vec<String>,
    /// Scan only the bins, or report only the hits, that overlap the regions of a BED file (0-based, half-open).
    #[arg(short = 'R', long = "regions", value_name = "BED", value_hint = ValueHint::FilePath)]
    bed: Option<PathBuf>,
    /// The width of a bin, and the distance of two windows; the models' own when not given.
    #[arg(long, value_name = "BP")]
    bin: Option<NonZeroUsize>,
    /// The strands that are read; the score of a bin by a model is the mean over both.
    #[arg(long, value_enum, default_value_t)]
    strand: Strands,
    /// How recurrent models read; convolutional ones give the same scores either way [default: stream where a model's halo is
    /// known, as `processive models` tells]
    #[arg(long, value_enum)]
    mode: Option<Modes>,
    /// Bases on both sides of a tile on which the states of a streamed model settle; measured when the model was trained, or by
    /// `processive halo`, when not given.
    #[arg(long, value_name = "BP")]
    halo: Option<usize>,
    /// The numbers that layers multiply: int8 takes less time on processors with AVX-512 VNNI, and changes scores a little. It is for
    /// a cnn with whole edges, and for recurrent models that are streamed.
    #[arg(long, value_enum, default_value_t)]
    precision_compute: ComputePrecision,
    #[command(flatten)]
    table: TableOptions,
    #[command(flatten)]
    summary: SummaryOption,
    /// The number of windows that the network reads at a time [default: 128, or those of 4096 bases when it computes what
    /// they share once]
    #[arg(long, value_name = "WINDOWS")]
    batch_size: Option<NonZeroUsize>,
    #[command(flatten)]
    parts: PartOptions,
    #[command(flatten)]
    progress: ProgressOption,
}

/// The strands of a scan.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Strands {
    /// The window as the genome has it and its reverse complement
    #[default]
    Both,
    /// The window as the genome has it
    Plus,
}

/// How recurrent models read.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Modes {
    /// Every window alone
    Window,
    /// The genome as one sequence, in tiles: many times faster
    Stream,
}

impl From<Modes> for ScanMode {
    fn from(mode: Modes) -> Self {
        match mode {
            Modes::Window => Self::Window,
            Modes::Stream => Self::Stream,
        }
    }
}

impl From<Strands> for StrandRule {
    fn from(strands: Strands) -> Self {
        match strands {
            Strands::Both => Self::Both,
            Strands::Plus => Self::Plus,
        }
    }
}

/// Scans the genome. Whatever can be refused is refused before the first base is read.
pub(crate) fn run(args: &ScanArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let table = args.table();
    let format = table.format()?;
    match (&args.motifs.motifs, args.models.is_empty()) {
        (Some(file), true) => return motifs::run(args, file, format, session),
        (Some(_), false) => bail!(
            "--model and --motifs exclude each other: models give a table of bins, motifs one of hits; make two scans of it"
        ),
        (None, true) => bail!(
            "there is nothing to scan with: give --model NAME|FILE (`processive models` lists those in the program) or --motifs FILE"
        ),
        (None, false) => {}
    }
    args.parts.check(&table, format)?;
    table.check_output()?;
    say_of_parts(&args.parts, table.output);
    let models: Vec<Model> = args
        .models
        .iter()
        .map(|name| Ok(load_model(name)?.computing(args.precision_compute.into())))
        .collect::<anyhow::Result<_>>()?;
    if let (Some(Modes::Window), Some(_)) = (args.mode, args.halo) {
        bail!("--halo is for --mode stream: a window that is read alone has nothing around it");
    }
    let models = ModelSet::new(&models.iter().collect::<Vec<_>>(), args.bin)?;
    let models = models.in_mode(args.mode.map(ScanMode::from), args.halo)?;
    let mut request = request(args, &models, session);
    let schema = request.strand.schema(&models.classes());
    let column = table.score_column(format, &schema, request.strand)?;
    let extent = Extent::of(&args.genome, &args.regions, args.bed.as_deref(), &args.parts)?;
    let class = column.unwrap_or(0) / request.strand.columns_per_class();
    let model = models.model_of(class).context("a column belongs to a model")?;
    let calls = args.table.calls(model.description())?;
    let options = table.scan_options(calls, column, extent.longest_contig);
    request.regions = extent.regions;
    request.top = args.table.top_sites(column);
    let open = || create_scan_writer(table.output, format, &schema, &options);
    let meter = Meter::start(session, args.progress, "bases", extent.bases);
    let summary = if args.parts.resume {
        let scan = ScoreScan {
            request: &request,
            schema: &schema,
        };
        scan_in_parts(&args.parts, &scan, &table, open, session, &meter)?
    } else {
        scan_with_progress(&request, open()?, &meter)?
    };
    meter.log_stages(session.threads);
    drop(meter);

    let told = Told {
        source: source(request.genome, request.shard, request.regions.as_deref()),
        output: table.output,
        bin: request.bin.get() as u64,
        model: &request.model.name,
        strand: request.strand,
        schema: &schema,
        elapsed: session.elapsed(),
    };
    session.say(&text(&told, &summary));
    let counts = format!(
        "{}, {}, {}",
        counted(summary.contigs.len() as u64, "contig"),
        counted(summary.bases.total(), "base"),
        counted(summary.bins, "bin"),
    );
    session.finish_with_rate(&counts, summary.bases.total(), "bases");
    Ok(ExitStatus::Success)
}

impl ScanArgs {
    fn table(&self) -> Table<'_> {
        Table {
            output: &self.path.output,
            force: self.force,
            options: &self.table,
        }
    }
}

/// The request for the whole genome, or a part of it.
fn request<'a>(args: &'a ScanArgs, models: &'a ModelSet<'a>, session: &Session) -> ScanRequest<'a> {
    let mut request = ScanRequest::with_models(&args.genome, models);
    request.strand = args.strand.into();
    request.batch_size = args.batch_size;
    request.threads = session.threads;
    request.best = args.summary.best;
    request.shard = args.parts.shard;
    session.command_of(request.shard).clone_into(&mut request.command);
    request
}

/// What is scanned, before the number of contigs.
fn source(genome: &Path, shard: Option<Shard>, regions: Option<&[Region]>) -> String {
    let shard = shard.map(|shard| format!("shard {shard} of "));
    let regions = regions.map(|regions| format!("{} of ", counted(regions.len() as u64, "region")));
    let [shard, regions] = [shard, regions].map(Option::unwrap_or_default);
    format!("{}: {shard}{regions}", name_of(genome))
}

fn scan_with_progress(
    request: &ScanRequest<'_>,
    writer: Box<dyn ScanWriter>,
    meter: &Meter,
) -> anyhow::Result<ScanSummary> {
    scan(request, writer, meter).map_err(|error| explained(error, request.genome))
}

/// Says what a scan was about when it failed.
fn explained(error: PredictError, genome: &Path) -> anyhow::Error {
    let needs_index = matches!(error, PredictError::Write(ReportError::Position { .. }));
    let error = anyhow::Error::new(error);
    if needs_index {
        error.context("contigs of 2^31 bases or more need an index (samtools faidx GENOME) to be expected")
    } else {
        error.context(format!("cannot scan {}", name_of(genome)))
    }
}
