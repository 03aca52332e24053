//! From which score on bins are called.

use std::str::FromStr;

use anyhow::bail;
use processive_models::ModelDescription;

/// What `--threshold` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Threshold {
    /// This probability.
    At(f64),
    /// The one on the model's card.
    OfModel,
    /// The lowest with this precision on the model's validation data.
    Precision(f64),
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = |text: &str, what: &str| {
            let number = text.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
            number.ok_or_else(|| format!("a {what} lies between 0 and 1"))
        };
        match text.split_once('=') {
            Some(("precision", number)) => share(number, "precision").map(Self::Precision),
            Some(_) => Err("known are P, 'model' and 'precision=P'".to_owned()),
            None if text == "model" => Ok(Self::OfModel),
            None => share(text, "probability").map(Self::At),
        }
    }
}

impl Threshold {
    /// The probability, when it is one that needs no model.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::At(probability) => Some(probability),
            Self::OfModel | Self::Precision(_) => None,
        }
    }

    /// The probability; says in the log where it comes from when it is not a number that was given.
    pub(crate) fn of(self, model: &ModelDescription) -> anyhow::Result<f64> {
        let name = &model.name;
        match self {
            Self::At(probability) => Ok(probability),
            Self::OfModel => {
                log::info!("threshold {:.4}: that of {name}", model.threshold);
                Ok(model.threshold)
            }
            Self::Precision(precision) => {
                let Some(point) = model.operating_point(precision) else {
                    bail!(without(precision, model));
                };
                let [examples, bound] = model.training.valid;
                log::info!(
                    "threshold {:.4}: precision {:.3}, recall {:.3} on the {examples} validation examples of {name}, {bound} bound; \
                     where less is bound, as in most of a genome, precision is lower",
                    point.threshold,
                    point.precision,
                    point.recall,
                );
                Ok(point.threshold)
            }
        }
    }
}

/// Why a model has no threshold for a precision.
fn without(precision: f64, model: &ModelDescription) -> String {
    let name = &model.name;
    match model.operating_points.last() {
        Some(point) => format!(
            "the highest precision of {name} on its validation data is {:.3}, less than {precision}",
            point.precision
        ),
        None => format!(
            "{name} does not say which threshold has which precision: its card holds none of its validation data, and scores of \
             a genome without labels cannot tell. Give --threshold a number, or 'model' for the one with the best MCC on its \
             validation data; models that `train tfbs` makes now record their precision"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_words_and_precisions_are_thresholds() {
        for (text, expected) in [
            ("0.5", Threshold::At(0.5)),
            ("1", Threshold::At(1.0)),
            ("model", Threshold::OfModel),
            ("precision=0.9", Threshold::Precision(0.9)),
        ] {
            assert_eq!(text.parse(), Ok(expected));
        }
        for (text, said) in [
            ("1.5", "a probability lies between 0 and 1"),
            ("NaN", "a probability lies between 0 and 1"),
            ("best", "a probability lies between 0 and 1"),
            ("precision=90", "a precision lies between 0 and 1"),
            ("recall=0.9", "'precision=P'"),
        ] {
            let message = text.parse::<Threshold>().unwrap_err();
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
