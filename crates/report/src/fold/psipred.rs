//! Folds in PSIPRED's two forms.

use std::fmt::Write;

use super::{FoldChain, FoldWriter, confidence};
use crate::text_sink::TextSink;
use crate::{Provenance, ReportError};

/// Which of PSIPRED's forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PsipredLayout {
    /// VFORMAT, `.ss2`: a line per residue.
    Vertical,
    /// HFORMAT, `.horiz`: blocks of 60 residues.
    Horizontal,
}

/// PSIPRED's VFORMAT or HFORMAT.
///
/// The file of a single protein has PSIPRED's lines and no others. With more proteins every one of them has its own
/// header and then a line `# >` with its name, and an empty line lies between two. The first protein is
/// therefore held back until it is known whether it is the only one.
pub(super) struct Psipred {
    sink: TextSink,
    layout: PsipredLayout,
    held: Option<(String, String)>,
    several: bool,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Residues in a block of HFORMAT.
const BLOCK: usize = 60;

/// The columns of a residue number in VFORMAT.
const NUMBER: usize = 4;

impl Psipred {
    pub(super) fn new(sink: TextSink, layout: PsipredLayout) -> Self {
        Self {
            sink,
            layout,
            held: None,
            several: false,
        }
    }

    fn first_line(&self) -> String {
        match self.layout {
            PsipredLayout::Vertical => format!("# PSIPRED VFORMAT (processive V{VERSION})\n"),
            PsipredLayout::Horizontal => format!(
                "# PSIPRED HFORMAT (processive V{VERSION}; Conf as PSIPRED's: 10 x (highest - second), at most 9)\n"
            ),
        }
    }

    /// The lines of a protein below its header, beginning with the empty line that follows it.
    fn body(&self, chain: &FoldChain<'_>) -> String {
        let mut text = String::new();
        let written = match self.layout {
            PsipredLayout::Vertical => vertical(chain, &mut text),
            PsipredLayout::Horizontal => horizontal(chain, &mut text),
        };
        written.expect("a string takes any text");
        text
    }

    fn write_block(&mut self, header: &str, body: &str) -> Result<(), ReportError> {
        let first_line = self.first_line();
        let separator = if self.several { "\n" } else { "" };
        self.several = true;
        self.sink
            .write_lines(format!("{separator}{first_line}# >{header}\n{body}").as_bytes())
    }
}

/// `"%4d %c %c  %6.3f %6.3f %6.3f"`: number, residue, state, coil, helix, strand.
///
/// A number of five digits breaks the columns of PSIPRED's readers, from it on or from the first line on: all lines
/// of a long protein have the width of its last number, and a comment says so.
fn vertical(chain: &FoldChain<'_>, text: &mut String) -> std::fmt::Result {
    let width = chain.len().to_string().len().max(NUMBER);
    if width > NUMBER {
        writeln!(
            text,
            "# {} residues: the number has {width} columns, not PSIPRED's {NUMBER}",
            chain.len()
        )?;
    }
    text.push('\n');
    let states = chain.states3();
    for (at, &letter) in chain.sequence.iter().enumerate() {
        let [residue, state] = [letter, states[at]].map(char::from);
        let [helix, strand, coil] = chain.three[at];
        writeln!(
            text,
            "{:width$} {residue} {state}  {coil:6.3} {helix:6.3} {strand:6.3}",
            at + 1
        )?;
    }
    Ok(())
}

/// Blocks of confidence digits, states, letters, and a ruler whose numbers end at their residues.
fn horizontal(chain: &FoldChain<'_>, text: &mut String) -> std::fmt::Result {
    let digits: Vec<u8> = chain.three.iter().map(|p| b'0' + confidence(p)).collect();
    let states = chain.states3();
    let ascii = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for start in (0..chain.len()).step_by(BLOCK) {
        let block = start..chain.len().min(start + BLOCK);
        writeln!(text, "\nConf: {}", ascii(&digits[block.clone()]))?;
        writeln!(text, "Pred: {}", ascii(&states[block.clone()]))?;
        writeln!(text, "  AA: {}", ascii(&chain.sequence[block.clone()]))?;
        text.push_str("      ");
        for ten in (start + 10..=block.end).step_by(10) {
            write!(text, "{ten:10}")?;
        }
        text.push_str("\n\n");
    }
    Ok(())
}

impl FoldWriter for Psipred {
    fn write(&mut self, chain: &FoldChain<'_>) -> Result<(), ReportError> {
        let (header, body) = (chain.header(), self.body(chain));
        match self.held.take() {
            Some((first_header, first_body)) => self.write_block(&first_header, &first_body)?,
            None if !self.several => {
                self.held = Some((header, body));
                return Ok(());
            }
            None => {}
        }
        self.write_block(&header, &body)
    }

    fn finish(mut self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        if let Some((_, body)) = self.held.take() {
            let text = self.first_line() + &body;
            self.sink.write_lines(text.as_bytes())?;
        }
        self.sink.commit()
    }
}
