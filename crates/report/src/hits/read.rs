//! Reading a Parquet table of hits back, in blocks of rows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use processive_core::Strand;

use super::{Hit, HitMotif, HitRows};
use crate::ReportError;
use crate::columns::CHROM;
use crate::columns::hits::{END, HITS, MOTIF, NAME, P, SCORE, START, STRAND};
use crate::decoded::{Batches, Columns, LastContig, Texts, open_rows};

/// Consecutive hits of one contig.
#[derive(Clone, Debug, PartialEq)]
pub struct HitBlock {
    /// The contig; blocks of one contig share the text.
    pub chrom: Arc<str>,
    /// The hits in file order; their motifs are places in the list that [`read_hits`] was given.
    pub hits: Vec<Hit>,
}

impl HitBlock {
    /// The hits as a writer takes them.
    pub fn rows(&self) -> HitRows<'_> {
        HitRows {
            chrom: &self.chrom,
            hits: &self.hits,
        }
    }
}

/// Yields the hits of a table in file order, a few thousand in memory at a time.
pub struct HitBlocks<'a> {
    batches: Batches<HitBlock>,
    rows: HitRowsOf<'a>,
}

/// Opens a Parquet table of hits of these motifs.
///
/// Of what is read, [`ReportError::ColumnType`] and [`ReportError::ForeignHit`] are refused; order and numbers are for the
/// [`HitWriter`](super::HitWriter) that takes the hits to check.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::NotParquet`], [`ReportError::Truncated`], [`ReportError::Parquet`], or
/// [`ReportError::NoColumn`] with the list of columns.
pub fn read_hits<'a>(path: &Path, motifs: &'a [HitMotif]) -> Result<HitBlocks<'a>, ReportError> {
    let batches = Batches::new(path, open_rows(path, &HITS.map(|column| column.name))?)?;
    let rows = HitRowsOf {
        places: motifs.iter().map(|motif| &*motif.id).zip(0..).collect(),
        motifs,
        contig: LastContig::default(),
    };
    Ok(HitBlocks { batches, rows })
}

impl Iterator for HitBlocks<'_> {
    type Item = Result<HitBlock, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next(|columns| self.rows.blocks(columns))
    }
}

/// Makes hits of decoded rows.
struct HitRowsOf<'a> {
    motifs: &'a [HitMotif],
    places: HashMap<&'a str, u32>,
    contig: LastContig,
}

/// The columns of decoded rows.
struct Decoded<'a> {
    starts: Vec<u64>,
    ends: Vec<u64>,
    motifs: Texts<'a>,
    names: Texts<'a>,
    strands: Texts<'a>,
    scores: &'a [f32],
    p: &'a [f64],
}

impl HitRowsOf<'_> {
    /// Splits decoded rows by contig.
    fn blocks(&mut self, columns: &Columns<'_>) -> Result<Vec<HitBlock>, ReportError> {
        let chroms = columns.texts(CHROM.name)?;
        let rows = Decoded {
            starts: columns.positions(START.name)?,
            ends: columns.positions(END.name)?,
            motifs: columns.texts(MOTIF.name)?,
            names: columns.texts(NAME.name)?,
            strands: columns.texts(STRAND.name)?,
            scores: columns.floats(SCORE.name)?,
            p: columns.doubles(P.name)?,
        };
        let mut blocks = Vec::new();
        for run in chroms.runs() {
            let chrom = self.contig.shared(chroms.text(run.start));
            let foreign = |row: usize, detail: String| ReportError::ForeignHit {
                path: columns.path.to_path_buf(),
                chrom: chrom.to_string(),
                start: rows.starts[row],
                detail,
            };
            let hits = run.map(|row| self.hit(&rows, row).map_err(|detail| foreign(row, detail)));
            let hits = hits.collect::<Result<_, _>>()?;
            blocks.push(HitBlock { chrom, hits });
        }
        Ok(blocks)
    }

    /// Makes a hit of a row, or tells what is foreign about it.
    fn hit(&self, rows: &Decoded<'_>, row: usize) -> Result<Hit, String> {
        let [motif, name, strand] = [&rows.motifs, &rows.names, &rows.strands].map(|column| column.text(row));
        let Some(&place) = self.places.get(motif) else {
            return Err(format!("no motif '{motif}' was searched for"));
        };
        if self.motifs[place as usize].name != name {
            return Err(format!("motif {motif} is not called '{name}'"));
        }
        let strand = match strand {
            "+" => Strand::Plus,
            "-" => Strand::Minus,
            _ => return Err(format!("its strand is '{strand}'")),
        };
        Ok(Hit {
            start: rows.starts[row],
            end: rows.ends[row],
            motif: place,
            strand,
            score: rows.scores[row],
            p: rows.p[row],
        })
    }
}
