//! Which of a program's predictions belongs to which chain.

use std::collections::HashMap;

use anyhow::{Context, bail};
use processive_core::alphabet::PROTEIN_LETTERS;
use processive_core::{ChainRow, LabelledChain, Reduction, StructureLabels};
use processive_ingest::PredictedChain;
use processive_train::metrics::structure::StructurePrediction;

use super::Predictions;

/// Gives every chain its prediction: that of its id, unless that is of another sequence; else that of its sequence, the
/// first prediction of a sequence for the first chain that has it, and so on.
///
/// Ids do not agree everywhere (tables without ids are numbered, from 0 by some and from 1 by others), so a prediction
/// that holds its sequence must hold the chain's, save for what programs write in place of letters that are none of the
/// twenty. Chains that nothing is said of have no prediction.
///
/// # Errors
/// When the prediction of a chain's id has another length or other letters, and no other has its sequence; when no
/// chain has a prediction.
pub(crate) fn matched(
    rows: &[ChainRow],
    predicted: &[PredictedChain],
    rule: Reduction,
    origin: &str,
) -> anyhow::Result<Predictions> {
    let by_id: HashMap<&str, &PredictedChain> = predicted.iter().map(|chain| (chain.id.as_str(), chain)).collect();
    let mut by_sequence = BySequence::of(predicted);
    let mut predictions = Predictions::with_capacity(rows.len());
    for row in rows {
        let chain = &row.chain;
        let named = by_id.get(chain.id.as_str()).copied();
        let found = match named {
            Some(prediction) if fits(prediction, chain) => Some(prediction),
            _ => by_sequence.next(&chain.sequence),
        };
        if let (Some(prediction), None) = (named, found) {
            bail!(
                "{origin}: the prediction for {} is of {} residues or other letters; the chain has {} residues",
                chain.id,
                prediction.states.len(),
                chain.sequence.len()
            );
        }
        let read = |prediction: &PredictedChain| {
            prediction_of(prediction, rule).with_context(|| format!("{origin}: the prediction {}", prediction.id))
        };
        predictions.push(found.map(read).transpose()?);
    }
    if predictions.iter().all(Option::is_none) {
        let first = |ids: Vec<&str>| ids.into_iter().take(3).collect::<Vec<_>>().join(", ");
        bail!(
            "{origin}: no prediction has the id or the sequence of a chain (predictions: {}; chains: {})",
            first(predicted.iter().map(|chain| chain.id.as_str()).collect()),
            first(rows.iter().map(|row| row.chain.id.as_str()).collect())
        );
    }
    Ok(predictions)
}

/// Predictions by their sequences, in order.
struct BySequence<'a>(HashMap<Vec<u8>, Queue<'a>>);

/// The predictions of one sequence, and how many chains have asked for one.
#[derive(Default)]
struct Queue<'a> {
    predictions: Vec<&'a PredictedChain>,
    asked: usize,
}

impl<'a> BySequence<'a> {
    fn of(predicted: &'a [PredictedChain]) -> Self {
        let mut queues: HashMap<Vec<u8>, Queue<'a>> = HashMap::new();
        for chain in predicted {
            if let Some(sequence) = &chain.sequence {
                let queue = queues.entry(sequence.to_ascii_uppercase()).or_default();
                queue.predictions.push(chain);
            }
        }
        Self(queues)
    }

    /// The next prediction of a sequence; the last one when all have been given, since a program that was run on every
    /// sequence once says the same of all chains that have it.
    fn next(&mut self, sequence: &[u8]) -> Option<&'a PredictedChain> {
        let queue = self.0.get_mut(&sequence.to_ascii_uppercase())?;
        let place = queue.asked.min(queue.predictions.len() - 1);
        queue.asked += 1;
        Some(queue.predictions[place])
    }
}

/// Whether a prediction can be that of a chain. Programs write X or another letter for what is none of the twenty.
fn fits(prediction: &PredictedChain, chain: &LabelledChain) -> bool {
    let known = |letter: u8| PROTEIN_LETTERS.contains(&letter.to_ascii_uppercase());
    let alike = |(a, b): (&u8, &u8)| a.eq_ignore_ascii_case(b) || !known(*a) || !known(*b);
    let same =
        |sequence: &[u8]| sequence.len() == chain.sequence.len() && sequence.iter().zip(&chain.sequence).all(alike);
    prediction.states.len() == chain.sequence.len() && prediction.sequence.as_deref().is_none_or(same)
}

/// How far the sum of three numbers may be from 1, for numbers that a program printed with few decimals.
const ROUNDING: f32 = 0.02;

fn prediction_of(chain: &PredictedChain, rule: Reduction) -> anyhow::Result<StructurePrediction> {
    let prediction = match (&chain.states, chain.eight()) {
        (StructureLabels::Three(three), eight) => StructurePrediction::of_both(three.clone(), eight.map(<[_]>::to_vec)),
        (states, _) => StructurePrediction::of_states(states.clone(), rule),
    };
    // Not every program's numbers are probabilities: PSIPRED's do not add up to 1. Those are left out.
    let proper = |rows: &&Vec<[f32; 3]>| rows.iter().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < ROUNDING);
    let Some(rows) = chain.probabilities.as_ref().filter(proper) else {
        return Ok(prediction);
    };
    let normalised = rows.iter().map(|row| row.map(|p| p / row.iter().sum::<f32>()));
    Ok(prediction.with_three(normalised.collect())?)
}

#[cfg(test)]
mod tests {
    use processive_core::State3;

    use super::*;

    fn row(id: &str, sequence: &[u8]) -> ChainRow {
        ChainRow {
            chain: LabelledChain {
                id: id.to_owned(),
                sequence: sequence.to_vec(),
                labels: StructureLabels::Three(vec![State3::C; sequence.len()]),
                scored: vec![true; sequence.len()],
            },
            source: String::new(),
            split: String::new(),
            cluster: String::new(),
        }
    }

    fn predicted(id: &str, sequence: Option<&[u8]>, states: &[u8]) -> PredictedChain {
        let states = states.iter().filter_map(|&letter| State3::from_letter(letter));
        PredictedChain {
            id: id.to_owned(),
            sequence: sequence.map(<[u8]>::to_vec),
            states: StructureLabels::Three(states.collect()),
            states8: None,
            probabilities: None,
        }
    }

    fn helices(predictions: &Predictions) -> Vec<Option<usize>> {
        let count = |prediction: &StructurePrediction| prediction.three().iter().filter(|&&s| s == State3::H).count();
        predictions
            .iter()
            .map(|prediction| prediction.as_ref().map(count))
            .collect()
    }

    #[test]
    fn a_shifted_numbering_is_seen_through_by_the_sequences() -> anyhow::Result<()> {
        let rows = [
            row("s_1", b"ACD"),
            row("s_2", b"MKL"),
            row("s_3", b"ACD"),
            row("x", b"WWW"),
        ];
        let predictions = [
            predicted("s_0", Some(b"acd"), b"HHC"),
            predicted("s_1", Some(b"MKL"), b"HCC"),
        ];
        let found = matched(&rows, &predictions, Reduction::GhiEb, "p.fas")?;
        assert_eq!(helices(&found), [Some(2), Some(1), Some(2), None]);
        Ok(())
    }

    #[test]
    fn chains_of_one_sequence_get_its_predictions_in_order() -> anyhow::Result<()> {
        let rows = [row("1", b"ACD"), row("2", b"ACD"), row("3", b"ACD")];
        let predictions = [
            predicted("a", Some(b"ACD"), b"HHC"),
            predicted("b", Some(b"ACD"), b"HCC"),
        ];
        let found = matched(&rows, &predictions, Reduction::GhiEb, "p.fas")?;
        assert_eq!(helices(&found), [Some(2), Some(1), Some(1)]);
        Ok(())
    }

    #[test]
    fn letters_that_are_none_of_the_twenty_may_be_written_in_other_ways() {
        let rows = [row("a", b"ACUDX")];
        let of = |sequence: &[u8]| {
            let predictions = [predicted("a", Some(sequence), b"HHHHH")];
            matched(&rows, &predictions, Reduction::GhiEb, "p").map(|found| helices(&found))
        };
        assert_eq!(of(b"acXdA").unwrap(), [Some(5)]);
        assert!(of(b"ACUWX").unwrap_err().to_string().contains("other letters"));
    }

    #[test]
    fn numbers_that_are_no_probabilities_are_refused_by_the_name_of_the_prediction() {
        let rows = [row("a", b"ACD")];
        let with = |probabilities: [f32; 3]| {
            let mut prediction = predicted("a", None, b"HHH");
            prediction.probabilities = Some(vec![probabilities; 3]);
            matched(&rows, &[prediction], Reduction::GhiEb, "p.ss2")
        };
        assert!(with([0.333, 0.333, 0.333]).is_ok());
        // PSIPRED's do not add up to one, and are left out.
        assert!(with([0.9, 0.8, 0.7]).is_ok());
        let message = format!("{:#}", with([1.5, -0.25, -0.25]).unwrap_err());
        assert!(
            message.contains("p.ss2: the prediction a: the numbers of residue 1"),
            "{message}"
        );
    }

    #[test]
    fn ids_suffice_where_there_are_no_sequences_and_lengths_must_agree() {
        let rows = [row("a", b"ACD")];
        let good = matched(&rows, &[predicted("a", None, b"HHH")], Reduction::GhiEb, "p").unwrap();
        assert_eq!(helices(&good), [Some(3)]);
        let error = matched(&rows, &[predicted("a", None, b"HH")], Reduction::GhiEb, "p").unwrap_err();
        assert!(
            error.to_string().contains("prediction for a is of 2 residues"),
            "{error}"
        );
        let error = matched(&rows, &[predicted("b", None, b"HHH")], Reduction::GhiEb, "p").unwrap_err();
        assert!(error.to_string().contains("chains: a"), "{error}");
    }
}
