//! Convolutions with packed weights against the definition, and what follows them.

use super::*;

/// What follows a convolution, on the definition's outputs.
fn after(layer: &Layer, after: After) -> Vec<f64> {
    let rectified = |y: &f64| y.max(0.0);
    let outputs = layer.oracle().output();
    match after {
        After::Nothing => outputs,
        After::Rectify => outputs.iter().map(rectified).collect(),
        After::AddRectified => {
            let inputs = layer.x.iter().map(|&x| f64::from(x));
            outputs.iter().zip(inputs).map(|(y, x)| x + rectified(y)).collect()
        }
    }
}

/// A layer over one sequence of values that are not negative, of which a share is zero.
fn sparse_layer(shape: ConvShape, zeros: f64, seed: u64) -> impl Iterator<Item = Layer> {
    let mut layer = Layer::random(shape, vec![shape.steps], seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 1);
    for x in &mut layer.x {
        *x = if rng.random_bool(zeros) { 0.0 } else { x.abs() };
    }
    layer.on_every_backend()
}

fn assert_packed(layer: &Layer, how: After, scratch: &mut Scratch) {
    let Layer {
        shape, weights, bias, ..
    } = layer;
    let expected = after(layer, how);
    for conv in [
        Convolution::new(*shape, weights, bias, how),
        Convolution::sparse(*shape, weights, bias, how),
    ] {
        let mut found = vec![7.0; 5];
        conv.run_on(layer.backend, &layer.x, &mut found, scratch);
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(&expected) {
            assert!((f64::from(*a) - b).abs() <= 4e-6, "{shape:?} {how:?}: {a} is not {b}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn packed_convolutions_are_the_definition(
        steps in 0_usize..150, input in 1_usize..75, output in 1_usize..80, kernel in 1_usize..8,
        dilation in 1_usize..5, pad in 0_usize..9, zeros in 0.0..1.0, how in 0_usize..3, seed in any::<u64>(),
    ) {
        let how = [After::Nothing, After::Rectify, After::AddRectified][how];
        let output = if how == After::AddRectified { input } else { output };
        let shape = ConvShape { batch: 1, steps, input, output, kernel, dilation, pad_left: pad };
        let mut scratch = Scratch::default();
        for layer in sparse_layer(shape, zeros, seed) {
            assert_packed(&layer, how, &mut scratch);
        }
    }
}

/// The scans rely on it: a tile may begin anywhere.
#[test]
fn an_output_of_a_sparse_convolution_has_the_same_bits_wherever_it_stands() {
    for dilation in [1, 2] {
        let shape = ConvShape {
            batch: 1,
            steps: 400,
            input: 30,
            output: 50,
            kernel: 3,
            dilation,
            pad_left: dilation,
        };
        for layer in sparse_layer(shape, 0.8, 4) {
            let conv = Convolution::sparse(shape, &layer.weights, &layer.bias, After::Rectify);
            let (mut whole, mut part, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
            conv.run_on(layer.backend, &layer.x, &mut whole, &mut scratch);
            for first in [1, 2, 7, 131, 200] {
                conv.run_on(layer.backend, &layer.x[first * 30..], &mut part, &mut scratch);
                let inside = dilation * 50..part.len() - dilation * 50;
                assert_eq!(bits(&whole[first * 50..][inside.clone()]), bits(&part[inside]));
            }
        }
    }
}

#[test]
fn a_nan_among_sparse_values_reaches_exactly_the_outputs_that_read_it() {
    let shape = ConvShape {
        batch: 1,
        steps: 40,
        input: 5,
        output: 20,
        kernel: 3,
        dilation: 2,
        pad_left: 2,
    };
    for mut layer in sparse_layer(shape, 0.5, 2) {
        layer.x[20 * 5 + 3] = f32::NAN;
        let conv = Convolution::sparse(shape, &layer.weights, &layer.bias, After::Nothing);
        let mut found = Vec::new();
        conv.run_on(layer.backend, &layer.x, &mut found, &mut Scratch::default());
        for (step, found) in found.chunks_exact(20).enumerate() {
            let reads = [18, 20, 22].contains(&step);
            assert!(found.iter().all(|y| y.is_nan() == reads), "step {step}");
        }
    }
}
