//! What is told of a model that labels the residues of proteins.

use processive_core::{Metric, Reduction};
use processive_models::{ArchitectureConfig, ModelDescription, Storage, TrainingRecord};

use super::{Lines, files, fit_settings, list, named, or_dash, scores};
use crate::numbers::{counted, grouped};

/// The order of the metrics of a test set; others follow by name.
pub(super) const METRICS: &[&str] = &[
    "q3",
    "q8",
    "sov99",
    "sov_refine",
    "sov94",
    "q3_per_protein",
    "q8_per_protein",
    "macro_f1",
    "nll",
    "brier",
    "ece",
];

/// The test set that is shown where there is room for one only.
const SHOWN_SET: &str = "cb513";

/// How many dropped chains are named.
const NAMED: usize = 5;

/// The architectures of the members: `bilstm`, or `2 bilstm + dilated-cnn` when they differ.
pub(crate) fn architectures(description: &ModelDescription) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for config in configs(description) {
        let name = config.arch.to_string();
        match kinds.iter_mut().find(|(kind, _)| *kind == name) {
            Some((_, count)) => *count += 1,
            None => kinds.push((name, 1)),
        }
    }
    if let [(name, _)] = &kinds[..] {
        return name.clone();
    }
    let kinds = kinds.into_iter().map(|(name, count)| match count {
        1 => name,
        _ => format!("{count} {name}"),
    });
    kinds.collect::<Vec<_>>().join(" + ")
}

/// The Q3 of the best-known test set that it was measured on, and the set's name.
pub(crate) fn test_q3(description: &ModelDescription) -> Option<(&str, &Metric)> {
    let q3 = |(name, metric)| Some((str::strip_suffix(name, ".q3")?, metric));
    let metrics = description.metrics.iter();
    let sets: Vec<(&str, &Metric)> = metrics.filter_map(|(name, metric)| q3((name, metric))).collect();
    let shown = sets.iter().find(|(set, _)| *set == SHOWN_SET);
    shown.or(sets.first()).copied()
}

pub(super) fn network(description: &ModelDescription) -> Lines {
    let slope = description.calibration.slope;
    let (calibration, members) = match description.members {
        1 => (format!("p = softmax({slope:.4} x)"), "1".to_owned()),
        n => (
            format!("p = mean over the members of softmax({slope:.4} x)"),
            format!("{n}, whose probabilities are averaged"),
        ),
    };
    let lines = named([
        ("task", description.task.clone()),
        ("alphabet", description.alphabet.to_string()),
        ("states", description.classes.join(", ")),
        ("three states", description.reduction.map_or("-", rule).to_owned()),
        ("architecture", architectures(description)),
        ("members", members),
    ]);
    let networks = settings(description);
    let rest = named([
        ("parameters", grouped(description.parameters as u64)),
        ("storage", storage(description.storage).to_owned()),
        ("receptive field", receptive_field(description)),
        ("calibration", calibration),
    ]);
    [lines, networks, rest].concat()
}

/// The settings of the members: one line when they are the same.
fn settings(description: &ModelDescription) -> Lines {
    let text = |config: &ArchitectureConfig| serde_json::to_string(config).unwrap_or_default();
    if description.member_architectures.is_empty() {
        return named([("settings", text(&description.architecture))]);
    }
    let members = (1..).zip(&description.member_architectures);
    members
        .map(|(member, config)| [format!("settings {member}"), text(config)])
        .collect()
}

fn configs(description: &ModelDescription) -> impl Iterator<Item = &ArchitectureConfig> {
    (0..description.members).map(|member| description.member_architecture(member))
}

fn rule(reduction: Reduction) -> &'static str {
    match reduction {
        Reduction::GhiEb => "ghi-eb: H, G and I are helix, E and B strand, the others coil",
        Reduction::GhEb => "gh-eb: H and G are helix, E and B strand, the others coil",
        Reduction::HE => "h-e: H is helix, E strand, the others coil",
    }
}

fn storage(storage: Storage) -> &'static str {
    match storage {
        Storage::Single => "32 bits a weight",
        Storage::Half => "16 bits a weight; computed with in 32",
    }
}

/// What the member that sees farthest sees.
fn receptive_field(description: &ModelDescription) -> String {
    let fields: Option<Vec<usize>> = configs(description).map(ArchitectureConfig::receptive_field).collect();
    match fields.and_then(|fields| fields.into_iter().max()) {
        Some(residues) => counted(residues as u64, "residue"),
        None => "not bounded (a recurrent network reads the whole chain)".to_owned(),
    }
}

pub(super) fn training(record: &TrainingRecord) -> Lines {
    let chains =
        |[chains, residues]: [u64; 2]| format!("{}, {}", counted(chains, "chain"), counted(residues, "scored residue"));
    let lines = named([
        ("origin", or_dash(&record.provenance).to_owned()),
        ("training", chains(record.train)),
        ("validation", chains(record.valid)),
        ("dropped", dropped(&record.dropped)),
        ("seeds", list(&record.seeds)),
        ("epochs", list(&record.epochs)),
        ("validation Q3", or_dash(&scores(&record.valid_q3)).to_owned()),
        ("settings", fit_settings(record)),
    ]);
    files(&record.sources).chain(lines).collect()
}

/// How many chains were left out, and the names of the first.
fn dropped(names: &[String]) -> String {
    let Some(first) = names.get(..NAMED.min(names.len())).filter(|first| !first.is_empty()) else {
        return "none recorded".to_owned();
    };
    let more = match names.len() - first.len() {
        0 => String::new(),
        more => format!(" and {} more", grouped(more as u64)),
    };
    let count = counted(names.len() as u64, "chain");
    format!("{count}: {}{more} (all of them: --json)", first.join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use processive_models::STRUCTURE;

    use super::*;

    fn described(members: &[&str]) -> ModelDescription {
        let configs: Vec<ArchitectureConfig> = members
            .iter()
            .map(|name| ArchitectureConfig::for_residues(name.parse().expect("a known architecture")))
            .collect();
        ModelDescription {
            member_architectures: configs.clone(),
            ..ModelDescription::untrained(STRUCTURE, Vec::new(), configs[0].clone(), configs.len())
        }
    }

    #[test]
    fn members_of_one_architecture_are_told_as_one() {
        for (members, expected) in [
            (&["bilstm", "bilstm"][..], "bilstm"),
            (&["bilstm", "dilated-cnn", "bilstm"], "2 bilstm + dilated-cnn"),
        ] {
            assert_eq!(architectures(&described(members)), expected);
        }
    }

    #[test]
    fn an_ensemble_sees_as_far_as_the_member_that_sees_farthest() {
        // Filters of 11 see 5 residues to each side; three blocks of width 9 see 4 + 8 + 16 more (cnn: 4 + 4 + 4).
        assert_eq!(receptive_field(&described(&["cnn", "dilated-cnn"])), "67 residues");
        assert!(receptive_field(&described(&["cnn", "gru"])).contains("not bounded"));
    }

    #[test]
    fn the_first_dropped_chains_are_named() {
        let names = |n: u32| (1..=n).map(|i| format!("{i}abc-A")).collect::<Vec<_>>();
        assert_eq!(dropped(&[]), "none recorded");
        assert_eq!(dropped(&names(1)), "1 chain: 1abc-A (all of them: --json)");
        let text = dropped(&names(1207));
        assert!(text.starts_with("1,207 chains: 1abc-A, 2abc-A,"), "{text}");
        assert!(text.contains("5abc-A and 1,202 more"), "{text}");
    }

    #[test]
    fn the_list_shows_the_best_known_test_set() {
        let mut description = described(&["gru"]);
        assert!(test_q3(&description).is_none());
        let metric = |value| Metric {
            value,
            ci_low: None,
            ci_high: None,
        };
        description.metrics = BTreeMap::from([
            ("casp12.q3".to_owned(), metric(0.7)),
            ("ts115.q8".to_owned(), metric(0.5)),
        ]);
        assert_eq!(test_q3(&description), Some(("casp12", &metric(0.7))));
        description.metrics.insert("cb513.q3".to_owned(), metric(0.71));
        assert_eq!(test_q3(&description), Some(("cb513", &metric(0.71))));
    }
}
