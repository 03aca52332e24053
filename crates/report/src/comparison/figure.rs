//! The figure of a data set: the main test metric of every network and baseline.

use std::collections::BTreeMap;

use processive_core::Metric;

use super::axis::Axis;
use super::cells::mean;
use super::dot_plot::{DotLine, DotPlot, Mark};
use super::{ComparedNetwork, ComparedSet, Comparison};

/// A baseline stays off the axis when it would make it more than so many times as long as the networks need.
const LONGEST: f64 = 3.0;

/// A figure and the words below it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) plot: DotPlot,
    pub(super) caption: String,
}

impl Comparison {
    /// The figure of a data set; `None` when no network has the main metric on it.
    pub(super) fn figure(&self, set: &ComparedSet) -> Option<Figure> {
        let (metric, heading) = self.task.words().main;
        let networks = set.networks.iter();
        let networks: Vec<DotLine> = networks
            .filter_map(|network| line_of_network(network, metric))
            .collect();
        let baselines = set.baselines.iter();
        let baselines: Vec<DotLine> = baselines
            .filter_map(|(name, metrics)| line_of_baseline(name, metrics, metric))
            .collect();
        let axis = axis(&networks, &baselines)?;
        let reference = set.networks.iter().find(|network| network.arch == self.reference);
        let lines: Vec<DotLine> = networks.into_iter().chain(baselines).collect();
        let caption = self.caption(&lines, axis);
        let rows: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", line.name, line.text))
            .collect();
        let plot = DotPlot {
            title: format!("Test {heading} on {}", set.name),
            description: format!("{}. The table below has the intervals.", rows.join(", ")),
            label: format!("test {heading} on {}", set.name),
            heading: "mean".to_owned(),
            axis,
            guide: reference.and_then(|reference| reference.mean_of(metric)),
            lines,
        };
        Some(Figure { plot, caption })
    }

    fn caption(&self, lines: &[DotLine], axis: Axis) -> String {
        let has = |is_so: &dyn Fn(&DotLine) -> bool| lines.iter().any(is_so);
        let mut parts = vec![match self.seeds.first() {
            Some(seed) => format!("Disc: seed {seed}, with its 95 % bootstrap interval"),
            None => "Disc: value, with its 95 % bootstrap interval".to_owned(),
        }];
        if has(&|line| line.mark == Mark::Disc && line.values.len() > 1) {
            parts.push("circles: the other seeds".to_owned());
        }
        if has(&|line| line.mark == Mark::Square) {
            parts.push("square: a baseline".to_owned());
        }
        if has(&|line| line.values.iter().any(|&value| value < axis.low)) {
            parts.push("arrow: left of the axis".to_owned());
        }
        if has(&|line| line.values.iter().any(|&value| value > axis.high)) {
            parts.push("arrow to the right: right of the axis".to_owned());
        }
        parts.push(format!("dashed line: the mean of {}", self.reference));
        parts.join("; ") + "."
    }
}

/// The axis that holds all networks, and the baselines that are near.
fn axis(networks: &[DotLine], baselines: &[DotLine]) -> Option<Axis> {
    let (low, high) = extent(networks)?;
    let ends = baselines.iter().filter_map(|line| extent([line]));
    let near = ends.filter(|(from, to)| to.max(high) - from.min(low) <= LONGEST * (high - low));
    let (low, high) = near.fold((low, high), |(low, high), (from, to)| (low.min(from), high.max(to)));
    Some(Axis::around(low, high, 1.0))
}

fn line_of_network(network: &ComparedNetwork, metric: &str) -> Option<DotLine> {
    let found = network.runs.iter().map(|run| run.metrics.get(metric).copied());
    let metrics: Vec<Metric> = found.collect::<Option<_>>()?;
    line(&network.arch, Mark::Disc, &metrics)
}

fn line_of_baseline(name: &str, metrics: &BTreeMap<String, Metric>, metric: &str) -> Option<DotLine> {
    line(name, Mark::Square, &[*metrics.get(metric)?])
}

fn line(name: &str, mark: Mark, metrics: &[Metric]) -> Option<DotLine> {
    let first = metrics.first()?;
    let values: Vec<f64> = metrics.iter().map(|metric| metric.value).collect();
    Some(DotLine {
        name: name.to_owned(),
        text: format!("{:.3}", mean(&values)),
        mark,
        values,
        interval: first.ci_low.zip(first.ci_high),
    })
}

/// The lowest and the highest of all values and ends of intervals; `None` of nothing.
fn extent<'a>(lines: impl IntoIterator<Item = &'a DotLine>) -> Option<(f64, f64)> {
    let numbers = lines.into_iter().flat_map(|line| {
        let ends = line.interval.into_iter().flat_map(|(low, high)| [low, high]);
        line.values.iter().copied().chain(ends)
    });
    numbers.fold(None, |extent, number| {
        let (low, high) = extent.unwrap_or((number, number));
        Some((low.min(number), high.max(number)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{comparison, metric};
    use super::*;

    #[test]
    fn every_network_and_baseline_has_a_line_and_every_seed_a_point() {
        let comparison = comparison();
        let Figure { plot, caption } = comparison.figure(&comparison.sets[0]).unwrap();
        let lines: Vec<(&str, &str, usize)> = plot
            .lines
            .iter()
            .map(|line| (line.name.as_str(), line.text.as_str(), line.values.len()))
            .collect();
        assert_eq!(
            lines,
            [("bag-cnn", "0.905", 2), ("bilstm", "0.925", 2), ("gc", "0.600", 1)]
        );
        assert_eq!(plot.lines[0].interval, Some((0.88, 0.92)));
        assert!(plot.guide.is_some_and(|guide| (guide - 0.905).abs() < 1e-12));
        // The baseline would make the axis six times as long.
        assert!(plot.axis.low > 0.8, "{:?}", plot.axis);
        assert_eq!(
            caption,
            "Disc: seed 1, with its 95 % bootstrap interval; circles: the other seeds; square: a baseline; arrow: left \
             of the axis; dashed line: the mean of bag-cnn."
        );
        let svg = plot.to_svg("p");
        let count = |part: &str| svg.matches(part).count();
        assert_eq!(
            [count("<circle"), count("<rect"), count("l8 -5v10z")],
            [4, 0, 1],
            "{svg}"
        );
    }

    #[test]
    fn a_baseline_that_is_near_lies_on_the_axis() {
        let mut comparison = comparison();
        let near = BTreeMap::from([("auroc".to_owned(), metric(0.86, 0.84, 0.88))]);
        comparison.sets[0].baselines.insert("gc".to_owned(), near);
        let Figure { plot, caption } = comparison.figure(&comparison.sets[0]).unwrap();
        assert!(plot.axis.low <= 0.84 && !caption.contains("arrow"), "{plot:?}");
        assert_eq!(plot.to_svg("p").matches("<rect").count(), 1);

        comparison.sets[1].networks.iter_mut().for_each(|network| {
            for run in &mut network.runs {
                run.metrics.insert("auroc".to_owned(), metric(0.4, 0.39, 0.41));
            }
        });
        let beaten = comparison.figure(&comparison.sets[1]).unwrap();
        assert!(beaten.caption.contains("right of the axis"), "{}", beaten.caption);
        assert_eq!(beaten.plot.to_svg("p").matches("l-8 -5v10z").count(), 1);

        let far = BTreeMap::from([("auroc".to_owned(), metric(0.5, 0.4, 0.6))]);
        comparison.sets[0].baselines.insert("kmer_lr".to_owned(), far);
        let figure = comparison.figure(&comparison.sets[0]).unwrap();
        assert_eq!(figure.plot.axis, plot.axis);
        assert!(figure.caption.contains("arrow"), "{}", figure.caption);
    }

    #[test]
    fn without_an_auroc_there_is_no_figure() {
        let comparison = comparison();
        let mut set = comparison.sets[0].clone();
        set.networks.clear();
        assert_eq!(comparison.figure(&set), None);
    }
}
