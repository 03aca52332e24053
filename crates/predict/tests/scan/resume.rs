//! A scan that is interrupted and goes on is the scan.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use processive_encode::PaddedBatch;
use processive_predict::{
    NoProgress, PredictError, Progress, Resume, ResumeError, ResumedScan, ScanRequest, ScanSummary, ScoreScan,
    WindowScorer, scan,
};
use processive_report::{ScanOptions, ScanSchema, TableFormat, create_scan_writer};
use tempfile::TempDir;

use crate::definition::CLASSES;
use crate::toy::{GenomeFile, Sociable, bases, fasta, nonzero};

/// Gives no numbers once it has scored so many windows, and so ends the scan; else scores as [`Sociable`].
struct Tired {
    inner: Sociable,
    left: AtomicUsize,
    scored: AtomicUsize,
}

impl Tired {
    fn after(windows: usize) -> Self {
        Self {
            inner: Sociable {
                window: 30,
                tiled: false,
            },
            left: AtomicUsize::new(windows),
            scored: AtomicUsize::new(0),
        }
    }
}

impl WindowScorer for Tired {
    fn window(&self) -> usize {
        self.inner.window()
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        self.scored.fetch_add(batch.len(), Ordering::Relaxed);
        let less = |left: usize| left.checked_sub(batch.len());
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => self.inner.score(batch),
            Err(_) => vec![f32::NAN; batch.len() * CLASSES],
        }
    }
}

fn genome() -> GenomeFile {
    let gaps = [bases(4000, 1), vec![b'N'; 700], bases(5500, 2)].concat();
    fasta(&[("gaps", &gaps), ("tiny", b"AC"), ("long", &bases(15_000, 3))], 60)
}

fn schema() -> ScanSchema {
    ScanSchema::both_strands(&["a", "b"])
}

fn request<'a>(genome: &'a Path, scorer: &'a Tired) -> ScanRequest<'a> {
    let mut request = ScanRequest::with_scorer(genome, scorer, nonzero(10));
    request.batch_size = Some(nonzero(16));
    request.command = String::from("processive scan genome.fa --precision 3");
    request
}

/// Goes on with a scan in parts of 2,000 bases; also tells how many parts there were.
fn go_on(
    request: &ScanRequest<'_>,
    folder: &Path,
    output: &Path,
    progress: &dyn Progress,
) -> (usize, Result<ScanSummary, PredictError>) {
    let schema = schema();
    let resume = Resume {
        folder,
        part_size: NonZeroU64::new(2000).unwrap(),
        command_of_rows: "processive scan genome.fa",
    };
    let scan = ScoreScan {
        request,
        schema: &schema,
    };
    let begun = match ResumedScan::begin(&scan, resume) {
        Ok(begun) => begun,
        Err(error) => return (0, Err(error)),
    };
    assert_eq!(begun.count(), 13, "25,210 bases");
    let open = || create_scan_writer(output, TableFormat::Parquet, &schema, &ScanOptions::default());
    (begun.finished(), begun.finish(open, progress))
}

#[derive(Default)]
struct Bases(Mutex<u64>);

impl Progress for Bases {
    fn contig(&self, _: &str, _: Option<u64>) {}

    fn advance(&self, bases: u64) {
        *self.0.lock().unwrap() += bases;
    }
}

#[test]
fn a_scan_that_goes_on_is_that_of_one_run_and_makes_nothing_twice() -> Result<(), PredictError> {
    let genome = genome();
    let place = TempDir::new().unwrap();
    let [whole, output, folder] = ["whole.parquet", "out.parquet", "parts"].map(|name| place.path().join(name));
    let fresh = Tired::after(usize::MAX);
    let schema = schema();
    let writer = create_scan_writer(&whole, TableFormat::Parquet, &schema, &ScanOptions::default())?;
    let expected = scan(&request(genome.path(), &fresh), writer, &NoProgress)?;
    let windows = fresh.scored.load(Ordering::Relaxed);

    let mut sum = 0;
    let mut there = Vec::new();
    for left in [0, 900, 1, 1500, usize::MAX] {
        let scorer = Tired::after(left);
        let bases = Bases::default();
        let (finished, result) = go_on(&request(genome.path(), &scorer), &folder, &output, &bases);
        there.push(finished);
        sum += scorer.scored.load(Ordering::Relaxed);
        match result {
            Err(PredictError::Write(_)) => assert!(!output.exists() && folder.exists()),
            result => {
                assert_eq!(result?, expected);
                assert_eq!(*bases.0.lock().unwrap(), 25_202);
            }
        }
    }
    assert!(fs::read(&output).unwrap() == fs::read(&whole).unwrap());
    assert!(!folder.exists());
    // 2,000 bases are 200 bins, on two strands; the gap of 700 bases lies in the third part.
    assert_eq!(there, [0, 0, 2, 2, 6]);
    // What is made twice is at most the batches of a part that were under way, a handful in each of four runs.
    assert!((windows..windows + 4 * 400).contains(&sum), "{sum} of {windows}");
    Ok(())
}

#[test]
fn parts_of_another_scan_are_refused_and_kept() {
    let genome = genome();
    let place = TempDir::new().unwrap();
    let [output, folder] = ["out.parquet", "parts"].map(|name| place.path().join(name));
    let tired = Tired::after(900);
    let ours = request(genome.path(), &tired);
    assert!(go_on(&ours, &folder, &output, &NoProgress).1.is_err());
    let names = || {
        let entries = fs::read_dir(&folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    assert_eq!(
        before,
        [
            "lock",
            "part-1.parquet",
            "part-1.sha256",
            "part-2.parquet",
            "part-2.sha256",
            "scan.json"
        ]
    );
    let refused = |request: &ScanRequest<'_>| match go_on(request, &folder, &output, &NoProgress).1 {
        Err(PredictError::Resume(ResumeError::Differs { what, .. })) => what,
        other => panic!("{other:?}"),
    };
    let mut model = ours.clone();
    model.model.digest = "f00".to_owned();
    assert_eq!(refused(&model), "the model");
    let mut batches = ours.clone();
    batches.batch_size = Some(nonzero(8));
    assert_eq!(refused(&batches), "the plan of bins");
    let letters = fs::read(genome.path()).unwrap();
    fs::write(genome.path(), [&letters[..], b"A\n"].concat()).unwrap();
    assert_eq!(refused(&ours), "the size of the genome in bytes");
    fs::write(genome.path(), &letters).unwrap();
    assert_eq!(
        refused(&ours),
        "the time of the genome's last change, in seconds of 1970"
    );
    assert_eq!(names(), before);
}

#[test]
fn a_part_that_is_damaged_is_made_again() -> Result<(), PredictError> {
    let genome = genome();
    let place = TempDir::new().unwrap();
    let [output, again, folder] = ["out.parquet", "again.parquet", "parts"].map(|name| place.path().join(name));
    let part = |number| folder.join(format!("part-{number}.parquet"));
    let fresh = Tired::after(usize::MAX);
    go_on(&request(genome.path(), &fresh), &folder, &output, &NoProgress).1?;
    let flipped = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        // Within the first pages, whose bytes are scores or places.
        bytes[200] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let cut = |path: &Path| fs::write(path, &fs::read(path).unwrap()[..900]).unwrap();
    let swapped = |path: &Path| assert!(fs::copy(part(3), path).unwrap() > 0);
    let emptied = |path: &Path| fs::write(path, "").unwrap();
    let gone = |path: &Path| fs::remove_file(path).unwrap();
    let damages: [&dyn Fn(&Path); 5] = [&flipped, &cut, &swapped, &emptied, &gone];
    for (number, damage) in damages.iter().enumerate() {
        let tired = Tired::after(1500);
        let begun = go_on(&request(genome.path(), &tired), &folder, &again, &NoProgress).1;
        assert!(begun.is_err());
        damage(&part(1 + number % 2));
        let (finished, result) = go_on(&request(genome.path(), &fresh), &folder, &again, &NoProgress);
        // Of four parts, 1,460 windows, one is no longer what it was.
        assert_eq!(finished, 3, "damage {number}");
        result?;
        assert!(fs::read(&again).unwrap() == fs::read(&output).unwrap());
        fs::remove_file(&again).unwrap();
    }
    Ok(())
}
