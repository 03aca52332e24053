//! How fast every network scans.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use processive_models::{Model, Network, device};
use processive_predict::{NoProgress, ScanRequest, scan};
use processive_report::{Provenance, ReportError, ScanRows, ScanWriter};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempPath;

use super::entrants::{Entrant, fingerprint};
use super::journal::{Journal, Record, SpeedRecord};
use super::plan::Plan;
use crate::assemble::describe;
use crate::session::Session;

/// The bases of the first measurement.
const FEW_BASES: usize = 50_000;

/// The time that the second measurement is to take.
const SECONDS: f64 = 1.0;

/// No measurement has more bases.
const MOST_BASES: f64 = 5e6;

/// The sequence that is scanned, in the folder of the comparison. It always has this name: what an interrupted
/// measurement leaves is replaced by the next one, and removed at its end.
const SEQUENCE: &str = ".processive-scan.part";

/// The name of a network and the width of its windows.
pub(super) type SpeedKey = (String, usize);

/// Measures every network with every width of windows, in bases per second on all threads. The speed does not depend on
/// the weights: they are drawn anew.
pub(super) fn scan_speeds(
    plan: &Plan,
    journal: &Journal,
    folder: &Path,
    session: &Session,
) -> anyhow::Result<BTreeMap<SpeedKey, f64>> {
    let mut speeds = BTreeMap::new();
    for set in &plan.sets {
        for entrant in &plan.entrants {
            let key = (entrant.name.clone(), set.splits.window);
            if speeds.contains_key(&key) {
                continue;
            }
            let speed = known_or_measured(entrant, set.splits.window, journal, folder, session)?;
            speeds.insert(key, speed);
        }
    }
    Ok(speeds)
}

fn known_or_measured(
    entrant: &Entrant,
    window: usize,
    journal: &Journal,
    folder: &Path,
    session: &Session,
) -> anyhow::Result<f64> {
    let threads = session.threads.get();
    let fingerprint = fingerprint(&("scan", &entrant.config, window, threads));
    if let Some(Record::ScanSpeed(known)) = journal.get(&fingerprint) {
        return Ok(known.bases_per_second);
    }
    let architecture = entrant.config.clone().for_window(window);
    let network = Network::init(&architecture, 1, 1, &device::cpu())?;
    let model = Model::new(describe(architecture, window), vec![network]);
    let first = bases_per_second(&model, FEW_BASES, folder, session)?;
    #[allow(clippy::cast_sign_loss, reason = "a speed is not negative")]
    let bases = (first * SECONDS).min(MOST_BASES) as usize;
    let bases_per_second = if bases > FEW_BASES {
        bases_per_second(&model, bases, folder, session)?
    } else {
        first
    };
    log::info!(
        "{} scans {:.2} Mbp/s (windows of {window} bp)",
        entrant.name,
        bases_per_second / 1e6
    );
    journal.add(&Record::ScanSpeed(SpeedRecord {
        fingerprint,
        arch: entrant.name.clone(),
        window,
        threads,
        bases_per_second,
    }))?;
    Ok(bases_per_second)
}

/// Scans a random sequence as `processive scan` does, and throws the rows away.
fn bases_per_second(model: &Model, bases: usize, folder: &Path, session: &Session) -> anyhow::Result<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut letters = b">random\n".to_vec();
    letters.extend((0..bases).map(|_| b"ACGT"[rng.random_range(0..4)]));
    letters.push(b'\n');
    let path = folder.join(SEQUENCE);
    let genome = TempPath::try_from_path(path).context("making a sequence to scan")?;
    std::fs::write(&genome, &letters).with_context(|| format!("writing {}", genome.display()))?;
    let mut request = ScanRequest::new(&genome, model)?;
    request.threads = session.threads;
    let begin = Instant::now();
    scan(&request, Box::new(Discard), &NoProgress)?;
    Ok(bases as f64 / begin.elapsed().as_secs_f64())
}

/// Takes rows and keeps none.
struct Discard;

impl ScanWriter for Discard {
    fn write(&mut self, _: &ScanRows<'_>) -> Result<(), ReportError> {
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        Ok(())
    }
}
