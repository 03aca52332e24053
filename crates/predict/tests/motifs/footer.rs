//! What the footer says.

use processive_core::Region;
use processive_predict::motifs::keys;
use processive_predict::{MotifScanRequest, keys as scan_keys};
use serde_json::{Value, json};

use crate::toy::{bases, collect, fasta, prepared, settings, word_motif};

#[test]
fn the_footer_tells_how_the_rows_came_about() {
    let letters = bases(100, 1);
    let file = fasta(&[("a", &letters), ("b", b"ACGNR")]);
    let motifs = [word_motif("M1", b"GACCGT"), word_motif("M2", b"AC")];
    let set = prepared(&motifs, settings(1e-3, [0.4, 0.1, 0.2, 0.3]));
    let mut request = MotifScanRequest::new(file.path(), &set);
    request.command = "processive scan".to_owned();
    let (_, _, provenance) = collect(&request).unwrap();
    let value = |key: &str| provenance.get(key).unwrap_or_else(|| panic!("{key}")).to_owned();
    let parsed = |key: &str| serde_json::from_str::<Value>(&value(key)).unwrap();
    assert_eq!(value(scan_keys::COMMAND), "processive scan");
    assert_eq!(value(scan_keys::EXTENT), "genome");
    assert_eq!(value(scan_keys::STRAND), "both");
    assert_eq!(value(scan_keys::COORDINATE_SYSTEM), "0-based half-open");
    assert_eq!(parsed(scan_keys::GENOME_CONTIGS), json!([["a", 100], ["b", 5]]));
    assert_eq!(
        parsed(scan_keys::UNKNOWN_LETTERS),
        json!({"known": 103, "n": 1, "other": 1})
    );
    assert_eq!(value(scan_keys::GENOME_DIGEST).len(), 64);
    assert_eq!(
        (&*value(keys::P), &*value(keys::PSEUDOCOUNT), &*value(keys::GRANULARITY)),
        ("0.001", "0.1", "0.001")
    );
    assert_eq!(
        parsed(keys::BACKGROUND),
        json!({"source": "given", "A": 0.4, "C": 0.1, "G": 0.2, "T": 0.3})
    );
    // Windows of six: 95 in a, none in b. Pairs: 99 and 4, two of the latter unknown.
    assert_eq!(parsed(keys::WINDOWS), json!({"all": 95 + 99 + 4, "unknown": 2}));
    // printf 'the file' | sha256sum
    let digest = "994659de87f727ddcde75df44314f31d7f367b3bff347e852f390530f29720c7";
    assert_eq!(value(keys::MOTIFS_DIGEST), digest);
    assert!(value(scan_keys::RULE).contains("palindromic"));

    let motifs = parsed(keys::MOTIFS);
    assert_eq!(motifs.as_array().unwrap().len(), 2);
    let first = &motifs[0];
    assert_eq!(
        (&first["id"], &first["name"], &first["width"]),
        (&json!("M1"), &json!("M1"), &json!(6))
    );
    // The words GACCGT and ACGGTC under 0.4 0.1 0.2 0.3: bases are multiplied in another order than here.
    for (strand, p) in [
        ("plus", 0.2 * 0.4 * 0.1 * 0.1 * 0.2 * 0.3),
        ("minus", 0.4 * 0.1 * 0.2 * 0.2 * 0.3 * 0.1),
    ] {
        let found = first[strand]["p_of_best"].as_f64().unwrap();
        assert!((found / p - 1.0).abs() < 1e-12, "{strand}: {found}");
        assert!(first[strand]["threshold"].as_f64().unwrap() <= first[strand]["best"].as_f64().unwrap());
        assert!(first[strand]["p_of_threshold"].as_f64().unwrap() <= 1e-3);
    }
    // AC has a probability of 0.04.
    assert_eq!(motifs[1]["plus"]["threshold"], Value::Null);
    assert_eq!(motifs[1]["plus"]["p_of_threshold"], Value::Null);
}

#[test]
fn the_footer_of_regions_has_no_digest() {
    let letters = bases(100, 1);
    let file = fasta(&[("a", &letters)]);
    let set = prepared(&[word_motif("M1", b"GACCGT")], settings(1e-3, [0.25; 4]));
    let mut request = MotifScanRequest::new(file.path(), &set);
    request.regions = Some(vec![
        Region::new("a", 5, 50).unwrap(),
        Region::new("a", 60, 61).unwrap(),
    ]);
    let (summary, _, provenance) = collect(&request).unwrap();
    assert_eq!(provenance.get(scan_keys::EXTENT), Some("2 regions"));
    assert_eq!(provenance.get(scan_keys::GENOME_DIGEST), None);
    assert_eq!((summary.genome_digest, summary.bases.total()), (None, 46));
}
