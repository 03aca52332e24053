//! From labelled chains of several sources to a training table.

use processive_core::{ChainRow, Reduction};
use rayon::prelude::*;

use super::clusters::{clusters, validation_clusters};
use super::merge::{Merged, merge};
use super::search::{Kin, KinIndex, KinSearch, KinSettings};

/// Rows that a thread compares with those behind them before it takes others.
const ROWS_AT_ONCE: usize = 512;

/// How chains become a training table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrepareSettings {
    /// When a chain is too much like a protected one.
    pub protect: KinSettings,
    /// When two chains belong to one group.
    pub group: KinSettings,
    /// The rule by which states of eight are compared with states of three.
    pub rule: Reduction,
    /// The share of the scored residues that goes to validation, 0 to 1.
    pub valid_share: f64,
    /// Keep the chains that come in the split `valid` for validation and draw no others; chains that would be in a group with
    /// one of them are left out.
    pub keep_valid: bool,
    /// Seed of the draw.
    pub seed: u64,
}

impl Default for PrepareSettings {
    fn default() -> Self {
        let protect = KinSettings::default();
        let group = KinSettings {
            word: 4,
            trigger: 50,
            ..protect
        };
        Self {
            protect,
            group,
            rule: Reduction::default(),
            valid_share: 0.05,
            keep_valid: false,
            seed: 1,
        }
    }
}

/// A test chain, which nothing in training may resemble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedChain {
    /// Its name.
    pub id: String,
    /// The data set that it belongs to.
    pub source: String,
    /// The letters.
    pub sequence: Vec<u8>,
}

impl From<&ChainRow> for ProtectedChain {
    fn from(row: &ChainRow) -> Self {
        Self {
            id: row.chain.id.clone(),
            source: row.source.clone(),
            sequence: row.chain.sequence.clone(),
        }
    }
}

/// Why a chain is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// It shares an exact stretch with a protected chain, or with a validation chain that was to be kept.
    SharedStretch,
    /// It aligns with one.
    Similar,
    /// It is the same protein as a chain that is kept.
    Duplicate,
    /// It is the same protein as a chain that is kept, which has taken over its states of eight.
    CarriedOver,
}

impl DropReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::SharedStretch, Self::Similar, Self::Duplicate, Self::CarriedOver];

    /// The word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedStretch => "shared-stretch",
            Self::Similar => "similar",
            Self::Duplicate => "duplicate",
            Self::CarriedOver => "carried-over",
        }
    }
}

/// A chain that is left out, and what it was measured against.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedChain {
    /// The chain.
    pub id: String,
    /// Its data set.
    pub source: String,
    /// The number of its residues that would have counted.
    pub scored_residues: usize,
    /// Why.
    pub reason: DropReason,
    /// The other chain.
    pub with_id: String,
    /// The data set of the other chain.
    pub with_source: String,
    /// The longest exact stretch that the two share; empty for copies.
    pub stretch: String,
    /// The identity of their alignment, 0 to 1; none for copies.
    pub identity: Option<f64>,
    /// The share of the shorter chain in their alignment, 0 to 1; none for copies.
    pub cover: Option<f64>,
}

/// A training table and what is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The chains that are kept, in the order they came, with split (`train` or `valid`) and cluster; behind them those that
    /// came as validation chains and were to be kept.
    pub rows: Vec<ChainRow>,
    /// The chains that are left out: first those like protected ones, then those like kept validation chains, then copies, in
    /// the order they came.
    pub drops: Vec<DroppedChain>,
}

/// Leaves out chains that resemble protected ones and duplicates, groups the rest, and draws groups for validation.
///
/// A cluster is named after its first chain. The order of the rows decides nothing but which of two equal copies is kept.
pub fn prepare_chains(rows: Vec<ChainRow>, protected: &[ProtectedChain], settings: &PrepareSettings) -> Prepared {
    let mut drops = Vec::new();
    let rows = without_protected(rows, protected, settings.protect, &mut drops);
    let (valid, rows): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| settings.keep_valid && row.split == "valid");
    let held: Vec<ProtectedChain> = valid.iter().map(ProtectedChain::from).collect();
    let rows = without_protected(rows, &held, settings.group, &mut drops);
    let pairs = kin_pairs(&rows, settings.group);
    let Merged {
        mut rows,
        pairs,
        drops: copies,
    } = merge(rows, &pairs, settings.rule);
    drops.extend(copies);
    let cluster_of = clusters(rows.len(), &pairs);
    let residues: Vec<usize> = rows.iter().map(|row| row.chain.scored_residues()).collect();
    // A share of nothing would still draw clusters without scored residues.
    let is_valid = if settings.keep_valid {
        vec![false; rows.len()]
    } else {
        validation_clusters(&cluster_of, &residues, settings.valid_share, settings.seed)
    };
    let names: Vec<String> = cluster_of.iter().map(|&first| rows[first].chain.id.clone()).collect();
    for ((row, cluster), is_valid) in rows.iter_mut().zip(names).zip(is_valid) {
        row.cluster = cluster;
        row.split = String::from(if is_valid { "valid" } else { "train" });
    }
    rows.extend(valid);
    Prepared { rows, drops }
}

fn without_protected(
    rows: Vec<ChainRow>,
    protected: &[ProtectedChain],
    settings: KinSettings,
    drops: &mut Vec<DroppedChain>,
) -> Vec<ChainRow> {
    if protected.is_empty() {
        return rows;
    }
    let index = KinIndex::new(protected.iter().map(|chain| chain.sequence.as_slice()), settings);
    let nearest = |search: &mut KinSearch<'_>, row: &ChainRow| {
        let kin = search.kin_of(&row.chain.sequence);
        // The longest stretch says most; then the best alignment.
        kin.into_iter().max_by_key(|kin| {
            let exact = if kin.stretch.length >= settings.stretch {
                kin.stretch.length
            } else {
                0
            };
            (exact, kin.alignment.score, std::cmp::Reverse(kin.target))
        })
    };
    let nearest: Vec<Option<Kin>> = rows.par_iter().map_init(|| KinSearch::new(&index), nearest).collect();
    let mut kept = Vec::new();
    for (row, nearest) in rows.into_iter().zip(nearest) {
        match nearest {
            None => kept.push(row),
            Some(nearest) => drops.push(leak(&row, &nearest, &protected[nearest.target], settings.stretch)),
        }
    }
    kept
}

fn leak(row: &ChainRow, kin: &Kin, with: &ProtectedChain, least: usize) -> DroppedChain {
    let stretch = &row.chain.sequence[kin.stretch.query_start..][..kin.stretch.length];
    DroppedChain {
        id: row.chain.id.clone(),
        source: row.source.clone(),
        scored_residues: row.chain.scored_residues(),
        reason: if kin.stretch.length >= least {
            DropReason::SharedStretch
        } else {
            DropReason::Similar
        },
        with_id: with.id.clone(),
        with_source: with.source.clone(),
        stretch: String::from_utf8_lossy(stretch).into_owned(),
        identity: Some(kin.alignment.identity()),
        cover: Some(kin.cover),
    }
}

/// Pairs of rows that are kin, the earlier row first.
fn kin_pairs(rows: &[ChainRow], settings: KinSettings) -> Vec<(usize, usize)> {
    let index = KinIndex::new(rows.iter().map(|row| row.chain.sequence.as_slice()), settings);
    let later = |search: &mut KinSearch<'_>, row| {
        let kin = search.later_kin(row).into_iter();
        kin.map(|kin| (row, kin.target)).collect::<Vec<_>>()
    };
    // Early rows have more rows behind them: in small pieces all threads are busy to the end.
    let pairs: Vec<Vec<_>> = (0..rows.len())
        .into_par_iter()
        .with_max_len(ROWS_AT_ONCE)
        .map_init(|| KinSearch::new(&index), later)
        .collect();
    pairs.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use processive_core::alphabet::PROTEIN_LETTERS;
    use processive_core::{LabelledChain, State3, State8, StructureLabels};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn letters(seed: u64) -> String {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let letter = |_| char::from(PROTEIN_LETTERS[rng.random_range(0..20)]);
        (0..100).map(letter).collect()
    }

    fn row(id: &str, sequence: &str, eight: bool) -> ChainRow {
        ChainRow {
            source: if eight { "eight" } else { "three" }.to_owned(),
            split: String::new(),
            cluster: String::new(),
            chain: LabelledChain {
                id: id.to_owned(),
                sequence: sequence.into(),
                labels: if eight {
                    StructureLabels::Eight(vec![State8::T; sequence.len()])
                } else {
                    StructureLabels::Three(vec![State3::C; sequence.len()])
                },
                scored: vec![true; sequence.len()],
            },
        }
    }

    /// The letters with every fifth residue turned into the next amino acid.
    fn relative(letters: &str) -> String {
        let next = |letter: char| match PROTEIN_LETTERS.iter().position(|&known| char::from(known) == letter) {
            Some(place) => char::from(PROTEIN_LETTERS[(place + 1) % 20]),
            None => letter,
        };
        let changed = letters.chars().enumerate();
        changed
            .map(|(place, letter)| if place % 5 == 2 { next(letter) } else { letter })
            .collect()
    }

    fn protected(id: &str, sequence: &str) -> ProtectedChain {
        ProtectedChain {
            id: id.to_owned(),
            source: "test".to_owned(),
            sequence: sequence.into(),
        }
    }

    #[test]
    fn leaks_and_copies_are_dropped_with_what_they_were_measured_against() {
        let [leaked, near, twice, own] = [1, 2, 3, 4].map(letters);
        let rows = vec![
            row("leaked", &format!("{}{}", &own[..50], &leaked[10..40]), false),
            row("near", &relative(&near), false),
            row("twice", &twice, false),
            row("own", &own, false),
            row("again", &twice[1..], true),
        ];
        let test = [protected("a", &leaked), protected("b", &near)];
        let Prepared { rows, drops } = prepare_chains(rows, &test, &PrepareSettings::default());
        let told: Vec<_> = drops
            .iter()
            .map(|drop| (&drop.id[..], drop.reason, &drop.with_id[..], drop.scored_residues))
            .collect();
        assert_eq!(
            told,
            [
                ("leaked", DropReason::SharedStretch, "a", 80),
                ("near", DropReason::Similar, "b", 100),
                ("again", DropReason::CarriedOver, "twice", 99),
            ]
        );
        assert_eq!(
            (&drops[0].stretch[..], &drops[0].with_source[..]),
            (&leaked[10..40], "test")
        );
        let [identity, cover] = [drops[1].identity, drops[1].cover].map(Option::unwrap);
        assert!((0.75..0.85).contains(&identity) && cover > 0.9, "{identity} {cover}");
        assert_eq!((drops[2].identity, &drops[2].stretch[..]), (None, ""));
        let kept: Vec<_> = rows.iter().map(|row| (&row.chain.id[..], &row.source[..])).collect();
        assert_eq!(kept, [("twice", "three"), ("own", "three")]);
        // The chain with all residues has the states of its copy, which lacks the first residue.
        assert_eq!(rows[0].chain.labels.eight().map(<[_]>::len), Some(100));
        assert_eq!(rows[0].chain.scored_residues(), 99);
        assert!(!rows[0].chain.scored[0]);
    }

    #[test]
    fn copies_that_cannot_take_states_over_give_way_to_them() {
        let chain = letters(5);
        // The fragment of eight states has 60 of 100 residues: both stay.
        let rows = vec![row("full", &chain, false), row("part", &chain[..60], true)];
        let prepared = prepare_chains(rows, &[], &PrepareSettings::default());
        assert_eq!((prepared.rows.len(), prepared.drops.len()), (2, 0));
        assert!(prepared.rows.iter().all(|row| row.cluster == "full"));
        // Both know eight: the longer one stays.
        let rows = vec![row("part", &chain[..60], true), row("full", &chain, true)];
        let prepared = prepare_chains(rows, &[], &PrepareSettings::default());
        assert_eq!(prepared.drops[0].reason, DropReason::Duplicate);
        assert_eq!(
            (&prepared.drops[0].id[..], &prepared.drops[0].with_id[..]),
            ("part", "full")
        );
    }

    #[test]
    fn kept_validation_chains_stay_and_their_kin_are_left_out() {
        let [first, second, third, fourth] = [11, 12, 13, 14].map(letters);
        let mut unscored = row("unscored", &fourth, true);
        unscored.chain.scored.fill(false);
        let as_valid = |id: &str, sequence: &str| ChainRow {
            split: "valid".to_owned(),
            cluster: "family".to_owned(),
            ..row(id, sequence, true)
        };
        let rows = vec![
            row("kin", &relative(&first), true),
            as_valid("valid", &first),
            row("other", &second, true),
            as_valid("leak", &third),
            unscored,
        ];
        let settings = PrepareSettings {
            keep_valid: true,
            valid_share: 0.9,
            ..PrepareSettings::default()
        };
        let prepared = prepare_chains(rows, &[protected("test", &third)], &settings);
        let kept = prepared.rows.iter();
        let kept: Vec<_> = kept.map(|row| [&row.chain.id, &row.split, &row.cluster]).collect();
        assert_eq!(
            kept,
            [
                ["other", "train", "other"],
                ["unscored", "train", "unscored"],
                ["valid", "valid", "family"]
            ]
        );
        let drops: Vec<_> = prepared.drops.iter().map(|drop| [&drop.id, &drop.with_id]).collect();
        assert_eq!(drops, [["leak", "test"], ["kin", "valid"]]);
    }

    #[test]
    fn kin_are_in_one_split_and_the_draw_follows_the_seed() {
        let mut rows = Vec::new();
        for family in 0..20 {
            let first = letters(100 + family);
            rows.push(row(&format!("{family}a"), &first, false));
            rows.push(row(&format!("{family}b"), &relative(&first), false));
        }
        let settings = PrepareSettings {
            valid_share: 0.2,
            ..PrepareSettings::default()
        };
        let prepared = prepare_chains(rows.clone(), &[], &settings);
        assert_eq!(prepared.rows.len(), 40);
        for pair in prepared.rows.chunks(2) {
            assert_eq!((&pair[0].split, &pair[0].cluster), (&pair[1].split, &pair[1].cluster));
            assert_eq!(pair[0].cluster, pair[0].chain.id);
        }
        let valid = |rows: &[ChainRow]| rows.iter().filter(|row| row.split == "valid").count();
        assert_eq!(valid(&prepared.rows), 8);
        assert_eq!(prepare_chains(rows.clone(), &[], &settings), prepared);
        let other = prepare_chains(rows, &[], &PrepareSettings { seed: 2, ..settings });
        assert_eq!(valid(&other.rows), 8);
        assert_ne!(other, prepared);
    }
}
