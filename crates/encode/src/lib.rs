//! Records to numbers: what a network, a baseline and a sampler read.
//!
//! A letter is one byte, its *code*: A, C, G, T are 0, 1, 2, 3 and every other letter of DNA is
//! [`UNKNOWN`](processive_core::alphabet::UNKNOWN) = 4 (amino acids: 0 to 19, and 20), which is also what lies beyond the end of a contig
//! or of a sequence in a padded batch. Everything here works on codes and is a function of its arguments:
//! whatever is drawn at random comes from a generator that the caller seeds.
//!
//! - letters to codes and back to the other strand: [`encode()`], [`encode_dna`], [`reverse_complement`], [`one_hot`];
//! - many sequences at once: [`PaddedBatch`], [`length_buckets`], [`letter_buckets`];
//! - windows: [`window()`], [`contig_windows`];
//! - backgrounds: [`dinucleotide_shuffle`], [`gc_matched`];
//! - features of simple baselines: [`gc_fraction`], [`kmer_features`], [`MotifScorer`];
//! - position weight matrices with integer scores and exact probabilities: [`ScoreMatrix`], [`ScoreTail`];
//! - protein chains that resemble each other: [`kin`].

mod batch;
mod bins;
mod buckets;
mod codes;
mod error;
mod free_starts;
mod gc_match;
pub mod kin;
mod kmers;
mod motif_scorer;
mod negatives;
mod one_hot;
mod peak_windows;
mod pwm;
mod shuffle;
mod window;

pub use batch::PaddedBatch;
pub use bins::{BinChoice, BinExample, bin_examples};
pub use buckets::{length_buckets, letter_buckets};
pub use codes::{encode, encode_dna, encode_dna_into, gc_fraction, reverse_complement};
pub use error::EncodeError;
pub use gc_match::gc_matched;
pub use kmers::{MAX_KMER, kmer_feature_count, kmer_features};
pub use motif_scorer::MotifScorer;
pub use negatives::NegativeRule;
pub use one_hot::one_hot;
pub use peak_windows::{ContigWindows, WindowExample, WindowSettings, contig_windows};
pub use pwm::{Background, ScoreMatrix, ScoreTail};
pub use shuffle::dinucleotide_shuffle;
pub use window::{WindowSpan, window};
