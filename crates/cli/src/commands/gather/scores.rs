//! Parts of a scan with models.

use anyhow::{Context, bail};
use processive_models::{Model, ModelDescription};
use processive_predict::{Gather, ScoreShards, ShardSet, keys};
use processive_report::{Calls, ScanOptions, TableFormat, create_scan_writer};

use super::{GatherArgs, source};
use crate::bundled::{load_bundled, load_model};
use crate::numbers::counted;
use crate::progress::Meter;
use crate::scan_table::{Table, Told, text};
use crate::session::Session;

/// Writes the scores of all parts, says what they are, and returns their number in words.
pub(super) fn run(
    args: &GatherArgs,
    set: &ShardSet,
    table: &Table<'_>,
    format: TableFormat,
    session: &Session,
) -> anyhow::Result<String> {
    let shards = set.scores().context("cannot gather")?;
    let (schema, strand) = (shards.schema(), shards.strand());
    let column = table.score_column(format, schema, strand)?;
    let options = table.scan_options(calls(args, set, &shards, column)?, column, 0);
    let options = ScanOptions::for_contigs(options, set.contigs());
    let writer = create_scan_writer(table.output, format, schema, &options)?;
    let gather = Gather {
        top: args.table.top_sites(column),
        best: args.summary.best,
        command: session.command_behind(set.told(keys::COMMAND)),
    };
    let meter = Meter::start(session, args.progress, "bases", Some(set.bases().total()));
    let summary = shards.gather(&gather, writer, &meter).context("cannot gather")?;
    drop(meter);

    let told = Told {
        source: source(set),
        output: table.output,
        bin: shards.bin(),
        model: set.told(keys::MODEL_NAME),
        strand,
        schema,
        elapsed: session.elapsed(),
    };
    session.say(&text(&told, &summary));
    Ok(counted(summary.bins, "bin"))
}

/// What the lines of bed and narrowpeak are.
fn calls(
    args: &GatherArgs,
    set: &ShardSet,
    shards: &ScoreShards<'_>,
    column: Option<usize>,
) -> anyhow::Result<Option<Calls>> {
    let Some(threshold) = args.table.threshold else {
        return Ok(args.table.top.map(|_| Calls::EachRow));
    };
    let probability = match threshold.number() {
        Some(probability) => probability,
        None => threshold.of(model(args, set, shards, column.unwrap_or(0))?.description())?,
    };
    Ok(Some(Calls::Reaching(probability)))
}

/// The model that made a column of the parts: the one that is named, else the bundled one of its name.
fn model(args: &GatherArgs, set: &ShardSet, shards: &ScoreShards<'_>, column: usize) -> anyhow::Result<Model> {
    let columns_per_class = shards.strand().columns_per_class();
    let class = &shards.schema().scores[column / columns_per_class * columns_per_class];
    let [names, digests] = [keys::MODEL_NAME, keys::MODEL_DIGEST].map(|key| set.told(key));
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
