//! A Parquet table of hits read back whole.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Float32Array, Float64Array, Int32Array, RecordBatch, StringArray, types::Int32Type,
};
use parquet::arrow::ArrowWriter;
use processive_core::{Contig, Strand};
use processive_report::{
    Hit, HitMotif, HitOptions, HitRows, HitWriter, Provenance, ReportError, TableFormat, create_hit_writer, read_hits,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Two motifs of one name, and one that has no hit.
fn motifs() -> Vec<HitMotif> {
    [("MA1", "CTCF"), ("MA2", "unseen"), ("MA3", "CTCF")]
        .map(|(id, name)| HitMotif {
            id: id.to_owned(),
            name: name.to_owned(),
        })
        .to_vec()
}

fn writer(path: &Path, longest_contig: u64) -> Result<Box<dyn HitWriter>, ReportError> {
    let contigs = [Contig::new("short", 5), Contig::new("long", longest_contig)];
    let options = HitOptions {
        motifs: motifs(),
        ..HitOptions::default().for_contigs(&contigs)
    };
    create_hit_writer(path, TableFormat::Parquet, options)
}

/// Hits from `first` on, no two alike, on both strands of two motifs.
fn hits(first: u64, count: u64) -> Vec<Hit> {
    let hit = |k: u64| Hit {
        start: first + k / 3,
        end: first + k / 3 + 7,
        motif: if k.is_multiple_of(3) { 0 } else { 2 },
        strand: if k % 3 == 2 { Strand::Minus } else { Strand::Plus },
        score: 20.0 / (k + 1) as f32,
        p: 1e-4 / (k + 3) as f64,
    };
    (0..count).map(hit).collect()
}

#[test]
fn hits_that_are_read_and_written_again_are_the_same_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (path, copy) = (folder.path().join("hits.parquet"), folder.path().join("copy.parquet"));
    for (counts, first) in [
        (&[("chrI", 122_880 + 77), ("chrII", 5), ("chrM", 9000)][..], 0),
        (&[("long", 1000)], 1 << 32),
        (&[("a", 1), ("b", 1), ("c", 1)], 50),
        (&[], 0),
    ] {
        let footer = Provenance::from_iter([("key", "value")]);
        let mut table = writer(&path, first + 50_000)?;
        let mut expected = Vec::new();
        for &(chrom, count) in counts {
            let hits = hits(first, count);
            table.write(&HitRows { chrom, hits: &hits })?;
            expected.extend(hits.into_iter().map(|hit| (chrom.to_owned(), hit)));
        }
        table.finish(&footer)?;

        let motifs = motifs();
        let mut table = writer(&copy, first + 50_000)?;
        let mut found = Vec::new();
        for block in read_hits(&path, &motifs)? {
            let block = block?;
            found.extend(block.hits.iter().map(|hit| (block.chrom.to_string(), *hit)));
            table.write(&block.rows())?;
        }
        table.finish(&footer)?;
        assert!(found == expected, "{counts:?}");
        assert!(fs::read(&copy)? == fs::read(&path)?, "{counts:?}");
        fs::remove_file(&path)?;
        fs::remove_file(&copy)?;
    }
    Ok(())
}

/// A table of one hit whose columns are as they are given.
fn write_columns(path: &Path, columns: Vec<(&str, ArrayRef)>) -> Outcome {
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut writer = ArrowWriter::try_new(fs::File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// The columns of a hit of MA3; texts are plain, not numbers of texts.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let number = |number: i32| Arc::new(Int32Array::from(vec![number])) as ArrayRef;
    vec![
        ("chrom", text("c")),
        ("start", number(41)),
        ("end", number(50)),
        ("motif", text("MA3")),
        ("name", text("CTCF")),
        ("strand", text("-")),
        ("score", Arc::new(Float32Array::from(vec![1.5]))),
        ("p", Arc::new(Float64Array::from(vec![0.25]))),
    ]
}

#[test]
fn tables_of_other_writers_are_read_by_the_names_of_their_columns() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("hits.parquet");
    let mut shuffled = columns();
    shuffled.reverse();
    write_columns(&path, shuffled)?;
    let motifs = motifs();
    let blocks = read_hits(&path, &motifs)?.collect::<Result<Vec<_>, _>>()?;
    let hit = Hit {
        start: 41,
        end: 50,
        motif: 2,
        strand: Strand::Minus,
        score: 1.5,
        p: 0.25,
    };
    assert_eq!(
        (&*blocks[0].chrom, &*blocks[0].hits, blocks.len()),
        ("c", &[hit][..], 1)
    );
    Ok(())
}

#[test]
fn columns_and_rows_that_are_no_hits_are_refused_with_their_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("hits.parquet");
    let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let codes: DictionaryArray<Int32Type> = [Some("CTCF")].into_iter().collect();
    let nothing: DictionaryArray<Int32Type> = [None::<&str>].into_iter().collect();
    let cases: [(&str, ArrayRef, &[&str]); 9] = [
        (
            "motif",
            text("MA7"),
            &["foreign hit at c:41 (0-based)", "no motif 'MA7'"],
        ),
        ("name", text("unseen"), &["c:41", "motif MA3 is not called 'unseen'"]),
        ("strand", text("."), &["c:41", "its strand is '.'"]),
        ("start", Arc::new(Int32Array::from(vec![-1])), &["'start'", "from 0"]),
        (
            "score",
            Arc::new(Float64Array::from(vec![1.5])),
            &["'score'", "Float64, not float32"],
        ),
        (
            "p",
            Arc::new(Float32Array::from(vec![0.5])),
            &["'p'", "Float32, not float64"],
        ),
        (
            "chrom",
            Arc::new(Int32Array::from(vec![1])),
            &["'chrom'", "dictionary<int32, utf8>"],
        ),
        ("strand", Arc::new(nothing), &["'strand'", "without nulls"]),
        ("name", Arc::new(codes), &[]),
    ];
    let motifs = motifs();
    for (name, column, said) in cases {
        let mut changed = columns();
        let place = changed.iter().position(|(other, _)| *other == name).ok_or("a column")?;
        changed[place].1 = column;
        write_columns(&path, changed)?;
        let read = read_hits(&path, &motifs)?.collect::<Result<Vec<_>, _>>();
        match read {
            Ok(_) => assert!(said.is_empty(), "{name} was read"),
            Err(error) => {
                let error = error.to_string();
                assert!(
                    !said.is_empty() && said.iter().all(|said| error.contains(said)),
                    "{error}"
                );
                assert!(error.contains("hits.parquet"), "{error}");
            }
        }
        let mut fewer = columns();
        fewer.remove(place);
        write_columns(&path, fewer)?;
        let error = read_hits(&path, &motifs).err().ok_or("it was read")?.to_string();
        assert!(error.contains(&format!("no column '{name}'")), "{error}");
    }
    fs::write(&path, "chrom\tstart\n")?;
    assert!(matches!(
        read_hits(&path, &motifs).err(),
        Some(ReportError::NotParquet { .. })
    ));
    Ok(())
}
