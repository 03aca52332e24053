//! The search for kin.

use super::align::{Alignment, Rows, align};
use super::extend::{SharedStretch, extend, longest_stretch};
use super::scores::{BREAK, Scores, expected_by_chance};
use super::tags::codes_without_tags;
use super::words::{WordIndex, words};

/// Diagonals on either side of the best ungapped stretch that the gapped alignment may use.
const BAND: usize = 24;

/// What makes two chains kin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KinSettings {
    /// Residues of the words that begin a comparison: 3 finds more, 4 is faster with many chains.
    pub word: usize,
    /// The ungapped score from which two chains are aligned.
    pub trigger: i32,
    /// The length from which a shared exact stretch makes kin.
    pub stretch: usize,
    /// The identity, 0 to 1, from which an alignment makes kin.
    pub identity: f64,
    /// The share of the shorter chain, 0 to 1, that such an alignment covers at least.
    pub cover: f64,
    /// How many such alignments may be expected by chance among all chains, at most.
    pub expected: f64,
}

impl Default for KinSettings {
    /// A stretch of 20 residues, or 25 % identity over half of the shorter chain with an expectation of at most 0.001.
    fn default() -> Self {
        Self {
            word: 3,
            trigger: 45,
            stretch: 20,
            identity: 0.25,
            cover: 0.5,
            expected: 1e-3,
        }
    }
}

/// A relative of a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kin {
    /// The place of the relative among the chains of the index.
    pub target: usize,
    /// The longest exact stretch of the two that was seen; repeats do not count.
    pub stretch: SharedStretch,
    /// Their best alignment.
    pub alignment: Alignment,
    /// The share of the shorter chain that the alignment covers, 0 to 1.
    pub cover: f64,
}

/// Many chains, ready to be searched for the relatives of others.
pub struct KinIndex {
    settings: KinSettings,
    scores: Scores,
    /// All chains, a break behind each.
    codes: Vec<u8>,
    /// The first residue of every chain, and the end of all.
    starts: Vec<usize>,
    words: WordIndex,
}

impl KinIndex {
    /// Indexes chains of letters.
    pub fn new<'a>(chains: impl IntoIterator<Item = &'a [u8]>, settings: KinSettings) -> Self {
        let mut codes = Vec::new();
        let mut starts = vec![0];
        for letters in chains {
            codes.extend(codes_without_tags(letters));
            codes.push(BREAK);
            starts.push(codes.len());
        }
        let words = WordIndex::new(&codes, settings.word);
        Self {
            settings,
            scores: Scores::new(),
            codes,
            starts,
            words,
        }
    }

    /// The number of chains.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no chain.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn target(&self, chain: usize) -> &[u8] {
        &self.codes[self.starts[chain]..self.starts[chain + 1] - 1]
    }

    fn chain_at(&self, place: usize) -> usize {
        self.starts.partition_point(|&start| start <= place) - 1
    }
}

/// The best ungapped extension of a shared word so far between a query and one chain.
struct Candidate {
    chain: usize,
    score: i32,
    diagonal: isize,
    stretch: SharedStretch,
}

/// A search through a [`KinIndex`], which keeps its memory between queries.
pub struct KinSearch<'a> {
    index: &'a KinIndex,
    /// How far each diagonal has been looked at: the end of the last extension in the query, plus `base`.
    seen: Vec<u32>,
    base: u32,
    /// The largest number that the current query can leave in `seen`.
    largest: u32,
    rows: Rows,
}

impl<'a> KinSearch<'a> {
    /// Makes ready.
    pub fn new(index: &'a KinIndex) -> Self {
        Self {
            index,
            seen: Vec::new(),
            base: 0,
            largest: 0,
            rows: Rows::default(),
        }
    }

    /// Returns the relatives of a chain, by ascending place in the index.
    pub fn kin_of(&mut self, letters: &[u8]) -> Vec<Kin> {
        self.search(&codes_without_tags(letters), 0)
    }

    /// Returns the relatives of a chain of the index among the chains behind it, by ascending place.
    pub fn later_kin(&mut self, chain: usize) -> Vec<Kin> {
        self.search(self.index.target(chain), chain + 1)
    }

    fn search(&mut self, query: &[u8], first: usize) -> Vec<Kin> {
        let mut candidates = self.candidates(query, first);
        candidates.sort_by_key(|candidate| (candidate.chain, -candidate.score, candidate.diagonal));
        let mut kin = Vec::new();
        for of_one in candidates.chunk_by(|a, b| a.chain == b.chain) {
            let stretch = of_one.iter().map(|candidate| candidate.stretch);
            let stretch = stretch.max_by_key(|stretch| stretch.length).unwrap_or_default();
            kin.extend(self.judge(query, &of_one[0], stretch));
        }
        kin
    }

    /// Extends every shared word that no earlier extension covers.
    fn candidates(&mut self, query: &[u8], first: usize) -> Vec<Candidate> {
        let index = self.index;
        let from = index.starts[first] as u32;
        self.begin(query.len());
        let mut candidates = Vec::new();
        for (place, word) in words(query, index.words.k()) {
            let targets = index.words.places(word);
            let targets = &targets[targets.partition_point(|&target| target < from)..];
            for &target in targets {
                let diagonal = target as usize + query.len() - place;
                if self.seen[diagonal] > self.base + place as u32 {
                    continue;
                }
                let (score, start, end) = extend(query, &index.codes, place, target as usize, &index.scores);
                self.seen[diagonal] = self.base + end as u32;
                let is_whole = start == 0 && end == query.len();
                let chain = index.chain_at(target as usize);
                if score >= index.settings.trigger || is_whole && index.target(chain) == query {
                    let shift = target as isize - place as isize;
                    candidates.push(Candidate {
                        chain,
                        score,
                        diagonal: shift - index.starts[chain] as isize,
                        stretch: longest_stretch(query, &index.codes, start..end, shift),
                    });
                }
            }
        }
        candidates
    }

    /// Makes every diagonal unseen: what earlier queries left there is at most `base`.
    fn begin(&mut self, query: usize) {
        let diagonals = self.index.codes.len() + query + 1;
        if self.seen.len() < diagonals {
            self.seen.resize(diagonals, 0);
        }
        self.base = self.largest;
        if let Some(largest) = self.base.checked_add(query as u32) {
            self.largest = largest;
        } else {
            self.seen.fill(0);
            (self.base, self.largest) = (0, query as u32);
        }
    }

    fn judge(&mut self, query: &[u8], candidate: &Candidate, stretch: SharedStretch) -> Option<Kin> {
        let settings = &self.index.settings;
        let target = self.index.target(candidate.chain);
        let alignment = align(
            query,
            target,
            candidate.diagonal,
            BAND,
            &self.index.scores,
            &mut self.rows,
        );
        let aligned = (alignment.query.1 - alignment.query.0).min(alignment.target.1 - alignment.target.0);
        let cover = aligned as f64 / query.len().min(target.len()) as f64;
        let by_chance = expected_by_chance(alignment.score, query.len(), self.index.codes.len());
        let is_similar =
            by_chance <= settings.expected && alignment.identity() >= settings.identity && cover >= settings.cover;
        let is_kin = is_similar || stretch.length >= settings.stretch || query == target;
        is_kin.then_some(Kin {
            target: candidate.chain,
            stretch,
            alignment,
            cover,
        })
    }
}

#[cfg(test)]
mod tests {
    use processive_core::alphabet::PROTEIN_LETTERS;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn chain(length: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
        (0..length).map(|_| PROTEIN_LETTERS[rng.random_range(0..20)]).collect()
    }

    /// The chain with about a share of its residues replaced.
    fn relative(chain: &[u8], replaced: f64, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let replace = |&letter: &u8| {
            if rng.random_bool(replaced) {
                PROTEIN_LETTERS[rng.random_range(0..20)]
            } else {
                letter
            }
        };
        chain.iter().map(replace).collect()
    }

    #[test]
    fn relatives_are_found_and_strangers_are_not() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let chains: Vec<Vec<u8>> = (0..60).map(|_| chain(180, &mut rng)).collect();
        let index = KinIndex::new(chains.iter().map(Vec::as_slice), KinSettings::default());
        let mut search = KinSearch::new(&index);
        for (place, chain) in chains.iter().enumerate() {
            let mut other = relative(chain, 0.55, &mut rng);
            other.splice(90..90, *b"GSGSG");
            let kin = search.kin_of(&other);
            assert_eq!(kin.iter().map(|kin| kin.target).collect::<Vec<_>>(), [place]);
            assert!(kin[0].cover > 0.5 && (0.3..0.7).contains(&kin[0].alignment.identity()));
        }
        assert_eq!(search.kin_of(&chain(180, &mut rng)), []);
        assert_eq!(search.kin_of(b""), []);
    }

    #[test]
    fn a_stretch_of_twenty_makes_kin_and_a_tag_does_not() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let (a, b) = (chain(200, &mut rng), chain(200, &mut rng));
        let index = KinIndex::new([&a[..], &b], KinSettings::default());
        let mut search = KinSearch::new(&index);
        let mut with_stretch = |length: usize| {
            let mut other = chain(150, &mut rng);
            other[60..60 + length].copy_from_slice(&b[30..30 + length]);
            // The neighbours differ, so that the stretch is no longer by chance.
            (other[59], other[60 + length]) = (
                if b[29] == b'A' { b'C' } else { b'A' },
                if b[30 + length] == b'A' { b'C' } else { b'A' },
            );
            search.kin_of(&other)
        };
        assert_eq!(with_stretch(19), []);
        let kin = with_stretch(20);
        assert_eq!((kin.len(), kin[0].target), (1, 1));
        assert_eq!(
            kin[0].stretch,
            SharedStretch {
                query_start: 60,
                length: 20
            }
        );
        let tag = b"MGSSHHHHHHSSGLVPRGSH";
        let [a, b] = [a, b].map(|chain| [&tag[..], &chain].concat());
        let index = KinIndex::new([&a[..]], KinSettings::default());
        assert_eq!(KinSearch::new(&index).kin_of(&b), []);
    }

    #[test]
    fn the_same_chain_is_kin_however_short() {
        let index = KinIndex::new([&b"ACDWKL"[..], b"GSGSG"], KinSettings::default());
        let mut search = KinSearch::new(&index);
        assert_eq!(search.kin_of(b"acdwkl").len(), 1);
        assert_eq!(search.kin_of(b"GSGSG").len(), 1);
        assert_eq!(search.kin_of(b"ACDWK"), []);
    }

    #[test]
    fn the_chains_of_an_index_are_compared_with_the_later_ones() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let first = chain(120, &mut rng);
        let chains = [
            first.clone(),
            chain(120, &mut rng),
            relative(&first, 0.3, &mut rng),
            first,
        ];
        let index = KinIndex::new(chains.iter().map(Vec::as_slice), KinSettings::default());
        let mut search = KinSearch::new(&index);
        let places: Vec<Vec<usize>> = (0..4)
            .map(|chain| search.later_kin(chain).iter().map(|kin| kin.target).collect())
            .collect();
        assert_eq!(places, [vec![2, 3], vec![], vec![3], vec![]]);
        assert_eq!((index.len(), index.is_empty()), (4, false));
    }
}
