//! Recurrent layers.

use std::rc::Rc;

use processive_models::layers::{Cell, Reading, Recurrent, RecurrentConfig, RecurrentInit};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Work, device_of, finish, normal, what};
use crate::timing::Size;

const BATCH: usize = 32;
const STEPS: usize = 200;
const INPUT: usize = 64;
const HIDDEN: usize = 128;

/// Every recurrent work item.
pub(super) fn all() -> Vec<Work> {
    let mut all = Vec::new();
    for (cell, name) in [(Cell::Lstm, "lstm"), (Cell::Gru, "gru"), (Cell::Elman, "rnn")] {
        for reading in [Reading::Forward, Reading::Both] {
            for backward in [false, true] {
                all.push(one_layer(cell, name, reading, backward));
            }
        }
    }
    all.extend([true, false].map(|backward| deep("packed 50-500", false, backward)));
    all.extend([true, false].map(|backward| deep("padded to 500", true, backward)));
    all
}

fn config(cell: Cell, d_input: usize, d_hidden: usize, reading: Reading) -> RecurrentConfig {
    RecurrentConfig {
        cell,
        d_input,
        d_hidden,
        reading,
        init: RecurrentInit::Uniform,
        max_lag: 2,
    }
}

/// Multiply-adds of a layer's products, times two. The input needs no gradient, as in the rival's script.
fn gflop(config: &RecurrentConfig, steps: usize, backward: bool) -> f64 {
    let directions = config.reading.directions().len();
    let columns = config.cell.gates() * config.d_hidden;
    let (input, recurrent) = (config.d_input * columns, config.d_hidden * columns);
    let products = if backward {
        2 * input + 3 * recurrent
    } else {
        input + recurrent
    };
    2.0 * (steps * directions * products) as f64 / 1e9
}

fn one_layer(cell: Cell, name: &str, reading: Reading, backward: bool) -> Work {
    let both = if reading == Reading::Both { "bi" } else { "" };
    let name = format!("{both}{name} {} b{BATCH} t{STEPS} i{INPUT} h{HIDDEN}", what(backward));
    let config = config(cell, INPUT, HIDDEN, reading);
    let size = Size::gflop(gflop(&config, BATCH * STEPS, backward));
    Work::new(name, size, move || {
        let device = device_of(backward);
        let layer = config.init(&device, &mut ChaCha8Rng::seed_from_u64(0));
        let x = normal(&[STEPS; BATCH], INPUT, &device);
        move || finish(layer.forward(&x).values, backward)
    })
}

/// Two bidirectional layers over sequences of 50 to 500 residues, or over as many of 500.
fn deep(kind: &str, padded: bool, backward: bool) -> Work {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let lengths: Vec<usize> = (0..BATCH).map(|_| rng.random_range(50..=500)).collect();
    let residues = lengths.iter().sum();
    let lengths: Rc<[usize]> = if padded {
        vec![500; BATCH].into()
    } else {
        lengths.into()
    };
    let first = config(Cell::Lstm, 21, 256, Reading::Both);
    let second = config(Cell::Lstm, 512, 256, Reading::Both);
    let steps = lengths.iter().sum();
    let d_between = if backward {
        2.0 * (steps * 2 * 512 * 1024) as f64 / 1e9
    } else {
        0.0
    };
    let size = Size {
        gflop: Some(gflop(&first, steps, backward) + gflop(&second, steps, backward) + d_between),
        residues: Some(residues),
        ..Size::default()
    };
    Work::new(
        format!("bilstm 2x256 {kind} {} b{BATCH}", what(backward)),
        size,
        move || {
            let device = device_of(backward);
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            let layers: Vec<Recurrent> = [first, second]
                .iter()
                .map(|config| config.init(&device, &mut rng))
                .collect();
            let x = normal(&lengths, 21, &device);
            move || {
                finish(
                    layers.iter().fold(x.clone(), |x, layer| layer.forward(&x)).values,
                    backward,
                );
            }
        },
    )
}
