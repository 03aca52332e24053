//! `processive scan`

mod extent;
mod output;
mod summary;
mod threshold;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use processive_models::Model;
use processive_predict::{PredictError, ScanRequest, ScanSummary, StrandRule, TopSites, scan};
use processive_report::{Partition, Quantize, ReportError, ScanOptions, ScanWriter, TableFormat, create_scan_writer};

use self::extent::Extent;
use self::output::{Codes, PartitionBy, calls, check_output, output_format, score_column};
use self::summary::text;
use self::threshold::Threshold;
use crate::bundled::load_model;
use crate::input::name_of;
use crate::numbers::counted;
use crate::options::{ForceOption, ProgressOption};
use crate::progress::Meter;
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
    /// A model file, or the name of a bundled model (see `processive models`).
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// The output: .parquet .tsv[.gz] .bw .bedgraph[.gz] .bed[.gz] .narrowPeak[.gz]; - is standard output (tsv).
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// The format, when the output's name does not tell.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<TableFormat>,
    /// Write a folder with a Parquet file for each contig: OUT/chrom=NAME/part-0.parquet.
    #[arg(long, value_name = "COLUMN", value_enum)]
    partition_by: Option<PartitionBy>,
    #[command(flatten)]
    force: ForceOption,
    /// Scan only the bins that overlap this region, 1-based and closed as in samtools; may be repeated.
    #[arg(short, long = "region", value_name = "CHR:START-END")]
    regions: Vec<String>,
    /// Scan only the bins that overlap the regions of a BED file (0-based, half-open).
    #[arg(short = 'R', long = "regions", value_name = "BED", value_hint = ValueHint::FilePath)]
    bed: Option<PathBuf>,
    /// The width of a bin, and the distance of two windows; the model's own when not given.
    #[arg(long, value_name = "BP")]
    bin: Option<NonZeroUsize>,
    /// The strands that are read; the score of a bin is the mean over both.
    #[arg(long, value_enum, default_value_t)]
    strand: Strands,
    /// The smallest probability of a call (bed, narrowpeak): a number, 'model' for the threshold of the model's card, or
    /// precision=0.9 for the lowest one with that precision on the model's validation data.
    #[arg(long, value_name = "P|model|precision=P")]
    threshold: Option<Threshold>,
    /// Write the N best sites only: bins that no better bin is within one window of, ranked by --column, else by the
    /// mean over the classes.
    #[arg(long, value_name = "N", conflicts_with = "threshold")]
    top: Option<NonZeroUsize>,
    /// Round scores to this number of decimals, which makes tables smaller; calls are made on exact scores.
    #[arg(long, value_name = "DECIMALS")]
    precision: Option<u8>,
    /// Store scores as integers (parquet): u8 is off by at most 0.002, u16 by 0.000008; `processive columns scan` tells
    /// how they are read.
    #[arg(long, value_name = "TYPE", value_enum, conflicts_with = "precision")]
    quantize: Option<Codes>,
    /// The score column that bed, narrowpeak, bedgraph and bigwig hold, and that --top ranks by; the first one when the
    /// model has a single class.
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// How many of the best sites the summary shows.
    #[arg(long, value_name = "N", default_value_t = 10)]
    best: usize,
    /// The number of windows that the network reads at a time [default: 128, or those of 4096 bases when it computes what
    /// they share once]
    #[arg(long, value_name = "WINDOWS")]
    batch_size: Option<NonZeroUsize>,
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

fn format_parser() -> impl TypedValueParser<Value = TableFormat> {
    PossibleValuesParser::new(TableFormat::names()).try_map(|name| name.parse::<TableFormat>())
}

/// Scans the genome. Whatever can be refused is refused before the first base is read.
pub(crate) fn run(args: &ScanArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let format = output_format(args)?;
    check_output(args)?;
    let model = load_model(&args.model)?;
    let request = request(args, &model, session)?;
    let schema = request.strand.schema(&model.description().classes);
    let column = score_column(args, format, &schema)?;
    let extent = Extent::of(&args.genome, &args.regions, args.bed.as_deref())?;
    let options = ScanOptions {
        overwrite: args.force.overwrite(),
        longest_contig: extent.longest_contig,
        precision: args.precision,
        quantize: args.quantize.map(Quantize::from),
        calls: calls(args, model.description())?,
        column,
        partition: args.partition_by.map_or(Partition::None, Partition::from),
    };
    let writer = create_scan_writer(&args.output, format, &schema, &options)?;
    let request = ScanRequest {
        regions: extent.regions,
        top: args.top.map(|limit| TopSites {
            limit: limit.get(),
            column,
        }),
        ..request
    };
    let summary = scan_with_progress(
        &request,
        writer,
        &Meter::start(session, args.progress, "bases", extent.bases),
    )?;
    session.say(&text(&request, &schema, &summary, &args.output, session.elapsed()));
    let counts = format!(
        "{}, {}, {}",
        counted(summary.contigs.len() as u64, "contig"),
        counted(summary.bases.total(), "base"),
        counted(summary.bins, "bin"),
    );
    session.finish_with_rate(&counts, summary.bases.total(), "bases");
    Ok(ExitStatus::Success)
}

/// The request for the whole genome.
fn request<'a>(args: &'a ScanArgs, model: &'a Model, session: &Session) -> anyhow::Result<ScanRequest<'a>> {
    let mut request = ScanRequest::new(&args.genome, model)?;
    request.strand = match args.strand {
        Strands::Both => StrandRule::Both,
        Strands::Plus => StrandRule::Plus,
    };
    request.bin = args.bin.unwrap_or(request.bin);
    request.batch_size = args.batch_size;
    request.threads = session.threads;
    request.best = args.best;
    request.command.push_str(session.command_line());
    Ok(request)
}

fn scan_with_progress(
    request: &ScanRequest<'_>,
    writer: Box<dyn ScanWriter>,
    meter: &Meter,
) -> anyhow::Result<ScanSummary> {
    scan(request, writer, meter).map_err(|error| {
        let needs_index = matches!(error, PredictError::Write(ReportError::Position { .. }));
        let error = anyhow::Error::new(error);
        if needs_index {
            error.context("contigs of 2^31 bases or more need an index (samtools faidx GENOME) to be expected")
        } else {
            error.context(format!("cannot scan {}", name_of(request.genome)))
        }
    })
}
