//! Motifs below a line that begins with `>`: JASPAR's forms, HOMER's and `GimmeMotifs`'.

use processive_core::Motif;

use super::text::{Line, MotifText, counts_or_probabilities, is_whole, number};
use crate::IngestError;

/// A header and its rows of numbers.
struct Record<'a> {
    at: usize,
    id: &'a str,
    name: &'a str,
    rows: Vec<Row>,
}

struct Row {
    at: usize,
    /// The code of the letter in front of the numbers.
    letter: Option<usize>,
    numbers: Vec<f64>,
    is_whole: bool,
}

/// What a row without a letter in front holds.
#[derive(Clone, Copy, PartialEq)]
enum Rows {
    /// The numbers of one letter: there are four rows.
    Letters,
    /// The numbers of one position: every row has four.
    Positions,
}

/// Reads all motifs. A matrix has a row for each letter (A, C, G, T, in this order unless the letters stand in front), or
/// one for each position. Which of the two, its shape tells; of four rows of four numbers the other motifs of the file
/// do, or the sums, which are equal for all positions.
pub(super) fn parse(text: &MotifText<'_>) -> Result<Vec<Motif>, IngestError> {
    let records = records(text)?;
    let usual = records.iter().find_map(|record| rows_by_shape(&record.rows));
    records.iter().map(|record| motif(text, record, usual)).collect()
}

fn records<'a>(text: &MotifText<'a>) -> Result<Vec<Record<'a>>, IngestError> {
    let mut records: Vec<Record<'_>> = Vec::new();
    for (at, line) in text
        .lines()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(header) = line.strip_prefix('>') {
            let (id, name) = names(header);
            if id.is_empty() {
                return Err(text.invalid(at, "", "expected a motif's name behind '>'", line));
            }
            let rows = Vec::new();
            records.push(Record { at, id, name, rows });
        } else {
            let record = records.last_mut().expect("the file begins with '>'");
            let expected = "expected counts or probabilities, with or without a letter in front";
            let row = row((at, line)).ok_or_else(|| text.invalid(at, record.id, expected, line))?;
            record.rows.push(row);
        }
    }
    Ok(records)
}

/// The accession and the other name: the first two fields if there are tabs (HOMER's names hold blanks), else words.
fn names(header: &str) -> (&str, &str) {
    if header.contains('\t') {
        let mut fields = header.split('\t').map(str::trim);
        (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
    } else {
        let mut words = header.split_ascii_whitespace();
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }
}

fn row((at, line): Line<'_>) -> Option<Row> {
    let mut words = line
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, '[' | ']' | '|'))
        .filter(|word| !word.is_empty())
        .peekable();
    let letter = words.peek().and_then(|word| letter_code(word));
    if letter.is_some() {
        words.next();
    }
    let words: Vec<&str> = words.collect();
    let numbers = words.iter().map(|word| number(word)).collect::<Option<Vec<f64>>>()?;
    (!numbers.is_empty()).then(|| Row {
        at,
        letter,
        numbers,
        is_whole: words.iter().all(|word| is_whole(word)),
    })
}

/// The code of a letter that stands alone, in either case, with or without a colon behind it.
fn letter_code(word: &str) -> Option<usize> {
    let letter = word.strip_suffix(':').unwrap_or(word);
    ["A", "C", "G", "T"]
        .iter()
        .position(|known| letter.eq_ignore_ascii_case(known))
        .or_else(|| letter.eq_ignore_ascii_case("U").then_some(3))
}

/// What the rows hold, when letters or the shape tell.
fn rows_by_shape(rows: &[Row]) -> Option<Rows> {
    let of_four = rows.iter().all(|row| row.numbers.len() == 4);
    if rows.iter().any(|row| row.letter.is_some()) || (rows.len() == 4 && !of_four) {
        Some(Rows::Letters)
    } else {
        (of_four && rows.len() != 4 && !rows.is_empty()).then_some(Rows::Positions)
    }
}

/// What four rows of four numbers hold, when only the sums of one direction are equal.
fn rows_by_sums(rows: &[Row]) -> Option<Rows> {
    const ROUNDING: f64 = 0.02;
    let are_equal = |sums: [f64; 4]| {
        sums.iter()
            .all(|sum| (sum - sums[0]).abs() <= ROUNDING * sums[0].max(1.0))
    };
    let of_rows = std::array::from_fn(|row| rows[row].numbers.iter().sum());
    let of_columns = std::array::from_fn(|column| rows.iter().map(|row| row.numbers[column]).sum());
    match (are_equal(of_rows), are_equal(of_columns)) {
        (true, false) => Some(Rows::Positions),
        (false, true) => Some(Rows::Letters),
        _ => None,
    }
}

fn motif(text: &MotifText<'_>, record: &Record<'_>, usual: Option<Rows>) -> Result<Motif, IngestError> {
    let Record { at, id, name, rows } = record;
    let invalid = |at: usize, problem, found: &str| text.invalid(at, id, problem, found);
    if rows.is_empty() {
        return Err(invalid(*at, "expected a matrix below a motif's name", id));
    }
    let kind = rows_by_shape(rows).or_else(|| {
        if rows.len() == 4 {
            usual.or_else(|| rows_by_sums(rows))
        } else {
            None
        }
    });
    let columns = match kind {
        Some(Rows::Positions) => positions(rows),
        Some(Rows::Letters) => {
            letters(rows).map_err(|(at, problem, found)| invalid(at.unwrap_or(record.at), problem, &found))?
        }
        None if rows.len() == 4 => {
            let problem = "expected letters in front of the rows: four rows of four numbers can be read in two ways";
            return Err(invalid(rows[0].at, problem, "none"));
        }
        None => {
            let problem = "expected a row for each of A, C, G and T, or four numbers in each row";
            return Err(invalid(*at, problem, &format!("{} rows", rows.len())));
        }
    };
    let whole = rows.iter().all(|row| row.is_whole);
    text.checked(*at, counts_or_probabilities((id, name), columns, whole))
}

fn positions(rows: &[Row]) -> Vec<[f64; 4]> {
    let position = |row: &Row| std::array::from_fn(|base| row.numbers[base]);
    rows.iter().map(position).collect()
}

/// Why rows of letters do not fit: the row, when it is one, what was expected, and what was found.
type Misfit = (Option<usize>, &'static str, String);

/// Turns rows of letters into columns.
fn letters(rows: &[Row]) -> Result<Vec<[f64; 4]>, Misfit> {
    let mut by_letter: [Option<&Row>; 4] = [None; 4];
    let all_lettered = rows.iter().all(|row| row.letter.is_some());
    for (place, row) in rows.iter().enumerate() {
        let code = if all_lettered {
            row.letter.unwrap_or(place)
        } else {
            place
        };
        let is_misplaced = row.letter.is_some_and(|letter| letter != code) || code >= 4;
        if is_misplaced || by_letter[code].replace(row).is_some() {
            let found = format!("row {}", place + 1);
            return Err((Some(row.at), "expected one row for each of A, C, G and T", found));
        }
    }
    let [Some(a), Some(c), Some(g), Some(t)] = by_letter else {
        let found = format!("{} rows", rows.len());
        return Err((None, "expected one row for each of A, C, G and T", found));
    };
    let width = a.numbers.len();
    if let Some(row) = rows.iter().find(|row| row.numbers.len() != width) {
        let found = format!("{} and {width}", row.numbers.len());
        return Err((Some(row.at), "expected rows of the same length", found));
    }
    Ok((0..width).map(|at| [a, c, g, t].map(|row| row.numbers[at])).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Motif>, IngestError> {
        super::parse(&MotifText::new(Path::new("x.jaspar"), text.as_bytes())?)
    }

    /// Motifs as id, name, counts.
    fn counts(text: &str) -> Vec<(String, String, Vec<[i64; 4]>)> {
        let counts = |motif: &Motif| {
            let columns = motif.probabilities().iter().zip(motif.sites());
            columns
                .map(|(column, sites)| column.map(|p| (p * sites).round() as i64))
                .collect()
        };
        let summary = |motif: Motif| (motif.id().to_owned(), motif.name().to_owned(), counts(&motif));
        parse(text).unwrap().into_iter().map(summary).collect()
    }

    #[test]
    fn every_form_of_a_matrix_of_counts_is_read() {
        let expected = vec![("M1".to_owned(), "a b".to_owned(), vec![[1, 0, 2, 4], [0, 7, 0, 0]])];
        for text in [
            ">M1\ta b\nA  [ 1 0 ]\nC  [ 0 7 ]\nG  [ 2 0 ]\nT  [ 4 0 ]\n",
            ">M1\ta b\r\nA [1 0]\r\nC [0 7]\r\n\r\nG [2 0]\r\nU [4 0]",
            "# comment\n>M1\ta b\nt: 4 0\na: 1 0\ng: 2 0\nc: 0 7\n",
            ">M1\ta b\nA | 1 0\nC | 0 7\nG | 2 0\nT | 4 0\n",
            ">M1\ta b\t6.1\t-3\n1 0\n0.0 7\n2 0\n4 0\n",
            ">M1\ta b\n1\t0\t2\t4\n0 7e0 0 0\n",
        ] {
            assert_eq!(counts(text), expected, "{text}");
        }
        let [m1, m2] = &parse(">M1 a b\n0.5 0.5 0 0\n0 0 0 1.0\n.3 .3 .3 .1\n>M2\n1 0 0 0\n1 0 0 0\n").unwrap()[..]
        else {
            panic!("two motifs")
        };
        assert_eq!((m1.id(), m1.name(), m2.name()), ("M1", "a", "M2"));
        assert_eq!((m1.sites(), m2.sites()), (&[20.0; 3][..], &[1.0; 2][..]));
    }

    #[test]
    fn the_direction_of_a_square_follows_from_the_file_or_from_sums() {
        let square = "1 2 3 4\n5 6 7 8\n9 8 7 6\n5 4 3 1\n";
        let with_rows = format!(">A\n1 0 0 0\n>B\n{square}");
        assert_eq!(counts(&with_rows)[1].2[1], [5, 6, 7, 8]);
        let with_letters = format!(">A\n1\n0\n0\n0\n>B\n{square}");
        assert_eq!(counts(&with_letters)[1].2[1], [2, 6, 8, 4]);
        let error = parse(&format!(">B\n{square}>C\n{square}")).unwrap_err().to_string();
        let expected = "x.jaspar, line 2: expected letters in front of the rows: four rows of four numbers can be read in \
                        two ways, found 'none' (motif B)";
        assert_eq!(error, expected);
        // The four sums of 20 are those of the positions.
        assert_eq!(counts(">B\n1 2 3 4\n5 5 5 5\n9 8 7 6\n5 5 5 5\n")[0].2[0], [1, 5, 9, 5]);
        assert_eq!(counts(">B\n1 5 9 5\n2 5 8 5\n3 5 7 5\n4 5 6 5\n")[0].2[0], [1, 5, 9, 5]);
    }

    #[test]
    fn broken_files_name_the_line_and_the_motif() {
        let cases = [
            (
                ">\nA [1]",
                "x.jaspar, line 1: expected a motif's name behind '>', found '>'",
            ),
            (
                ">M1 x\n>M2\n1 2\n",
                "x.jaspar, line 1: expected a matrix below a motif's name, found 'M1' (motif M1)",
            ),
            (
                ">M1 x\nA [ 1 x ]\n",
                "x.jaspar, line 2: expected counts or probabilities, with or without a letter in front, found 'A [ 1 x ]' \
                 (motif M1)",
            ),
            (
                ">M1 x\nA [ 1 -2 ]\n",
                "x.jaspar, line 2: expected counts or probabilities, with or without a letter in front, found 'A [ 1 -2 ]' \
                 (motif M1)",
            ),
            (
                ">M1 x\nA [ 1 2 ]\nC [ 1 2 ]\nG [1 2]\n",
                "x.jaspar, line 1: expected one row for each of A, C, G and T, found '3 rows' (motif M1)",
            ),
            (
                ">M1 x\nA [ 1 2 ]\nC [ 1 2 ]\nG [1 2]\nG [1 2]\n",
                "x.jaspar, line 5: expected one row for each of A, C, G and T, found 'row 4' (motif M1)",
            ),
            (
                ">M1 x\nA [ 1 2 ]\n1 2\n1 2\n1 2\n1 2\n",
                "x.jaspar, line 6: expected one row for each of A, C, G and T, found 'row 5' (motif M1)",
            ),
            (
                ">M1 x\nA [ 1 2 ]\nC [ 1 2 ]\nG [1 2]\nT [1\n",
                "x.jaspar, line 5: expected rows of the same length, found '1 and 2' (motif M1)",
            ),
            (
                ">M1 x\n1 2\n1 2\n1 2\n",
                "x.jaspar, line 1: expected a row for each of A, C, G and T, or four numbers in each row, found '3 rows' \
                 (motif M1)",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
