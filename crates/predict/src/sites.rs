//! The best sites of a genome, found while its rows pass by.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use processive_core::Region;

use crate::batch::Rows;

/// A bin that no better bin is near.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The bin.
    pub bin: Region,
    /// What it is ranked by: one of the columns, or the mean over the classes.
    pub score: f32,
    /// The bin's score columns.
    pub columns: Vec<f32>,
}

/// A bin that the scan is still within one window of.
#[derive(Clone, Debug)]
struct Recent {
    start: u64,
    score: f32,
    /// The site, unless an earlier bin within one window is at least as good.
    site: Option<Site>,
}

/// What sites are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ranking {
    /// The mean over the classes, whose columns stand this far apart.
    Mean {
        /// The number of columns of a class.
        columns_per_class: usize,
    },
    /// One column.
    Column(usize),
}

/// The mean over the classes, whose columns stand this far apart.
fn mean_of(columns: &[Vec<f32>], columns_per_class: usize, rows: usize) -> Vec<f32> {
    let classes = columns.iter().step_by(columns_per_class);
    let mean = |row: usize| classes.clone().map(|column| column[row]).sum::<f32>() / classes.len() as f32;
    (0..rows).map(mean).collect()
}

/// Scores that are compared together.
const TOGETHER: usize = 64;

/// A site and its place among those that were found in genome order; the greatest is the worst.
#[derive(Debug)]
struct Found {
    site: Site,
    place: u64,
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = other.site.score.total_cmp(&self.site.score);
        by_score.then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Found {}

/// Keeps the best bins of a scan.
///
/// A bin is a site when no bin whose window overlaps its own is better; of equal bins the first is the site.
/// The recent bins that could still matter stand in order of falling score: a bin that is followed within
/// one window by a better one leaves at the back, a bin that the scan has left behind leaves at the front.
#[derive(Debug)]
pub(crate) struct BestSites {
    limit: usize,
    window: u64,
    ranking: Ranking,
    contig: Arc<str>,
    recent: VecDeque<Recent>,
    best: BinaryHeap<Found>,
    places: u64,
}

impl BestSites {
    pub(crate) fn new(limit: usize, window: usize, ranking: Ranking) -> Self {
        Self {
            limit,
            window: window as u64,
            ranking,
            contig: Arc::from(""),
            recent: VecDeque::new(),
            best: BinaryHeap::new(),
            places: 0,
        }
    }

    /// Takes the next rows in genome order.
    pub(crate) fn add(&mut self, rows: &Rows) {
        if self.contig != rows.contig {
            self.leave_behind(u64::MAX);
            self.contig = Arc::clone(&rows.contig);
        }
        let mean;
        let scores = match self.ranking {
            Ranking::Column(column) => &rows.scores[column],
            Ranking::Mean { columns_per_class } if rows.scores.len() == columns_per_class => &rows.scores[0],
            Ranking::Mean { columns_per_class } => {
                mean = mean_of(&rows.scores, columns_per_class, rows.starts.len());
                &mean
            }
        };
        // A bin for which there is no place hides only bins for which there is none either.
        let mut from = 0;
        while let Some(row) = self.next_with_place(&scores[from..]) {
            self.add_row(rows, from + row, scores[from + row]);
            from += row + 1;
        }
    }

    /// The first of some scores that there is a place for.
    fn next_with_place(&self, scores: &[f32]) -> Option<usize> {
        let mut first = 0;
        // Many at a time, which is one comparison of vectors.
        for scores in scores.chunks(TOGETHER) {
            let most = scores.iter().fold(f32::NEG_INFINITY, |most, &score| most.max(score));
            if self.has_place_for(most) {
                let row = scores.iter().position(|&score| self.has_place_for(score));
                return row.map(|row| first + row);
            }
            first += scores.len();
        }
        None
    }

    /// The sites, best first; of equal sites the first in the genome.
    pub(crate) fn finish(mut self) -> Vec<Site> {
        self.leave_behind(u64::MAX);
        self.best
            .into_sorted_vec()
            .into_iter()
            .map(|found| found.site)
            .collect()
    }

    /// The sites in genome order.
    pub(crate) fn finish_in_order(mut self) -> Vec<Site> {
        self.leave_behind(u64::MAX);
        let mut found = self.best.into_vec();
        found.sort_unstable_by_key(|found| found.place);
        found.into_iter().map(|found| found.site).collect()
    }

    fn add_row(&mut self, rows: &Rows, row: usize, score: f32) {
        let start = rows.starts[row];
        self.leave_behind(start.saturating_sub(self.window - 1));
        while self.recent.back().is_some_and(|last| last.score < score) {
            self.recent.pop_back();
        }
        let is_site = self.recent.is_empty();
        let site = is_site.then(|| Site {
            bin: Region::new(&*rows.contig, start, rows.ends[row]).expect("a bin ends after its start"),
            score,
            columns: rows.scores.iter().map(|column| column[row]).collect(),
        });
        self.recent.push_back(Recent { start, score, site });
    }

    /// Settles the recent bins that start before `start`.
    fn leave_behind(&mut self, start: u64) {
        while self.recent.front().is_some_and(|first| first.start < start) {
            if let Some(site) = self.recent.pop_front().and_then(|first| first.site) {
                self.keep(site);
            }
        }
    }

    fn has_place_for(&self, score: f32) -> bool {
        match self.best.peek() {
            Some(worst) if self.best.len() == self.limit => worst.site.score < score,
            _ => self.limit > 0,
        }
    }

    fn keep(&mut self, site: Site) {
        if self.has_place_for(site.score) {
            if self.best.len() == self.limit {
                self.best.pop();
            }
            self.best.push(Found {
                site,
                place: self.places,
            });
            self.places += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(contig: &str, first: usize, scores: &[f32]) -> Rows {
        let starts: Vec<u64> = (first..first + scores.len()).map(|bin| bin as u64 * 10).collect();
        Rows {
            contig: Arc::from(contig),
            ends: starts.iter().map(|start| start + 10).collect(),
            starts,
            scores: vec![scores.to_vec()],
        }
    }

    fn found(limit: usize, window: usize, rows: &[Rows]) -> Vec<(String, u64, f32)> {
        let mut best = BestSites::new(limit, window, Ranking::Mean { columns_per_class: 1 });
        for rows in rows {
            best.add(rows);
        }
        let site = |site: Site| (site.bin.contig().to_owned(), site.bin.start(), site.score);
        best.finish().into_iter().map(site).collect()
    }

    /// The rule, bin by bin over everything in memory.
    fn by_definition(limit: usize, window: u64, scores: &[f32]) -> Vec<(u64, f32)> {
        let start = |i: usize| i as u64 * 10;
        let beats = |j: usize, i: usize| scores[i].total_cmp(&scores[j]).then(j.cmp(&i)).is_lt();
        let near = |i: usize, j: usize| i != j && start(i).abs_diff(start(j)) < window;
        let mut sites: Vec<(u64, f32)> = (0..scores.len())
            .filter(|&i| !(0..scores.len()).any(|j| near(i, j) && beats(j, i)))
            .map(|i| (start(i), scores[i]))
            .collect();
        sites.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sites.truncate(limit);
        sites
    }

    #[test]
    fn a_better_neighbour_in_either_direction_hides_a_bin() {
        let scores = [0.1, 0.9, 0.8, 0.2, 0.3];
        // windows of 20 over bins of 10 overlap the next bin's window only
        let expected = [("c".to_owned(), 10, 0.9), ("c".to_owned(), 40, 0.3)];
        assert_eq!(found(5, 20, &[rows("c", 0, &scores)]), expected);
    }

    #[test]
    fn contigs_do_not_hide_each_other() {
        let rows = [rows("c", 0, &[0.5]), rows("d", 0, &[0.7, 0.6])];
        let expected = [("d".to_owned(), 0, 0.7), ("c".to_owned(), 0, 0.5)];
        assert_eq!(found(5, 1000, &rows), expected);
        assert_eq!(found(1, 1000, &rows), expected[..1]);
        assert_eq!(found(0, 1000, &rows), []);
    }

    #[test]
    fn the_score_is_the_mean_over_classes_not_strands() {
        let mut rows = rows("c", 0, &[0.5]);
        rows.scores = [[0.5], [0.9], [0.1], [0.25], [0.0], [0.5]].map(Vec::from).to_vec();
        let found = |ranking| {
            let mut best = BestSites::new(1, 10, ranking);
            best.add(&rows);
            best.finish()
        };
        let sites = found(Ranking::Mean { columns_per_class: 3 });
        let site = Site {
            bin: Region::new("c", 0, 10).unwrap(),
            score: 0.375,
            columns: vec![0.5, 0.9, 0.1, 0.25, 0.0, 0.5],
        };
        assert_eq!(sites, [site]);
        assert!((found(Ranking::Column(1))[0].score - 0.9).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn streaming_finds_what_the_definition_finds(
            scores in prop::collection::vec((0u8..6).prop_map(f32::from), 0..60),
            window in 1usize..70,
            limit in 0usize..8,
            cut in 0usize..60,
        ) {
            let cut = cut.min(scores.len());
            let parts = [rows("c", 0, &scores[..cut]), rows("c", cut, &scores[cut..])];
            let streamed: Vec<(u64, f32)> = found(limit, window, &parts).into_iter().map(|(_, s, p)| (s, p)).collect();
            let mut expected = by_definition(limit, window as u64, &scores);
            prop_assert_eq!(&streamed, &expected);

            let mut best = BestSites::new(limit, window, Ranking::Column(0));
            for rows in &parts {
                best.add(rows);
            }
            expected.sort_by_key(|site| site.0);
            let in_order: Vec<_> = best.finish_in_order().iter().map(|s| (s.bin.start(), s.score)).collect();
            prop_assert_eq!(in_order, expected);
        }
    }
}
