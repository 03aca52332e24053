//! Layers with weights of a byte against the definition with the same weights, and against those of floats.
#![allow(clippy::many_single_char_names, reason = "the papers' letters")]

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::recurrent::{Input, Recurrent};

const CELLS: [Cell; 3] = [Cell::Elman, Cell::Gru, Cell::Lstm];
const BOTH: [Direction; 2] = [Direction::Forward, Direction::Reverse];

/// A layer of both directions, and what it reads.
struct Case {
    cell: Cell,
    input: usize,
    hidden: usize,
    lengths: Vec<usize>,
    steps: usize,
    x: Vec<f32>,
    codes: Vec<u8>,
    weights: [Vec<f32>; 3],
    largest: Vec<f32>,
}

impl Case {
    fn random(cell: Cell, input: usize, hidden: usize, lengths: Vec<usize>, kind: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let mut draw =
            |count: usize, size: f32| -> Vec<f32> { (0..count).map(|_| rng.random_range(-size..size)).collect() };
        let rows = lengths.len() * steps;
        let size = 1.0 / (hidden as f32).sqrt();
        let weights = [
            draw(2 * input * cell.gates() * hidden, size),
            draw(2 * hidden * cell.gates() * hidden, size),
            draw(2 * cell.bias_len(hidden), 1.0),
        ];
        let mut x = draw(rows * input, 1.0);
        let largest = vec![0.9; input];
        if kind == 1 {
            for x in &mut x {
                *x = x.max(0.0);
            }
        }
        Self {
            codes: (0..rows).map(|_| rng.random_range(0..=5)).collect(),
            cell,
            input,
            hidden,
            lengths,
            steps,
            x,
            weights,
            largest,
        }
    }

    fn weights(&self) -> Weights<'_> {
        let [input, recurrent, bias] = &self.weights;
        Weights { input, recurrent, bias }
    }

    fn layer(&self, kind: usize) -> ByteRecurrent {
        let reads = [Reads::Codes, Reads::Rectified(&self.largest), Reads::States][kind];
        ByteRecurrent::new(self.cell, &BOTH, self.input, self.hidden, &self.weights(), reads)
    }

    fn source(&self, kind: usize) -> ByteInput<'_> {
        if kind == 0 {
            ByteInput::Codes(&self.codes)
        } else {
            ByteInput::Features(&self.x)
        }
    }

    fn run(&self, backend: Backend, kind: usize) -> Vec<f32> {
        let (mut output, mut memory) = (vec![7.0; 3], ByteMemory::default());
        let layer = self.layer(kind);
        layer.run_on(
            backend,
            self.source(kind),
            &self.lengths,
            self.steps,
            &mut output,
            &mut memory,
        );
        output
    }

    /// The states as the next layer reads them, and what they are when a layer reads the states given as bytes.
    fn states(&self, backend: Backend, input: ByteInput<'_>, kind: usize) -> ByteStates {
        let (mut output, mut memory) = (ByteStates::default(), ByteMemory::default());
        let layer = self.layer(kind);
        layer.states_on(backend, input, &self.lengths, self.steps, &mut output, &mut memory);
        output
    }

    /// What a byte of a feature stands for, by the documentation.
    fn feature(kind: usize, x: f32) -> f64 {
        let x = f64::from(x);
        if kind == 1 {
            let unit = f64::from(0.9_f32) / 255.0;
            ((x / unit).round_ties_even() * unit).clamp(0.0, f64::from(0.9_f32))
        } else {
            (x * 127.0).round_ties_even() / 127.0
        }
    }

    /// A matrix `[depth, columns]` of one direction with every column rounded to multiples of its scale.
    fn rounded(matrix: &[f32], columns: usize) -> Vec<f64> {
        let mut rounded = vec![0.0; matrix.len()];
        for column in 0..columns {
            let of_column = || matrix.iter().skip(column).step_by(columns).map(|&w| f64::from(w));
            let scale = of_column().map(f64::abs).fold(0.0, f64::max) / 127.0;
            for (k, weight) in of_column().enumerate() {
                rounded[k * columns + column] = (weight / scale).round_ties_even() * scale;
            }
        }
        rounded
    }

    /// The states of one direction of one sequence by the formulas, a row for each position.
    fn definition(&self, kind: usize, sequence: usize, index: usize) -> Vec<Vec<f64>> {
        let (gates, hidden, length) = (self.cell.gates(), self.hidden, self.lengths[sequence]);
        let columns = gates * hidden;
        let part = |all: &[f32]| all[index * all.len() / 2..(index + 1) * all.len() / 2].to_vec();
        let [w, u, b] = [0, 1, 2].map(|i| part(&self.weights[i]));
        let w = if kind == 0 {
            w.iter().map(|&w| f64::from(w)).collect()
        } else {
            Self::rounded(&w, columns)
        };
        let (u, b): (Vec<f64>, Vec<f64>) = (Self::rounded(&u, columns), b.iter().map(|&b| f64::from(b)).collect());
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
        let mut states = vec![Vec::new(); length];
        for step in 0..length {
            let time = BOTH[index].time(length, step);
            let at = sequence * self.steps + time;
            let x: Vec<f64> = match kind {
                0 => (0..self.input)
                    .map(|k| f64::from(u8::from(usize::from(self.codes[at]) == k)))
                    .collect(),
                _ => self.x[at * self.input..][..self.input]
                    .iter()
                    .map(|&x| Self::feature(kind, x))
                    .collect(),
            };
            let old: Vec<f64> = h.iter().map(|&h: &f64| (h * 127.0).round_ties_even() / 127.0).collect();
            let from = |values: &[f64], m: &[f64], column: usize| -> f64 {
                values
                    .iter()
                    .enumerate()
                    .map(|(k, v)| v * m[k * columns + column])
                    .sum()
            };
            for unit in 0..hidden {
                let column = |gate: usize| gate * hidden + unit;
                let sum = |gate: usize| from(&x, &w, column(gate)) + from(&old, &u, column(gate)) + b[column(gate)];
                match self.cell {
                    Cell::Elman => h[unit] = sum(0).tanh(),
                    Cell::Gru => {
                        let (r, z) = (sigmoid(sum(0)), sigmoid(sum(1)));
                        let inner = from(&old, &u, column(2)) + b[3 * hidden + unit];
                        let n = (from(&x, &w, column(2)) + b[column(2)] + r * inner).tanh();
                        h[unit] = (1.0 - z) * n + z * h[unit];
                    }
                    Cell::Lstm => {
                        c[unit] = sigmoid(sum(1)) * c[unit] + sigmoid(sum(0)) * sum(2).tanh();
                        h[unit] = sigmoid(sum(3)) * c[unit].tanh();
                    }
                }
            }
            states[time].clone_from(&h);
        }
        states
    }
}

/// The largest difference from the definition; past the end there are zeros.
fn largest_difference(case: &Case, kind: usize, found: &[f32]) -> f64 {
    let width = 2 * case.hidden;
    let mut largest = 0.0_f64;
    for sequence in 0..case.lengths.len() {
        let expected = [0, 1].map(|index| case.definition(kind, sequence, index));
        for step in 0..case.steps {
            let row = &found[(sequence * case.steps + step) * width..][..width];
            for (index, states) in expected.iter().enumerate() {
                for unit in 0..case.hidden {
                    let expected = states.get(step).map_or(0.0, |state| state[unit]);
                    largest = largest.max((f64::from(row[index * case.hidden + unit]) - expected).abs());
                }
            }
        }
    }
    largest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn layers_are_the_definition_with_rounded_weights(
        cell in 0_usize..3, kind in 0_usize..3, input in 1_usize..22, hidden in 1_usize..40,
        lengths in prop::collection::vec(0_usize..5, 1..20), seed: u64,
    ) {
        let case = Case::random(CELLS[cell], input, hidden, lengths, kind, seed);
        for backend in Backend::available() {
            let found = case.run(backend, kind);
            let difference = largest_difference(&case, kind, &found);
            // A state at the border of two bytes may fall to the other side, which is worth 1/127 times a weight.
            prop_assert!(difference < 0.01, "{} {:?} {}: {}", backend.name(), case.cell, kind, difference);
        }
    }

    #[test]
    fn a_sequence_does_not_depend_on_its_neighbours(cell in 0_usize..3, kind in 0_usize..3, seed: u64) {
        let case = Case::random(CELLS[cell], 9, 20, vec![5, 0, 30, 17, 30, 8, 1, 30, 2, 3], kind, seed);
        let width = case.steps * 40;
        for backend in Backend::available() {
            let all = case.run(backend, kind);
            for sequence in 0..case.lengths.len() {
                let alone = Case {
                    lengths: vec![case.lengths[sequence]],
                    x: case.x[sequence * case.steps * 9..][..case.steps * 9].to_vec(),
                    codes: case.codes[sequence * case.steps..][..case.steps].to_vec(),
                    weights: case.weights.clone(),
                    largest: case.largest.clone(),
                    ..case
                };
                let alone = alone.run(backend, kind);
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&alone), bits(&all[sequence * width..][..width]));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bytes_are_the_states_rounded_and_are_read_as_they_are(cell in 0_usize..3, hidden in 1_usize..20, seed: u64) {
        let lengths = vec![5, 0, 13, 7, 13];
        let case = Case::random(CELLS[cell], 2 * hidden, hidden, lengths, 2, seed);
        for backend in Backend::available() {
            let floats = case.run(backend, 2);
            let states = case.states(backend, case.source(2), 2);
            let (bytes, row) = states.rows();
            prop_assert_eq!(states.width(), 2 * hidden);
            for (sequence, &length) in case.lengths.iter().enumerate() {
                for step in (0..length).map(|step| sequence * case.steps + step) {
                    for unit in 0..2 * hidden {
                        let state = f64::from(floats[step * 2 * hidden + unit]) * 127.0;
                        let byte = f64::from(bytes[step * row + unit]) - 128.0;
                        prop_assert!((byte - state).abs() < 0.5001, "{} {}", byte, state);
                    }
                }
            }
            // What was rounded before is read as what is rounded then.
            let given = case.states(backend, ByteInput::States(&ByteStates::of(backend, &case.x, 2 * hidden)), 2);
            let (given, _) = given.rows();
            for (sequence, &length) in case.lengths.iter().enumerate() {
                let own = sequence * case.steps * row..(sequence * case.steps + length) * row;
                for (given, own) in given[own.clone()].chunks_exact(row).zip(bytes[own].chunks_exact(row)) {
                    prop_assert_eq!(&given[..2 * hidden], &own[..2 * hidden]);
                }
            }
        }
    }
}

/// Weights of `±1/√hidden` have steps of a 254th of that: states of long sequences stay within a few steps of a byte.
#[test]
fn states_stay_near_those_of_floats() {
    for (cell, kind) in CELLS.into_iter().flat_map(|cell| [(cell, 1), (cell, 2)]) {
        let mut case = Case::random(cell, 32, 64, vec![400; 4], kind, 3);
        case.largest = vec![1.0; 32];
        let floats = Recurrent {
            cell,
            directions: &BOTH,
            shape: RecurrentShape {
                batch: 4,
                steps: 400,
                input: 32,
                hidden: 64,
            },
            lengths: &case.lengths,
            input: Input::Features(&case.x),
            weights: case.weights(),
        };
        let floats = floats.infer();
        for backend in Backend::available() {
            let found = case.run(backend, kind);
            let differences = found.iter().zip(&floats).map(|(a, b)| f64::from((a - b).abs()));
            let largest = differences.fold(0.0, f64::max);
            println!("{} {cell:?} {kind}: {largest:.4}", backend.name());
            assert!(largest < 0.03, "{} {cell:?} {kind}: {largest}", backend.name());
        }
    }
}
