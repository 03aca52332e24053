"""Makes the golden numbers of crates/train/tests/metrics_golden.rs and of structure.rs there.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 numpy==2.4.6
    venv/bin/python tests/golden/metrics/make.py

Everything here comes from scikit-learn, scipy and numpy; nothing comes from processive. The inputs are
written beside the answers, so the tests need no random numbers of numpy's.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
    precision_score,
    recall_score,
    roc_auc_score,
)

SEED = 20261124
HERE = pathlib.Path(__file__).parent
VERSIONS = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
BINS = 15


def write(name, content):
    content = {"made_by": "tests/golden/metrics/make.py", "versions": VERSIONS, "seed": SEED, **content}
    (HERE / name).write_text(json.dumps(content, separators=(",", ":")).replace('"cases":', '\n"cases":') + "\n")


def ece(labels, scores):
    """Mean |observed - predicted| over the bins of calibration_curve, weighted by their sizes."""
    observed, predicted = calibration_curve(labels, scores, n_bins=BINS, strategy="uniform")
    edges = np.linspace(0, 1, BINS + 1)
    sizes = np.bincount(np.searchsorted(edges[1:-1], scores), minlength=BINS)
    return float(np.sum(sizes[sizes > 0] * np.abs(observed - predicted)) / len(scores))


def metrics(labels, scores, threshold):
    calls = scores >= threshold
    return {
        "auroc": roc_auc_score(labels, scores),
        "auprc": average_precision_score(labels, scores),
        "mcc": matthews_corrcoef(labels, calls),
        "accuracy": accuracy_score(labels, calls),
        "f1": f1_score(labels, calls, zero_division=0.0),
        "brier": brier_score_loss(labels, scores),
        "ece": ece(labels, scores),
    }


def best_mcc(labels, scores):
    return max(matthews_corrcoef(labels, scores >= t) for t in np.unique(scores))


def draw(rng, n, share, spread, digits):
    labels = rng.random(n) < share
    logits = rng.normal(size=n) * spread + np.where(labels, 1.0, -1.0)
    return labels, np.round(expit(logits), digits)


def classification():
    rng = np.random.default_rng(SEED)
    sets = {
        "distinct scores": (*draw(rng, 200, 0.5, 1.5, 6), 0.5),
        "scores in steps of 0.1": (*draw(rng, 300, 0.4, 1.5, 1), 0.5),
        "one in twenty is bound": (*draw(rng, 400, 0.05, 1.0, 4), 0.6),
        "many scores of 0 and 1": (*draw(rng, 150, 0.5, 6.0, 2), 0.3),
        "scores of no use": (*draw(rng, 120, 0.3, 200.0, 3), 0.5),
        "all scores equal": (rng.random(40) < 0.3, np.full(40, 0.25), 0.5),
        "nothing is called": (*draw(rng, 50, 0.5, 1.0, 5), 1.5),
        "separable": (np.arange(30) % 3 == 0, np.where(np.arange(30) % 3 == 0, 0.9, 0.2) + np.arange(30) / 1000, 0.5),
    }
    cases = [
        {
            "name": name,
            "labels": [int(label) for label in labels],
            "scores": [float(score) for score in scores],
            "threshold": threshold,
            "metrics": {key: float(value) for key, value in metrics(labels, scores, threshold).items()},
            "best_mcc": float(best_mcc(labels, scores)),
        }
        for name, (labels, scores, threshold) in sets.items()
    ]
    write("classification.json", {"cases": cases})


def bootstrap():
    """95 % percentile intervals from numpy's own resamples, and the spread that sets the tolerance."""
    rng = np.random.default_rng(SEED + 1)
    labels, scores = draw(rng, 200, 0.4, 1.5, 2)
    resamples = []
    for _ in range(20_000):
        drawn = rng.integers(0, len(labels), len(labels))
        resamples.append(list(metrics(labels[drawn], scores[drawn], 0.5).values()))
    table = np.array(resamples)
    names = list(metrics(labels, scores, 0.5))
    cases = {
        name: {
            "low": float(np.quantile(table[:, column], 0.025)),
            "high": float(np.quantile(table[:, column], 0.975)),
            "standard_deviation": float(table[:, column].std()),
        }
        for column, name in enumerate(names)
    }
    write(
        "bootstrap.json",
        {
            "resamples": 20_000,
            "threshold": 0.5,
            "labels": [int(label) for label in labels],
            "scores": [float(score) for score in scores],
            "cases": cases,
        },
    )


def reverse_complement(word):
    return word[::-1].translate(str.maketrans("ACGT", "TGCA"))


def word_counts(sequence, k=6):
    counts = {}
    for start in range(len(sequence) - k + 1):
        word = sequence[start : start + k].upper()
        if set(word) <= set("ACGT"):
            word = min(word, reverse_complement(word))
            counts[word] = counts.get(word, 0) + 1
    return counts


def kmer_logistic():
    """Log-odds of scikit-learn's logistic regression on ln(1 + count) of 6-letter words of both strands."""
    rng = np.random.default_rng(SEED + 2)

    def sequence(bound):
        letters = "".join(rng.choice(list("ACGT"), size=rng.integers(30, 60)))
        if bound:
            at = rng.integers(0, len(letters) - 8)
            word = "TGACTCAG" if rng.random() < 0.5 else "CTGAGTCA"
            letters = letters[:at] + word + letters[at + 8 :]
        if rng.random() < 0.2:
            at = rng.integers(0, len(letters))
            letters = letters[:at] + "N" + letters[at + 1 :]
        return letters.lower() if rng.random() < 0.2 else letters

    labels = [index % 2 for index in range(120)]
    sequences = [sequence(label) for label in labels]
    counts = [word_counts(letters) for letters in sequences]
    words = sorted(set().union(*counts))
    table = np.array([[np.log1p(row.get(word, 0)) for word in words] for row in counts])
    training = slice(0, 80)
    cases = []
    for c in (0.003, 0.1, 1.0):
        model = LogisticRegression(C=c, tol=1e-12, max_iter=100_000)
        model.fit(table[training], labels[training])
        cases.append({"c": c, "log_odds": [float(value) for value in model.decision_function(table)]})
    write("kmer_logistic.json", {"sequences": sequences, "labels": labels, "training": 80, "cases": cases})


def platt():
    """Platt scaling by scipy's trust-region Newton on Platt's targets, checked against scikit-learn's."""
    from sklearn.calibration import _sigmoid_calibration

    rng = np.random.default_rng(SEED + 3)
    cases = []
    for name, n, share, slope, offset in [
        ("overconfident", 300, 0.5, 0.4, 0.0),
        ("shifted and rare", 400, 0.1, 1.0, -2.0),
        ("inverted", 200, 0.5, -0.7, 0.3),
        ("few", 12, 0.5, 1.0, 0.0),
    ]:
        logits = np.round(rng.normal(size=n) * 3, 4)
        labels = rng.random(n) < expit(slope * logits + offset)
        positives, negatives = labels.sum(), (~labels).sum()
        targets = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))

        def loss(line):
            z = line[0] * logits + line[1]
            return np.sum(np.logaddexp(0, z) - targets * z)

        def gradient(line):
            residual = expit(line[0] * logits + line[1]) - targets
            return np.array([residual @ logits, residual.sum()])

        def hessian(line):
            p = expit(line[0] * logits + line[1])
            w = p * (1 - p)
            return np.array([[w @ logits**2, w @ logits], [w @ logits, w.sum()]])

        fit = minimize(loss, [0, 0], jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-9})
        a, b = _sigmoid_calibration(logits, labels.astype(int))
        assert np.allclose([-a, -b], fit.x, atol=2e-3), (fit.x, a, b)
        cases.append(
            {
                "name": name,
                "logits": [float(logit) for logit in logits],
                "labels": [int(label) for label in labels],
                "slope": float(fit.x[0]),
                "offset": float(fit.x[1]),
                "scikit_learn": {"slope": float(-a), "offset": float(-b)},
            }
        )
    write("platt.json", {"cases": cases})


def state_metrics(prefix, letters, observed, probabilities):
    """What scikit-learn makes of observed states and probabilities; undefined values are left out."""
    states = list(range(len(letters)))
    predicted = probabilities.argmax(axis=1)
    values = {
        f"{prefix}macro_f1": f1_score(observed, predicted, average="macro", zero_division=0.0),
        f"{prefix}rk": matthews_corrcoef(observed, predicted),
        f"{prefix}nll": log_loss(observed, probabilities.astype(np.float32), labels=states),
        f"{prefix}brier": brier_score_loss(observed, probabilities, labels=states, scale_by_half=False),
        f"{prefix}ece": ece(observed == predicted, probabilities.max(axis=1)),
    }
    per_state = {"labels": states, "average": None, "zero_division": np.nan}
    recall = recall_score(observed, predicted, **per_state)
    precision = precision_score(observed, predicted, **per_state)
    for state, letter in enumerate(letters):
        values[f"{prefix}recall_{letter}"] = recall[state]
        values[f"{prefix}precision_{letter}"] = precision[state]
        if (observed == state).any():
            values[f"{prefix}mcc_{letter}"] = matthews_corrcoef(observed == state, predicted == state)
    return accuracy_score(observed, predicted), {key: float(v) for key, v in values.items() if not np.isnan(v)}


def structure():
    """Eight states in the order h b e g i t s c, reduced by GHI -> H, EB -> E; probabilities are 256ths."""
    rng = np.random.default_rng(SEED + 4)
    reduced = np.array([0, 1, 1, 0, 0, 2, 2, 2])
    cases = []
    for name, residues, shares in [
        ("all states", 400, [0.3, 0.05, 0.2, 0.05, 0.05, 0.1, 0.1, 0.15]),
        ("no strand and no bridge", 90, [0.5, 0, 0, 0.1, 0, 0.1, 0.1, 0.2]),
        ("loop alone", 25, [0, 0, 0, 0, 0, 0, 0, 1]),
    ]:
        observed = rng.choice(8, size=residues, p=shares)
        weights = rng.gamma(0.3, size=(residues, 8)) + 1e-6
        weights[np.arange(residues), observed] += rng.gamma(0.7, size=residues)
        weights /= weights.sum(axis=1, keepdims=True)
        probabilities = np.array([rng.multinomial(256, row) for row in weights]) / 256
        three = np.stack([probabilities[:, reduced == state].sum(axis=1) for state in range(3)], axis=1)
        q3, metrics = state_metrics("", "hec", reduced[observed], three)
        q8, of_eight = state_metrics("q8_", "hbegitsc", observed, probabilities)
        cases.append(
            {
                "name": name,
                "observed": observed.tolist(),
                "probabilities": (probabilities * 256).astype(int).tolist(),
                "metrics": {"q3": float(q3), "q8": float(q8), **metrics, **of_eight},
            }
        )
    write("structure.json", {"cases": cases})


if __name__ == "__main__":
    structure()
    classification()
    kmer_logistic()
    platt()
    bootstrap()
