//! Choosing records by the `key=value` fields of their headers.

use std::{collections::BTreeSet, fmt, path::Path, str::FromStr};

use crate::{IngestError, StructureError};

/// Keeps records whose header has the field `key=value`.
///
/// Of several filters with the same key one must hold; of different keys all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFilter {
    /// The field's name.
    pub key: String,
    /// The field's value.
    pub value: String,
}

impl FromStr for FieldFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Ok(Self {
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err("a field is written KEY=VALUE, such as SET=train".to_owned()),
        }
    }
}

impl fmt::Display for FieldFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// The `key=value` fields of a description.
pub(super) fn fields(description: &str) -> impl Iterator<Item = (&str, &str)> {
    description.split_whitespace().filter_map(|field| field.split_once('='))
}

/// Whether fields pass every filter.
pub(super) fn passes(fields: &[(&str, &str)], filters: &[FieldFilter]) -> bool {
    filters.iter().all(|wanted| {
        let mut same_key = filters.iter().filter(|filter| filter.key == wanted.key);
        same_key.any(|filter| fields.contains(&(&filter.key, &filter.value)))
    })
}

/// The split that fields name: FLIP's `SET=train VALIDATION=True` is `valid`.
pub(super) fn split(fields: &[(&str, &str)]) -> &'static str {
    let is = |wanted: (&str, &str)| {
        let same =
            |field: &(&str, &str)| field.0.eq_ignore_ascii_case(wanted.0) && field.1.eq_ignore_ascii_case(wanted.1);
        fields.iter().any(same)
    };
    if is(("SET", "test")) {
        "test"
    } else if is(("VALIDATION", "True")) || is(("SET", "valid")) || is(("SET", "validation")) || is(("SET", "val")) {
        "valid"
    } else if is(("SET", "train")) {
        "train"
    } else {
        ""
    }
}

/// The error for filters that no record passes.
pub(super) fn nothing_selected<'a>(
    path: &Path,
    filters: &[FieldFilter],
    descriptions: impl Iterator<Item = &'a str>,
) -> IngestError {
    let found: BTreeSet<String> = descriptions
        .flat_map(fields)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let texts: Vec<String> = filters.iter().map(FieldFilter::to_string).collect();
    StructureError::NothingSelected {
        path: path.to_owned(),
        filters: texts.join(" "),
        found: found.into_iter().collect(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_one_key_are_alternatives_and_of_two_keys_conditions() {
        let filters = |texts: &[&str]| -> Vec<FieldFilter> { texts.iter().map(|text| text.parse().unwrap()).collect() };
        let fields: Vec<_> = fields("first word SET=train VALIDATION=False").collect();
        assert_eq!(fields, [("SET", "train"), ("VALIDATION", "False")]);
        for (texts, expected) in [
            (&[][..], true),
            (&["SET=train"], true),
            (&["SET=test"], false),
            (&["SET=test", "SET=train"], true),
            (&["SET=train", "VALIDATION=False"], true),
            (&["SET=train", "VALIDATION=True"], false),
            (&["set=train"], false),
        ] {
            assert_eq!(passes(&fields, &filters(texts)), expected, "{texts:?}");
        }
        assert!("SET".parse::<FieldFilter>().is_err());
        assert!("=train".parse::<FieldFilter>().is_err());
    }

    #[test]
    fn fields_name_the_split() {
        for (text, expected) in [
            ("SET=train VALIDATION=False", "train"),
            ("SET=train VALIDATION=True", "valid"),
            ("SET=test VALIDATION=False", "test"),
            ("set=val", "valid"),
            ("TARGET=1", ""),
            ("", ""),
        ] {
            let fields: Vec<_> = fields(text).collect();
            assert_eq!(split(&fields), expected, "{text}");
        }
    }
}
