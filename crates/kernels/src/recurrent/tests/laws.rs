//! What holds of every layer: nothing else in the batch, nor the machine, changes a sequence's result.

use super::*;

/// Some blocks of sequences of all lengths, none of the sizes a multiple of anything.
fn medium() -> impl Iterator<Item = Layer> {
    let shape = RecurrentShape {
        batch: 37,
        steps: 19,
        input: 11,
        hidden: 21,
    };
    every_layer(shape, &ragged(37, 19, 2), 8)
        .collect::<Vec<_>>()
        .into_iter()
}

#[test]
fn thread_count_changes_no_bit() {
    for layer in medium() {
        let run = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (bits(&layer.infer()), gradient_bits(&layer.gradients())))
        };
        let one = run(1);
        assert_eq!(one, run(2), "{}", layer.name());
        assert_eq!(one, run(5), "{}", layer.name());
    }
}

#[test]
fn neighbours_and_padding_change_no_bit_of_a_sequence() {
    for layer in medium() {
        let RecurrentShape {
            batch, steps, input, ..
        } = layer.shape;
        let width = layer.width();
        let together = layer.infer();
        let gradient = layer.gradients().features;
        for b in 0..batch {
            let length = layer.lengths[b];
            for padded in [length, length + 5] {
                let alone = layer.alone(b, padded);
                let (y, dx) = (alone.infer(), alone.gradients().features);
                let rows = b * steps..b * steps + length;
                assert_eq!(
                    bits(&y[..length * width]),
                    bits(&together[rows.start * width..rows.end * width])
                );
                assert_eq!(
                    bits(&dx[..length * input]),
                    bits(&gradient[rows.start * input..rows.end * input])
                );
                assert!(
                    y[length * width..]
                        .iter()
                        .chain(&dx[length * input..])
                        .all(|&v| v == 0.0)
                );
            }
        }
    }
}

#[test]
fn backends_agree() {
    for layer in medium() {
        let plain = Layer {
            backend: Backend::available()[0],
            ..layer.clone()
        };
        let wide = |v: &[f32]| v.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        assert_close(&layer.infer(), &wide(&plain.infer()), 1e-6, &layer.name());
        assert_close(
            &layer.gradients().features,
            &wide(&plain.gradients().features),
            1e-5,
            &layer.name(),
        );
    }
}

#[test]
fn vectors_of_any_width_give_the_same_bits() {
    let named = |name: &str| Backend::available().into_iter().find(|backend| backend.name() == name);
    let (Some(avx2), Some(avx512)) = (named("avx2"), named("avx512")) else {
        return;
    };
    for layer in medium() {
        let on = |backend: Backend| {
            let layer = Layer {
                backend,
                ..layer.clone()
            };
            (bits(&layer.infer()), gradient_bits(&layer.gradients()))
        };
        assert_eq!(on(avx2), on(avx512), "{}", layer.name());
    }
}

#[test]
fn nan_reaches_every_later_step_of_its_sequence_and_no_other() {
    let shape = RecurrentShape {
        batch: 2,
        steps: 4,
        input: 3,
        hidden: 5,
    };
    for mut layer in every_layer(shape, &[4, 4], 1).filter(|layer| layer.directions == [Direction::Forward]) {
        layer.x[4] = f32::NAN;
        let (y, name) = (layer.infer(), layer.name());
        assert!(y[..5].iter().all(|v| v.is_finite()), "{name}");
        assert!(y[5..20].iter().all(|v| v.is_nan()), "{name}");
        assert!(y[20..].iter().all(|v| v.is_finite()), "{name}");
        let gradients = layer.gradients();
        assert!(
            gradients.input.iter().chain(&gradients.bias).all(|v| v.is_nan()),
            "{name}"
        );
    }
}

#[test]
fn saturated_gates_stay_finite() {
    let shape = RecurrentShape {
        batch: 2,
        steps: 6,
        input: 3,
        hidden: 5,
    };
    for mut layer in every_layer(shape, &[6, 3], 1) {
        layer.x.iter_mut().for_each(|v| *v *= 1e30);
        // An LSTM's cell moves by at most 1 a step, and its output and the others' states stay within 1.
        assert!(layer.infer().iter().all(|v| v.abs() <= 1.0), "{}", layer.name());
        assert!(layer.gradients().bias.iter().all(|v| v.is_finite()), "{}", layer.name());
    }
}

#[test]
fn empty_batches_and_empty_sequences_give_zeros() {
    let shape = RecurrentShape {
        batch: 3,
        steps: 4,
        input: 2,
        hidden: 3,
    };
    for layer in every_layer(shape, &[0, 4, 0], 1) {
        let y = layer.infer();
        let row = 4 * layer.width();
        assert!(y[..row].iter().chain(&y[2 * row..]).all(|&v| v == 0.0));
        assert!(y[row..2 * row].iter().all(|&v| v != 0.0));
        assert!(layer.gradients().features[..8].iter().all(|&v| v == 0.0));
    }
    for shape in [
        RecurrentShape { batch: 0, ..shape },
        RecurrentShape { steps: 0, ..shape },
    ] {
        for layer in every_layer(shape, &vec![0; shape.batch], 1) {
            assert!(layer.infer().is_empty());
            assert!(layer.gradients().bias.iter().all(|&v| v == 0.0));
        }
    }
}

/// Codes of the bases and one without a row of weights, and their one-hot columns.
fn codes_and_columns(n: usize, seed: u64) -> (Vec<u8>, Vec<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let codes: Vec<u8> = (0..n).map(|_| rng.random_range(0..5)).collect();
    let column = |&code: &u8| (0..4).map(move |row| f32::from(u8::from(row == code)));
    let columns = codes.iter().flat_map(column).collect();
    (codes, columns)
}

#[test]
fn codes_are_their_one_hot_columns() {
    let shape = RecurrentShape {
        batch: 10,
        steps: 70,
        input: 4,
        hidden: 19,
    };
    let (codes, columns) = codes_and_columns(shape.batch * shape.steps, 4);
    for mut layer in every_layer(shape, &[70, 1, 33, 0, 64, 70, 50, 49, 50, 42], 11) {
        layer.x.clone_from(&columns);
        let of_letters = Recurrent {
            input: Input::Codes(&codes),
            ..layer.layer()
        };
        let wide = |v: &[f32]| v.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        let (output, tape) = of_letters.forward_on(layer.backend);
        assert_close(&output, &layer.oracle().output(), 2e-6, &layer.name());
        assert_eq!(
            bits(&output),
            bits(&of_letters.infer_on(layer.backend)),
            "{}",
            layer.name()
        );
        // Features and states are multiplied at once where there are enough rows, and letters never are.
        assert_eq!(bits(&output), bits(&layer.infer()), "{}", layer.name());
        let ours = of_letters.backward_on(layer.backend, &tape, &layer.weight, false);
        let theirs = layer.gradients();
        assert!(ours.features.is_empty(), "{}", layer.name());
        for (ours, theirs) in [
            (ours.input, theirs.input),
            (ours.recurrent, theirs.recurrent),
            (ours.bias, theirs.bias),
        ] {
            assert_close(&ours, &wide(&theirs), 2e-5, &layer.name());
        }
    }
}

#[test]
fn weights_have_the_same_gradient_whether_or_not_the_features_have_one() {
    for layer in medium() {
        let (_, tape) = layer.forward();
        let without = layer.layer().backward_on(layer.backend, &tape, &layer.weight, false);
        let with = layer.gradients();
        assert!(without.features.is_empty());
        let expected = Gradients {
            features: Vec::new(),
            ..with
        };
        assert_eq!(without, expected, "{}", layer.name());
    }
}

#[test]
fn two_directions_are_each_direction_alone() {
    for layer in medium().filter(|layer| layer.directions.len() == 2) {
        let hidden = layer.shape.hidden;
        let both = layer.infer();
        for (d, directions) in WAYS[..2].iter().enumerate() {
            let half = |all: &[f32]| all[d * all.len() / 2..(d + 1) * all.len() / 2].to_vec();
            let alone = Layer {
                directions,
                input: half(&layer.input),
                recurrent: half(&layer.recurrent),
                bias: half(&layer.bias),
                ..layer.clone()
            };
            let part: Vec<f32> = both
                .chunks_exact(2 * hidden)
                .flat_map(|row| &row[d * hidden..(d + 1) * hidden])
                .copied()
                .collect();
            assert_eq!(bits(&part), bits(&alone.infer()), "{}", layer.name());
        }
    }
}
