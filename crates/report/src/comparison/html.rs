//! A comparison as a page that needs nothing else: no scripts, no other files.

use std::iter;

use super::sheet::Sheet;
use super::{ComparedSet, Comparison};

const STYLE: &str = "\
:root { color-scheme: light }
body { font: 15px/1.45 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto; max-width: 88rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
p, figcaption { max-width: 50rem }
pre { background: #f4f4f4; padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
figure { margin: 1rem 0 } figure svg { max-width: 100%; height: auto; display: block } figcaption { color: #444; font-size: .87rem }
.table { overflow-x: auto }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; text-align: left; white-space: nowrap; border-bottom: 1px solid #ddd }
thead th { border-bottom: 2px solid #666; vertical-align: bottom } tbody th { font-weight: 600 }
";

impl Comparison {
    /// The comparison as an HTML page, below a line that says how it was made: the tables of
    /// [`to_markdown`](Self::to_markdown), and a figure for every data set.
    pub fn to_html(&self, command: &str) -> String {
        let title = "Comparison of architectures";
        let head = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
             <pre><code>{}</code></pre>\n",
            escaped(command)
        );
        let legend = self.legend().into_iter();
        let legend = legend.map(|line| format!("<p>{}</p>\n", escaped(&line)));
        let means = self.mean_sheet().map(|sheet| section(&sheet, ""));
        let sets = self.sets.iter().enumerate();
        let sets = sets.map(|(index, set)| self.sections(set, index));
        let trials = self.trial_sheet().map(|sheet| section(&sheet, ""));
        iter::once(head)
            .chain(legend)
            .chain(means)
            .chain(sets)
            .chain(trials)
            .chain(iter::once("</body>\n</html>\n".to_owned()))
            .collect()
    }

    /// The tables of a data set, the first below the figure of its metric, the second below that of the boundaries.
    fn sections(&self, set: &ComparedSet, index: usize) -> String {
        let figure = self.figure(set).map(|figure| {
            let svg = figure.plot.to_svg(&format!("figure-{}", index + 1));
            drawn(&svg, &figure.caption)
        });
        let boundaries = self
            .boundary_plot(set, &format!("boundaries-{}", index + 1))
            .map(|svg| {
                let caption = format!(
                    "Mean over the seeds of Q3 less that of {}, by the distance from the start (left) and the end \
                     (right) of the observed segment; dashed line: {}.",
                    self.reference, self.reference
                );
                drawn(&svg, &caption)
            });
        let figures = [figure, boundaries].into_iter().map(Option::unwrap_or_default);
        let sheets = self.sheets_of(set).into_iter();
        let sections = sheets.zip(figures.chain(iter::repeat(String::new())));
        sections.map(|(sheet, figure)| section(&sheet, &figure)).collect()
    }
}

fn drawn(svg: &str, caption: &str) -> String {
    format!(
        "<figure>\n{svg}<figcaption>{}</figcaption>\n</figure>\n",
        escaped(caption)
    )
}

fn section(sheet: &Sheet, figure: &str) -> String {
    let header: Vec<String> = sheet.header.iter().map(|cell| escaped(cell)).collect();
    let header = header.join("</th><th scope=\"col\">");
    let rows: String = sheet.rows.iter().map(|row| line(row)).collect();
    format!(
        "<section>\n<h2>{}</h2>\n<p>{}</p>\n{figure}<div class=\"table\" tabindex=\"0\">\n<table>\n\
         <thead><tr><th scope=\"col\">{header}</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n</section>\n",
        escaped(&sheet.title),
        escaped(&sheet.about)
    )
}

/// A row whose first cell names it.
fn line(row: &[String]) -> String {
    let cells = row.iter().enumerate().map(|(index, cell)| match index {
        0 => format!("<th scope=\"row\">{}</th>", escaped(cell)),
        _ => format!("<td>{}</td>", escaped(cell)),
    });
    format!("<tr>{}</tr>\n", cells.collect::<String>())
}

/// Text in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;

    #[test]
    fn the_page_holds_every_table_and_a_figure_for_each_data_set() {
        let page = comparison().to_html("processive compare tfbs --dataset 'a<b=\"x\"&c'");
        let count = |part: &str| page.matches(part).count();
        assert_eq!(
            [count("<table>"), count("<svg"), count("<section>")],
            [3, 2, 3],
            "{page}"
        );
        assert_eq!([count("id=\"figure-1-title\""), count("id=\"figure-2-text\"")], [1, 1]);
        assert!(page.contains("--dataset 'a&lt;b=&quot;x&quot;&amp;c'</code>"), "{page}");
        assert!(page.contains("<th scope=\"row\">bilstm</th><td>50,123</td>"), "{page}");
    }

    #[test]
    fn the_page_asks_for_nothing_from_elsewhere() {
        let page = comparison().to_html("processive");
        for part in ["<script", "<link", "<img", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn elements_are_closed_in_the_order_in_which_they_were_opened() {
        let page = comparison().to_html("processive");
        let mut open = Vec::new();
        for element in page.split('<').skip(1) {
            let name: String = element.chars().take_while(char::is_ascii_alphanumeric).collect();
            if let Some(closed) = element.strip_prefix('/') {
                let closed = closed.split('>').next();
                assert_eq!(open.pop().as_deref(), closed, "{element}");
            } else if !name.is_empty() && name != "meta" && !element.contains("/>") {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}
