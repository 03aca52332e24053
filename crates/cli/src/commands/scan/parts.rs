//! Scans in parts.

use anyhow::bail;
use clap::Args;
use processive_predict::Shard;
use processive_report::TableFormat;

use crate::scan_table::Table;

/// Which part of the bins is scanned. None of these can change a row.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Parts")]
pub(crate) struct PartOptions {
    /// Scan the I-th of N parts of the genome, for `processive gather`.
    ///
    /// The parts have equally many bins; contigs may be split, and scores are those of the whole scan. What the table is to
    /// hold (--threshold, --top, --precision and so on) is said to gather.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
}

impl PartOptions {
    /// Whether the genome is read by its index.
    pub(super) fn need_index(&self) -> bool {
        self.shard.is_some()
    }

    /// About how many of the bases are scanned.
    pub(super) fn share_of(&self, bases: u64) -> u64 {
        self.shard.map_or(bases, |shard| bases / u64::from(shard.count()))
    }

    /// Refuses a table that holds less than a part has to.
    pub(super) fn check(&self, table: &Table<'_>, format: TableFormat) -> anyhow::Result<()> {
        let Some(shard) = self.shard else { return Ok(()) };
        if format != TableFormat::Parquet {
            bail!("--shard {shard} writes parquet, from which gather makes {format}: name a .parquet file");
        }
        let options = table.options;
        let given = [
            ("--threshold", options.threshold.is_some()),
            ("--top", options.top.is_some()),
            ("--precision", options.precision.is_some()),
            ("--quantize", options.quantize.is_some()),
            ("--column", options.column.is_some()),
            ("--partition-by", options.partition_by.is_some()),
        ];
        if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
            bail!("--shard {shard} keeps every score as it is: give {option} to gather");
        }
        Ok(())
    }
}
