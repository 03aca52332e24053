//! mmCIF: a file of named categories of rows.

mod lexer;

use std::path::Path;

use self::lexer::{Lexer, Token};
use crate::{IngestError, Place, StructureError};

/// A category and those of its items that are wanted, by the names in the dictionary, in lower case.
pub(crate) struct Wanted {
    pub(crate) category: &'static str,
    pub(crate) items: &'static [&'static str],
}

/// The wanted items of one row of a category.
pub(crate) struct Row<'a> {
    pub(crate) category: &'static str,
    /// The line of the row's last value, 1-based.
    pub(crate) line: u64,
    values: &'a [Option<String>],
}

impl Row<'_> {
    /// The value of the wanted item with this index; `None` when it is `.`, `?` or not there.
    pub(crate) fn get(&self, item: usize) -> Option<&str> {
        self.values[item].as_deref()
    }
}

/// Passes every row of the wanted categories of a file's first data block to `take`, in the order of the file, and
/// returns the block's name.
pub(crate) fn read_rows(path: &Path, wanted: &[Wanted], mut take: impl FnMut(&Row)) -> Result<String, IngestError> {
    let mut reader = RowReader {
        lexer: Lexer::open(path)?,
        wanted,
        single: None,
    };
    reader.read(&mut take)
}

/// Where the values of a row go.
struct Target {
    category: &'static str,
    /// For every column of the file, its place among the wanted items.
    columns: Vec<Option<usize>>,
    values: Vec<Option<String>>,
}

impl Target {
    fn new(wanted: &Wanted) -> Self {
        Self {
            category: wanted.category,
            columns: Vec::new(),
            values: vec![None; wanted.items.len()],
        }
    }

    fn emit(&mut self, line: u64, take: &mut impl FnMut(&Row)) {
        take(&Row {
            category: self.category,
            line,
            values: &self.values,
        });
        self.values.fill(None);
    }
}

struct RowReader<'a> {
    lexer: Lexer,
    wanted: &'a [Wanted],
    /// A category that is written item by item: one row, which ends where another category begins.
    single: Option<Target>,
}

impl RowReader<'_> {
    fn read(&mut self, take: &mut impl FnMut(&Row)) -> Result<String, IngestError> {
        let name = match self.lexer.next()? {
            Some(Token::Data(name)) => name,
            Some(_) => return Err(self.lexer.invalid("an mmCIF file begins with data_ and a name")),
            None => return Err(self.lexer.empty()),
        };
        let mut token = self.lexer.next()?;
        while let Some(current) = token {
            token = match current {
                Token::Data(_) => None,
                Token::Loop => {
                    self.end_single(take);
                    self.read_loop(take)?
                }
                Token::Item(item) => {
                    self.read_item(&item, take)?;
                    self.lexer.next()?
                }
                Token::Other => self.lexer.next()?,
                Token::Value(_) => return Err(self.lexer.invalid("a value follows an item's name or a loop's items")),
            };
        }
        self.end_single(take);
        Ok(name)
    }

    /// Reads one item with its value.
    fn read_item(&mut self, item: &str, take: &mut impl FnMut(&Row)) -> Result<(), IngestError> {
        let (category, name) = parts(item);
        if self.single.as_ref().is_none_or(|target| target.category != category) {
            self.end_single(take);
            let wanted = self.wanted.iter().find(|wanted| wanted.category == category);
            self.single = wanted.map(Target::new);
        }
        let Some(Token::Value(value)) = self.lexer.next()? else {
            return Err(self.lexer.invalid("an item's name is followed by its value"));
        };
        let wanted = self.wanted.iter().find(|wanted| wanted.category == category);
        if let (Some(target), Some(wanted)) = (&mut self.single, wanted)
            && let Some(place) = wanted.items.iter().position(|item| *item == name)
        {
            target.values[place] = value;
        }
        Ok(())
    }

    fn end_single(&mut self, take: &mut impl FnMut(&Row)) {
        if let Some(mut target) = self.single.take() {
            target.emit(self.lexer.line(), take);
        }
    }

    /// Reads a loop and returns the token behind it.
    fn read_loop(&mut self, take: &mut impl FnMut(&Row)) -> Result<Option<Token>, IngestError> {
        let mut target: Option<Target> = None;
        let mut columns = 0;
        let mut token = self.lexer.next()?;
        while let Some(Token::Item(item)) = &token {
            let (category, name) = parts(item);
            if let Some(wanted) = self.wanted.iter().find(|wanted| wanted.category == category) {
                let target = target.get_or_insert_with(|| Target::new(wanted));
                target.columns.resize(columns, None);
                target.columns.push(wanted.items.iter().position(|item| *item == name));
            }
            columns += 1;
            token = self.lexer.next()?;
        }
        if columns == 0 {
            return Err(self.lexer.invalid("loop_ is followed by the names of items"));
        }
        let mut column = 0;
        while let Some(Token::Value(value)) = token {
            if let Some(target) = &mut target {
                if let Some(Some(place)) = target.columns.get(column) {
                    target.values[*place] = value;
                }
                if column + 1 == columns {
                    target.emit(self.lexer.line(), take);
                }
            }
            column = (column + 1) % columns;
            token = self.lexer.next()?;
        }
        if column != 0 {
            return Err(self.lexer.invalid("a loop has as many values as items in every row"));
        }
        Ok(token)
    }
}

/// Parts `_category.item`.
fn parts(item: &str) -> (&str, &str) {
    item[1..].split_once('.').unwrap_or((&item[1..], ""))
}

/// The error for a file that breaks the grammar.
fn invalid(place: Place, problem: &'static str, found: &str) -> IngestError {
    StructureError::InvalidCif {
        place,
        problem,
        found: found.to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const WANTED: &[Wanted] = &[
        Wanted {
            category: "entry",
            items: &["id"],
        },
        Wanted {
            category: "atom",
            items: &["name", "x"],
        },
    ];

    /// Reads a text to the block's name and `category:value,value` lines.
    fn read(text: &str) -> Result<(String, Vec<String>), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.cif");
        fs::write(&path, text).unwrap();
        let mut rows = Vec::new();
        let name = read_rows(&path, WANTED, |row| {
            let values: Vec<&str> = row
                .values
                .iter()
                .map(|value| value.as_deref().unwrap_or("none"))
                .collect();
            rows.push(format!("{}:{}", row.category, values.join(",")));
        });
        match name {
            Ok(name) => Ok((name, rows)),
            Err(error) => Err(error.to_string().replace(&format!("{}/", folder.path().display()), "")),
        }
    }

    #[test]
    fn loops_items_quotes_texts_and_comments_are_read() {
        let text = "# a comment\ndata_1ABC # another\n_entry.id  '1ABC'\n_other.thing\n;many\nlines\n;\n\
                    loop_\n_ATOM.X\n_atom.skipped\n_Atom.name\n1.5 a 'O5'''\n? \"b c\" N 2 #end\n\
                    ;text 1\n;\nC\n_entry.other 'it''s' \nsave_x _atom.name .\nloop_\n_else.a 1 2 3\ndata_2\n_entry.id 2\n";
        let expected = [
            "entry:1ABC",
            "atom:O5'',1.5",
            "atom:N,none",
            "atom:C,2",
            "entry:none",
            "atom:none,none",
        ];
        let (name, rows) = read(text).unwrap();
        assert_eq!(name, "1ABC");
        assert_eq!(rows, expected);
    }

    #[test]
    fn what_breaks_the_grammar_is_named_with_its_line() {
        for (text, message) in [
            ("", "x.cif is empty: no data block in it"),
            (
                "HEADER    HYDROLASE\n",
                "x.cif, line 1: an mmCIF file begins with data_ and a name, found 'HEADER'",
            ),
            (
                "data_x\n1.5\n",
                "x.cif, line 2: a value follows an item's name or a loop's items, found '1.5'",
            ),
            (
                "data_x\n_entry.id\n_atom.x 1\n",
                "x.cif, line 3: an item's name is followed by its value, found '_atom.x'",
            ),
            (
                "data_x\n_entry.id\n",
                "x.cif, line 2: an item's name is followed by its value, found 'end of file'",
            ),
            (
                "data_x\nloop_\n1 2\n",
                "x.cif, line 3: loop_ is followed by the names of items, found '1'",
            ),
            (
                "data_x\nloop_\n_atom.x\n_atom.name\n1 N 2\n_entry.id x\n",
                "x.cif, line 6: a loop has as many values as items in every row, found '_entry.id'",
            ),
            (
                "data_x\n_entry.id 'abc\n",
                "x.cif, line 2: a quoted value ends on its line, found 'abc'",
            ),
            (
                "data_x\n_entry.id\n;abc\nd\n",
                "x.cif, line 4: a text that begins with ';' ends with a line that does, found 'end of file'",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), message);
        }
    }
}
