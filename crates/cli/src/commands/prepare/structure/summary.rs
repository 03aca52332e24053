//! What a preparation says at its end.

use std::collections::HashMap;

use processive_core::ChainRow;
use processive_encode::kin::{DropReason, KinSettings, PrepareSettings, Prepared};

use crate::numbers::{counted, grouped};
use crate::text_table::{aligned, indented};

/// Chains and their scored residues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    chains: u64,
    residues: u64,
}

impl Count {
    fn add(&mut self, residues: usize) {
        self.chains += 1;
        self.residues += residues as u64;
    }
}

/// The columns, in order: what came in, the test chains, what was dropped, what is left.
const HEADING: [&str; 8] = [
    "came in",
    "test",
    "shared-stretch",
    "similar",
    "duplicate",
    "carried-over",
    "train",
    "valid",
];
const TEST: usize = 1;
const DROPPED: usize = 2;
const LEFT: usize = 6;

/// The counts of every source.
pub(super) struct Summary {
    /// In the order in which the sources came.
    sources: Vec<(String, [Count; 8])>,
    places: HashMap<String, usize>,
    protected: usize,
    clusters: usize,
    /// Chains that are kept, of three states and of eight.
    states: [Count; 2],
}

impl Summary {
    /// Counts what came in.
    pub(super) fn new(rows: &[ChainRow], test: &[ChainRow], protected: usize) -> Self {
        let mut summary = Self {
            sources: Vec::new(),
            places: HashMap::new(),
            protected,
            clusters: 0,
            states: [Count::default(); 2],
        };
        for row in rows.iter().chain(test) {
            summary.count(&row.source, 0, row.chain.scored_residues());
        }
        for row in test {
            summary.count(&row.source, TEST, row.chain.scored_residues());
        }
        summary
    }

    /// Counts what was dropped and what is left.
    pub(super) fn add(&mut self, prepared: &Prepared) {
        for drop in &prepared.drops {
            let reason = DropReason::ALL.iter().position(|&reason| reason == drop.reason);
            self.count(&drop.source, DROPPED + reason.unwrap_or_default(), drop.scored_residues);
        }
        for row in &prepared.rows {
            let residues = row.chain.scored_residues();
            self.count(&row.source, LEFT + usize::from(row.split == "valid"), residues);
            self.states[usize::from(row.chain.labels.eight().is_some())].add(residues);
            self.clusters += usize::from(row.cluster == row.chain.id);
        }
    }

    fn count(&mut self, source: &str, column: usize, residues: usize) {
        let next = self.sources.len();
        let place = *self.places.entry(source.to_owned()).or_insert(next);
        if place == next {
            self.sources.push((source.to_owned(), [Count::default(); 8]));
        }
        self.sources[place].1[column].add(residues);
    }

    /// A table of counts, and the rules in words.
    pub(super) fn text(&self, settings: &PrepareSettings, keeps_test: bool) -> String {
        let mut rows = vec![
            [&["source", ""], &HEADING[..]]
                .concat()
                .iter()
                .map(ToString::to_string)
                .collect(),
        ];
        for (source, counts) in &self.sources {
            rows.extend(lines(source, counts));
        }
        if self.sources.len() > 1 {
            let total = |column: usize| {
                let counts = self.sources.iter().map(|(_, counts)| counts[column]);
                counts.fold(Count::default(), |sum, count| Count {
                    chains: sum.chains + count.chains,
                    residues: sum.residues + count.residues,
                })
            };
            rows.extend(lines("all", &std::array::from_fn(total)));
        }
        let [three, eight] = self.states;
        format!(
            "{}\n{}\nleft: {} ({} scored residues) with states of eight, {} ({}) with three; {}\n",
            aligned::<String, Vec<String>>(&rows),
            indented(&self.rules(settings, keeps_test), "  "),
            counted(eight.chains, "chain"),
            grouped(eight.residues),
            counted(three.chains, "chain"),
            grouped(three.residues),
            counted(self.clusters as u64, "cluster"),
        )
    }

    fn rules(&self, settings: &PrepareSettings, keeps_test: bool) -> String {
        let PrepareSettings { protect, group, .. } = settings;
        let test = if keeps_test {
            "kept in the split test"
        } else {
            "not in the table"
        };
        let group_rule = format!(
            "share {} residues in a row or align ({})",
            group.stretch,
            similarity(group)
        );
        let valid = if settings.keep_valid {
            format!(
                "came in the split valid: kept; chains that {group_rule} with one are shared-stretch or similar, too"
            )
        } else {
            format!(
                "at most {} % of the scored residues, as whole clusters: chains are in one that {group_rule}",
                100.0 * settings.valid_share
            )
        };
        let rows = [
            ["test", &format!("came in the split test: protected, {test}")],
            [
                "shared-stretch",
                &format!(
                    "shares {} residues or more in a row with one of {}; repeats and histidine tags do not count",
                    protect.stretch,
                    counted(self.protected as u64, "protected chain")
                ),
            ],
            [
                "similar",
                &format!("aligns with a protected chain: {}", similarity(protect)),
            ],
            [
                "duplicate",
                "about 95 % of its scored residues are those of a chain that is kept (77 % of the words of five)",
            ],
            [
                "carried-over",
                "likewise, and the kept chain, which has all residues, has taken over its states of eight",
            ],
            ["valid", &valid],
        ];
        aligned(&rows)
    }
}

fn similarity(settings: &KinSettings) -> String {
    format!(
        "{} % identity or more over {} % or more of the shorter chain, expected by chance at most {} times",
        100.0 * settings.identity,
        100.0 * settings.cover,
        settings.expected
    )
}

/// The chains of a source and their residues, as two rows of cells.
fn lines(source: &str, counts: &[Count; 8]) -> [Vec<String>; 2] {
    let cells = |name: &str, what: &str, number: fn(&Count) -> u64| {
        let numbers = counts.iter().map(|count| grouped(number(count)));
        [name, what].into_iter().map(str::to_owned).chain(numbers).collect()
    };
    [
        cells(source, "chains", |count| count.chains),
        cells("", "scored residues", |count| count.residues),
    ]
}
