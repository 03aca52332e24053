//! Recurrent models that read a genome as one sequence.

use std::error::Error;

use processive_core::Region;
use processive_core::alphabet::UNKNOWN;
use processive_encode::{encode_dna, reverse_complement};
use processive_models::streams::StreamRule;
use processive_models::{ArchitectureConfig, Forgetting, Model, ModelDescription, Network, StreamTile, TFBS, device};
use processive_predict::{ModelSet, PredictError, ScanMode, ScanRequest, StrandRule, keys};

use crate::definition::Letters;
use crate::toy::{Row, bases, collect, fasta, nonzero};

const WINDOW: usize = 61;
const BIN: usize = 8;
const STRIDE: usize = 4;
const HALO: usize = 320;

/// Random weights; a probability changes fast with its logit.
fn model(arch: &str, forgetting: Option<Forgetting>) -> Model {
    let config = ArchitectureConfig {
        filters: 12,
        kernel: 7,
        pool: STRIDE,
        hidden: 8,
        dense: 0,
        ..ArchitectureConfig::new(arch.parse().unwrap())
    };
    let network = Network::init(&config, 1, 3, &device::cpu()).unwrap();
    // A recurrent matrix of half the size forgets in a few steps.
    let weights = network.weights().into_iter().map(|tensor| {
        let factor = if tensor.name.ends_with("recurrent") { 0.5 } else { 1.0 };
        tensor.values.iter().map(|value| factor * value).collect()
    });
    let weights = weights.collect();
    let mut description = ModelDescription {
        window: WINDOW,
        bin: BIN,
        forgetting,
        ..ModelDescription::untrained(TFBS, vec!["x".to_owned()], config, 1)
    };
    description.calibration.slope = 5.0;
    Model::new(description, vec![network.with_weights(weights)])
}

fn forgetting(exponent: f64, halo: Option<usize>) -> Forgetting {
    Forgetting {
        exponent,
        halo,
        tolerance: 1e-4,
        windows: 512,
        difference: 5e-5,
    }
}

/// The score of every bin of a contig that is read as one sequence, with enough unknown bases around it.
fn untiled(model: &Model, letters: &[u8], reverse: bool) -> Vec<f32> {
    let bins = letters.len().div_ceil(BIN);
    let far = 4096;
    let before = far + WINDOW / 2 - BIN / 2;
    let mut codes = vec![UNKNOWN; before];
    codes.extend(encode_dna(letters));
    codes.resize((bins - 1) * BIN + WINDOW + 2 * far, UNKNOWN);
    if reverse {
        reverse_complement(&mut codes);
    }
    let tile = StreamTile {
        codes: &codes,
        windows: bins,
        first: 0,
    };
    let whole = StreamRule {
        window: WINDOW,
        step: BIN,
        halo: far,
        row: None,
    };
    let mut scores = model.stream().unwrap().probabilities(&[tile], whole);
    if reverse {
        scores.reverse();
    }
    scores
}

fn sequences() -> [(&'static str, Vec<u8>); 4] {
    [
        ("a", [bases(3001, 1), vec![b'N'; 777], bases(900, 2)].concat()),
        ("b", bases(5, 3)),
        ("c", bases(6003, 4)),
        ("d", bases(70, 5)),
    ]
}

#[test]
fn a_streamed_genome_scores_as_its_contigs_do_in_one_piece() -> Result<(), PredictError> {
    let sequences = sequences();
    let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (*name, &**letters)).collect();
    let file = fasta(&genome, 60);
    for arch in ["cnn-bilstm", "cnn-gru"] {
        let model = model(arch, None);
        let set = ModelSet::new(&[&model], None)?.in_mode(None, Some(HALO))?;
        for batch in [None, Some(1), Some(3), Some(100)] {
            let mut request = ScanRequest::with_models(file.path(), &set);
            request.batch_size = batch.map(nonzero);
            let (_, rows, footer) = collect(&request)?;
            assert_eq!(footer.get(keys::MODE), Some("stream"));
            assert_eq!(footer.get(keys::HALO), Some("320"));
            assert_eq!(footer.get(keys::WINDOW), Some("61"));
            let mut spread = [f32::INFINITY, f32::NEG_INFINITY];
            for (name, letters) in &genome {
                let strands = [false, true].map(|reverse| untiled(&model, letters, reverse));
                for row in rows.iter().filter(|row| row.chrom == *name) {
                    let bin = row.start as usize / BIN;
                    for (score, strand) in row.scores[1..].iter().zip(&strands) {
                        let difference = (score - strand[bin]).abs();
                        assert!(difference < 1e-5, "{arch} {batch:?} {row:?}: {difference:e}");
                        spread = [spread[0].min(*score), spread[1].max(*score)];
                    }
                }
            }
            assert!(spread[1] - spread[0] > 0.05, "the scores differ: {spread:?}");
        }
    }
    Ok(())
}

/// A model that forgets slowly, with a halo that is too short for it: scores depend on where rows begin.
#[test]
fn a_stream_is_the_same_for_any_batches_and_regions() -> Result<(), Box<dyn Error>> {
    let letters = [bases(20_001, 6), vec![b'N'; 500], bases(9_000, 7)].concat();
    let file = fasta(&[("a", &letters), ("b", &bases(700, 8))], 60);
    let model = model("cnn-bilstm", None);
    let set = ModelSet::new(&[&model], None)?.in_mode(None, Some(STRIDE))?;
    let rows = |batch: Option<usize>, region: Option<Region>| -> Result<Vec<Row>, PredictError> {
        let mut request = ScanRequest::with_models(file.path(), &set);
        request.batch_size = batch.map(nonzero);
        request.regions = region.map(|region| vec![region]);
        Ok(collect(&request)?.1)
    };
    let close = |found: &[Row], expected: &[Row]| {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!((&found.chrom, found.start), (&expected.chrom, expected.start));
            for (a, b) in found.scores.iter().zip(&expected.scores) {
                assert!((a - b).abs() <= 1e-6, "{found:?}, not {expected:?}");
            }
        }
    };
    let whole = rows(None, None)?;
    for batch in [1, 7, 1000] {
        close(&rows(Some(batch), None)?, &whole);
    }
    let region = Region::new("a", 9_000, 23_000)?;
    let inside = |row: &&Row| row.chrom == "a" && row.start < 23_000 && row.start + BIN as u64 > 9_000;
    let inside: Vec<Row> = whole.iter().filter(inside).cloned().collect();
    close(&rows(Some(100), Some(region))?, &inside);
    Ok(())
}

#[test]
fn a_stream_is_the_same_for_any_number_of_threads_and_any_blocks() -> Result<(), PredictError> {
    let sequences = sequences();
    let genome: Vec<Letters> = sequences.iter().map(|(name, letters)| (*name, &**letters)).collect();
    let file = fasta(&genome, 60);
    let model = model("cnn-bilstm", Some(forgetting(-0.1, Some(HALO))));
    let set = ModelSet::new(&[&model], None)?.in_mode(None, None)?;
    let run = |threads, block| {
        let mut request = ScanRequest::with_models(file.path(), &set);
        request.threads = nonzero(threads);
        request.block_size = nonzero(block);
        request.batch_size = Some(nonzero(90));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| collect(&request))
    };
    let expected = run(1, 1 << 18)?;
    for (threads, block) in [(2, 33), (3, 5000)] {
        assert!(run(threads, block)? == expected, "{threads} threads, blocks of {block}");
    }
    Ok(())
}

#[test]
fn streams_and_windows_and_convolutions_stand_side_by_side() -> Result<(), PredictError> {
    let letters = bases(2000, 9);
    let file = fasta(&[("a", &letters)], 60);
    let (recurrent, other) = (
        model("cnn-bilstm", Some(forgetting(-0.1, Some(HALO)))),
        model("cnn", None),
    );
    let scores = |models: &[&Model], mode| -> Result<Vec<Vec<f32>>, PredictError> {
        let set = ModelSet::new(models, None)?.in_mode(mode, None)?;
        let mut request = ScanRequest::with_models(file.path(), &set);
        request.strand = StrandRule::Plus;
        let (_, rows, _) = collect(&request)?;
        let columns = 0..models.len();
        Ok(columns
            .map(|column| rows.iter().map(|row| row.scores[column]).collect())
            .collect())
    };
    let streamed = scores(&[&recurrent], None)?.remove(0);
    let alone = scores(&[&recurrent], Some(ScanMode::Window))?.remove(0);
    assert!(streamed != alone, "states are carried in");
    let convolved = scores(&[&other], None)?.remove(0);
    assert!(scores(&[&other], Some(ScanMode::Stream))? == [&*convolved]);
    assert!(scores(&[&recurrent, &other], None)? == [&*streamed, &*convolved]);
    assert!(scores(&[&recurrent, &other], Some(ScanMode::Window))? == [&*alone, &*convolved]);
    Ok(())
}

#[test]
fn a_model_that_cannot_be_streamed_says_why() -> Result<(), PredictError> {
    let known = || model("cnn-bilstm", Some(forgetting(-0.1, Some(HALO))));
    let cases = [
        (model("cnn-bilstm", None), BIN, None, "no measured halo"),
        (
            model("cnn-bilstm", Some(forgetting(-1e-7, None))),
            BIN,
            None,
            "no measured halo",
        ),
        (
            model("cnn-bilstm", Some(forgetting(2e-3, None))),
            BIN,
            None,
            "does not forget",
        ),
        (
            model("cnn-bilstm", Some(forgetting(0.0, None))),
            BIN,
            Some(100),
            "does not forget",
        ),
        (known(), 10, None, "--bin 12 can be streamed"),
        (model("cnn", None), BIN, Some(100), "not a recurrent network"),
    ];
    for (model, bin, halo, reason) in cases {
        let set = ModelSet::new(&[&model], Some(nonzero(bin)))?;
        let error = set.in_mode(Some(ScanMode::Stream), halo).err().unwrap().to_string();
        assert!(error.contains(reason), "{error}");
    }
    // Without a mode, what cannot be streamed is read window by window.
    for (model, bin) in [(model("cnn-bilstm", None), BIN), (known(), 10)] {
        let set = ModelSet::new(&[&model], Some(nonzero(bin)))?.in_mode(None, None)?;
        assert_eq!(set.readings()[0].halo, None);
    }
    // A halo is whole steps.
    let (model, halo) = (known(), Some(HALO + 1));
    let set = ModelSet::new(&[&model], None)?.in_mode(None, halo)?;
    assert_eq!(set.readings()[0].halo, Some(HALO + STRIDE));
    Ok(())
}
