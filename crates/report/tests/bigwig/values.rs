//! Values, contigs and the index.

use std::collections::HashMap;
use std::fs;

use processive_core::Contig;
use proptest::prelude::*;

use crate::reader::{BigWigFile, Value};
use crate::{Rows, bins, write};

/// Values with the name of their contig; those of one value that touch are one.
fn joined(values: impl IntoIterator<Item = (String, Value)>) -> Vec<(String, Value)> {
    let mut joined: Vec<(String, Value)> = Vec::new();
    for (name, value) in values {
        match joined.last_mut() {
            Some((last_name, last))
                if *last_name == name && last.end == value.start && last.score.to_bits() == value.score.to_bits() =>
            {
                last.end = value.end;
            }
            _ => joined.push((name, Value { contig: 0, ..value })),
        }
    }
    joined
}

fn of_table(table: &[Rows<'_>]) -> Vec<(String, Value)> {
    joined(table.iter().flat_map(|(chrom, rows)| {
        rows.iter().map(|&(start, end, value)| {
            let value = Value {
                contig: 0,
                start: u32::try_from(start).unwrap(),
                end: u32::try_from(end).unwrap(),
                score: value,
            };
            ((*chrom).to_owned(), value)
        })
    }))
}

fn of_file(file: &BigWigFile) -> Vec<(String, Value)> {
    let names: HashMap<u32, String> = file.contigs().into_iter().map(|(name, id, _)| (id, name)).collect();
    joined(
        file.values(None)
            .1
            .into_iter()
            .map(|value| (names[&value.contig].clone(), value)),
    )
}

#[test]
fn every_value_comes_back_and_equal_neighbours_are_one_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    let table = [
        (
            "chr2",
            vec![
                (0, 10, 0.5),
                (10, 20, 0.5),
                (20, 30, 0.25),
                (50, 60, 0.25),
                (60, 64, 0.25),
            ],
        ),
        ("chr10", vec![(50, 60, 0.25)]),
    ];
    let contigs = [Contig::new("chr2", 70), Contig::new("gap", 5), Contig::new("chr10", 60)];
    write(&path, &contigs, &table, 2, None).unwrap();
    let file = BigWigFile::open(&path);
    let by_name = [("chr10", 1, 60), ("chr2", 0, 70), ("gap", 2, 5)];
    assert_eq!(
        file.contigs(),
        by_name.map(|(name, id, length)| (name.to_owned(), id, length))
    );
    let value = |contig, start, end, score| Value {
        contig,
        start,
        end,
        score,
    };
    let expected = [
        value(0, 0, 20, 0.5),
        value(0, 20, 30, 0.25),
        value(0, 50, 64, 0.25),
        value(1, 50, 60, 0.25),
    ];
    assert_eq!(file.values(None).1, expected);
    // 20 bases of 0.5 and 34 of 0.25.
    assert_eq!(file.summary(), (54, [0.25, 0.5, 18.5, 7.125]));
}

#[test]
fn rounding_comes_before_merging() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    // Eleven bins that become one entry, then another: told bin by bin they would take more bytes.
    let mut rows: Vec<(u64, u64, f32)> = (0..11)
        .map(|row| (5 * row, 5 * row + 5, 0.115 + 0.000_9 * row as f32))
        .collect();
    rows.push((55, 60, 0.2));
    write(&path, &[], &[("c", rows)], 9, Some(2)).unwrap();
    let file = BigWigFile::open(&path);
    // Without a genome's contigs, a length is where the values end.
    assert_eq!(file.contigs(), [("c".to_owned(), 0, 60)]);
    let found: Vec<_> = file.values(None).1.iter().map(|v| (v.start, v.end, v.score)).collect();
    assert_eq!(found, [(0, 55, 0.12), (55, 60, 0.2)]);
}

#[test]
fn a_query_opens_the_blocks_of_its_region_only_however_deep_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    // 2,048 values in a block and 256 blocks in a node: more than 524,288 values make an index of two levels.
    let table = [
        ("b", bins(600_000, 3, 1)),
        ("a", bins(5000, 3, 2)),
        ("c", bins(1, 3, 3)),
    ];
    write(&path, &[], &table, 10_000, None).unwrap();
    let file = BigWigFile::open(&path);
    let (blocks, all) = file.values(None);
    assert_eq!((blocks, all.len()), (293 + 3 + 1, 605_001));
    assert_eq!(of_file(&file), of_table(&table));
    for (query, opened) in [
        ((0, 0, 1), 1),
        ((0, 1_799_999, 1_800_000), 1),
        ((0, 6140, 6150), 2),
        ((1, 0, 15_000), 3),
        ((2, 0, 3), 1),
        ((2, 3, 9), 0),
        ((3, 0, 9), 0),
    ] {
        let (blocks, found) = file.values(Some(query));
        let (contig, from, to) = query;
        let overlaps = |value: &&Value| value.contig == contig && value.start < to && value.end > from;
        assert_eq!(found, all.iter().filter(overlaps).copied().collect::<Vec<_>>());
        assert_eq!(blocks, opened, "{query:?}");
    }
}

#[test]
fn any_number_of_contigs_is_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    // More than 65,536: three levels of 256, and more than 16 bits count.
    let names: Vec<String> = (0..70_000).map(|number| format!("scaffold{number}")).collect();
    let table: Vec<Rows<'_>> = names
        .iter()
        .take(300)
        .map(|name| (name.as_str(), vec![(0, 4, 0.5)]))
        .collect();
    let contigs: Vec<Contig> = names.iter().map(|name| Contig::new(name.as_str(), 7)).collect();
    write(&path, &contigs, &table, 1, None).unwrap();
    let file = BigWigFile::open(&path);
    let mut expected: Vec<(String, u32, u32)> = names.into_iter().zip(0..).map(|(name, id)| (name, id, 7)).collect();
    expected.sort();
    assert_eq!(file.contigs(), expected);
    assert_eq!(file.values(None).0, 300);
    assert_eq!(file.values(Some((299, 3, 4))).1.len(), 1);
}

#[test]
fn a_scan_without_values_is_a_file_without_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bw");
    for contigs in [&[][..], &[Contig::new("chr1", 8)]] {
        write(&path, contigs, &[], 1, None).unwrap();
        let file = BigWigFile::open(&path);
        assert_eq!(file.contigs().len(), contigs.len());
        assert_eq!((file.values(None), file.zooms().len()), ((0, Vec::new()), 0));
        assert_eq!(file.summary(), (0, [0.0; 4]));
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_are_split() {
    let folder = tempfile::tempdir().unwrap();
    let table = [("b", bins(9000, 10, 1)), ("a", bins(70, 10, 2))];
    let bytes = |block: usize| {
        let path = folder.path().join(format!("{block}.bw"));
        write(&path, &[], &table, block, Some(2)).unwrap();
        fs::read(path).unwrap()
    };
    let once = bytes(100_000);
    assert!(bytes(777) == once && bytes(1) == once);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reading_undoes_writing(
        rows in prop::collection::vec((0u64..3, 1u64..4, (0u8..3).prop_map(|v| f32::from(v) / 2.0)), 0..200),
        cut in 0usize..200,
        block in 1usize..300,
    ) {
        let mut at = 0;
        let mut table: [Rows<'_>; 2] = [("z", Vec::new()), ("a", Vec::new())];
        for (row, &(gap, width, value)) in rows.iter().enumerate() {
            let contig = usize::from(row >= cut);
            if row == cut {
                at = 0;
            }
            table[contig].1.push((at + gap, at + gap + width, value));
            at += gap + width;
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.bw");
        let contigs = [Contig::new("z", 2000), Contig::new("a", 2000)];
        write(&path, &contigs, &table, block, None).unwrap();
        let file = BigWigFile::open(&path);
        prop_assert_eq!(of_file(&file), of_table(&table));
    }
}
