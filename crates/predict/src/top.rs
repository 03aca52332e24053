//! Where rows go: all of them to the writer, or those of the best sites.

use processive_report::{ReportError, ScanRows, ScanWriter};

use crate::batch::Rows;
use crate::sites::{BestSites, Ranking, Site};

/// The sites that are written instead of every bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopSites {
    /// How many: the best ones.
    pub limit: usize,
    /// The score column by which they are ranked; `None` is the mean over the classes.
    pub column: Option<usize>,
}

/// Takes rows in genome order.
pub(crate) struct Output {
    writer: Box<dyn ScanWriter>,
    best: Option<BestSites>,
}

/// Sites that are given to the writer at a time.
const SITES_PER_WRITE: usize = 4096;

impl Output {
    pub(crate) fn new(writer: Box<dyn ScanWriter>, top: Option<TopSites>, window: usize, mean: Ranking) -> Self {
        let best = top.map(|top| BestSites::new(top.limit, window, top.column.map_or(mean, Ranking::Column)));
        Self { writer, best }
    }

    pub(crate) fn write(&mut self, rows: &Rows) -> Result<(), ReportError> {
        let view = ScanRows {
            chrom: &rows.contig,
            starts: &rows.starts,
            ends: &rows.ends,
            scores: &rows.scores,
        };
        match &mut self.best {
            None => self.writer.write(&view),
            Some(best) => {
                self.writer.check(&view)?;
                best.add(rows);
                Ok(())
            }
        }
    }

    /// Writes the sites, if they are wanted, and returns their number.
    pub(crate) fn finish(self) -> Result<(Box<dyn ScanWriter>, Option<u64>), ReportError> {
        let Self { mut writer, best } = self;
        let Some(best) = best else { return Ok((writer, None)) };
        let sites = best.finish_in_order();
        for sites in sites.chunk_by(|site, next| site.bin.contig() == next.bin.contig()) {
            for sites in sites.chunks(SITES_PER_WRITE) {
                write_sites(&mut *writer, sites)?;
            }
        }
        Ok((writer, Some(sites.len() as u64)))
    }
}

/// Writes sites of one contig as rows.
fn write_sites(writer: &mut dyn ScanWriter, sites: &[Site]) -> Result<(), ReportError> {
    let columns = sites[0].columns.len();
    let scores: Vec<Vec<f32>> = (0..columns)
        .map(|column| sites.iter().map(|site| site.columns[column]).collect())
        .collect();
    writer.write(&ScanRows {
        chrom: sites[0].bin.contig(),
        starts: &sites.iter().map(|site| site.bin.start()).collect::<Vec<_>>(),
        ends: &sites.iter().map(|site| site.bin.end()).collect::<Vec<_>>(),
        scores: &scores,
    })
}
