//! Packed motifs against the definition.

use super::*;
use crate::dense::Dense;

impl Layer {
    fn motifs(&self) -> Motifs {
        Motifs::new(self.shape.kernel, self.shape.filters, &self.weights, &self.bias)
    }
}

/// One sequence and one layer on every backend.
fn layer(
    kernel: usize,
    filters: usize,
    width: usize,
    pads: [usize; 2],
    pool: usize,
    seed: u64,
) -> impl Iterator<Item = Layer> {
    let shape = CodeConvShape {
        batch: 1,
        width,
        kernel,
        filters,
        pad_left: pads[0],
        pad_right: pads[1],
        pool,
    };
    Layer::random(shape, vec![width], Some(1.0 / 1024.0), seed).on_every_backend()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// The maxima in windows of the unpooled scores, one window at a time.
fn of_windows(scores: &[f64], filters: usize, kernel: usize, slide: Slide) -> Vec<f64> {
    let Slide { count, window, step } = slide;
    let most = |w: usize, filter: usize| {
        let places = w * step..w * step + window - kernel + 1;
        places.map(|place| scores[place * filters + filter]).fold(0.0, f64::max)
    };
    (0..count)
        .flat_map(|w| (0..filters).map(move |filter| most(w, filter)))
        .collect()
}

fn slid(layer: &Layer, slide: Slide) -> Vec<f32> {
    let motifs = layer.motifs();
    let mut windows = motifs.slide(&layer.codes, slide).on(layer.backend);
    let (mut all, mut some) = (Vec::new(), Vec::new());
    loop {
        let count = windows.next(&mut some);
        assert_eq!(some.len(), count * motifs.filters());
        if count == 0 {
            return all;
        }
        all.extend_from_slice(&some);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Sums of multiples of 2^-10 are exact, so that every comparison is one of all bits.
    #[test]
    fn pooled_scores_are_the_definition(
        kernel in 1_usize..28, filters in 1_usize..50, width in 0_usize..60,
        pads in (0_usize..6, 0_usize..6), pool in 1_usize..12, seed in any::<u64>(),
    ) {
        for layer in layer(kernel, filters, width, [pads.0, pads.1], pool, seed) {
            let mut found = vec![7.0; 3];
            layer.motifs().pooled_on(layer.backend, &layer.codes, [pads.0, pads.1], pool, &mut found);
            prop_assert_eq!(wide(&found), layer.oracle().output());
        }
    }

    #[test]
    fn windows_that_slide_have_the_maxima_of_their_places(
        kernel in 1_usize..28, filters in 1_usize..50, more in 0_usize..130, step in 1_usize..150,
        count in 0_usize..30, rest in 0_usize..5, seed in any::<u64>(),
    ) {
        let slide = Slide { count, window: kernel + more, step };
        let width = count.saturating_sub(1) * step + slide.window + rest;
        for layer in layer(kernel, filters, width, [0, 0], 1, seed) {
            let scores = layer.oracle().output();
            prop_assert_eq!(wide(&slid(&layer, slide)), of_windows(&scores, filters, kernel, slide));
        }
    }
}

/// Sums of whole multiples of the maxima, which are exact.
#[test]
fn a_layer_of_one_output_reads_the_maxima() {
    for (kernel, filters, window, step) in [(24, 37, 100, 1), (15, 16, 60, 1), (9, 50, 40, 7), (4, 3, 9, 2)] {
        let slide = Slide {
            count: 1500,
            window,
            step,
        };
        let weights: Vec<f32> = (0..filters).map(|filter| (filter % 7) as f32 - 3.0).collect();
        let dense = Dense::new(filters, &weights, &[0.5]);
        for layer in layer(kernel, filters, 1499 * step + window, [0, 0], 1, step as u64) {
            let motifs = layer.motifs();
            let mut windows = motifs.slide(&layer.codes, slide).on(layer.backend);
            let (mut all, mut some) = (Vec::new(), vec![7.0; 3]);
            while windows.next_outputs(&dense, &mut some) > 0 {
                all.extend_from_slice(&some);
            }
            let maxima = of_windows(&layer.oracle().output(), filters, kernel, slide);
            let output = |row: &[f64]| row.iter().zip(&weights).map(|(x, &w)| x * f64::from(w)).sum::<f64>() + 0.5;
            let expected: Vec<f64> = maxima.chunks_exact(filters).map(output).collect();
            assert_eq!(wide(&all), expected, "{} {slide:?}", layer.backend.name());
        }
    }
}

#[test]
#[should_panic(expected = "the layer has one output and 20 inputs")]
fn a_layer_of_other_inputs_is_refused() {
    let slide = Slide {
        count: 1,
        window: 9,
        step: 1,
    };
    let layer = layer(4, 20, 127, [0, 0], 1, 5).next().unwrap();
    let motifs = layer.motifs();
    motifs
        .slide(&layer.codes, slide)
        .next_outputs(&Dense::new(19, &[1.0; 19], &[0.0]), &mut Vec::new());
}

/// Many windows are given some at a time; these are more than fit at once, with and without runs of two lengths.
#[test]
fn long_sequences_have_the_windows_of_short_ones() {
    for (window, step) in [(100, 25), (86, 24), (30, 1), (700, 50), (15, 1), (40, 90)] {
        let slide = Slide {
            count: 3000 / step,
            window,
            step,
        };
        let width = (slide.count - 1) * step + window;
        for layer in layer(15, 37, width, [0, 0], 1, step as u64) {
            let scores = layer.oracle().output();
            assert_eq!(wide(&slid(&layer, slide)), of_windows(&scores, 37, 15, slide));
        }
    }
}

/// A window for every base, of every number of tables that has a loop of its own and others.
#[test]
fn windows_that_begin_at_every_base_have_the_maxima_of_their_places() {
    for kernel in [1, 12, 13, 15, 20, 21, 22, 24, 25] {
        for (more, count) in [
            (0, 50),
            (1, 50),
            (2, 2),
            (76, 0),
            (76, 1),
            (76, 76),
            (76, 78),
            (76, 5000),
            (300, 4000),
        ] {
            let slide = Slide {
                count,
                window: kernel + more,
                step: 1,
            };
            let width = count.saturating_sub(1) + slide.window + count % 3;
            for layer in layer(kernel, 17, width, [0, 0], 1, count as u64) {
                let scores = layer.oracle().output();
                let name = layer.backend.name();
                let (found, expected) = (wide(&slid(&layer, slide)), of_windows(&scores, 17, kernel, slide));
                assert_eq!(found, expected, "{name}: {kernel} {slide:?}");
            }
        }
    }
}

#[test]
fn a_weight_that_is_no_number_shows_in_the_windows_that_read_it_and_in_no_other() {
    for (window, step) in [(9, 2), (9, 1), (40, 1)] {
        let slide = Slide {
            count: 60,
            window,
            step,
        };
        for mut layer in layer(4, 20, 127, [0, 0], 1, 5) {
            // Only base 3 in the first column has weights that are not finite.
            layer.codes.iter_mut().for_each(|code| *code %= 3);
            layer.codes[60] = 3;
            for value in [f32::NAN, f32::INFINITY] {
                layer.weights[3 * 20..4 * 20].fill(value);
                assert!(!layer.motifs().is_finite());
                for (number, maxima) in slid(&layer, slide).chunks_exact(20).enumerate() {
                    let places = number * step..number * step + window - 3;
                    let reads = places.contains(&60);
                    assert!(
                        maxima.iter().all(|value| value.is_finite() != reads),
                        "{slide:?} {number}"
                    );
                }
            }
        }
    }
}
