//! DSSP's own format: fixed columns, one line per residue whose backbone is resolved.

use std::path::Path;

use processive_core::{LabelledChain, State8, StructureLabels};

use super::{stem, symbols::EIGHT};
use crate::{ChainError, IngestError, Place, StructureError, error::excerpt, fasta::is_residue, lines::Lines};

/// More missing residues than these are a jump in the numbering.
const LONGEST_GAP: i64 = 1000;

/// Reads a `.dssp` file, one chain per chain of the structure; the id is `1CBS-A`: the entry (the file's name where
/// there is none), and the chain.
///
/// The file has only residues that DSSP could place. Lower-case letters are cysteines in a disulphide bridge: C. Where
/// a line says that residues are missing, as many X as the residue numbers skip stand for them, and are not scored;
/// what is missing before the first and behind the last residue is not told, so an mmCIF file
/// ([`read_mmcif_structure`](crate::read_mmcif_structure)) says more. State P is loop.
///
/// # Errors
/// - [`StructureError::NotDssp`] without the line that begins the residues, and for a line that is too short;
/// - [`IngestError::InvalidNumber`] for a residue number;
/// - [`IngestError::InvalidLetter`], [`StructureError::InvalidChain`] for letters and states;
/// - [`IngestError::Empty`] without a residue, and as [`open`](crate::open).
pub fn read_dssp(path: &Path) -> Result<Vec<LabelledChain>, IngestError> {
    let mut lines = Lines::open(path)?;
    let mut entry = String::new();
    loop {
        let Some(line) = lines.next_line()? else {
            return Err(not_dssp(Place::new(path, lines.number()), b"end of file"));
        };
        if line.starts_with("  #  RESIDUE") {
            break;
        }
        if line.starts_with("HEADER") {
            line.get(62..66).unwrap_or_default().trim().clone_into(&mut entry);
        }
    }
    if entry.is_empty() {
        entry = stem(path);
    }
    let mut builder = Builder {
        entry,
        chains: Vec::new(),
        last: None,
    };
    while let Some(line) = lines.next_line()? {
        let line = line.to_owned();
        let place = Place::new(path, lines.number());
        match Line::parse(line.as_bytes(), &place)? {
            Line::Break { new_chain: true } => builder.last = None,
            Line::Break { new_chain: false } => builder.after_gap(),
            Line::Residue(residue) => builder.push(&residue, place)?,
        }
    }
    if builder.chains.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
            expected: "residue",
        });
    }
    Ok(builder.chains.into_iter().map(Growing::finish).collect())
}

/// A line below the header.
enum Line<'a> {
    Break { new_chain: bool },
    Residue(Residue<'a>),
}

struct Residue<'a> {
    number: i64,
    chain: &'a [u8],
    letter: u8,
    state: u8,
}

impl<'a> Line<'a> {
    /// Columns, from 0: 5-9 residue number, 10 insertion code, 11 chain, 13 amino acid, 16 state; wider files name
    /// chains of several letters at the end of the line.
    fn parse(line: &'a [u8], place: &Place) -> Result<Self, IngestError> {
        if line.get(13) == Some(&b'!') {
            return Ok(Self::Break {
                new_chain: line.get(14) == Some(&b'*'),
            });
        }
        if line.len() < 17 {
            return Err(not_dssp(place.clone(), line));
        }
        let number = std::str::from_utf8(line[5..10].trim_ascii()).unwrap_or_default();
        let number = number.parse().map_err(|_| IngestError::InvalidNumber {
            place: place.clone(),
            column: "residue number",
            value: number.to_owned(),
            expected: "a whole number",
        })?;
        // The old columns end with the CA atom's place, at 136; then come the chain and its author's name.
        let wide = line.get(136..).unwrap_or_default().trim_ascii();
        let chain = match wide.rsplit(u8::is_ascii_whitespace).next() {
            Some(name) if line[11] == b'>' && !name.is_empty() => name,
            _ => &line[11..12],
        };
        Ok(Self::Residue(Residue {
            number,
            chain,
            letter: line[13],
            state: line[16],
        }))
    }
}

struct Builder {
    entry: String,
    chains: Vec<Growing>,
    /// The number of the residue before, in the chain in hand, and whether a gap follows it.
    last: Option<(i64, bool)>,
}

/// A chain that is being read.
struct Growing {
    chain: String,
    id: String,
    sequence: Vec<u8>,
    states: Vec<State8>,
    scored: Vec<bool>,
}

impl Builder {
    fn after_gap(&mut self) {
        if let Some((_, gap)) = &mut self.last {
            *gap = true;
        }
    }

    fn push(&mut self, residue: &Residue, place: Place) -> Result<(), IngestError> {
        let name = String::from_utf8_lossy(residue.chain).trim().to_owned();
        let missing = match (self.last, self.chains.last()) {
            (Some((last, gap)), Some(chain)) if chain.chain == name => {
                Some(if gap { residue.number - last - 1 } else { 0 })
            }
            _ => None,
        };
        if missing.is_none() {
            self.chains.push(Growing::new(&self.entry, name));
        }
        self.last = Some((residue.number, false));
        let chain = self
            .chains
            .last_mut()
            .expect("a chain was pushed above when there was none");
        match missing.unwrap_or(0) {
            missing @ 1..=LONGEST_GAP => (0..missing).for_each(|_| chain.push(b'X', State8::C, false)),
            ..=0 => {}
            _ => chain.push(b'X', State8::C, false),
        }
        let letter = if residue.letter.is_ascii_lowercase() {
            b'C'
        } else {
            residue.letter
        };
        if !is_residue(letter) {
            return Err(IngestError::InvalidLetter {
                place,
                within: format!("chain '{}'", chain.id),
                byte: letter,
            });
        }
        let Some(state) = State8::from_letter(residue.state) else {
            return Err(StructureError::InvalidChain {
                place,
                chain: chain.id.clone(),
                source: ChainError::UnknownState {
                    position: chain.sequence.len() + 1,
                    letter: residue.state,
                    known: EIGHT,
                },
            }
            .into());
        };
        chain.push(letter, state, true);
        Ok(())
    }
}

impl Growing {
    fn new(entry: &str, chain: String) -> Self {
        Self {
            id: super::chain_id(entry, &chain),
            chain,
            sequence: Vec::new(),
            states: Vec::new(),
            scored: Vec::new(),
        }
    }

    fn push(&mut self, letter: u8, state: State8, scored: bool) {
        self.sequence.push(letter);
        self.states.push(state);
        self.scored.push(scored);
    }

    fn finish(self) -> LabelledChain {
        LabelledChain {
            id: self.id,
            sequence: self.sequence,
            labels: StructureLabels::Eight(self.states),
            scored: self.scored,
        }
    }
}

fn not_dssp(place: Place, found: &[u8]) -> IngestError {
    StructureError::NotDssp {
        place,
        found: excerpt(found.trim_ascii()),
    }
    .into()
}
