//! Parts of a scan, and the whole that is made of them.
//!
//! A scan is a sequence of batches (`BinCutter`), a search for motifs one of windows. A shard is a share of them, read with the
//! bases around it; so its rows are those of the whole scan, bit for bit. Its footer says which share it is and counts what it
//! has seen. [`ShardSet`] makes sure that shards belong together; [`ScoreShards`] and [`HitShards`] put their rows together.

mod error;
mod footer;
mod hits;
mod part;
mod place;
mod scores;
mod set;

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::str::FromStr;

pub use error::ShardError;
pub(crate) use footer::ShardFooter;
pub use footer::TableKind;
pub use hits::HitShards;
pub(crate) use part::Part;
pub(crate) use place::Place;
pub use scores::{Gather, ScoreShards};
pub use set::ShardSet;

/// One of several equal parts of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    number: NonZeroU32,
    count: NonZeroU32,
}

impl Shard {
    /// The part `number`, from 1, of `count`; `None` when there is none.
    pub fn new(number: u32, count: u32) -> Option<Self> {
        let shard = Self {
            number: NonZeroU32::new(number)?,
            count: NonZeroU32::new(count)?,
        };
        (number <= count).then_some(shard)
    }

    /// Its number, from 1.
    pub fn number(self) -> u32 {
        self.number.get()
    }

    /// How many parts there are.
    pub fn count(self) -> u32 {
        self.count.get()
    }

    /// Its share of things in a row: shares differ by one at most, and follow each other.
    pub(crate) fn share(self, things: u64) -> Range<u64> {
        let things = u128::from(things);
        // No more than there are things, so it fits.
        let border = |number: u32| (things * u128::from(number) / u128::from(self.count.get())) as u64;
        border(self.number.get() - 1)..border(self.number.get())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shard = text.split_once('/').and_then(|(number, count)| {
            let plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            (plain(number) && plain(count)).then_some(())?;
            Self::new(number.parse().ok()?, count.parse().ok()?)
        });
        shard.ok_or_else(|| "a shard is I/N, I from 1 to N: 3/8 is the third of eight".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_numbers_from_one() {
        for (text, number, count) in [
            ("1/1", 1, 1),
            ("3/8", 3, 8),
            ("8/8", 8, 8),
            ("1/4294967295", 1, u32::MAX),
        ] {
            let shard: Shard = text.parse().unwrap();
            assert_eq!(
                (shard.number(), shard.count(), shard.to_string()),
                (number, count, text.to_owned())
            );
        }
        for text in [
            "",
            "1",
            "0/3",
            "4/3",
            "1/0",
            "/",
            "1/",
            "+1/2",
            "1/2/3",
            " 1/2",
            "a/b",
            "1/4294967296",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_follow_each_other_and_are_equal() {
        for things in [0, 1, 7, 8, 9, 1000, u64::MAX] {
            for count in [1, 2, 8, 13] {
                let mut next = 0;
                for number in 1..=count {
                    let share = Shard::new(number, count).unwrap().share(things);
                    assert_eq!(share.start, next);
                    assert!((share.end - share.start).abs_diff(things / u64::from(count)) <= 1);
                    next = share.end;
                }
                assert_eq!(next, things);
            }
        }
    }
}
