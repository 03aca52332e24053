//! Scorers, writers and genomes for tests.

use std::io;
use std::sync::{Arc, Mutex};

use processive_encode::PaddedBatch;
use processive_predict::{NoProgress, PredictError, ScanRequest, ScanSummary, Tile, TileScorer, WindowScorer, scan};
use processive_report::{Provenance, ReportError, ScanRows, ScanWriter};

use crate::definition::CLASSES;
pub(crate) use crate::genomes::{GenomeFile, bases, fasta, nonzero};

/// A number in `[0, 1)` that changes with every code and its place, exact in `f32`.
pub(crate) fn checksum(codes: &[u8], class: usize) -> f32 {
    let seed = 0x811c_9dc5 ^ class as u32;
    let mix = |sum: u32, &code: &u8| (sum ^ u32::from(code)).wrapping_mul(0x0100_0193).rotate_left(5);
    (codes.iter().fold(seed, mix) >> 9) as f32 / (1u32 << 23) as f32
}

/// Scores a window by its [`checksum`].
pub(crate) struct Checksum {
    /// The width of a window.
    pub(crate) window: usize,
}

impl WindowScorer for Checksum {
    fn window(&self) -> usize {
        self.window
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        assert!(batch.lengths().iter().all(|&length| length == self.window));
        let classes = |window: &[u8]| (0..CLASSES).map(|class| checksum(window, class)).collect::<Vec<_>>();
        batch.sequences().flat_map(classes).collect()
    }
}

/// Scores windows as [`Checksum`] does, and tiles window by window.
pub(crate) struct Tiled(pub(crate) Checksum);

impl WindowScorer for Tiled {
    fn window(&self) -> usize {
        self.0.window
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.0.score(batch)
    }

    fn tiles(&self, step: usize) -> Option<&dyn TileScorer> {
        assert!(step <= self.0.window);
        Some(self)
    }
}

impl TileScorer for Tiled {
    fn score_tiles(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        let window = self.0.window;
        let windows = |&Tile { codes, windows, .. }| {
            assert_eq!(codes.len(), (windows - 1) * step + window);
            (0..windows).map(move |index| &codes[index * step..][..window])
        };
        let classes = |window| (0..CLASSES).map(move |class| checksum(window, class));
        tiles.iter().flat_map(windows).flat_map(classes).collect()
    }
}

/// Scores a window by its [`checksum`] and by the company it has: a model whose rounding depends on the batch, made worse.
pub(crate) struct Sociable {
    /// The width of a window.
    pub(crate) window: usize,
    /// Whether tiles are scored at once.
    pub(crate) tiled: bool,
}

impl Sociable {
    fn scores<'a>(windows: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<f32> {
        let company = windows.len();
        let score = |(place, window): (usize, &[u8])| {
            (0..CLASSES)
                .map(|class| 0.5 * checksum(window, class) + 0.25 * checksum(&[place as u8, company as u8], class))
                .collect::<Vec<_>>()
        };
        windows.enumerate().flat_map(score).collect()
    }
}

impl WindowScorer for Sociable {
    fn window(&self) -> usize {
        self.window
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        let windows: Vec<&[u8]> = batch.sequences().collect();
        Self::scores(windows.into_iter())
    }

    fn tiles(&self, _: usize) -> Option<&dyn TileScorer> {
        self.tiled.then_some(self)
    }
}

impl TileScorer for Sociable {
    fn score_tiles(&self, tiles: &[Tile<'_>], step: usize) -> Vec<f32> {
        let windows =
            |tile: &Tile<'_>| Self::scores((0..tile.windows).map(|index| &tile.codes[index * step..][..self.window]));
        tiles.iter().flat_map(windows).collect()
    }
}

/// One row of a scan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) chrom: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) scores: Vec<f32>,
}

/// What a [`Collector`] has received.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) rows: Vec<Row>,
    pub(crate) writes: usize,
    /// Given when the scan was finished.
    pub(crate) provenance: Option<Provenance>,
}

/// Keeps the rows in memory.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) collected: Arc<Mutex<Collected>>,
    /// The number of the write that fails, from 0, and how.
    pub(crate) failure: Option<(usize, io::ErrorKind)>,
}

impl ScanWriter for Collector {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        let mut collected = self.collected.lock().unwrap();
        if let Some((at, kind)) = self.failure
            && at == collected.writes
        {
            let path = "out.parquet".into();
            return Err(ReportError::Write {
                path,
                source: kind.into(),
            });
        }
        collected.writes += 1;
        collected.rows.extend((0..rows.starts.len()).map(|row| Row {
            chrom: rows.chrom.to_owned(),
            start: rows.starts[row],
            end: rows.ends[row],
            scores: rows.scores.iter().map(|column| column[row]).collect(),
        }));
        Ok(())
    }

    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.collected.lock().unwrap().provenance = Some(provenance.clone());
        Ok(())
    }
}

/// Scans into memory; the rows are those of a finished scan.
pub(crate) fn collect(request: &ScanRequest<'_>) -> Result<(ScanSummary, Vec<Row>, Provenance), PredictError> {
    let writer = Collector::default();
    let collected = Arc::clone(&writer.collected);
    let summary = scan(request, Box::new(writer), &NoProgress)?;
    let collected = std::mem::take(&mut *collected.lock().unwrap());
    let provenance = collected
        .provenance
        .expect("a scan without an error finishes its writer");
    Ok((summary, collected.rows, provenance))
}
