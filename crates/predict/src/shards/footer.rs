//! What a shard says about itself.

use std::collections::BTreeMap;
use std::path::Path;

use processive_report::Provenance;
use serde_json::{Value, json};

use super::{Place, Shard, ShardError};
use crate::keys;

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// The scores of bins, by models.
    Scores,
    /// The hits of motifs.
    Hits,
}

impl TableKind {
    /// The key of a part's place in the whole scan.
    fn key_of_place(self) -> &'static str {
        match self {
            Self::Scores => keys::SHARD_BINS,
            Self::Hits => keys::SHARD_BASES,
        }
    }

    /// What the rows are, in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores of models",
            Self::Hits => "hits of motifs",
        }
    }

    /// What the digest of a [`Place`] stands for, in words.
    pub(crate) fn plan(self) -> &'static str {
        match self {
            Self::Scores => "the plan of bins",
            Self::Hits => "the plan of bases",
        }
    }
}

/// What the footer of a shard says beside that of a whole scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShardFooter {
    /// What its rows are.
    pub(crate) kind: TableKind,
    /// Which part it is.
    pub(crate) shard: Shard,
    /// Its place in the whole.
    pub(crate) place: Place,
    /// The digests of the blocks that begin in it; `None` when the whole is regions.
    pub(crate) blocks: Option<Vec<String>>,
}

impl ShardFooter {
    /// The footer with it. The list of contigs stays in the first part only: a hundred parts of a genome of a million contigs
    /// would hold little else.
    pub(crate) fn added_to(&self, footer: &Provenance) -> Provenance {
        let Place {
            share,
            of,
            digest,
            contigs,
        } = &self.place;
        let is_kept = |key: &str| key != keys::GENOME_CONTIGS || self.shard.number() == 1;
        let mut footer: Provenance = footer.iter().filter(|(key, _)| is_kept(key)).collect();
        let place = json!({"first": share.start, "end": share.end, "of": of, "plan": digest, "contigs": contigs});
        footer
            .set(keys::SHARD, self.shard.to_string())
            .set(self.kind.key_of_place(), place.to_string());
        if let Some(blocks) = &self.blocks {
            footer.set(keys::SHARD_BLOCKS, json!(blocks).to_string());
        }
        footer
    }

    /// Reads it from the pairs of a file.
    pub(crate) fn read(path: &Path, pairs: &BTreeMap<String, String>) -> Result<Self, ShardError> {
        let shard = pairs.get(keys::SHARD).ok_or_else(|| ShardError::NotAShard {
            path: path.to_path_buf(),
        })?;
        let shard = shard.parse().ok();
        let is_of = |kind: &TableKind| pairs.contains_key(kind.key_of_place());
        let kind = Some(TableKind::Hits).filter(is_of).unwrap_or(TableKind::Scores);
        let place = json_value(pairs, kind.key_of_place()).and_then(|value| place(&value));
        let blocks = pairs.contains_key(keys::SHARD_BLOCKS).then(|| {
            let texts = json_value(pairs, keys::SHARD_BLOCKS).and_then(|list| texts(&list));
            found(path, pairs, keys::SHARD_BLOCKS, texts)
        });
        Ok(Self {
            kind,
            shard: found(path, pairs, keys::SHARD, shard)?,
            place: found(path, pairs, kind.key_of_place(), place)?,
            blocks: blocks.transpose()?,
        })
    }
}

/// The value of a key, as JSON.
pub(super) fn json_value(pairs: &BTreeMap<String, String>, key: &str) -> Option<Value> {
    serde_json::from_str(pairs.get(key)?).ok()
}

/// What was made of the value of a key.
pub(super) fn found<T>(
    path: &Path,
    pairs: &BTreeMap<String, String>,
    key: &'static str,
    value: Option<T>,
) -> Result<T, ShardError> {
    value.ok_or_else(|| ShardError::Footer {
        path: path.to_path_buf(),
        key,
        value: shortened(pairs.get(key).map_or("", String::as_str)),
    })
}

/// The beginning of a text.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 200;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}

fn place(value: &Value) -> Option<Place> {
    let number = |key: &str| value.get(key)?.as_u64();
    let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let place = Place {
        share: number("first")?..number("end")?,
        of: number("of")?,
        digest: text("plan")?,
        contigs: text("contigs")?,
    };
    (place.share.start <= place.share.end && place.share.end <= place.of).then_some(place)
}

fn texts(list: &Value) -> Option<Vec<String>> {
    let texts = list.as_array()?.iter();
    texts.map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(footer: &Provenance) -> BTreeMap<String, String> {
        let pairs = footer.iter();
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        for (kind, blocks) in [
            (TableKind::Scores, None),
            (TableKind::Hits, Some(vec![])),
            (TableKind::Scores, Some(vec!["ab".to_owned(), "cd".to_owned()])),
        ] {
            let footer = ShardFooter {
                kind,
                shard: Shard::new(2, 5).unwrap(),
                place: Place {
                    share: 20..u64::MAX,
                    of: u64::MAX,
                    digest: "0123".to_owned(),
                    contigs: "4567".to_owned(),
                },
                blocks,
            };
            let provenance = footer.added_to(&Provenance::new());
            assert_eq!(ShardFooter::read(Path::new("x"), &pairs(&provenance)).unwrap(), footer);
        }
    }

    #[test]
    fn wrong_values_are_named() {
        let good = [
            (keys::SHARD, "1/2"),
            (
                keys::SHARD_BINS,
                r#"{"first":0,"end":5,"of":9,"plan":"a","contigs":"b"}"#,
            ),
            (keys::SHARD_BLOCKS, "[]"),
        ];
        let path = Path::new("x");
        assert!(ShardFooter::read(path, &pairs(&Provenance::from_iter(good))).is_ok());
        for (key, value) in [
            (keys::SHARD, "3/2"),
            (keys::SHARD_BINS, "5"),
            (
                keys::SHARD_BINS,
                r#"{"first":6,"end":5,"of":9,"plan":"a","contigs":"b"}"#,
            ),
            (
                keys::SHARD_BINS,
                r#"{"first":6,"end":10,"of":9,"plan":"a","contigs":"b"}"#,
            ),
            (keys::SHARD_BINS, r#"{"first":0,"end":5,"of":9,"contigs":"b"}"#),
            (
                keys::SHARD_BASES,
                r#"{"first":0,"end":5,"of":4,"plan":"a","contigs":"b"}"#,
            ),
            (keys::SHARD_BLOCKS, "{}"),
            (keys::SHARD_BLOCKS, "[1]"),
            (keys::SHARD_BLOCKS, "["),
        ] {
            let mut footer = Provenance::from_iter(good);
            footer.set(key, value);
            let error = ShardFooter::read(path, &pairs(&footer)).unwrap_err();
            assert!(
                matches!(&error, ShardError::Footer { key: named, value: shown, .. } if *named == key && shown == value),
                "{error}"
            );
        }
        let error = ShardFooter::read(path, &BTreeMap::new()).unwrap_err();
        assert!(matches!(error, ShardError::NotAShard { .. }));
    }
}
