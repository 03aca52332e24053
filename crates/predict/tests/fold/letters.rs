//! Every letter is kept, counted and, where it must be, refused.

use processive_predict::{FoldNotice, PredictError};

use crate::toy::{ProteinFile, collect, states_of};

#[test]
fn letters_are_kept_as_given_and_counted_by_kind() -> Result<(), PredictError> {
    let file = ProteinFile::new(">a\nMkXu\nOBZ\n>b\nj-.*K\n>c\nX\n>d\nxxxx\n");
    let folded = collect(&file.request())?;
    let sequences: Vec<&[u8]> = folded.rows.iter().map(|row| &*row.sequence).collect();
    assert_eq!(sequences, [&b"MkXuOBZ"[..], b"j-.*K", b"X", b"xxxx"]);
    let summary = folded.summary;
    assert_eq!(
        (summary.residues(), summary.letters.standard(), summary.stops),
        (17, 3, 0)
    );
    assert_eq!(summary.letters.rare(), [('O', 1), ('U', 1)]);
    let unknown = [('*', 1), ('-', 1), ('.', 1), ('B', 1), ('J', 1), ('X', 6), ('Z', 1)];
    assert_eq!(summary.letters.unknown(), unknown);
    assert_eq!(folded.notices, []);
    Ok(())
}

#[test]
fn case_and_a_stop_sign_at_the_end_change_no_label() -> Result<(), PredictError> {
    let file = ProteinFile::new(">a\nMKTAYIAK\n>b\nmktayiak\n>c\nMKTAYIAK*\n>d\nMKTAYIAK**\n>e\n*\n>f\nMKTAYIA*K\n");
    let folded = collect(&file.request())?;
    let rows = &folded.rows;
    for row in &rows[1..4] {
        assert_eq!(row.states, rows[0].states);
    }
    assert_eq!(rows[2].sequence, b"MKTAYIAK");
    // Nothing but a stop sign is a record with one unknown letter; inside, a stop sign has its place.
    assert_eq!((&*rows[4].sequence, &*rows[5].sequence), (&b"*"[..], &b"MKTAYIA*K"[..]));
    assert_eq!(rows[5].states, states_of(b"MKTAYIAXK"));
    assert_eq!(
        (folded.summary.stops, folded.summary.letters.unknown()),
        (3, vec![('*', 2)])
    );
    Ok(())
}

#[test]
fn strict_refuses_the_first_unknown_letter_with_its_place() {
    for (text, message) in [
        (">a\nMKT\n>b\nMkX\n", "residue 3 of b is 'X'"),
        (">a\nM-K\n", "residue 2 of a is '-'"),
        (">a\n*M\n", "residue 1 of a is '*'"),
    ] {
        let file = ProteinFile::new(text);
        let mut request = file.request();
        request.strict = true;
        let error = collect(&request).unwrap_err();
        assert!(matches!(error, PredictError::UnknownLetter { .. }), "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    let file = ProteinFile::new(">a\nMKTUuOo*\n>b\nacdefghiklmnpqrstvwy\n");
    let mut request = file.request();
    request.strict = true;
    assert!(collect(&request).is_ok());
}

#[test]
fn dna_is_noticed_once_and_refused_when_strict() -> Result<(), PredictError> {
    let short: String = (0..4).map(|i| format!(">primer{i}\nACGTNACGTUACGTN\n")).collect();
    let long = format!(">chr1\n{}\n", "acgt".repeat(3000));
    for text in [short, long] {
        let file = ProteinFile::new(text);
        let mut request = file.request();
        assert_eq!(collect(&request)?.notices, [FoldNotice::LooksLikeDna]);
        request.strict = true;
        assert!(matches!(collect(&request).unwrap_err(), PredictError::LooksLikeDna));
    }
    // Too few letters to tell.
    assert_eq!(
        collect(&ProteinFile::new(">tag\nGAGAGAGACCCC\n").request())?.notices,
        []
    );
    Ok(())
}

#[test]
fn ids_may_repeat_which_is_noticed_once() -> Result<(), PredictError> {
    let file = ProteinFile::new(">a\nMK\n>b\nMKT\n>a\nWWW\n>b\nY\n>a\nF\n");
    let folded = collect(&file.request())?;
    assert_eq!(folded.notices, [FoldNotice::RepeatedId("a".to_owned())]);
    assert_eq!(folded.summary.repeated_ids, 3);
    let headers: Vec<&str> = folded.rows.iter().map(|row| row.header.as_str()).collect();
    assert_eq!(headers, ["a", "b", "a", "b", "a"]);
    Ok(())
}
