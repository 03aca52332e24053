//! Chains as a polars frame.

use polars::prelude::{Column, DataFrame, PolarsResult};

use super::Cells;
use crate::Provenance;
use crate::columns::chains::CHAINS;
use crate::evaluation::parquet_bytes as encode;

/// Encodes rows as Parquet with `provenance` in the footer.
pub(super) fn parquet_bytes(rows: &[Cells], provenance: &Provenance) -> PolarsResult<Vec<u8>> {
    let [id, source, split, cluster, sequence, q3, q8, mask] = CHAINS.map(|column| column.name);
    let text =
        |name: &str, cell: fn(&Cells) -> &str| Column::new(name.into(), rows.iter().map(cell).collect::<Vec<&str>>());
    let eight: Vec<Option<&str>> = rows.iter().map(|row| row.q8.as_deref()).collect();
    let columns = vec![
        text(id, |row| &row.id),
        text(source, |row| &row.source),
        text(split, |row| &row.split),
        text(cluster, |row| &row.cluster),
        text(sequence, |row| &row.sequence),
        text(q3, |row| &row.q3),
        Column::new(q8.into(), eight),
        text(mask, |row| &row.mask),
    ];
    encode(&mut DataFrame::new(rows.len(), columns)?, provenance)
}
