//! Zoom levels.

use crate::reader::{BigWigFile, Stretch};
use crate::{Rows, bins, write};

/// The summary of the bases `start..end` of rows, base by base; `None` when none has a value.
fn by_definition(contig: u32, rows: &[(u64, u64, f32)], window: std::ops::Range<u64>) -> Option<Stretch> {
    let mut values = Vec::new();
    for &(start, end, value) in rows.iter().filter(|row| row.0 < window.end && row.1 > window.start) {
        values.extend((start.max(window.start)..end.min(window.end)).map(|base| (base, value)));
    }
    let (first, last) = (values.first()?.0, values.last()?.0);
    let sum = |of: fn(f64) -> f64| values.iter().map(|&(_, value)| of(f64::from(value))).sum::<f64>();
    Some(Stretch {
        contig,
        start: u32::try_from(first).unwrap(),
        end: u32::try_from(last + 1).unwrap(),
        bases: u32::try_from(values.len()).unwrap(),
        min: values.iter().map(|value| value.1).fold(f32::INFINITY, f32::min),
        max: values.iter().map(|value| value.1).fold(f32::NEG_INFINITY, f32::max),
        sum: sum(|x| x) as f32,
        squares: sum(|x| x * x) as f32,
    })
}

/// Sums of up to 100,000 numbers near 0.5, in another order: equal to the last digits of an `f32`.
fn is_near(found: f32, expected: f32) -> bool {
    (found - expected).abs() <= 2e-7 * expected.abs()
}

fn check(path: &std::path::Path, table: &[Rows<'_>], widths: &[u32]) {
    let file = BigWigFile::open(path);
    let zooms = file.zooms();
    assert_eq!(zooms.iter().map(|zoom| zoom.0).collect::<Vec<_>>(), widths);
    for (width, found) in zooms {
        let width = u64::from(width);
        let expected: Vec<Stretch> = table
            .iter()
            .zip(0..)
            .flat_map(|((_, rows), contig)| {
                let end = rows[rows.len() - 1].1;
                (0..end.div_ceil(width)).filter_map(move |k| by_definition(contig, rows, k * width..(k + 1) * width))
            })
            .collect();
        assert_eq!(found.len(), expected.len(), "{width}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(is_near(found.sum, expected.sum) && is_near(found.squares, expected.squares));
            let sums = Stretch {
                sum: found.sum,
                squares: found.squares,
                ..*expected
            };
            assert_eq!(*found, sums, "{width}");
        }
    }
}

#[test]
fn levels_summarise_stretches_of_32_bins_and_of_4_times_as_many_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    let mut gaps = bins(3000, 10, 2);
    gaps.retain(|row| row.0 % 1700 < 900 || row.0 > 20_000);
    gaps[700].1 -= 3;
    // 12,000, about 2,500 and 40 values; level after level has at most half as many stretches until there are 1 + 1 + 1.
    let table = [("b", bins(12_000, 10, 1)), ("a", gaps), ("c", bins(40, 10, 3))];
    write(&path, &[], &table, 1000, None).unwrap();
    check(&path, &table, &[320, 1280, 5120, 20_480, 81_920]);
}

#[test]
fn long_entries_are_spread_over_their_stretches_and_levels_that_save_nothing_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    // 5,000 bins of one value are one entry, which 157 stretches of 320 bases would not make shorter.
    let one: Vec<(u64, u64, f32)> = bins(5000, 10, 1).iter().map(|row| (row.0, row.1, 0.5)).collect();
    write(&path, &[], &[("a", one.clone())], 1000, None).unwrap();
    check(&path, &[("a", one.clone())], &[]);
    let two = [("a", one), ("b", bins(600, 10, 1))];
    write(&folder.path().join("b.bw"), &[], &two, 1000, None).unwrap();
    // 601 entries; 157 + 19 stretches, 40 + 5, 10 + 2, 3 + 1, 1 + 1.
    check(&folder.path().join("b.bw"), &two, &[320, 1280, 5120, 20_480, 81_920]);
}
