//! `processive gather`

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueHint};
use processive_models::{Model, ModelDescription};
use processive_predict::{Gather, ShardSet, keys};
use processive_report::{Calls, ScanOptions, create_scan_writer};

use crate::bundled::{load_bundled, load_model};
use crate::numbers::counted;
use crate::options::{ForceOption, ProgressOption};
use crate::progress::Meter;
use crate::scan_table::{SummaryOption, Table, TableOptions, TablePath, Told, text};
use crate::session::Session;
use crate::status::ExitStatus;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive gather part-1.parquet part-2.parquet -o ctcf.parquet
  processive gather part-*.parquet --threshold 0.5 -o sites.bed";

/// Options of `processive gather`.
#[derive(Args, Clone, Debug)]
pub(crate) struct GatherArgs {
    /// All parts of a scan (scan --shard), in any order.
    #[arg(value_name = "SHARD", required = true, value_hint = ValueHint::FilePath)]
    shards: Vec<PathBuf>,
    #[command(flatten)]
    path: TablePath,
    #[command(flatten)]
    force: ForceOption,
    #[command(flatten)]
    table: TableOptions,
    /// The model of the scan, when --threshold asks its card and it is not a bundled one.
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    #[command(flatten)]
    summary: SummaryOption,
    #[command(flatten)]
    progress: ProgressOption,
}

/// Writes the rows of all parts as one scan would have.
pub(crate) fn run(args: &GatherArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    let table = Table {
        output: &args.path.output,
        force: args.force,
        options: &args.table,
    };
    let format = table.format()?;
    table.check_output()?;
    let shards = ShardSet::open(&args.shards).context("cannot gather")?;
    let (schema, strand) = (shards.schema(), shards.strand());
    let column = table.score_column(format, schema, strand)?;
    let options = table.scan_options(calls(args, &shards, column)?, column, 0);
    let options = ScanOptions::for_contigs(options, shards.contigs());
    let writer = create_scan_writer(table.output, format, schema, &options)?;
    let gather = Gather {
        top: args.table.top_sites(column),
        best: args.summary.best,
        command: session.command_behind(shards.told(keys::COMMAND)),
    };
    let meter = Meter::start(session, args.progress, "bases", Some(shards.bases().total()));
    let summary = shards.gather(&gather, writer, &meter).context("cannot gather")?;
    drop(meter);

    let count = counted(shards.count() as u64, "shard");
    let told = Told {
        source: format!("{count} of a scan: "),
        output: table.output,
        bin: shards.bin(),
        model: shards.told(keys::MODEL_NAME),
        strand,
        schema,
        elapsed: session.elapsed(),
    };
    session.say(&text(&told, &summary));
    session.finish(&format!("{count}, {}", counted(summary.bins, "bin")));
    Ok(ExitStatus::Success)
}

/// What the lines of bed and narrowpeak are.
fn calls(args: &GatherArgs, shards: &ShardSet, column: Option<usize>) -> anyhow::Result<Option<Calls>> {
    let Some(threshold) = args.table.threshold else {
        return Ok(args.table.top.map(|_| Calls::EachRow));
    };
    let probability = match threshold.number() {
        Some(probability) => probability,
        None => threshold.of(model(args, shards, column.unwrap_or(0))?.description())?,
    };
    Ok(Some(Calls::Reaching(probability)))
}

/// The model that made a column of the parts: the one that is named, else the bundled one of its name.
fn model(args: &GatherArgs, shards: &ShardSet, column: usize) -> anyhow::Result<Model> {
    let columns_per_class = shards.strand().columns_per_class();
    let class = &shards.schema().scores[column / columns_per_class * columns_per_class];
    let [names, digests] = [keys::MODEL_NAME, keys::MODEL_DIGEST].map(|key| shards.told(key));
    let is_known = |model: &Model| digests.split(", ").any(|digest| digest == model.digest());
    let is_of_class = |model: &Model| {
        let ModelDescription { name, classes, .. } = model.description();
        classes
            .iter()
            .any(|own| own == class || format!("{name}_{own}") == *class)
    };
    match &args.model {
        None => {
            let bundled = names.split(", ").filter_map(|name| load_bundled(name).ok());
            let mut bundled = bundled.filter(|model| is_known(model) && is_of_class(model));
            bundled.next().with_context(|| {
                format!("--threshold asks the card of the model of {class} (one of {names}): give it by --model")
            })
        }
        Some(given) => {
            let model = load_model(given)?;
            if !is_known(&model) || !is_of_class(&model) {
                bail!("--threshold asks the card of the model that scored {class}, and {given} is another one");
            }
            Ok(model)
        }
    }
}
