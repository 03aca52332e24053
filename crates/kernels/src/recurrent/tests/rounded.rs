//! Passes of training whose factors are rounded to bfloat16.

use super::*;
use crate::simd::tested_rounding;

/// A layer of every cell in every direction, in blocks of fewer and of more sequences than a step joins its products for; none
/// where the CPU does not round.
fn layers() -> Vec<Layer> {
    let Some(backend) = tested_rounding() else {
        return Vec::new();
    };
    let shape = |batch| RecurrentShape {
        batch,
        steps: 19,
        input: 35,
        hidden: 21,
    };
    let layers = [3, 37].map(|batch| every_layer(shape(batch), &ragged(batch, 19, 2), 8).collect::<Vec<_>>());
    let portable = layers
        .into_iter()
        .flatten()
        .filter(|layer| layer.backend.name() == "portable");
    portable.map(|layer| Layer { backend, ..layer }).collect()
}

/// The root of the sum of the squares of the differences, as a share of that of the numbers.
fn distance(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let differences = ours.iter().zip(theirs).map(|(a, b)| f64::from(a - b));
    squares(&mut { differences }) / squares(&mut theirs.iter().map(|&value| f64::from(value)))
}

// A bfloat16 has 8 binary digits: a factor is off by up to 1 in 512, a state of many steps by some times that.
#[test]
fn states_and_gradients_stay_near_those_of_whole_floats() {
    for layer in layers() {
        let whole = Layer {
            backend: Backend::current(),
            ..layer.clone()
        };
        let far = distance(&layer.forward().0, &whole.forward().0);
        assert!(far > 0.0 && far < 0.02, "{}: {far}", layer.name());
        let (ours, theirs) = (layer.gradients(), whole.gradients());
        for (ours, theirs) in [
            (&ours.features, &theirs.features),
            (&ours.input, &theirs.input),
            (&ours.recurrent, &theirs.recurrent),
            (&ours.bias, &theirs.bias),
        ] {
            let far = distance(ours, theirs);
            assert!(far > 0.0 && far < 0.04, "{}: {far}", layer.name());
        }
    }
}

#[test]
fn thread_count_changes_no_bit_of_them() {
    for layer in layers() {
        let run = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (bits(&layer.forward().0), gradient_bits(&layer.gradients())))
        };
        assert_eq!(run(1), run(3), "{}", layer.name());
    }
}
