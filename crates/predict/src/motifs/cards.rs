//! What a table of hits tells about its motifs: made of a [`MotifSet`], written to the footer, read from it.

use processive_core::alphabet::DNA_LETTERS;
use processive_encode::ScoreMatrix;
use processive_report::HitMotif;
use serde_json::{Value, json};

use super::prepared::StrandScores;
use super::{MotifSet, ScannedMotif};
use crate::StrandRule;

/// The names of the strands of a motif in the footer.
const STRANDS: [&str; 2] = ["plus", "minus"];

/// What a table of hits tells about its motifs.
#[derive(Clone, Debug, PartialEq)]
pub struct MotifCards {
    /// The probability with which a window of background bases may be a hit.
    pub p: f64,
    /// How often A, C, G and T occur where there is no motif.
    pub background: [f64; 4],
    /// Where the background comes from: `uniform`, `genome`, or what was given.
    pub background_source: String,
    /// The number of background sites that were added to those of each motif.
    pub pseudocount: f64,
    /// The strands on which motifs were looked for.
    pub strand: StrandRule,
    /// The motifs, in file order.
    pub motifs: Vec<MotifCard>,
}

/// What a table of hits tells about a motif.
#[derive(Clone, Debug, PartialEq)]
pub struct MotifCard {
    /// The accession, which no other motif of the table has.
    pub id: String,
    /// The other name.
    pub name: String,
    /// The number of positions.
    pub width: usize,
    /// The strands that were scanned, that of the file first.
    pub strands: Vec<StrandCard>,
}

/// A motif on one strand; scores are in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrandCard {
    /// The best score that a window can have.
    pub best: f64,
    /// The probability of the best score.
    pub p_of_best: f64,
    /// The smallest score of a hit, and its probability; `None` when no window can be a hit.
    pub threshold: Option<(f64, f64)>,
}

impl MotifSet {
    /// What a table of hits tells about these motifs.
    pub fn cards(&self) -> MotifCards {
        let settings = &self.settings;
        MotifCards {
            p: settings.p,
            background: settings.background.probabilities(),
            background_source: settings.background_source.clone(),
            pseudocount: settings.pseudocount,
            strand: settings.strand,
            motifs: self.motifs.iter().map(MotifCard::of).collect(),
        }
    }
}

impl MotifCards {
    /// What the table calls the motifs.
    pub fn names(&self) -> Vec<HitMotif> {
        let named = |motif: &MotifCard| HitMotif {
            id: motif.id.clone(),
            name: motif.name.clone(),
        };
        self.motifs.iter().map(named).collect()
    }

    /// The background as the footer has it.
    pub(crate) fn background_json(&self) -> String {
        let mut object = json!({"source": self.background_source});
        for (letter, p) in DNA_LETTERS.iter().zip(self.background) {
            object[char::from(*letter).to_string()] = json!(p);
        }
        object.to_string()
    }

    /// Source and frequencies of a background of the footer.
    pub(crate) fn background_of_json(object: &Value) -> Option<(String, [f64; 4])> {
        let [a, c, g, t] = DNA_LETTERS.map(|letter| object.get(char::from(letter).to_string())?.as_f64());
        Some((object.get("source")?.as_str()?.to_owned(), [a?, c?, g?, t?]))
    }

    /// The motifs as the footer has them.
    pub(crate) fn motifs_json(&self) -> String {
        self.motifs
            .iter()
            .map(MotifCard::to_json)
            .collect::<Value>()
            .to_string()
    }

    /// The motifs of the footer.
    pub(crate) fn motifs_of_json(list: &Value) -> Option<Vec<MotifCard>> {
        list.as_array()?.iter().map(MotifCard::of_json).collect()
    }
}

impl MotifCard {
    fn of(scanned: &ScannedMotif) -> Self {
        Self {
            id: scanned.motif.id().to_owned(),
            name: scanned.motif.name().to_owned(),
            width: scanned.plus.matrix.width(),
            strands: scanned.strands().map(|(_, scores)| StrandCard::of(scores)).collect(),
        }
    }

    /// Whether a window can be a hit on any strand.
    pub fn can_have_hits(&self) -> bool {
        self.strands.iter().any(|strand| strand.threshold.is_some())
    }

    fn to_json(&self) -> Value {
        let mut object = json!({"id": self.id, "name": self.name, "width": self.width});
        for (strand, name) in self.strands.iter().zip(STRANDS) {
            object[name] = strand.to_json();
        }
        object
    }

    fn of_json(object: &Value) -> Option<Self> {
        let text = |key: &str| Some(object.get(key)?.as_str()?.to_owned());
        let strands = STRANDS.iter().filter_map(|name| object.get(name));
        Some(Self {
            id: text("id")?,
            name: text("name")?,
            width: usize::try_from(object.get("width")?.as_u64()?).ok()?,
            strands: strands.map(StrandCard::of_json).collect::<Option<_>>()?,
        })
    }
}

impl StrandCard {
    fn of(scores: &StrandScores) -> Self {
        let StrandScores { matrix, tail } = scores;
        let threshold = tail.threshold().map(ScoreMatrix::bits);
        Self {
            best: ScoreMatrix::bits(matrix.best()),
            p_of_best: tail.p_of_best(),
            threshold: threshold.map(|bits| (bits, tail.p_of_threshold())),
        }
    }

    fn to_json(self) -> Value {
        json!({
            "best": self.best,
            "p_of_best": self.p_of_best,
            "threshold": self.threshold.map(|(bits, _)| bits),
            "p_of_threshold": self.threshold.map(|(_, p)| p),
        })
    }

    fn of_json(object: &Value) -> Option<Self> {
        let number = |key: &str| object.get(key)?.as_f64();
        Some(Self {
            best: number("best")?,
            p_of_best: number("p_of_best")?,
            threshold: number("threshold").zip(number("p_of_threshold")),
        })
    }
}
