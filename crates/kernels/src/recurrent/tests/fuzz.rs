//! Laws that hold for layers of any size.

use super::*;
use crate::fuzz::{assert_near, for_a_while, lengths, pools, size};

/// Multiply-adds of a case, so that none takes long.
const MOST_WORK: usize = 4_000_000;
/// Multiply-adds that the definition, which is slow, takes on as well.
const MOST_DEFINED: usize = 100_000;

fn work(layer: &Layer) -> usize {
    let RecurrentShape {
        batch,
        steps,
        input,
        hidden,
    } = layer.shape;
    batch * steps * (input + hidden) * hidden * layer.cell.gates() * layer.directions.len()
}

/// The products that are summed for a gradient, at most.
fn terms(layer: &Layer) -> usize {
    let RecurrentShape {
        batch, steps, hidden, ..
    } = layer.shape;
    steps * batch.max(hidden * layer.cell.gates())
}

fn random_layer(rng: &mut ChaCha8Rng) -> Layer {
    loop {
        let shape = RecurrentShape {
            batch: size(0, 40, rng),
            steps: size(0, 80, rng),
            input: size(1, 40, rng),
            hidden: size(1, 70, rng),
        };
        let cell = CELLS[rng.random_range(0..3)];
        let directions = WAYS[rng.random_range(0..3)];
        let lengths = lengths(shape.batch, shape.steps, rng);
        let mut layer = Layer::random(cell, directions, shape, lengths, rng.random());
        if work(&layer) <= MOST_WORK {
            if cell == Cell::Elman {
                contract(&mut layer.recurrent, shape.hidden);
            }
            return layer;
        }
    }
}

/// Scales the recurrent weights of every direction so that the sum of their squares is at most 1.
///
/// Then a step of a layer without gates brings any two states closer together. With larger weights it can be chaotic:
/// roundings grow with every step, and nothing stays close to the definition for long.
fn contract(recurrent: &mut [f32], hidden: usize) {
    for weights in recurrent.chunks_exact_mut(hidden * hidden) {
        let norm = weights.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
        for weight in weights {
            *weight /= norm.max(1.0);
        }
    }
}

fn assert_laws(layer: &Layer, row: usize) {
    let name = layer.name();
    let (output, _) = layer.forward();
    assert_eq!(bits(&output), bits(&layer.infer()), "{name}");
    // Memory that held other numbers, and too many.
    let mut again = vec![7.0; output.len() + 9];
    Checked::new(&layer.layer()).infer_into(layer.backend, &mut again);
    assert_eq!(bits(&output), bits(&again), "{name}");
    let gradients = layer.gradients();
    for pool in pools() {
        let (again, gradients_again) = pool.install(|| (layer.infer(), layer.gradients()));
        assert_eq!(bits(&output), bits(&again), "{name}");
        assert_eq!(gradient_bits(&gradients), gradient_bits(&gradients_again), "{name}");
    }
    if layer.shape.batch > 0 {
        let RecurrentShape { steps, input, .. } = layer.shape;
        let length = layer.lengths[row];
        let alone = layer.alone(row, length);
        let (width, rows) = (layer.width(), row * steps..row * steps + length);
        assert_eq!(
            bits(&alone.infer()),
            bits(&output[rows.start * width..rows.end * width]),
            "{name}"
        );
        assert_eq!(
            bits(&alone.gradients().features),
            bits(&gradients.features[rows.start * input..rows.end * input]),
            "{name}"
        );
    }
    if work(layer) <= MOST_DEFINED {
        assert_close(&output, &layer.oracle().output(), 2e-6, &name);
    }
}

fn assert_codes_are_columns(layer: &mut Layer, rng: &mut ChaCha8Rng) {
    let input = layer.shape.input;
    // A code without a row of weights among them.
    let code = |_| rng.random_range(0..=input.min(200)) as u8;
    let codes: Vec<u8> = (0..layer.x.len() / input).map(code).collect();
    for (column, &code) in layer.x.chunks_exact_mut(input).zip(&codes) {
        column.fill(0.0);
        if let Some(value) = column.get_mut(usize::from(code)) {
            *value = 1.0;
        }
    }
    let of_codes = Recurrent {
        input: Input::Codes(&codes),
        ..layer.layer()
    };
    let output = of_codes.infer_on(layer.backend);
    assert_eq!(
        bits(&output),
        bits(&of_codes.forward_on(layer.backend).0),
        "{}",
        layer.name()
    );
    assert_near(&output, &layer.infer(), terms(layer), &layer.name());
}

#[test]
fn layers_of_random_sizes_keep_the_laws() {
    for_a_while(|rng| {
        let layer = random_layer(rng);
        let row = rng.random_range(0..layer.shape.batch.max(1));
        let all: Vec<Layer> = layer.on_every_backend().collect();
        let (first, gradients) = (all[0].infer(), all[0].gradients());
        for mut layer in all {
            assert_laws(&layer, row);
            let ours = layer.gradients();
            assert_near(&layer.infer(), &first, terms(&layer), &layer.name());
            for (ours, theirs) in [
                (&ours.features, &gradients.features),
                (&ours.input, &gradients.input),
                (&ours.recurrent, &gradients.recurrent),
                (&ours.bias, &gradients.bias),
            ] {
                assert_near(ours, theirs, terms(&layer), &layer.name());
            }
            assert_codes_are_columns(&mut layer, rng);
        }
    });
}
