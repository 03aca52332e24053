//! PSIPRED's two forms.

use std::path::Path;

use super::{PredictedChain, Unread, finish, invalid};
use crate::{IngestError, Place, lines::Lines, structure::stem};

/// A line of VFORMAT: number, amino acid, state, coil, helix, strand.
pub(super) struct Residue {
    number: usize,
    letter: u8,
    state: u8,
    /// Helix, strand, coil.
    probabilities: [f32; 3],
}

impl Residue {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let number = words.next()?.parse().ok()?;
        let mut letter = || match words.next()?.as_bytes() {
            [letter] => Some(*letter),
            _ => None,
        };
        let (letter, state) = (letter()?, letter()?);
        let mut value = || words.next()?.parse::<f32>().ok().filter(|value| value.is_finite());
        let [coil, helix, strand] = [value()?, value()?, value()?];
        words.next().is_none().then_some(Self {
            number,
            letter,
            state,
            probabilities: [helix, strand, coil],
        })
    }
}

/// Reads VFORMAT. A protein ends where another line of PSIPRED's begins.
pub(super) fn read_vertical(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    let mut proteins = Proteins::new(path);
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next_line()? {
        let line = line.to_owned();
        let place = Place::new(path, lines.number());
        if line.starts_with('#') {
            proteins.take_comment(&line, &place);
        } else if !line.is_empty() {
            let Some(residue) = Residue::parse(&line) else {
                return Err(invalid(
                    place,
                    "a line of VFORMAT has number, amino acid, state and three numbers",
                    &line,
                ));
            };
            let protein = proteins.current(&place);
            if residue.number != protein.states.len() + 1 {
                return Err(invalid(place, "residues are numbered from 1 on", &line));
            }
            protein.states.push(residue.state);
            protein.sequence.get_or_insert_default().push(residue.letter);
            protein
                .probabilities
                .get_or_insert_default()
                .push(residue.probabilities);
        }
    }
    proteins.finish()
}

/// Reads HFORMAT; the digits of confidence are left out, which programs do not agree on.
pub(super) fn read_horizontal(path: &Path) -> Result<Vec<PredictedChain>, IngestError> {
    let mut proteins = Proteins::new(path);
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next_line()? {
        let line = line.to_owned();
        let place = Place::new(path, lines.number());
        match line
            .split_once(':')
            .map(|(name, symbols)| (name.trim(), symbols.trim()))
        {
            _ if line.starts_with('#') => proteins.take_comment(&line, &place),
            Some(("Conf", _)) => {}
            Some(("Pred", states)) => proteins.current(&place).states.extend(states.bytes()),
            Some(("AA", letters)) => {
                let sequence = proteins.current(&place).sequence.get_or_insert_default();
                sequence.extend(letters.bytes());
            }
            None if line.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ') => {}
            _ => {
                return Err(invalid(
                    place,
                    "a line of HFORMAT is one of Conf:, Pred:, AA: or a ruler",
                    &line,
                ));
            }
        }
    }
    proteins.finish()
}

/// The proteins of a file.
struct Proteins<'a> {
    path: &'a Path,
    done: Vec<Unread>,
    /// The name after `# >`.
    name: Option<String>,
    current: Option<Unread>,
}

impl<'a> Proteins<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            done: Vec::new(),
            name: None,
            current: None,
        }
    }

    fn take_comment(&mut self, line: &str, place: &Place) {
        if line.starts_with("# PSIPRED") {
            self.end();
        } else if let Some(header) = line.strip_prefix("# >") {
            self.name = header.split_whitespace().next().map(str::to_owned);
            self.current(place);
        }
    }

    fn current(&mut self, place: &Place) -> &mut Unread {
        let (name, path) = (&mut self.name, self.path);
        self.current.get_or_insert_with(|| Unread {
            place: place.clone(),
            id: name.take().unwrap_or_else(|| stem(path)),
            sequence: None,
            states: Vec::new(),
            probabilities: None,
        })
    }

    fn end(&mut self) {
        self.done.extend(self.current.take());
    }

    fn finish(mut self) -> Result<Vec<PredictedChain>, IngestError> {
        self.end();
        if self.done.iter().all(|protein| protein.states.is_empty()) {
            return Err(IngestError::Empty {
                path: self.path.to_owned(),
                expected: "predicted residue",
            });
        }
        finish(self.done)
    }
}
