//! Laws that hold for convolutions of any size.

use super::*;
use crate::fuzz::{assert_near, for_a_while, lengths, pools, size};

/// Multiply-adds of a case, so that none takes long.
const MOST_WORK: usize = 8_000_000;
/// Multiply-adds that the definition, which is slow, takes on as well.
const MOST_DEFINED: usize = 50_000;

fn work(shape: &ConvShape) -> usize {
    shape.batch * shape.steps * shape.input * shape.output * shape.kernel
}

fn random_layer(rng: &mut ChaCha8Rng) -> Layer {
    loop {
        let (kernel, dilation) = (size(1, 20, rng), size(1, 9, rng));
        let shape = ConvShape {
            batch: size(0, 6, rng),
            steps: size(0, 300, rng),
            input: size(1, 40, rng),
            output: size(1, 70, rng),
            kernel,
            dilation,
            // Up to a little more than all taps reach.
            pad_left: rng.random_range(0..=(kernel - 1) * dilation + 2),
        };
        if work(&shape) <= MOST_WORK {
            let lengths = lengths(shape.batch, shape.steps, rng);
            return Layer::random(shape, lengths, rng.random());
        }
    }
}

/// One sequence of a batch by itself, without padding.
fn alone(layer: &Layer, row: usize) -> Layer {
    let (steps, length) = (layer.shape.steps, layer.lengths[row]);
    let cut = |values: &[f32], width: usize| values[row * steps * width..][..length * width].to_vec();
    Layer {
        shape: ConvShape {
            batch: 1,
            steps: length,
            ..layer.shape
        },
        lengths: vec![length],
        x: cut(&layer.x, layer.shape.input),
        weight: cut(&layer.weight, layer.shape.output),
        ..layer.clone()
    }
}

fn assert_laws(layer: &Layer, row: usize, seed: u64) {
    let name = format!("{:?} on {}", layer.shape, layer.backend.name());
    let all = |layer: &Layer| {
        let (dx, dw, db) = layer.gradients();
        [layer.forward(), dx, dw, db].map(|values| bits(&values))
    };
    let expected = all(layer);
    for pool in pools() {
        assert_eq!(expected, pool.install(|| all(layer)), "{name}");
    }
    if layer.shape.batch > 0 {
        let ConvShape {
            steps, input, output, ..
        } = layer.shape;
        let [y, dx, ..] = all(&alone(layer, row));
        assert_eq!(y, expected[0][row * steps * output..][..y.len()], "{name}");
        assert_eq!(dx, expected[1][row * steps * input..][..dx.len()], "{name}");
    }
    if work(&layer.shape) <= MOST_DEFINED {
        layer.assert_is_the_definition();
        layer.assert_gradients_are_differences(seed);
    }
}

#[test]
fn convolutions_of_random_sizes_keep_the_laws() {
    for_a_while(|rng| {
        let layer = random_layer(rng);
        let row = rng.random_range(0..layer.shape.batch.max(1));
        let seed = rng.random();
        let all: Vec<Layer> = layer.on_every_backend().collect();
        let (first, gradients) = (all[0].forward(), all[0].gradients());
        for layer in all {
            assert_laws(&layer, row, seed);
            let name = format!("{:?} on {}", layer.shape, layer.backend.name());
            let (dx, dw, db) = layer.gradients();
            let [of_x, of_weights, of_bias] = layer.terms();
            assert_near(&layer.forward(), &first, layer.shape.input * layer.shape.kernel, &name);
            assert_near(&dx, &gradients.0, of_x, &name);
            assert_near(&dw, &gradients.1, of_weights, &name);
            assert_near(&db, &gradients.2, of_bias, &name);
        }
    });
}
