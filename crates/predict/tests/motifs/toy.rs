//! Motifs, genomes and writers for tests, and the definition of a hit.

use std::io;
use std::sync::{Arc, Mutex};

use crate::genomes::{self, GenomeFile, numbers};
pub(crate) use crate::genomes::{bases, nonzero};
use processive_core::{Motif, Strand};
use processive_encode::{Background, ScoreMatrix, ScoreTail, encode_dna};
use processive_ingest::{MotifFile, MotifFormat};
use processive_predict::{
    MotifScanRequest, MotifScanSummary, MotifSet, MotifSettings, NoProgress, PredictError, StrandRule, scan_motifs,
};
use processive_report::{Hit, HitRows, HitWriter, Provenance, ReportError};

/// A hit with its contig.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) chrom: String,
    pub(crate) hit: Hit,
}

/// What a [`Collector`] has received.
#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) rows: Vec<Row>,
    pub(crate) writes: usize,
    /// Given when the scan was finished.
    pub(crate) provenance: Option<Provenance>,
}

/// Keeps the hits in memory.
#[derive(Default)]
pub(crate) struct Collector {
    pub(crate) collected: Arc<Mutex<Collected>>,
    /// The number of the write that fails, from 0.
    pub(crate) failure: Option<usize>,
}

impl HitWriter for Collector {
    fn write(&mut self, rows: &HitRows<'_>) -> Result<(), ReportError> {
        let mut collected = self.collected.lock().unwrap();
        if self.failure == Some(collected.writes) {
            let (path, source) = ("out.parquet".into(), io::ErrorKind::StorageFull.into());
            return Err(ReportError::Write { path, source });
        }
        collected.writes += 1;
        let row = |&hit| Row {
            chrom: rows.chrom.to_owned(),
            hit,
        };
        collected.rows.extend(rows.hits.iter().map(row));
        Ok(())
    }

    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.collected.lock().unwrap().provenance = Some(provenance.clone());
        Ok(())
    }
}

/// Scans into memory; the rows are those of a finished scan.
pub(crate) fn collect(
    request: &MotifScanRequest<'_>,
) -> Result<(MotifScanSummary, Vec<Row>, Provenance), PredictError> {
    let writer = Collector::default();
    let collected = Arc::clone(&writer.collected);
    let summary = scan_motifs(request, Box::new(writer), &NoProgress)?;
    let collected = std::mem::take(&mut *collected.lock().unwrap());
    let provenance = collected
        .provenance
        .expect("a scan without an error finishes its writer");
    Ok((summary, collected.rows, provenance))
}

/// A contig.
pub(crate) type Letters<'a> = (&'a str, &'a [u8]);

/// Writes a genome as FASTA, 60 letters in a line.
pub(crate) fn fasta(genome: &[Letters<'_>]) -> GenomeFile {
    genomes::fasta(genome, 60)
}

/// A motif with random counts.
pub(crate) fn random_motif(id: &str, width: usize, seed: u32) -> Motif {
    let mut next = numbers(seed);
    let counts: Vec<[f64; 4]> = (0..width)
        .map(|_| {
            let favourite = next() % 4;
            std::array::from_fn(|base| if base == favourite { 20.0 } else { (next() % 7) as f64 })
        })
        .collect();
    Motif::from_counts(id, "", &counts).unwrap()
}

/// A motif that wants a word.
pub(crate) fn word_motif(id: &str, word: &[u8]) -> Motif {
    let counts: Vec<[f64; 4]> = encode_dna(word)
        .iter()
        .map(|&code| std::array::from_fn(|base| if base == usize::from(code) { 10.0 } else { 0.0 }))
        .collect();
    Motif::from_counts(id, "", &counts).unwrap()
}

pub(crate) fn settings(p: f64, background: [f64; 4]) -> MotifSettings {
    MotifSettings {
        p,
        background: Background::new(background).unwrap(),
        background_source: "given".to_owned(),
        pseudocount: 0.1,
        strand: StrandRule::Both,
    }
}

pub(crate) fn prepared(motifs: &[Motif], settings: MotifSettings) -> MotifSet {
    let file = MotifFile {
        format: MotifFormat::Meme,
        motifs: motifs.to_vec(),
        renamed: Vec::new(),
        contents: b"the file".to_vec(),
    };
    MotifSet::prepare(file, settings).unwrap()
}

/// All hits by definition, in order: every window of every contig, every motif, both strands.
pub(crate) fn by_definition(genome: &[Letters<'_>], motifs: &[Motif], settings: &MotifSettings) -> Vec<Row> {
    let MotifSettings { p, background, .. } = settings;
    let scored = |motif: &Motif| {
        let matrix = ScoreMatrix::new(motif, background, settings.pseudocount).unwrap();
        let tail = ScoreTail::new(&matrix, background, *p).unwrap();
        (matrix, tail)
    };
    let strands: Vec<_> = motifs
        .iter()
        .zip(0..)
        .flat_map(|(motif, place)| {
            [
                (place, Strand::Plus, scored(motif)),
                (place, Strand::Minus, scored(&motif.reverse_complement())),
            ]
        })
        .collect();
    let mut rows = Vec::new();
    for (chrom, letters) in genome {
        let codes = encode_dna(letters);
        for start in 0..codes.len() {
            for (motif, strand, (matrix, tail)) in &strands {
                let Some(window) = codes.get(start..start + matrix.width()) else {
                    continue;
                };
                let Some(score) = matrix.score(window) else { continue };
                if tail.threshold().is_some_and(|threshold| score >= threshold) {
                    let hit = Hit {
                        start: start as u64,
                        end: (start + matrix.width()) as u64,
                        motif: *motif,
                        strand: *strand,
                        score: ScoreMatrix::bits(score) as f32,
                        p: tail.p_of(score),
                    };
                    rows.push(Row {
                        chrom: (*chrom).to_owned(),
                        hit,
                    });
                }
            }
        }
    }
    rows
}

/// Rows must be equal; `p` may differ by rounding, since one table serves both strands when the background is symmetric.
pub(crate) fn is_same(found: &[Row], expected: &[Row]) -> bool {
    let without_p = |row: &Row| Row {
        hit: Hit { p: 0.0, ..row.hit },
        ..row.clone()
    };
    let is_near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b;
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(a, b)| without_p(a) == without_p(b) && is_near(a.hit.p, b.hit.p))
}
