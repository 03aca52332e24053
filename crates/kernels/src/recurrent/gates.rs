//! One step of one sequence: what happens to a row of gates between two products.
#![allow(
    clippy::many_single_char_names,
    clippy::similar_names,
    reason = "the papers' letters"
)]

use super::Cell;
use crate::activation::{sigmoid, tanh};
use crate::simd::{LANES, Simd};

type Lane = [f32; LANES];

#[inline(always)]
fn lanes(row: &[f32]) -> &[Lane] {
    row.as_chunks().0
}

#[inline(always)]
fn lanes_mut(row: &mut [f32]) -> &mut [Lane] {
    row.as_chunks_mut().0
}

/// The four sections of a row, each of `n` lanes.
#[inline(always)]
fn quarters(row: &[Lane], n: usize) -> [&[Lane]; 4] {
    [&row[..n], &row[n..2 * n], &row[2 * n..3 * n], &row[3 * n..4 * n]]
}

#[inline(always)]
fn quarters_mut(row: &mut [Lane], n: usize) -> [&mut [Lane]; 4] {
    let (a, rest) = row.split_at_mut(n);
    let (b, rest) = rest.split_at_mut(n);
    let (c, d) = rest.split_at_mut(n);
    [a, b, c, &mut d[..n]]
}

/// Turns a row of pre-activations into the activated gates and moves the state by one step.
///
/// `c` is the LSTM's cell; other cells leave it alone.
#[inline(always)]
pub(super) fn advance<S: Simd>(simd: S, cell: Cell, gates: &mut [f32], h: &mut [f32], c: &mut [f32]) {
    let (gates, h) = (lanes_mut(gates), lanes_mut(h));
    match cell {
        Cell::Elman => advance_elman(simd, gates, h),
        Cell::Gru => advance_gru(simd, gates, h),
        Cell::Lstm => advance_lstm(simd, gates, h, lanes_mut(c)),
    }
}

#[inline(always)]
fn advance_elman<S: Simd>(simd: S, gates: &mut [Lane], h: &mut [Lane]) {
    for (gate, h) in gates.iter().zip(h) {
        simd.store(tanh(simd, simd.load(gate)), h);
    }
}

#[inline(always)]
fn advance_gru<S: Simd>(simd: S, gates: &mut [Lane], h: &mut [Lane]) {
    let lanes = h.len();
    let [n_gate, r_gate, z_gate, q_gate] = quarters_mut(gates, lanes);
    for j in 0..lanes {
        let r = sigmoid(simd, simd.load(&r_gate[j]));
        let z = sigmoid(simd, simd.load(&z_gate[j]));
        let n = tanh(simd, simd.mul_add(r, simd.load(&q_gate[j]), simd.load(&n_gate[j])));
        // n + z (h - n)
        let state = simd.mul_add(z, simd.sub(simd.load(&h[j]), n), n);
        simd.store(r, &mut r_gate[j]);
        simd.store(z, &mut z_gate[j]);
        simd.store(n, &mut n_gate[j]);
        simd.store(state, &mut h[j]);
    }
}

#[inline(always)]
fn advance_lstm<S: Simd>(simd: S, gates: &mut [Lane], h: &mut [Lane], c: &mut [Lane]) {
    let lanes = h.len();
    let c = &mut c[..lanes];
    let [i_gate, f_gate, g_gate, o_gate] = quarters_mut(gates, lanes);
    for j in 0..lanes {
        let i = sigmoid(simd, simd.load(&i_gate[j]));
        let f = sigmoid(simd, simd.load(&f_gate[j]));
        let g = tanh(simd, simd.load(&g_gate[j]));
        let o = sigmoid(simd, simd.load(&o_gate[j]));
        let state = simd.mul_add(f, simd.load(&c[j]), simd.mul(i, g));
        simd.store(i, &mut i_gate[j]);
        simd.store(f, &mut f_gate[j]);
        simd.store(g, &mut g_gate[j]);
        simd.store(o, &mut o_gate[j]);
        simd.store(state, &mut c[j]);
        simd.store(simd.mul(o, tanh(simd, state)), &mut h[j]);
    }
}

/// What the forward pass left of one step of one sequence.
pub(super) struct Past<'a> {
    /// The activated gates (none for Elman).
    pub(super) gates: &'a [f32],
    /// The state after the step.
    pub(super) h: &'a [f32],
    /// The state before the step.
    pub(super) h_before: &'a [f32],
    /// The LSTM's cell after the step.
    pub(super) c: &'a [f32],
    /// The LSTM's cell before the step.
    pub(super) c_before: &'a [f32],
}

/// Gradients with respect to the state, carried from step to step.
pub(super) struct Carry<'a> {
    /// In: of `h` after the step, without the part through the output. Out: of `h` before the step, without the part
    /// through the recurrent product.
    pub(super) h: &'a mut [f32],
    /// Of the LSTM's cell, after and then before the step.
    pub(super) c: &'a mut [f32],
}

/// Computes the gradient of a row of pre-activations from the gradient of the step's output, `dy`, and adds it to the
/// gradient of the bias.
#[inline(always)]
pub(super) fn retreat<S: Simd>(
    simd: S,
    cell: Cell,
    past: &Past<'_>,
    dy: &[f32],
    carry: &mut Carry<'_>,
    d_gates: &mut [f32],
    d_bias: &mut [f32],
) {
    let dy = lanes(dy);
    let (dh, d) = (&mut lanes_mut(carry.h)[..dy.len()], lanes_mut(d_gates));
    match cell {
        Cell::Elman => retreat_elman(simd, past, dy, dh, d),
        Cell::Gru => retreat_gru(simd, past, dy, dh, d),
        Cell::Lstm => retreat_lstm(simd, past, dy, dh, lanes_mut(carry.c), d),
    }
    for (sum, d) in lanes_mut(d_bias).iter_mut().zip(d) {
        simd.store(simd.add(simd.load(sum), simd.load(d)), sum);
    }
}

#[inline(always)]
fn retreat_elman<S: Simd>(simd: S, past: &Past<'_>, dy: &[Lane], dh: &mut [Lane], d: &mut [Lane]) {
    for (((h, dy), dh), d) in lanes(past.h).iter().zip(dy).zip(dh).zip(d) {
        let h = simd.load(h);
        let slope = simd.sub(simd.splat(1.0), simd.mul(h, h));
        simd.store(simd.mul(simd.add(simd.load(dy), simd.load(dh)), slope), d);
        simd.store(simd.splat(0.0), dh);
    }
}

#[inline(always)]
fn retreat_gru<S: Simd>(simd: S, past: &Past<'_>, dy: &[Lane], dh: &mut [Lane], d: &mut [Lane]) {
    let count = dy.len();
    let one = simd.splat(1.0);
    let h_before = &lanes(past.h_before)[..count];
    let [n_gate, r_gate, z_gate, q_gate] = quarters(lanes(past.gates), count);
    let [dn_gate, dr_gate, dz_gate, dq_gate] = quarters_mut(d, count);
    for j in 0..count {
        let (n, r) = (simd.load(&n_gate[j]), simd.load(&r_gate[j]));
        let (z, q) = (simd.load(&z_gate[j]), simd.load(&q_gate[j]));
        let dy = simd.add(simd.load(&dy[j]), simd.load(&dh[j]));
        let slope = simd.mul(simd.sub(one, z), simd.sub(one, simd.mul(n, n)));
        let dn = simd.mul(dy, slope);
        let dz = simd.mul(
            simd.mul(dy, simd.sub(simd.load(&h_before[j]), n)),
            simd.mul(z, simd.sub(one, z)),
        );
        let dq = simd.mul(dn, r);
        simd.store(dn, &mut dn_gate[j]);
        simd.store(simd.mul(simd.mul(dq, q), simd.sub(one, r)), &mut dr_gate[j]);
        simd.store(dz, &mut dz_gate[j]);
        simd.store(dq, &mut dq_gate[j]);
        simd.store(simd.mul(dy, z), &mut dh[j]);
    }
}

#[inline(always)]
fn retreat_lstm<S: Simd>(simd: S, past: &Past<'_>, dy: &[Lane], dh: &mut [Lane], dc: &mut [Lane], d: &mut [Lane]) {
    let count = dy.len();
    let one = simd.splat(1.0);
    let (c, c_before) = (&lanes(past.c)[..count], &lanes(past.c_before)[..count]);
    let dc = &mut dc[..count];
    let [i_gate, f_gate, g_gate, o_gate] = quarters(lanes(past.gates), count);
    let [di_gate, df_gate, dg_gate, do_gate] = quarters_mut(d, count);
    for j in 0..count {
        let (i, f) = (simd.load(&i_gate[j]), simd.load(&f_gate[j]));
        let (g, o) = (simd.load(&g_gate[j]), simd.load(&o_gate[j]));
        let dy = simd.add(simd.load(&dy[j]), simd.load(&dh[j]));
        let tc = tanh(simd, simd.load(&c[j]));
        let dyo = simd.mul(dy, o);
        let d_cell = simd.add(simd.load(&dc[j]), simd.mul(dyo, simd.sub(one, simd.mul(tc, tc))));
        let d_i = simd.mul(d_cell, i);
        let d_f = simd.mul(d_cell, f);
        simd.store(simd.mul(simd.mul(d_i, g), simd.sub(one, i)), &mut di_gate[j]);
        simd.store(
            simd.mul(simd.mul(d_f, simd.load(&c_before[j])), simd.sub(one, f)),
            &mut df_gate[j],
        );
        simd.store(simd.mul(d_i, simd.sub(one, simd.mul(g, g))), &mut dg_gate[j]);
        simd.store(simd.mul(simd.mul(dyo, tc), simd.sub(one, o)), &mut do_gate[j]);
        simd.store(d_f, &mut dc[j]);
        simd.store(simd.splat(0.0), &mut dh[j]);
    }
}
