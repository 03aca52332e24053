//! The footer tells how the rows came about.

use processive_predict::fold::keys;
use processive_predict::{ModelIdentity, PredictError};
use processive_report::FoldStates;

use crate::toy::{ProteinFile, collect};

#[test]
fn the_footer_names_proteins_model_letters_and_rule() -> Result<(), PredictError> {
    let file = ProteinFile::new(">a of two\nMKx\nU*\n>b\nW\n>b\nW\n");
    let mut request = file.request();
    request.model = ModelIdentity {
        name: "structure".to_owned(),
        digest: "00ff".to_owned(),
    };
    request.states = FoldStates::Eight;
    request.command = "processive fold".to_owned();
    let provenance = collect(&request)?.provenance;
    for (key, value) in [
        (keys::VERSION, env!("CARGO_PKG_VERSION")),
        (keys::COMMAND, "processive fold"),
        (keys::MODEL_NAME, "structure"),
        (keys::MODEL_DIGEST, "00ff"),
        (keys::PROTEINS, "3"),
        (keys::RESIDUES, "6"),
        // printf '>a\nMKXU*\n>b\nW\n>b\nW\n' | sha256sum
        (
            keys::PROTEINS_DIGEST,
            "118a842056d668d4b529ba4e6bf64e21b26cbfc266be6eb56a1dd130abba40bc",
        ),
        (keys::REPEATED_IDS, "1"),
        (keys::STOPS, "1"),
        (keys::STATES, "8"),
        (keys::REDUCTION, "ghi-eb"),
        (keys::COORDINATE_SYSTEM, "1-based residue numbers"),
        (
            keys::UNKNOWN_LETTERS,
            r#"{"rare":{"U":1},"standard":4,"unknown":{"X":1}}"#,
        ),
    ] {
        assert_eq!(provenance.get(key), Some(value), "{key}");
    }
    assert!(provenance.get(keys::RULE).unwrap().contains("p_helix sums H, G and I"));
    assert_eq!(provenance.get("bio.coordinate_system_zero_based"), None);
    Ok(())
}
