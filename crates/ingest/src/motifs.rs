//! Motif collections in the minimal MEME format.

use std::path::Path;

use processive_core::Motif;

use crate::{IngestError, Place, lines::Lines};

/// Reads all motifs of a MEME file (minimal format, version 3 or later, DNA or RNA alphabet).
///
/// Background frequencies, site counts and log-odds matrices are skipped.
///
/// # Errors
/// - [`IngestError::InvalidMeme`] with the line: no `MEME version`, another alphabet, a matrix without a motif,
///   a motif without a matrix, fewer rows than `w=` says, a row that is not four numbers;
/// - [`IngestError::InvalidMotif`] when a row does not sum to 1;
/// - [`IngestError::Empty`] without a motif; [`IngestError::NotText`] and as [`open`](crate::open).
pub fn read_motifs(path: &Path) -> Result<Vec<Motif>, IngestError> {
    let mut lines = Lines::open(path)?;
    let mut parser = Parser::new(path);
    while let Some(line) = lines.next_line()? {
        parser.line += 1;
        parser.read(line.trim_start())?;
    }
    parser.finish()
}

/// What the next line may be.
enum State {
    /// The file begins with `MEME version`.
    Start,
    /// Anything: a motif may begin.
    Between,
    /// `MOTIF` was read, its matrix must follow.
    Named { line: u64 },
    /// Inside a matrix.
    Matrix {
        line: u64,
        rows: Vec<[f64; 4]>,
        width: Option<usize>,
    },
}

struct Parser<'a> {
    path: &'a Path,
    line: u64,
    state: State,
    id: String,
    name: String,
    motifs: Vec<Motif>,
}

impl<'a> Parser<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            line: 0,
            state: State::Start,
            id: String::new(),
            name: String::new(),
            motifs: Vec::new(),
        }
    }

    fn read(&mut self, line: &str) -> Result<(), IngestError> {
        if matches!(self.state, State::Matrix { .. }) && starts_with_number(line) {
            return self.read_row(line);
        }
        self.end_matrix(line)?;
        match line.split_ascii_whitespace().next() {
            Some("MEME") if matches!(self.state, State::Start) => {
                self.state = State::Between;
                Ok(())
            }
            Some(_) if matches!(self.state, State::Start) => Err(self.invalid("expected 'MEME version 4'", line)),
            Some(word) if word.starts_with("ALPHABET") => self.check_alphabet(line),
            Some("MOTIF") => self.begin_motif(line),
            Some("letter-probability") => self.begin_matrix(line),
            None | Some(_) => Ok(()),
        }
    }

    fn check_alphabet(&self, line: &str) -> Result<(), IngestError> {
        let alphabet = line.trim_start_matches("ALPHABET").trim_start_matches(['=', ' ', '\t']);
        match alphabet.trim_matches('"') {
            "ACGT" | "ACGU" => Ok(()),
            _ => Err(self.invalid("expected the alphabet ACGT", line)),
        }
    }

    fn begin_motif(&mut self, line: &str) -> Result<(), IngestError> {
        self.refuse_bare_motif()?;
        let mut words = line.split_ascii_whitespace().skip(1);
        let Some(id) = words.next() else {
            return Err(self.invalid("expected 'MOTIF id name'", line));
        };
        id.clone_into(&mut self.id);
        words.next().unwrap_or_default().clone_into(&mut self.name);
        self.state = State::Named { line: self.line };
        Ok(())
    }

    fn begin_matrix(&mut self, line: &str) -> Result<(), IngestError> {
        if !matches!(self.state, State::Named { .. }) {
            return Err(self.invalid("expected 'MOTIF id name' before a matrix", line));
        }
        if setting(line, "alength").is_some_and(|length| length != "4") {
            return Err(self.invalid("expected a matrix of 4 letters", line));
        }
        let width = setting(line, "w").map(str::parse).transpose();
        let width = width.map_err(|_| self.invalid("expected 'w=' and the motif's width", line))?;
        self.state = State::Matrix {
            line: self.line,
            rows: Vec::new(),
            width,
        };
        Ok(())
    }

    fn read_row(&mut self, line: &str) -> Result<(), IngestError> {
        let numbers: Result<Vec<f64>, _> = line.split_ascii_whitespace().map(str::parse).collect();
        let row = numbers.ok().and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
        let row = row.ok_or_else(|| self.invalid("expected the probabilities of A, C, G, T", line))?;
        if let State::Matrix { rows, .. } = &mut self.state {
            rows.push(row);
        }
        Ok(())
    }

    /// Ends the matrix, if there is one, before `line`, which is no row.
    fn end_matrix(&mut self, line: &str) -> Result<(), IngestError> {
        let state = std::mem::replace(&mut self.state, State::Between);
        let State::Matrix {
            line: header,
            rows,
            width,
        } = state
        else {
            self.state = state;
            return Ok(());
        };
        if rows.is_empty() || width.is_some_and(|width| width != rows.len()) {
            return Err(self.invalid("expected as many rows of probabilities as 'w=' says", line));
        }
        let motif = Motif::new(self.id.clone(), self.name.clone(), rows);
        self.motifs.push(motif.map_err(|source| IngestError::InvalidMotif {
            place: Place::new(self.path, header + 1),
            source,
        })?);
        Ok(())
    }

    fn refuse_bare_motif(&self) -> Result<(), IngestError> {
        let State::Named { line } = self.state else {
            return Ok(());
        };
        Err(IngestError::InvalidMeme {
            place: Place::new(self.path, line),
            problem: "expected a letter-probability matrix after a motif's name",
            found: self.id.clone(),
        })
    }

    fn finish(mut self) -> Result<Vec<Motif>, IngestError> {
        self.line += 1;
        self.end_matrix("the end of the file")?;
        self.refuse_bare_motif()?;
        if self.motifs.is_empty() {
            return Err(IngestError::Empty {
                path: self.path.to_owned(),
                expected: "MEME motif",
            });
        }
        Ok(self.motifs)
    }

    fn invalid(&self, problem: &'static str, found: &str) -> IngestError {
        IngestError::InvalidMeme {
            place: Place::new(self.path, self.line),
            problem,
            found: found.chars().take(60).collect(),
        }
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
    use super::*;

    fn parse(text: &str) -> Result<Vec<Motif>, IngestError> {
        let mut parser = Parser::new(Path::new("x.meme"));
        for line in text.lines() {
            parser.line += 1;
            parser.read(line.trim())?;
        }
        parser.finish()
    }

    const HEAD: &str = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n";

    #[test]
    fn rows_names_and_settings_in_any_spacing_are_read() -> Result<(), IngestError> {
        let text = format!(
            "{HEAD}Background letter frequencies\nA 0.3 C 0.2 G 0.2 T 0.3\n\nMOTIF M1 first\nletter-probability matrix: \
             alength= 4 w= 2 nsites= 20 E= 0\n 1 0 0 0\n\t.25 .25 .25 .25\nURL http://x\nMOTIF M2\n\nletter-probability \
             matrix: alength=4 w=1\n0.0 0.0 1.0e0 0.0\nMOTIF M3 no_width\nletter-probability matrix:\n0 0 0 1\n0 1 0 0"
        );
        let motifs = parse(&text)?;
        let summary: Vec<_> = motifs
            .iter()
            .map(|motif| (motif.id(), motif.name(), motif.probabilities().len()))
            .collect();
        assert_eq!(summary, [("M1", "first", 2), ("M2", "M2", 1), ("M3", "no_width", 2)]);
        assert_eq!(motifs[0].probabilities(), [[1.0, 0.0, 0.0, 0.0], [0.25; 4]]);
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
                "x.meme, line 9: expected as many rows of probabilities as 'w=' says, found ''",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n"),
                "x.meme, line 9: expected as many rows of probabilities as 'w=' says, found 'the end of the file'",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n1 0 0\n"),
                "x.meme, line 9: expected the probabilities of A, C, G, T, found '1 0 0'",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 0 0 0\n1 0 0 zero\n"),
                "x.meme, line 9: expected the probabilities of A, C, G, T, found '1 0 0 zero'",
            ),
            (
                format!("{HEAD}MOTIF a\nletter-probability matrix: alength= 20 w= 2\n"),
                "x.meme, line 7: expected a matrix of 4 letters, found 'letter-probability matrix: alength= 20 w= 2'",
            ),
            (
                format!("{HEAD}MOTIF a\n{matrix}1 1 0 0\n1 0 0 0\n"),
                "x.meme, line 8: the matrix is not a motif",
            ),
            (HEAD.to_owned(), "x.meme is empty: no MEME motif in it"),
            (String::new(), "x.meme is empty: no MEME motif in it"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(&text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
