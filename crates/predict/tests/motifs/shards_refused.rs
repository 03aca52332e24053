//! Parts of a search that do not make a whole, and parts that are not what they were.

use std::fs;
use std::path::PathBuf;

use processive_core::Region;
use processive_predict::{MotifScanRequest, MotifSet, PredictError, ShardError, ShardSet, StrandRule};
use processive_report::{HitOptions, Overwrite, TableFormat, create_hit_writer, inspect_parquet, read_hits};
use tempfile::TempDir;

use crate::shards::{gather_to, motifs, request, scan_parts, scan_to};
use crate::toy::{bases, fasta};

/// The reason why files cannot be gathered.
fn refusal(parts: &[PathBuf]) -> ShardError {
    match ShardSet::open(parts).err() {
        Some(PredictError::Shards(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn parts_that_make_no_whole_are_refused() -> Result<(), PredictError> {
    let file = fasta(&[("a", &bases(500, 1))]);
    let motifs = motifs(0.1);
    let folder = TempDir::new().unwrap();
    let scan = request(file.path(), &motifs);
    let parts = scan_parts(&scan, 5, folder.path())?;
    let error = refusal(&[&parts[..1], &parts[2..4]].concat());
    assert!(
        matches!(&error, ShardError::Missing { count: 5, missing } if missing == &["2/5", "5/5"]),
        "{error}"
    );
    let copy = folder.path().join("copy.parquet");
    fs::copy(&parts[3], &copy).unwrap();
    let error = refusal(&[&parts[..], &[copy]].concat()).to_string();
    assert!(
        error.contains("copy.parquet and ") && error.contains("4-5.parquet are both shard 4/5"),
        "{error}"
    );
    let whole = folder.path().join("whole.parquet");
    scan_to(&scan, &whole)?;
    let error = refusal(&[&parts[..], &[whole]].concat());
    assert!(
        matches!(&error, ShardError::NotAShard { path } if path.ends_with("whole.parquet")),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_part_without_some_of_its_hits_is_refused() -> Result<(), PredictError> {
    let file = fasta(&[("a", &bases(500, 1))]);
    let motifs = motifs(0.1);
    let folder = TempDir::new().unwrap();
    let parts = scan_parts(&request(file.path(), &motifs), 2, folder.path())?;
    let less = folder.path().join("less.parquet");
    let options = HitOptions {
        motifs: motifs.cards().names(),
        ..HitOptions::default()
    };
    let names = options.motifs.clone();
    let mut block = read_hits(&parts[1], &names)?.next().expect("the part has hits")?;
    block.hits.pop();
    let mut writer = create_hit_writer(&less, TableFormat::Parquet, options)?;
    writer.write(&block.rows())?;
    writer.finish(&inspect_parquet(&parts[1])?.key_values.into_iter().collect())?;
    let error = refusal(&[parts[0].clone(), less]);
    assert!(
        matches!(&error, ShardError::Rows { path, .. } if path.ends_with("less.parquet")),
        "{error}"
    );
    Ok(())
}

#[test]
fn footers_that_do_not_tell_of_the_motifs_are_refused() -> Result<(), PredictError> {
    let file = fasta(&[("a", &bases(50, 1))]);
    let motifs = motifs(0.1);
    let folder = TempDir::new().unwrap();
    let part = scan_parts(&request(file.path(), &motifs), 1, folder.path())?.remove(0);
    let pairs = inspect_parquet(&part)?.key_values;
    let damaged = folder.path().join("damaged.parquet");
    for (key, value) in [
        ("processive.motifs", "[{\"id\": \"M4\", \"name\": \"M4\"}]"),
        (
            "processive.motifs",
            "[{\"id\": \"M4\", \"name\": \"M4\", \"width\": 4, \"plus\": {\"best\": 1}}]",
        ),
        ("processive.background", "{\"source\": \"x\", \"A\": 0.5, \"C\": 0.5}"),
        ("processive.p", "small"),
        ("processive.strand", "minus"),
        ("processive.shard.hits", "-1"),
        ("processive.windows", "{\"all\": 5}"),
    ] {
        let mut pairs = pairs.clone();
        pairs.insert(key.to_owned(), value.to_owned());
        let options = HitOptions {
            motifs: motifs.cards().names(),
            overwrite: Overwrite::Yes,
            ..HitOptions::default()
        };
        let mut writer = create_hit_writer(&damaged, TableFormat::Parquet, options)?;
        for block in read_hits(&part, &motifs.cards().names())? {
            writer.write(&block?.rows())?;
        }
        writer.finish(&pairs.into_iter().collect())?;
        let output = folder.path().join("out.parquet");
        match gather_to(std::slice::from_ref(&damaged), &output) {
            Err(PredictError::Shards(ShardError::Footer {
                path,
                key: named,
                value: shown,
            })) => {
                assert_eq!((path, named, &*shown), (damaged.clone(), key, value));
            }
            other => panic!("{other:?}"),
        }
        assert!(!output.exists());
    }
    Ok(())
}

#[test]
fn parts_of_other_searches_are_refused_with_what_tells_them_apart() -> Result<(), PredictError> {
    let letters = bases(500, 1);
    let file = fasta(&[("a", &letters), ("b", b"ACGT")]);
    let other = fasta(&[("a", &letters)]);
    let folder = TempDir::new().unwrap();
    let set = motifs(0.1);
    let ours = request(file.path(), &set);
    let parts = scan_parts(&ours, 2, folder.path())?;
    let foreign = |request: &MotifScanRequest<'_>, count| {
        let folder = TempDir::new().unwrap();
        let part = scan_parts(request, count, folder.path()).unwrap().remove(1);
        match refusal(&[parts[0].clone(), part.clone()]) {
            ShardError::Foreign { path, other, key, .. } => {
                assert_eq!((path, other), (part, parts[0].clone()));
                key
            }
            error => panic!("{error}"),
        }
    };
    assert_eq!(foreign(&request(other.path(), &set), 2), "the list of contigs");
    assert_eq!(foreign(&ours, 3), "the number of shards");
    let region = |start| Some(vec![Region::new("a", start, 300).unwrap()]);
    let mut regions = ours.clone();
    regions.regions = region(20);
    assert_eq!(foreign(&regions, 2), "processive.extent");
    let with = |change: &dyn Fn(&mut MotifSet)| {
        let mut set = motifs(0.1);
        change(&mut set);
        foreign(&request(file.path(), &set), 2)
    };
    assert_eq!(with(&|set| set.digest = "f00".to_owned()), "processive.motifs.digest");
    assert_eq!(with(&|set| set.settings.p = 0.2), "processive.p");
    assert_eq!(
        with(&|set| set.settings.background_source = "genome".to_owned()),
        "processive.background"
    );
    assert_eq!(with(&|set| set.settings.pseudocount = 1.0), "processive.pseudocount");
    assert_eq!(with(&|set| set.settings.strand = StrandRule::Plus), "processive.rule");
    // As many regions, but others.
    let folder = TempDir::new().unwrap();
    let parts = scan_parts(&regions, 2, folder.path())?;
    regions.regions = region(21);
    let foreign = TempDir::new().unwrap();
    let foreign = scan_parts(&regions, 2, foreign.path())?;
    let error = refusal(&[parts[0].clone(), foreign[1].clone()]);
    assert!(
        matches!(&error, ShardError::Foreign { key, .. } if key == "the plan of bases"),
        "{error}"
    );
    Ok(())
}
