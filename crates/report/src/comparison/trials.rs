//! The table of the learning rates that were tried.

use super::cells::NOTHING;
use super::sheet::Sheet;
use super::{ComparedNetwork, ComparedSet, Comparison};

impl Comparison {
    /// What every learning rate gave; `None` when there was no choice.
    pub(super) fn trial_sheet(&self) -> Option<Sheet> {
        let networks = || {
            let sets = self.sets.iter();
            sets.flat_map(|set| set.networks.iter().map(move |network| (set, network)))
        };
        let mut rates: Vec<f64> = Vec::new();
        for trial in networks().flat_map(|(_, network)| &network.trials) {
            if !rates.contains(&trial.learning_rate) {
                rates.push(trial.learning_rate);
            }
        }
        if rates.is_empty() {
            return None;
        }
        let names = ["arch", "data set", "chosen"].map(str::to_owned);
        Some(Sheet {
            title: "Learning rates".to_owned(),
            about: "The best validation AUPRC that the first seed reached with each learning rate. The rate with the \
                    highest was chosen, for all seeds; the choice did not use the test examples."
                .to_owned(),
            header: names.into_iter().chain(rates.iter().map(f64::to_string)).collect(),
            rows: networks().map(|(set, network)| row(set, network, &rates)).collect(),
        })
    }
}

fn row(set: &ComparedSet, network: &ComparedNetwork, rates: &[f64]) -> Vec<String> {
    let mut row = vec![
        network.arch.clone(),
        set.name.clone(),
        network.learning_rate.to_string(),
    ];
    row.extend(rates.iter().map(|&rate| {
        let trial = network
            .trials
            .iter()
            .find(|trial| trial.learning_rate.to_bits() == rate.to_bits());
        match trial.map(|trial| trial.valid_auprc) {
            None => NOTHING.to_owned(),
            Some(None) => "diverged".to_owned(),
            Some(Some(score)) => format!("{score:.4}"),
        }
    }));
    row
}

#[cfg(test)]
mod tests {
    use super::super::Trial;
    use super::super::tests::comparison;

    #[test]
    fn every_rate_has_a_column_and_every_network_on_every_set_a_row() {
        let mut comparison = comparison();
        assert_eq!(comparison.trial_sheet(), None);
        let trial = |learning_rate, valid_auprc| Trial {
            learning_rate,
            valid_auprc,
        };
        for set in &mut comparison.sets {
            set.networks[0].trials = vec![trial(0.002, Some(0.87654)), trial(0.5, None)];
        }
        let sheet = comparison.trial_sheet().unwrap();
        assert_eq!(sheet.header, ["arch", "data set", "chosen", "0.002", "0.5"]);
        assert_eq!(sheet.rows.len(), 4);
        assert_eq!(sheet.rows[0], ["bag-cnn", "one", "0.002", "0.8765", "diverged"]);
        assert_eq!(sheet.rows[3], ["bilstm", "two", "0.002", "-", "-"]);
        let markdown = comparison.to_markdown("processive");
        assert!(
            markdown.contains("\n## Learning rates\n") && markdown.ends_with("| - | - |\n"),
            "{markdown}"
        );
        assert!(comparison.to_html("processive").contains("<td>diverged</td>"));
        assert!(!comparison.to_text().contains("diverged"));
    }
}
