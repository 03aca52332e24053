//! Scans into real files, and with a real network.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use processive_core::{Alphabet, Region};
use processive_encode::{PaddedBatch, encode_dna};
use processive_models::{Architecture, ArchitectureConfig, Edges, Model, ModelDescription, Network, TFBS, device};
use processive_predict::{NoProgress, PredictError, ScanRequest, StrandRule, WindowScorer, keys, scan};
use processive_report::{ReportError, ScanOptions, TableFormat, create_scan_writer, inspect_parquet, read_scan};
use tempfile::TempDir;

use crate::definition::{CLASSES, genome_rows};
use crate::toy::{Checksum, bases, collect, fasta, nonzero};

/// Scans into a file named by its format.
fn scan_to(request: &ScanRequest<'_>, classes: &[&str], path: &Path) -> Result<(), PredictError> {
    let format = TableFormat::from_path(path)?;
    let schema = request.strand.schema(classes);
    let writer = create_scan_writer(path, format, &schema, &ScanOptions::default())?;
    scan(request, writer, &NoProgress)?;
    Ok(())
}

#[test]
fn a_parquet_scan_holds_the_rows_and_the_footer() -> Result<(), PredictError> {
    let letters = [bases(500, 1), vec![b'N'; 100], bases(333, 2)].concat();
    let genome: [(&str, &[u8]); 2] = [("a", &letters), ("b", b"acgtt")];
    let file = fasta(&genome, 60);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("scan.parquet");
    let scorer = Checksum { window: 30 };
    let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(7));
    request.batch_size = Some(nonzero(16));
    let classes: Vec<String> = (0..CLASSES).map(|class| format!("class{class}")).collect();
    let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    scan_to(&request, &classes, &path)?;

    let (expected, _) = genome_rows(&genome, 7, 30, StrandRule::Both);
    for (column, name) in StrandRule::Both.schema(&classes).scores.iter().enumerate() {
        let rows = read_scan(&path, name)?.collect::<Result<Vec<_>, _>>()?;
        let read: Vec<_> = rows
            .iter()
            .map(|row| (&*row.chrom, row.start, row.end, row.score))
            .collect();
        let wanted: Vec<_> = expected
            .iter()
            .map(|row| (&*row.chrom, row.start, row.end, row.scores[column]))
            .collect();
        assert_eq!(read, wanted, "{name}");
    }
    let footer = inspect_parquet(&path)?.key_values;
    assert_eq!(footer.get(keys::WINDOW).map(String::as_str), Some("30"));
    assert_eq!(
        footer.get(keys::GENOME_CONTIGS).map(String::as_str),
        Some(r#"[["a",933],["b",5]]"#)
    );
    Ok(())
}

#[test]
fn files_are_the_same_for_any_number_of_threads() -> Result<(), PredictError> {
    let letters = [bases(3000, 1), vec![b'N'; 100], bases(2000, 2)].concat();
    let file = fasta(&[("a", &letters)], 60);
    let folder = TempDir::new().unwrap();
    let scorer = Checksum { window: 30 };
    for name in ["scan.parquet", "scan.tsv"] {
        let mut files = Vec::new();
        for threads in [1, 4] {
            let path = folder.path().join(format!("{threads}-{name}"));
            let mut request = ScanRequest::with_scorer(file.path(), &scorer, nonzero(7));
            request.threads = nonzero(threads);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| scan_to(&request, &["a", "b"], &path))?;
            files.push(fs::read(path).unwrap());
        }
        assert!(files[0] == files[1], "{name}");
    }
    Ok(())
}

/// Gives a score that is no number for windows that hold an unknown base.
struct NotANumber;

impl WindowScorer for NotANumber {
    fn window(&self) -> usize {
        2
    }

    fn classes(&self) -> usize {
        1
    }

    fn score(&self, batch: &PaddedBatch) -> Vec<f32> {
        let score = |window: &[u8]| if window.contains(&4) { f32::NAN } else { 0.5 };
        batch.sequences().map(score).collect()
    }
}

#[test]
fn a_failed_scan_leaves_no_file() {
    let mut letters = bases(5000, 3);
    letters[4002] = b'N';
    let not_a_number = fasta(&[("a", &letters)], 60);
    letters[4002] = b'1';
    let bad_byte = fasta(&[("a", &letters)], 60);
    let folder = TempDir::new().unwrap();
    for name in ["scan.parquet", "scan.tsv", "scan.bedgraph"] {
        let path = folder.path().join(name);
        let attempt = |genome: &Path| {
            let mut request = ScanRequest::with_scorer(genome, &NotANumber, nonzero(4));
            request.strand = StrandRule::Plus;
            scan_to(&request, &["a"], &path)
        };
        let error = attempt(not_a_number.path()).unwrap_err();
        assert!(
            matches!(error, PredictError::Write(ReportError::NotFinite { start: 4000, .. })),
            "{error}"
        );
        assert!(matches!(attempt(bad_byte.path()), Err(PredictError::Read(_))));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// An untrained network of a scan's kind.
fn network(alphabet: Alphabet, architecture: ArchitectureConfig) -> Model {
    let network = Network::init(&architecture, 1, 7, &device::cpu()).unwrap();
    let description = ModelDescription {
        alphabet,
        window: 64,
        bin: 20,
        ..ModelDescription::untrained(TFBS, vec!["reb1".to_owned()], architecture, 1)
    };
    Model::new(description, vec![network])
}

fn architecture(name: &str, edges: Edges) -> ArchitectureConfig {
    ArchitectureConfig {
        edges,
        kernel: 11,
        ..ArchitectureConfig::new(name.parse::<Architecture>().unwrap())
    }
}

/// The score of the window around the bin that begins at `start`, and of its reverse complement.
fn alone(model: &Model, letters: &[u8], start: u64) -> [f32; 2] {
    let start = start as usize + 10 - 32;
    let window = encode_dna(&letters[start..start + 64]);
    let batch = PaddedBatch::new(&[&window]).unwrap();
    [batch.clone(), batch.reverse_complement()].map(|batch| model.probabilities(&batch)[0])
}

#[test]
fn a_network_scans_as_it_scores_single_windows() -> Result<(), PredictError> {
    let mut letters = bases(900, 5);
    // One bin without a known base, and windows that hold some of its letters.
    letters[415..447].fill(b'N');
    let file = fasta(&[("a", &letters)], 60);
    for (name, edges) in [
        ("cnn-bilstm", Edges::Padded),
        ("bag-cnn", Edges::Padded),
        ("bag-cnn", Edges::Whole),
        ("cnn", Edges::Whole),
    ] {
        let model = network(Alphabet::Dna, architecture(name, edges));
        assert_eq!(
            model.tiles().is_some_and(|tiles| tiles.shares(20)),
            edges == Edges::Whole
        );
        let mut request = ScanRequest::new(file.path(), &model)?;
        // Sums of another shape may add in another order: a few steps of `f32` below 1.
        let tolerance = 1e-6;
        for batch in [Some(nonzero(7)), None] {
            request.batch_size = batch;
            let (_, rows, footer) = collect(&request)?;
            assert_eq!(footer.get(keys::MODEL_DIGEST), Some(model.digest()));
            assert_eq!(rows.len(), 44);
            let different: BTreeSet<u32> = rows.iter().map(|row| row.scores[1].to_bits()).collect();
            assert!(different.len() > 40, "an untrained network still tells windows apart");
            for row in &rows[2..42] {
                let [plus, minus] = alone(&model, &letters, row.start);
                assert!((row.scores[1] - plus).abs() < tolerance, "{name} {row:?}: {plus}");
                assert!((row.scores[2] - minus).abs() < tolerance, "{name} {row:?}: {minus}");
            }
            let regions = Some(vec![Region::new("a", 333, 420)?]);
            let (_, some, _) = collect(&ScanRequest {
                regions,
                ..request.clone()
            })?;
            for (row, whole) in some.iter().zip(&rows[16..21]) {
                assert_eq!((row.start, row.end), (whole.start, whole.end));
                assert!((row.scores[0] - whole.scores[0]).abs() < tolerance);
            }
            assert_eq!(some.len(), 5);
        }
    }
    Ok(())
}

#[test]
fn a_model_for_protein_is_refused() {
    let model = network(Alphabet::Protein, architecture("cnn-bilstm", Edges::Padded));
    let result = ScanRequest::new(Path::new("genome.fa"), &model);
    assert!(matches!(result, Err(PredictError::NotADnaModel { .. })));
}
