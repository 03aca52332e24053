//! A comparison as Markdown.

use super::Comparison;
use super::sheet::Sheet;

impl Comparison {
    /// The comparison as Markdown, below a line that says how it was made.
    pub fn to_markdown(&self, command: &str) -> String {
        let legend = self.legend().into_iter();
        let parts = std::iter::once(format!("# Comparison of architectures\n\n```sh\n{command}\n```\n"))
            .chain(legend.map(|line| line + "\n"))
            .chain(
                self.sheets()
                    .into_iter()
                    .chain(self.trial_sheet())
                    .map(|sheet| section(&sheet)),
            );
        parts.collect::<Vec<_>>().join("\n")
    }
}

fn section(sheet: &Sheet) -> String {
    let rule = vec!["---".to_owned(); sheet.header.len()];
    let rows = [&sheet.header, &rule].into_iter().chain(&sheet.rows);
    let lines: Vec<String> = rows
        .map(|row| {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        })
        .collect();
    format!("## {}\n\n{}\n\n{}", sheet.title, sheet.about, lines.concat())
}

/// A cell in which nothing is markup.
fn escaped(cell: &str) -> String {
    cell.replace('|', r"\|").replace('*', r"\*").replace('_', r"\_")
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;

    #[test]
    fn tables_have_one_width_and_stars_are_no_markup() {
        let text = comparison().to_markdown("processive compare tfbs");
        let bars: Vec<usize> = text
            .lines()
            .filter(|line| line.starts_with('|'))
            .map(|line| line.matches('|').count())
            .collect();
        assert_eq!(bars, [[11; 5], [10; 5], [10; 5]].concat(), "{text}");
        assert!(text.contains(r"[+0.010, +0.030] \* |"), "{text}");
        assert!(text.contains("\n## one\n") && text.ends_with("|\n"));
    }
}
