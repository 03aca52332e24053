//! What is told of a model that scores DNA for binding.

use processive_core::OperatingPoint;
use processive_models::{Forgetting, ModelDescription, TrainingRecord};

use super::{Lines, files, fit_settings, list, named, or_dash, scores};
use crate::numbers::{counted, grouped};

/// The order of metrics; others follow by name.
pub(super) const METRICS: &[&str] = &["auroc", "auprc", "mcc", "accuracy", "f1", "brier", "ece"];

pub(super) fn network(description: &ModelDescription) -> Lines {
    let settings = serde_json::to_string(&description.architecture).unwrap_or_default();
    let calibration = description.calibration;
    let field = description.receptive_field.map_or_else(
        || "not bounded (a recurrent network reads the whole window)".to_owned(),
        |bases| format!("{bases} bp per step of the features"),
    );
    let mut lines = named([
        ("task", description.task.clone()),
        ("alphabet", description.alphabet.to_string()),
        ("classes", description.classes.join(", ")),
        ("architecture", description.architecture.arch.to_string()),
        ("settings", settings),
        ("members", counted_members(description.members)),
        ("parameters", grouped(description.parameters as u64)),
        ("window", format!("{} bp", description.window)),
        (
            "context",
            format!("{} bp to each side of a bin's centre", description.window / 2),
        ),
        ("bin", format!("{} bp, unless --bin says otherwise", description.bin)),
        ("stride", format!("{} bp per step of the features", description.stride)),
        ("receptive field", field),
        (
            "threshold",
            format!("{:.4} (best MCC on the validation data)", description.threshold),
        ),
        ("precision", precisions(description)),
        (
            "calibration",
            format!("p = sigmoid({:.4} x + {:.4})", calibration.slope, calibration.offset),
        ),
    ]);
    lines.extend(forgetting_lines(description));
    lines
}

/// How fast a recurrent model forgets, and the halo that follows; nothing for one that has no states.
pub(crate) fn forgetting_lines(description: &ModelDescription) -> Lines {
    if description.receptive_field.is_some() {
        return Lines::new();
    }
    let Some(forgetting) = description.forgetting else {
        return named([("halo", "not measured; `processive halo` does".to_owned())]);
    };
    let Forgetting {
        exponent,
        halo,
        tolerance,
        windows,
        difference,
    } = forgetting;
    let memory = if exponent < 0.0 {
        let half = std::f64::consts::LN_2 / -exponent;
        format!("leading exponent {exponent:.2e} per bp: half of a difference is gone after {half:.0} bp")
    } else {
        format!("leading exponent {exponent:.2e} per bp: states do not forget")
    };
    let halo = match halo {
        Some(halo) => format!(
            "{halo} bp: at most {difference:.1e} of a probability in {} windows at random places (tolerance \
             {tolerance:.0e})",
            grouped(windows as u64)
        ),
        None => "none is long enough; scans read every window alone".to_owned(),
    };
    named([("memory", memory), ("halo", halo)])
}

/// Thresholds of some precisions that `scan --threshold precision=P` can name.
fn precisions(description: &ModelDescription) -> String {
    let text = |precision: f64| {
        let point = description.operating_point(precision)?;
        let OperatingPoint { threshold, recall, .. } = point;
        Some(format!("{precision} from {threshold:.4} (recall {recall:.2})"))
    };
    let texts: Vec<String> = [0.5, 0.8, 0.9, 0.95, 0.99].into_iter().filter_map(text).collect();
    if texts.is_empty() {
        return "not recorded".to_owned();
    }
    format!("{} on the validation data", texts.join(", "))
}

fn counted_members(members: usize) -> String {
    match members {
        1 => "1".to_owned(),
        _ => format!("{members}, whose probabilities are averaged"),
    }
}

pub(super) fn training(record: &TrainingRecord) -> Lines {
    let examples = |[all, bound]: [u64; 2]| format!("{}, {} bound", counted(all, "example"), grouped(bound));
    let contigs = |names: &[String]| or_dash(&names.join(", ")).to_owned();
    let lines = named([
        ("origin", or_dash(&record.provenance).to_owned()),
        ("training", examples(record.train)),
        ("validation", examples(record.valid)),
        ("validation contigs", contigs(&record.valid_contigs)),
        ("test contigs", contigs(&record.test_contigs)),
        ("seeds", list(&record.seeds)),
        ("epochs", list(&record.epochs)),
        ("validation AUPRC", scores(&record.valid_auprc)),
        ("settings", fit_settings(record)),
    ]);
    files(&record.sources).chain(lines).collect()
}
