//! Motifs in the MEME suite's format.

use processive_core::Motif;

use super::text::{Line, MotifText};
use crate::IngestError;

/// Reads all motifs: DNA or RNA alphabet. Background frequencies and log-odds matrices are skipped.
pub(super) fn parse(text: &MotifText<'_>) -> Result<Vec<Motif>, IngestError> {
    let mut parser = Parser {
        text,
        state: State::Start,
        id: String::new(),
        name: String::new(),
        motifs: Vec::new(),
    };
    for line in text.lines() {
        parser.read(line)?;
    }
    parser.finish()
}

/// What the next line may be.
enum State {
    /// The file begins with `MEME version`.
    Start,
    /// Anything: a motif may begin.
    Between,
    /// `MOTIF` was read in this line, its matrix must follow.
    Named(usize),
    /// Inside a matrix.
    Matrix(Matrix),
}

struct Matrix {
    /// The line that begins it.
    at: usize,
    rows: Vec<[f64; 4]>,
    width: Option<usize>,
    sites: Option<f64>,
}

struct Parser<'a> {
    text: &'a MotifText<'a>,
    state: State,
    id: String,
    name: String,
    motifs: Vec<Motif>,
}

impl Parser<'_> {
    fn read(&mut self, line: Line<'_>) -> Result<(), IngestError> {
        let (at, text) = line;
        if matches!(self.state, State::Matrix(_)) && starts_with_number(text) {
            return self.read_row(line);
        }
        self.end_matrix(line)?;
        match text.split_ascii_whitespace().next() {
            Some("MEME") if matches!(self.state, State::Start) => {
                self.state = State::Between;
                Ok(())
            }
            Some(word) if !word.starts_with('#') && matches!(self.state, State::Start) => {
                Err(self.text.invalid(at, "", "expected 'MEME version 4'", text))
            }
            Some(word) if word.starts_with("ALPHABET") => self.check_alphabet(line),
            Some("MOTIF") => self.begin_motif(line),
            Some("letter-probability") => self.begin_matrix(line),
            None | Some(_) => Ok(()),
        }
    }

    fn check_alphabet(&self, (at, line): Line<'_>) -> Result<(), IngestError> {
        let alphabet = line.trim_start_matches("ALPHABET").trim_start_matches(['=', ' ', '\t']);
        match alphabet.trim_matches('"') {
            "ACGT" | "ACGU" => Ok(()),
            _ => Err(self.text.invalid(at, "", "expected the alphabet ACGT", line)),
        }
    }

    fn begin_motif(&mut self, (at, line): Line<'_>) -> Result<(), IngestError> {
        self.refuse_bare_motif()?;
        let mut words = line.split_ascii_whitespace().skip(1);
        let Some(id) = words.next() else {
            return Err(self.text.invalid(at, "", "expected 'MOTIF id name'", line));
        };
        id.clone_into(&mut self.id);
        words.next().unwrap_or_default().clone_into(&mut self.name);
        self.state = State::Named(at);
        Ok(())
    }

    fn begin_matrix(&mut self, (at, line): Line<'_>) -> Result<(), IngestError> {
        if !matches!(self.state, State::Named(_)) {
            return Err(self
                .text
                .invalid(at, "", "expected 'MOTIF id name' before a matrix", line));
        }
        let invalid = |problem| self.text.invalid(at, &self.id, problem, line);
        if setting(line, "alength").is_some_and(|length| length != "4") {
            return Err(invalid("expected a matrix of 4 letters"));
        }
        let width = setting(line, "w").map(str::parse).transpose();
        let width = width.map_err(|_| invalid("expected 'w=' and the motif's width"))?;
        if width == Some(0) {
            return Err(invalid("expected a width of 1 or more"));
        }
        let sites = setting(line, "nsites").map(str::parse::<f64>).transpose();
        let sites = sites.map_err(|_| invalid("expected 'nsites=' and the number of sites"))?;
        self.state = State::Matrix(Matrix {
            at,
            rows: Vec::new(),
            width,
            sites: sites.filter(|sites| sites.is_finite() && *sites > 0.0),
        });
        Ok(())
    }

    fn read_row(&mut self, (at, line): Line<'_>) -> Result<(), IngestError> {
        let numbers: Result<Vec<f64>, _> = line.split_ascii_whitespace().map(str::parse).collect();
        let row = numbers.ok().and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
        let expected = "expected the probabilities of A, C, G, T";
        let row = row.ok_or_else(|| self.text.invalid(at, &self.id, expected, line))?;
        if let State::Matrix(matrix) = &mut self.state {
            matrix.rows.push(row);
        }
        Ok(())
    }

    /// Ends the matrix, if there is one, before `line`, which is no row.
    fn end_matrix(&mut self, (at, line): Line<'_>) -> Result<(), IngestError> {
        let state = std::mem::replace(&mut self.state, State::Between);
        let State::Matrix(matrix) = state else {
            self.state = state;
            return Ok(());
        };
        if matrix.rows.is_empty() || matrix.width.is_some_and(|width| width != matrix.rows.len()) {
            let expected = "expected as many rows of probabilities as 'w=' says";
            return Err(self.text.invalid(at, &self.id, expected, line));
        }
        let motif = Motif::new(self.id.clone(), self.name.clone(), matrix.rows);
        let motif = self.text.checked(matrix.at + 1, motif)?;
        self.motifs.push(match matrix.sites {
            Some(sites) => motif.with_sites(sites),
            None => motif,
        });
        Ok(())
    }

    fn refuse_bare_motif(&self) -> Result<(), IngestError> {
        let State::Named(at) = self.state else {
            return Ok(());
        };
        let expected = "expected a letter-probability matrix after a motif's name";
        Err(self.text.invalid(at, "", expected, &self.id))
    }

    fn finish(mut self) -> Result<Vec<Motif>, IngestError> {
        self.end_matrix(self.text.end())?;
        self.refuse_bare_motif()?;
        Ok(self.motifs)
    }
}

fn starts_with_number(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | '-' | '+'))
}

/// Returns the value of `key= value` in a matrix's first line.
fn setting<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let mut words = line.split_ascii_whitespace();
    while let Some(word) = words.next() {
        if let Some(value) = word.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')) {
            return if value.is_empty() { words.next() } else { Some(value) };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(text: &str) -> Result<Vec<Motif>, IngestError> {
        super::parse(&MotifText::new(Path::new("x.meme"), text.as_bytes())?)
    }

    const HEAD: &str = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n";

    #[test]
    fn rows_names_and_settings_in_any_spacing_are_read() -> Result<(), IngestError> {
        let text = format!(
            "{HEAD}Background letter frequencies\nA 0.3 C 0.2 G 0.2 T 0.3\n\nMOTIF M1 first\nletter-probability matrix: \
             alength= 4 w= 2 nsites= 20 E= 0\n 1 0 0 0\n\t.25 .25 .25 .25\nURL http://x\nMOTIF M2\n\nletter-probability \
             matrix: alength=4 w=1\n0.0 0.0 1.0e0 0.0\nMOTIF M3 no_width\nletter-probability matrix: nsites= 57\n0 0 0 1\n0 1 0 0"
        );
        let motifs = parse(&text)?;
        let summary: Vec<_> = motifs
            .iter()
            .map(|motif| (motif.id(), motif.name(), motif.probabilities().len()))
            .collect();
        assert_eq!(summary, [("M1", "first", 2), ("M2", "M2", 1), ("M3", "no_width", 2)]);
        assert_eq!(motifs[0].probabilities(), [[1.0, 0.0, 0.0, 0.0], [0.25; 4]]);
        let sites: Vec<f64> = motifs.iter().map(|motif| motif.sites()[0]).collect();
        // nsites= 20, none given, nsites= 57.
        assert_eq!(sites, [20.0, 20.0, 57.0]);
        Ok(())
    }

    #[test]
    fn broken_files_name_the_line() {
        let matrix = "letter-probability matrix: alength= 4 w= 2\n";
        let cases = [
            (
                ">chr1\nACGT".to_owned(),
                "x.meme, line 1: expected 'MEME version 4', found '>chr1'",
            ),
            (
                "MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY".to_owned(),
                "x.meme, line 2: expected the alphabet ACGT, found 'ALPHABET= ACDEFGHIKLMNPQRSTVWY'",
            ),
            (
                format!("{HEAD}{matrix}"),
                "x.meme, line 6: expected 'MOTIF id name' before a matrix, found 'letter-probability matrix: alength= 4 \
                 w= 2'",
            ),
            (
                format!("{HEAD}MOTIF"),
                "x.meme, line 6: expected 'MOTIF id name', found 'MOTIF'",
            ),
            (
                format!("{HEAD}MOTIF a\nMOTIF b\n{matrix}1 0 0 0\n1 0 0 0\n"),
                "x.meme, line 6: expected a letter-probability matrix after a motif's name, found 'a'",
            ),
            (
                format!("{HEAD}MOTIF a\n"),
                "x.meme, line 6: expected a letter-probability matrix after a motif's name, found 'a'",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n\nMOTIF b"),
                "x.meme, line 9: expected as many rows of probabilities as 'w=' says, found '' (motif a)",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n"),
                "x.meme, line 9: expected as many rows of probabilities as 'w=' says, found 'the end of the file' (motif a)",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n1 0 0\n"),
                "x.meme, line 9: expected the probabilities of A, C, G, T, found '1 0 0' (motif a)",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n1 0 0 zero\n"),
                "x.meme, line 9: expected the probabilities of A, C, G, T, found '1 0 0 zero' (motif a)",
            ),
            (
                format!("{HEAD}MOTIF a\nletter-probability matrix: alength= 20 w= 2\n"),
                "x.meme, line 7: expected a matrix of 4 letters, found 'letter-probability matrix: alength= 20 w= 2' (motif a)",
            ),
            (
                format!("{HEAD}MOTIF a\nletter-probability matrix: w= 0 nsites= 20\n"),
                "x.meme, line 7: expected a width of 1 or more, found 'letter-probability matrix: w= 0 nsites= 20' (motif a)",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 1 0 0\n1 0 0 0\n"),
                "x.meme, line 8: the matrix is not a motif",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(&text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
