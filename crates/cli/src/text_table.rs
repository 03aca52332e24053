//! Columns of text, side by side.

/// Aligns rows of cells with two blanks between columns; lines do not end in blanks.
pub(crate) fn aligned<S: AsRef<str>, R: AsRef<[S]>>(rows: &[R]) -> String {
    let width = |cell: &S| cell.as_ref().chars().count();
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.as_ref().get(column))
                .map(width)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &R| {
        // By hand: a format's width is at most 65,535, and a genome's list of contigs is longer.
        let padded = |(cell, columns): (&S, &usize)| cell.as_ref().to_owned() + &" ".repeat(columns - width(cell));
        let cells: Vec<String> = row.as_ref().iter().zip(&widths).map(padded).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Puts `margin` in front of every line that is not empty.
pub(crate) fn indented(text: &str, margin: &str) -> String {
    let line = |line: &str| {
        if line.is_empty() {
            "\n".to_owned()
        } else {
            format!("{margin}{line}\n")
        }
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_a_column_begin_below_each_other() {
        let rows = [vec!["a", "long cell", "x"], vec!["ççç", "b", ""], vec!["d"]];
        assert_eq!(aligned(&rows), "a    long cell  x\nççç  b\nd\n");
        assert_eq!(aligned::<&str, Vec<&str>>(&[]), "");
        let long = "x".repeat(70_000);
        assert_eq!(aligned(&[["a", &long], ["bb", ""]]), format!("a   {long}\nbb\n"));
        assert_eq!(indented("a\n\nb\n", "  "), "  a\n\n  b\n");
    }
}
