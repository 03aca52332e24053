//! Laws that hold for motif convolutions of any size.

use super::*;
use crate::fuzz::{for_a_while, lengths, pools, size};

/// Additions of a case, so that none takes long.
const MOST_WORK: usize = 4_000_000;
/// Additions that the definition, which is slow, takes on as well.
const MOST_DEFINED: usize = 100_000;

fn work(shape: &CodeConvShape) -> usize {
    shape.batch * shape.width * shape.kernel * shape.filters
}

fn random_layer(rng: &mut ChaCha8Rng) -> Layer {
    loop {
        let kernel = size(1, 30, rng);
        let mut shape = CodeConvShape {
            batch: size(0, 12, rng),
            width: size(0, 200, rng),
            kernel,
            filters: size(1, 70, rng),
            pad_left: rng.random_range(0..=kernel),
            pad_right: rng.random_range(0..=kernel),
            pool: size(1, 20, rng),
        };
        if rng.random_range(0..8) == 0 {
            // One maximum over the whole sequence.
            shape.pool = shape.positions(shape.width).max(1);
        }
        if work(&shape) <= MOST_WORK {
            let lengths = lengths(shape.batch, shape.width, rng);
            // Weights whose sums are exact are the same on every way to them.
            return Layer::random(shape, lengths, Some(1.0 / 1024.0), rng.random());
        }
    }
}

fn assert_laws(layer: &Layer, row: usize) {
    let name = format!("{:?} on {}", layer.shape, layer.backend.name());
    let output = layer.infer();
    assert_eq!(bits(&output), bits(&layer.forward().0), "{name}");
    let all = || {
        let (dw, db) = layer.gradients();
        [layer.infer(), dw, db].map(|values| bits(&values))
    };
    let expected = all();
    for pool in pools() {
        assert_eq!(expected, pool.install(all), "{name}");
    }
    if layer.shape.batch > 0 {
        let (width, length) = (layer.shape.width, layer.lengths[row]);
        let shape = CodeConvShape {
            batch: 1,
            width: length,
            ..layer.shape
        };
        let alone = Layer {
            shape,
            codes: layer.codes[row * width..][..length].to_vec(),
            lengths: vec![length],
            ..layer.clone()
        };
        let alone = alone.infer();
        let start = row * layer.shape.pooled(width) * shape.filters;
        assert_eq!(bits(&alone), bits(&output[start..][..alone.len()]), "{name}");
    }
    if work(&layer.shape) <= MOST_DEFINED {
        let exact: Vec<f64> = output.into_iter().map(f64::from).collect();
        assert_eq!(exact, layer.oracle().output(), "{name}");
    }
}

#[test]
fn motif_convolutions_of_random_sizes_keep_the_laws() {
    for_a_while(|rng| {
        let layer = random_layer(rng);
        let row = rng.random_range(0..layer.shape.batch.max(1));
        let all: Vec<Layer> = layer.on_every_backend().collect();
        let (output, tape) = all[0].forward();
        for layer in all {
            assert_laws(&layer, row);
            let (ours, our_tape) = layer.forward();
            assert_eq!(bits(&ours), bits(&output), "{:?}", layer.shape);
            assert_eq!(our_tape, tape, "{:?}", layer.shape);
        }
    });
}
