//! The figure of where networks differ: Q3 against that of the reference, by the distance from a segment's ends.

use super::axis::Axis;
use super::boundaries::{End, label};
use super::dot_plot::put;
use super::html::escaped;
use super::{ComparedNetwork, ComparedSet, Comparison};

/// The sizes in pixels: of the figure, of its panels, and of what is around them.
const WIDTH: f64 = 760.0;
const PANEL: f64 = 320.0;
const GAP: f64 = 24.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 20.0;
const DEPTH: f64 = 220.0;
const FOOT: f64 = 48.0;
const ENTRY: f64 = 20.0;

const COLOURS: [&str; 4] = ["#1f5a94", "#8a5a00", "#2f7d4f", "#8c2d62"];

/// A network's line.
struct Line<'a> {
    network: &'a ComparedNetwork,
    /// Its place among the lines, which gives it its form.
    place: usize,
}

impl Comparison {
    /// The figure as SVG; `id` is found nowhere else on the page. `None` when there is nothing to draw.
    pub(super) fn boundary_plot(&self, set: &ComparedSet, id: &str) -> Option<String> {
        let distances = set.distances();
        let others = set.networks.iter().filter(|network| network.arch != self.reference);
        let lines: Vec<Line<'_>> = others
            .enumerate()
            .map(|(place, network)| Line { network, place })
            .collect();
        let values = || {
            let metrics = End::BOTH
                .iter()
                .flat_map(|end| (0..distances).map(|distance| end.metric(distance)));
            metrics.flat_map(|metric| {
                let found = lines
                    .iter()
                    .filter_map(move |line| line.network.differences.get(&metric));
                found.map(|difference| difference.value).collect::<Vec<f64>>()
            })
        };
        values().next()?;
        let axis = Axis::around(values().fold(0.0, f64::min), values().fold(0.0, f64::max), 1.0);
        let height = TOP + DEPTH + FOOT + ENTRY * lines.len().div_ceil(3) as f64;
        let title = format!(
            "Q3 less that of {} on {}, by the distance from a segment's ends",
            self.reference, set.name
        );
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-text\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-text\">The tables below have the numbers.</desc>\n",
            escaped(&title)
        );
        for (panel, end) in End::BOTH.into_iter().enumerate() {
            let left = LEFT + panel as f64 * (PANEL + GAP);
            draw_frame(&mut svg, &axis, end, left, distances);
            for line in &lines {
                line.draw(&mut svg, &axis, end, left, distances);
            }
        }
        for line in &lines {
            line.draw_name(&mut svg);
        }
        Some(svg + "</svg>\n")
    }
}

/// The place of a distance: from the start to the right, from the end to the left.
fn x(end: End, left: f64, distance: usize, distances: usize) -> f64 {
    let share = (distance as f64 + 0.5) / distances as f64;
    match end {
        End::Start => left + share * PANEL,
        End::End => left + (1.0 - share) * PANEL,
    }
}

fn y(axis: &Axis, value: f64) -> f64 {
    TOP + (1.0 - axis.place(value)) * DEPTH
}

fn draw_frame(svg: &mut String, axis: &Axis, end: End, left: f64, distances: usize) {
    let right = left + PANEL;
    for mark in axis.marks() {
        let y = y(axis, mark);
        let line = if mark.abs() < 1e-9 {
            "stroke=\"#666\" stroke-dasharray=\"4 3\""
        } else {
            "stroke=\"#ddd\""
        };
        put(svg, format_args!("<path d=\"M{left} {y:.1}H{right}\" {line}/>"));
        if end == End::Start {
            put(
                svg,
                format_args!(
                    "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"12\">{}</text>",
                    left - 6.0,
                    y + 4.0,
                    axis.label(mark)
                ),
            );
        }
    }
    let bottom = TOP + DEPTH;
    for distance in 0..distances {
        put(
            svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\">{}</text>",
                x(end, left, distance, distances),
                bottom + 16.0,
                label(distance, distances)
            ),
        );
    }
    put(
        svg,
        format_args!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">residues from the {} of the segment</text>",
            left + PANEL / 2.0,
            bottom + 36.0,
            end.name()
        ),
    );
}

impl Line<'_> {
    fn colour(&self) -> &'static str {
        COLOURS[self.place % COLOURS.len()]
    }

    /// A mark of one of six forms: a disc, a square or a triangle, filled or not.
    fn mark(&self, x: f64, y: f64) -> String {
        let colour = self.colour();
        let fill = if self.place % 6 < 3 { colour } else { "#fff" };
        let style = format!("fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.5\"");
        match self.place % 3 {
            0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" {style}/>"),
            1 => format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\" {style}/>",
                x - 3.5,
                y - 3.5
            ),
            _ => format!("<path d=\"M{x:.1} {:.1}l5 8h-10z\" {style}/>", y - 5.0),
        }
    }

    fn draw(&self, svg: &mut String, axis: &Axis, end: End, left: f64, distances: usize) {
        let points = (0..distances).filter_map(|distance| {
            let difference = self.network.differences.get(&end.metric(distance))?;
            Some((x(end, left, distance, distances), y(axis, difference.value)))
        });
        let points: Vec<(f64, f64)> = points.collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        put(
            svg,
            format_args!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>",
                path.join(" "),
                self.colour()
            ),
        );
        for (x, y) in points {
            put(svg, format_args!("{}", self.mark(x, y)));
        }
    }

    /// Its mark and its name below the panels, three in a row.
    fn draw_name(&self, svg: &mut String) {
        let x = LEFT + (self.place % 3) as f64 * 220.0;
        let y = TOP + DEPTH + FOOT + ENTRY * (self.place / 3) as f64 + 6.0;
        put(
            svg,
            format_args!(
                "{}<text x=\"{}\" y=\"{}\">{}</text>",
                self.mark(x, y - 4.0),
                x + 10.0,
                y,
                escaped(&self.network.arch)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::boundaries::tests::structure;
    use super::super::tests::comparison;

    #[test]
    fn every_network_but_the_reference_has_a_line_in_both_panels() {
        let comparison = structure();
        let svg = comparison.boundary_plot(&comparison.sets[0], "b").unwrap_or_default();
        assert_eq!(svg.matches("<polyline").count(), 2, "{svg}");
        // Three distances from both ends, and the mark beside the name.
        assert_eq!(svg.matches("<circle").count(), 7, "{svg}");
        assert!(
            svg.contains(">bilstm</text>") && !svg.contains(">bag-cnn</text>"),
            "{svg}"
        );
        let page = comparison.to_html("processive");
        assert_eq!(page.matches("<svg").count(), 2, "{page}");
        assert_eq!(page.matches("<table>").count(), 3, "{page}");
    }

    #[test]
    fn without_distances_there_is_no_figure() {
        let comparison = comparison();
        assert_eq!(comparison.boundary_plot(&comparison.sets[0], "b"), None);
    }
}
