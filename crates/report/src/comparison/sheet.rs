//! A small table for people, before it is text, Markdown or HTML.

/// A title, remarks, a header and rows of cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) title: String,
    pub(super) about: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}
