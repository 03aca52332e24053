//! Parts of a scan with motifs.

use anyhow::{Context, bail};
use processive_predict::{ShardSet, keys};
use processive_report::hits::check_format;
use processive_report::{HitOptions, TableFormat, create_hit_writer};

use super::{GatherArgs, source};
use crate::numbers::counted;
use crate::progress::Meter;
use crate::scan_table::{Table, ToldOfHits, text_of_hits};
use crate::session::Session;

/// Writes the hits of all parts, says what they are, and returns their number in words.
pub(super) fn run(
    args: &GatherArgs,
    set: &ShardSet,
    table: &Table<'_>,
    format: TableFormat,
    session: &Session,
) -> anyhow::Result<String> {
    check_options(args)?;
    check_format(format)?;
    let shards = set.hits().context("cannot gather")?;
    let options = HitOptions {
        overwrite: args.force.overwrite(),
        motifs: shards.motifs().names(),
        ..HitOptions::default().for_contigs(set.contigs())
    };
    let writer = create_hit_writer(table.output, format, options)?;
    let command = session.command_behind(set.told(keys::COMMAND));
    let meter = Meter::start(session, args.progress, "bases", Some(set.bases().total()));
    let summary = shards.gather(&command, writer, &meter).context("cannot gather")?;
    drop(meter);

    let told = ToldOfHits {
        source: source(set),
        output: table.output,
        motifs: shards.motifs(),
        shown: args.summary.best,
        elapsed: session.elapsed(),
    };
    session.say(&text_of_hits(&told, &summary));
    Ok(counted(summary.total(), "hit"))
}

/// Refuses what is for scores.
fn check_options(args: &GatherArgs) -> anyhow::Result<()> {
    let mut given = args.table.for_scores();
    given.push(("--model", args.model.is_some()));
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => bail!("{option} is for the scores of models, and these are parts of a scan with motifs"),
    }
}
