//! PSIPRED's forms against files that PSIPRED and S4PRED have written, when they are there.
//!
//! The probabilities are those of a reference file, three decimals each: written again, they must give its bytes.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use processive_report::{FoldChain, FoldFormat, FoldOptions, Provenance, create_fold_writer};

type Outcome = Result<(), Box<dyn Error>>;

/// The path of a reference file; says so when it is absent.
fn reference(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ss_reference_outputs");
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent", path.display());
    None
}

/// Letters and probabilities (helix, strand, coil) of a `.ss2` file, whose columns are coil, helix, strand.
fn read_ss2(text: &str) -> (Vec<u8>, Vec<[f32; 3]>) {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split_ascii_whitespace().collect();
        let p = |index: usize| cells[index].parse::<f32>().unwrap();
        (cells[1].as_bytes()[0], [p(4), p(5), p(3)])
    };
    text.lines().skip(2).map(row).unzip()
}

/// Writes a protein in the format that `ending` names.
fn written(ending: &str, sequence: &[u8], three: &[[f32; 3]]) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(format!("out.{ending}"));
    let mut writer = create_fold_writer(&path, FoldFormat::from_path(&path)?, FoldOptions::default())?;
    writer.write(&FoldChain {
        id: "reference",
        description: "",
        sequence,
        three,
        eight: &vec![[0.125; 8]; sequence.len()],
    })?;
    writer.finish(&Provenance::new())?;
    Ok(fs::read_to_string(path)?)
}

/// A text without its first line, which names the program, and without blanks at line ends.
fn below_header(text: &str) -> Vec<&str> {
    text.split('\n').skip(1).map(str::trim_end).collect()
}

/// A text without the state of the only residue whose state in PSIPRED's example is not its most probable one: PSIPRED
/// drops a helix of a single residue.
fn without_state(line: &str, residue: &str, at: usize) -> String {
    if line.contains(residue) {
        [&line[..at], &line[at + 1..]].concat()
    } else {
        line.to_owned()
    }
}

#[test]
fn the_vertical_form_is_that_of_psipred_and_s4pred() -> Outcome {
    for name in ["psipred_example.ss2", "s4pred_1qys.ss2"] {
        let Some(path) = reference(name) else { return Ok(()) };
        let expected = fs::read_to_string(path)?;
        let (sequence, three) = read_ss2(&expected);
        let found = written("ss2", &sequence, &three)?;
        assert!(found.starts_with("# PSIPRED VFORMAT ("), "{found}");
        let lines = |text: &str| -> Vec<String> {
            let lines = text.split('\n').skip(1);
            lines.map(|line| without_state(line, "  68 D ", 7)).collect()
        };
        assert_eq!(lines(&found), lines(&expected), "{name}");
    }
    Ok(())
}

#[test]
fn the_horizontal_form_is_that_of_psipred() -> Outcome {
    let (Some(ss2), Some(horiz)) = (reference("psipred_example.ss2"), reference("psipred_example.horiz")) else {
        return Ok(());
    };
    let (sequence, three) = read_ss2(&fs::read_to_string(ss2)?);
    let (expected, found) = (fs::read_to_string(horiz)?, written("horiz", &sequence, &three)?);
    assert!(found.starts_with("# PSIPRED HFORMAT ("), "{found}");
    let (expected, found) = (below_header(&expected), below_header(&found));
    assert_eq!(expected.len(), found.len());
    let mut digits = 0;
    for (expected, found) in expected.into_iter().zip(found) {
        let (Some(ours), Some(theirs)) = (found.strip_prefix("Conf: "), expected.strip_prefix("Conf: ")) else {
            let [found, expected] = [found, expected].map(|line| without_state(line, "Pred: CCCCCCC", 13));
            assert_eq!(found, expected);
            continue;
        };
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.bytes().zip(theirs.bytes()) {
            // The file's probabilities are rounded: near a tenth the digit may be the next one.
            assert!(ours.abs_diff(theirs) <= 1, "{found} is not {expected}");
            digits += u32::from(ours == theirs);
        }
    }
    // A difference of two numbers of three decimals is off by 0.001 at most: one digit in fifty at most.
    assert!(digits >= 144, "{digits} of 147 digits");
    Ok(())
}

#[test]
fn the_ruler_and_the_blocks_are_those_of_s4pred() -> Outcome {
    let (Some(ss2), Some(horiz)) = (reference("s4pred_1qys.ss2"), reference("s4pred_1qys.horiz")) else {
        return Ok(());
    };
    let (sequence, three) = read_ss2(&fs::read_to_string(ss2)?);
    let (expected, found) = (fs::read_to_string(horiz)?, written("horiz", &sequence, &three)?);
    // S4PRED's digits count something else.
    let without_digits = |text: &str| -> Vec<String> {
        let lines = below_header(text).into_iter().filter(|line| !line.starts_with("Conf:"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(without_digits(&found), without_digits(&expected));
    Ok(())
}

#[test]
fn fasta_of_states_is_that_of_s4pred() -> Outcome {
    let (Some(ss2), Some(fasta)) = (reference("s4pred_1qys.ss2"), reference("s4pred_1qys_ss.fas")) else {
        return Ok(());
    };
    let (sequence, three) = read_ss2(&fs::read_to_string(ss2)?);
    let (expected, found) = (fs::read_to_string(fasta)?, written("fas", &sequence, &three)?);
    let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&found), lines(&expected));
    Ok(())
}
