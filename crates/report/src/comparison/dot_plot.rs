//! Dot plots as SVG: a line of dots per name, with an interval each.

use std::fmt::Write;

use super::axis::Axis;
use super::html::escaped;

/// A line of a plot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DotLine {
    /// The name at the left end.
    pub(super) name: String,
    /// The text at the right end.
    pub(super) text: String,
    /// How the first value is drawn.
    pub(super) mark: Mark,
    /// The values; the interval belongs to the first.
    pub(super) values: Vec<f64>,
    /// The ends of the interval.
    pub(super) interval: Option<(f64, f64)>,
}

/// The form of a value; colour alone tells nothing apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A disc, for a network.
    Disc,
    /// A square, for a baseline.
    Square,
}

/// A plot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DotPlot {
    /// What a program that reads the page aloud says first.
    pub(super) title: String,
    /// What it says then.
    pub(super) description: String,
    /// What is written below the axis.
    pub(super) label: String,
    /// What is written above the texts at the right end.
    pub(super) heading: String,
    /// The axis; what lies beyond an end is drawn as an arrow there.
    pub(super) axis: Axis,
    /// The value of the dashed vertical line.
    pub(super) guide: Option<f64>,
    /// The lines, from top to bottom.
    pub(super) lines: Vec<DotLine>,
}

/// The width of a plot, its left and right ends of the axis, and the height of its head, of a line and of its foot, in
/// pixels.
const WIDTH: f64 = 720.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 640.0;
const HEAD: f64 = 26.0;
const LINE: f64 = 24.0;
const FOOT: f64 = 44.0;

impl DotPlot {
    /// The plot as SVG; `id` is found nowhere else on the page.
    pub(super) fn to_svg(&self, id: &str) -> String {
        let bottom = HEAD + LINE * self.lines.len() as f64;
        let height = bottom + FOOT;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-text\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-text\">{}</desc>\n",
            escaped(&self.title),
            escaped(&self.description)
        );
        self.draw_axis(&mut svg, bottom);
        for (index, line) in self.lines.iter().enumerate() {
            self.draw_line(&mut svg, line, HEAD + LINE * (index as f64 + 0.5));
        }
        svg + "</svg>\n"
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.axis.place(value) * (RIGHT - LEFT)
    }

    fn draw_axis(&self, svg: &mut String, bottom: f64) {
        for mark in self.axis.marks() {
            let x = self.x(mark);
            put(
                svg,
                format_args!(
                    "<path d=\"M{x:.1} {HEAD}V{bottom}\" stroke=\"#ddd\"/><text x=\"{x:.1}\" y=\"{:.1}\" \
                 text-anchor=\"middle\" font-size=\"12\">{}</text>",
                    bottom + 16.0,
                    self.axis.label(mark)
                ),
            );
        }
        put(
            svg,
            format_args!("<path d=\"M{LEFT} {bottom}H{RIGHT}\" stroke=\"#666\"/>"),
        );
        put(
            svg,
            format_args!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text><text x=\"{WIDTH}\" y=\"{}\" \
             text-anchor=\"end\" font-size=\"12\">{}</text>",
                f64::midpoint(LEFT, RIGHT),
                bottom + 36.0,
                escaped(&self.label),
                HEAD - 10.0,
                escaped(&self.heading)
            ),
        );
        if let Some(guide) = self.guide.filter(|&guide| guide >= self.axis.low) {
            let x = self.x(guide);
            put(
                svg,
                format_args!("<path d=\"M{x:.1} {HEAD}V{bottom}\" stroke=\"#666\" stroke-dasharray=\"4 3\"/>"),
            );
        }
    }

    fn draw_line(&self, svg: &mut String, line: &DotLine, y: f64) {
        let text_y = y + 4.5;
        put(
            svg,
            format_args!(
                "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{}</text><text x=\"{WIDTH}\" y=\"{text_y}\" \
             text-anchor=\"end\">{}</text>",
                LEFT - 12.0,
                escaped(&line.name),
                escaped(&line.text)
            ),
        );
        let colour = match line.mark {
            Mark::Disc => "#1f5a94",
            Mark::Square => "#8a5a00",
        };
        if let Some((low, high)) = line.interval {
            self.draw_interval(svg, (low, high), y, colour);
        }
        // The first value last: it lies on top.
        for (index, &value) in line.values.iter().enumerate().rev() {
            if value < self.axis.low {
                put(
                    svg,
                    format_args!("<path d=\"M{LEFT} {y}l8 -5v10z\" fill=\"{colour}\"/>"),
                );
                continue;
            }
            if value > self.axis.high {
                put(
                    svg,
                    format_args!("<path d=\"M{RIGHT} {y}l-8 -5v10z\" fill=\"{colour}\"/>"),
                );
                continue;
            }
            let x = self.x(value);
            match line.mark {
                Mark::Square => put(
                    svg,
                    format_args!(
                        "<rect x=\"{:.1}\" y=\"{}\" width=\"8\" height=\"8\" fill=\"{colour}\"/>",
                        x - 4.0,
                        y - 4.0
                    ),
                ),
                Mark::Disc if index == 0 => {
                    put(
                        svg,
                        format_args!("<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"4.5\" fill=\"{colour}\"/>"),
                    );
                }
                Mark::Disc => put(
                    svg,
                    format_args!(
                        "<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"4.5\" fill=\"#fff\" fill-opacity=\"0.6\" \
                     stroke=\"{colour}\" stroke-width=\"1.5\"/>"
                    ),
                ),
            }
        }
    }

    /// The part of an interval that lies on the axis, with a stop at each end that does.
    fn draw_interval(&self, svg: &mut String, (low, high): (f64, f64), y: f64, colour: &str) {
        if high < self.axis.low || low > self.axis.high {
            return;
        }
        let (from, to) = (self.x(low.max(self.axis.low)), self.x(high.min(self.axis.high)));
        let top = y - 4.0;
        let stop = if low < self.axis.low {
            String::new()
        } else {
            format!("M{from:.1} {top}v8")
        };
        let end = if high > self.axis.high {
            String::new()
        } else {
            format!("M{to:.1} {top}v8")
        };
        put(
            svg,
            format_args!(
                "<path d=\"{stop}M{from:.1} {y}H{to:.1}{end}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
            ),
        );
    }
}

/// Appends an element.
pub(super) fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(svg, "{element}").expect("a string takes all that is written to it");
}
