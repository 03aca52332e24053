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
    /// The sites that are written instead of every bin.
    top: Option<BestSites>,
    /// The sites that the summary names.
    best: BestSites,
    bins: u64,
}

/// What an output asks of the rows that it takes.
pub(crate) struct OutputRule {
    /// The sites that are written instead of every bin.
    pub(crate) top: Option<TopSites>,
    /// How many of the best sites the summary names.
    pub(crate) best: usize,
    /// The width of a window in bases.
    pub(crate) window: usize,
    /// The number of columns of a class.
    pub(crate) columns_per_class: usize,
}

/// What has been taken.
pub(crate) struct Taken {
    /// The number of rows.
    pub(crate) bins: u64,
    /// The number of sites that were written instead of them.
    pub(crate) sites: Option<u64>,
    /// The best sites, best first.
    pub(crate) best: Vec<Site>,
}

/// Sites that are given to the writer at a time.
const SITES_PER_WRITE: usize = 4096;

impl Output {
    pub(crate) fn new(writer: Box<dyn ScanWriter>, rule: &OutputRule) -> Self {
        let mean = Ranking::Mean {
            columns_per_class: rule.columns_per_class,
        };
        let by = |top: TopSites| top.column.map_or(mean, Ranking::Column);
        Self {
            writer,
            top: rule.top.map(|top| BestSites::new(top.limit, rule.window, by(top))),
            best: BestSites::new(rule.best, rule.window, mean),
            bins: 0,
        }
    }

    pub(crate) fn write(&mut self, rows: &Rows) -> Result<(), ReportError> {
        let view = ScanRows {
            chrom: &rows.contig,
            starts: &rows.starts,
            ends: &rows.ends,
            scores: &rows.scores,
        };
        self.bins += rows.starts.len() as u64;
        match &mut self.top {
            None => self.writer.write(&view)?,
            Some(top) => {
                self.writer.check(&view)?;
                top.add(rows);
            }
        }
        self.best.add(rows);
        Ok(())
    }

    /// Writes the sites, if they are wanted, and returns the writer to be finished.
    pub(crate) fn finish(self) -> Result<(Box<dyn ScanWriter>, Taken), ReportError> {
        let Self { mut writer, top, .. } = self;
        let sites = match top {
            None => None,
            Some(top) => Some(write_all_sites(&mut *writer, &top.finish_in_order())?),
        };
        let taken = Taken {
            bins: self.bins,
            sites,
            best: self.best.finish(),
        };
        Ok((writer, taken))
    }
}

fn write_all_sites(writer: &mut dyn ScanWriter, sites: &[Site]) -> Result<u64, ReportError> {
    for sites in sites.chunk_by(|site, next| site.bin.contig() == next.bin.contig()) {
        for sites in sites.chunks(SITES_PER_WRITE) {
            write_sites(writer, sites)?;
        }
    }
    Ok(sites.len() as u64)
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
