//! Motifs in TRANSFAC's format.

use processive_core::Motif;

use super::text::{Line, MotifText, counts_or_probabilities, is_whole, number};
use crate::IngestError;

/// A record as far as it is read.
#[derive(Default)]
struct Record<'a> {
    accession: Option<&'a str>,
    identifier: Option<&'a str>,
    name: Option<&'a str>,
    matrix: Option<Matrix>,
}

struct Matrix {
    /// The line that names the letters.
    at: usize,
    /// For A, C, G, T the column that has the letter's numbers.
    columns: [usize; 4],
    /// The number in front of the first row.
    first: u64,
    rows: Vec<[f64; 4]>,
    is_whole: bool,
}

impl<'a> Record<'a> {
    fn id(&self) -> &'a str {
        self.accession.or(self.identifier).unwrap_or_default()
    }

    /// The name, or the identifier when there is an accession, too.
    fn name(&self) -> &'a str {
        let identifier = self.accession.and(self.identifier);
        self.name.or(identifier).unwrap_or_default()
    }
}

/// Reads all motifs. A motif's accession is its `AC`, or its `ID` without one; its other name is its `NA`, or its `ID`.
/// Records that have neither accession nor matrix are skipped.
pub(super) fn parse(text: &MotifText<'_>) -> Result<Vec<Motif>, IngestError> {
    let mut motifs = Vec::new();
    let mut record = Record::default();
    for (at, line) in text.lines().filter(|(_, line)| !line.starts_with('#')) {
        let (key, value) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let value = value.trim();
        match key {
            "//" => motifs.extend(finish(text, std::mem::take(&mut record), (at, line))?),
            "AC" => record.accession = word(value),
            "ID" => record.identifier = word(value),
            "NA" => record.name = (!value.is_empty()).then_some(value),
            "P0" | "PO" => begin_matrix(text, &mut record, (at, line))?,
            _ if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()) => {
                read_row(text, &mut record, (at, line))?;
            }
            _ => {}
        }
    }
    if record.matrix.is_some() || !record.id().is_empty() {
        let (at, found) = text.end();
        return Err(text.invalid(at, record.id(), "expected '//' at the end of a record", found));
    }
    Ok(motifs)
}

fn word(value: &str) -> Option<&str> {
    value.split_ascii_whitespace().next()
}

fn begin_matrix(text: &MotifText<'_>, record: &mut Record<'_>, (at, line): Line<'_>) -> Result<(), IngestError> {
    let letters: Vec<String> = line
        .split_ascii_whitespace()
        .skip(1)
        .map(str::to_ascii_uppercase)
        .collect();
    let place = |letter: &str| letters.iter().take(4).position(|known| known == letter);
    let columns = [place("A"), place("C"), place("G"), place("T").or_else(|| place("U"))];
    let [Some(a), Some(c), Some(g), Some(t)] = columns else {
        return Err(text.invalid(at, record.id(), "expected the letters A, C, G and T", line));
    };
    let matrix = Matrix {
        at,
        columns: [a, c, g, t],
        first: 0,
        rows: Vec::new(),
        is_whole: true,
    };
    if record.matrix.replace(matrix).is_some() {
        return Err(text.invalid(at, record.id(), "expected '//' between two matrices", line));
    }
    Ok(())
}

fn read_row(text: &MotifText<'_>, record: &mut Record<'_>, (at, line): Line<'_>) -> Result<(), IngestError> {
    let id = record.id();
    let Some(matrix) = &mut record.matrix else {
        return Err(text.invalid(
            at,
            id,
            "expected 'P0' and the letters before the rows of a matrix",
            line,
        ));
    };
    let mut words = line.split_ascii_whitespace();
    let label = words.next().and_then(|label| label.parse::<u64>().ok());
    let words: Vec<&str> = words.take(4).collect();
    let numbers: Option<Vec<f64>> = words.iter().map(|word| number(word)).collect();
    let numbers = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    let (Some(label), Some(numbers)) = (label, numbers) else {
        return Err(text.invalid(at, id, "expected a row's number and four counts or probabilities", line));
    };
    if matrix.rows.is_empty() {
        matrix.first = label;
    }
    if label != matrix.first.saturating_add(matrix.rows.len() as u64) {
        return Err(text.invalid(at, id, "expected the rows of a matrix in order, none left out", line));
    }
    matrix.is_whole &= words.iter().all(|word| is_whole(word));
    matrix.rows.push(matrix.columns.map(|column| numbers[column]));
    Ok(())
}

/// Makes a motif of a record that ends in `line`.
fn finish(text: &MotifText<'_>, record: Record<'_>, (at, line): Line<'_>) -> Result<Option<Motif>, IngestError> {
    let (id, name) = (record.id(), record.name());
    match record.matrix {
        None if id.is_empty() => Ok(None),
        None => Err(text.invalid(
            at,
            id,
            "expected a matrix (P0 A C G T) before the end of a record",
            line,
        )),
        Some(matrix) if id.is_empty() => {
            Err(text.invalid(matrix.at, "", "expected 'AC' or 'ID' before a matrix", "none"))
        }
        Some(matrix) if matrix.rows.is_empty() => Err(text.invalid(at, id, "expected the rows of a matrix", line)),
        Some(matrix) => {
            let motif = counts_or_probabilities((id, name), matrix.rows, matrix.is_whole);
            text.checked(matrix.at, motif).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Motif>, IngestError> {
        super::parse(&MotifText::new(Path::new("x.transfac"), text.as_bytes())?)
    }

    #[test]
    fn names_letters_and_rows_are_found_wherever_they_stand() -> Result<(), IngestError> {
        let text = "VV  TRANSFAC MATRIX TABLE\nXX\n//\nAC  M00001\nXX\nID  V$MYOD_01\nXX\nNA  Myo D\nP0      A      C      G      T\n\
                    01      1      2      2      0      S\n02      0      0      0      0      N\nXX\n//\n\
                    ID Arnt other words\r\nDE x\r\nPO\tT\tG\tC\tA\r\n0\t.125\t.25\t.25\t.375\r\n1\t1.0\t0\t0\t0\r\nBA  5 sites\r\n//\r\n\
                    AC MA1\nID Ahr\nP0 A C G T\n1 0 3 0 0\n//";
        let motifs = parse(text)?;
        let names: Vec<_> = motifs.iter().map(|motif| (motif.id(), motif.name())).collect();
        assert_eq!(names, [("M00001", "Myo D"), ("Arnt", "Arnt"), ("MA1", "Ahr")]);
        assert_eq!(motifs[0].probabilities(), [[0.2, 0.4, 0.4, 0.0], [0.25; 4]]);
        assert_eq!((motifs[0].sites(), motifs[2].sites()), (&[5.0, 0.0][..], &[3.0][..]));
        assert_eq!(
            motifs[1].probabilities(),
            [[0.375, 0.25, 0.25, 0.125], [0.0, 0.0, 0.0, 1.0]]
        );
        assert_eq!(motifs[1].sites(), [20.0; 2]);
        Ok(())
    }

    #[test]
    fn broken_files_name_the_line_and_the_motif() {
        let head = "AC M1\nP0 A C G T\n";
        let cases = [
            (
                "AC M1\nP0 A C G\n",
                "line 2: expected the letters A, C, G and T, found 'P0 A C G' (motif M1)",
            ),
            (
                "AC M1\nXX\n//\n",
                "line 3: expected a matrix (P0 A C G T) before the end of a record, found '//' (motif M1)",
            ),
            (
                &format!("{head}//\n"),
                "line 3: expected the rows of a matrix, found '//' (motif M1)",
            ),
            (
                "P0 A C G T\n1 1 1 1 1\n//\n",
                "line 1: expected 'AC' or 'ID' before a matrix, found 'none'",
            ),
            (
                "AC M1\n01 1 2 3 4\n",
                "line 2: expected 'P0' and the letters before the rows of a matrix, found '01 1 2 3 4' (motif M1)",
            ),
            (
                &format!("{head}01 1 2 3\n"),
                "line 3: expected a row's number and four counts or probabilities, found '01 1 2 3' (motif M1)",
            ),
            (
                &format!("{head}01 1 2 x 4\n"),
                "line 3: expected a row's number and four counts or probabilities, found '01 1 2 x 4' (motif M1)",
            ),
            (
                &format!("{head}01 1 2 -3 4\n"),
                "line 3: expected a row's number and four counts or probabilities, found '01 1 2 -3 4' (motif M1)",
            ),
            (
                &format!("{head}01 1 2 3 4\n03 1 2 3 4\n"),
                "line 4: expected the rows of a matrix in order, none left out, found '03 1 2 3 4' (motif M1)",
            ),
            (
                &format!("{head}01 1 2 3 4\n{head}"),
                "line 5: expected '//' between two matrices, found 'P0 A C G T' (motif M1)",
            ),
            (
                &format!("{head}01 1 2 3 4\n"),
                "line 4: expected '//' at the end of a record, found 'the end of the file' (motif M1)",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(
                parse(text).unwrap_err().to_string(),
                format!("x.transfac, {message}"),
                "{text}"
            );
        }
    }
}
