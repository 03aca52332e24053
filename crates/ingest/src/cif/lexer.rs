//! The words of a CIF file.

use std::path::{Path, PathBuf};

use super::invalid;
use crate::{IngestError, Place, error::excerpt, lines::Lines};

/// A word of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `data_` with the name.
    Data(String),
    /// `loop_`.
    Loop,
    /// The name of an item with its underscore, in lower case.
    Item(String),
    /// A value; `None` for `.` and `?`.
    Value(Option<String>),
    /// A reserved word that means nothing here: `save_`, `global_`, `stop_`.
    Other,
}

/// Parts a file into its words.
pub(super) struct Lexer {
    path: PathBuf,
    lines: Lines,
    line: String,
    /// Where the rest of the line begins.
    position: usize,
    /// The beginning of the last word, for messages.
    last: String,
}

impl Lexer {
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        Ok(Self {
            path: path.to_owned(),
            lines: Lines::open(path)?,
            line: String::new(),
            position: 0,
            last: String::new(),
        })
    }

    /// Returns the next word.
    pub(super) fn next(&mut self) -> Result<Option<Token>, IngestError> {
        loop {
            let rest = &self.line[self.position..];
            let start = rest.trim_start();
            if start.is_empty() || start.starts_with('#') {
                if !self.read_line()? {
                    "end of file".clone_into(&mut self.last);
                    return Ok(None);
                }
                if self.line.starts_with(';') {
                    return self.read_text().map(Some);
                }
                continue;
            }
            self.position += rest.len() - start.len();
            return match start.as_bytes()[0] {
                quote @ (b'\'' | b'"') => self.read_quoted(quote).map(Some),
                _ => Ok(Some(self.read_word())),
            };
        }
    }

    /// The number of the line in hand.
    pub(super) fn line(&self) -> u64 {
        self.lines.number()
    }

    /// The error for the last word.
    pub(super) fn invalid(&self, problem: &'static str) -> IngestError {
        let place = Place::new(&self.path, self.lines.number());
        invalid(place, problem, &self.last)
    }

    /// The error for a file without words.
    pub(super) fn empty(&self) -> IngestError {
        IngestError::Empty {
            path: self.path.clone(),
            expected: "data block",
        }
    }

    fn read_line(&mut self) -> Result<bool, IngestError> {
        self.position = 0;
        self.line.clear();
        match self.lines.next_line()? {
            Some(line) => {
                self.line.push_str(line);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Reads the lines from one that begins with `;` to the next that does.
    fn read_text(&mut self) -> Result<Token, IngestError> {
        let mut text = self.line[1..].to_owned();
        loop {
            if !self.read_line()? {
                "end of file".clone_into(&mut self.last);
                return Err(self.invalid("a text that begins with ';' ends with a line that does"));
            }
            if self.line.starts_with(';') {
                self.position = 1;
                self.remember(&text);
                return Ok(Token::Value(Some(text)));
            }
            text.push('\n');
            text.push_str(&self.line);
        }
    }

    /// Reads a value in quotes: the closing one is followed by a blank or the line's end.
    fn read_quoted(&mut self, quote: u8) -> Result<Token, IngestError> {
        let start = self.position + 1;
        let bytes = self.line.as_bytes();
        let closes = |place: &usize| bytes[*place] == quote && bytes.get(place + 1).is_none_or(u8::is_ascii_whitespace);
        let Some(end) = (start..bytes.len()).find(closes) else {
            let found = self.line[start..].to_owned();
            self.remember(&found);
            return Err(self.invalid("a quoted value ends on its line"));
        };
        let value = self.line[start..end].to_owned();
        self.position = end + 1;
        self.remember(&value);
        Ok(Token::Value(Some(value)))
    }

    fn read_word(&mut self) -> Token {
        let rest = &self.line[self.position..];
        let end = rest
            .find(|letter: char| letter.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let word = rest[..end].to_owned();
        self.position += end;
        self.remember(&word);
        classify(word)
    }

    fn remember(&mut self, word: &str) {
        self.last.clear();
        self.last.push_str(&String::from_utf8_lossy(&excerpt(word.as_bytes())));
    }
}

/// Tells names and reserved words from values.
fn classify(word: String) -> Token {
    let starts = |prefix: &str| {
        word.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    match word.as_str() {
        "." | "?" => Token::Value(None),
        _ if word.starts_with('_') => Token::Item(word.to_ascii_lowercase()),
        _ if starts("data_") => Token::Data(word["data_".len()..].to_owned()),
        _ if word.eq_ignore_ascii_case("loop_") => Token::Loop,
        _ if starts("save_") || word.eq_ignore_ascii_case("global_") || word.eq_ignore_ascii_case("stop_") => {
            Token::Other
        }
        _ => Token::Value(Some(word)),
    }
}
