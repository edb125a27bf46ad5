"""Metrics of a binary target: of probabilities and of decisions, for one weight a row or many, and their bootstrap.

One definition for search and evaluation.

Every function takes weights of shape (resamples, rows), so that a bootstrap is a matrix product and not a loop. A
metric that is undefined for a resample is NaN there, never 0. Add a metric here and its name in `use_case.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.calibration import CalibrationError, Recalibration
from mlops_assets.statistics.ranking import (
    Floats,
    Labels,
    Ranking,
    auc,
    auc_of,
    average_precision,
    average_precision_of,
    divide,
)
from mlops_assets.statistics.resampling import interval, resample_rows
from mlops_assets.use_case.training import Evaluation
from mlops_assets.verdicts import MetricValue

Scorer = Callable[[Labels, Floats, Floats], Floats]


def brier(y: Labels, p: Floats, weights: Floats) -> Floats:
    """Mean squared distance of probability and outcome (Brier 1950), between 0 and 1."""
    return divide(weights @ (p - y) ** 2, weights.sum(axis=1))


def log_loss(y: Labels, p: Floats, weights: Floats) -> Floats:
    """Mean negative log-likelihood in nats."""
    return divide(weights @ row_log_losses(y, p), weights.sum(axis=1))


def row_log_losses(y: Labels, p: Floats) -> Floats:
    """Negative log-likelihood of each row in nats, shape (rows,).

    Probabilities are held off 0 and 1 by the spacing of floats, 2.2e-16.
    """
    tiny = np.finfo(np.float64).eps
    held = np.clip(p, tiny, 1 - tiny)
    return -np.where(y == 1, np.log(held), np.log1p(-held))


SCORERS: dict[str, Scorer] = {"auc": auc, "average_precision": average_precision, "brier": brier, "log_loss": log_loss}


def confusion_counts(y: Labels, decision: Labels, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the weight of true positives, false positives, false negatives and true negatives, each (resamples,)."""
    truth, chosen = y == 1, decision == 1
    cells = np.stack([truth & chosen, ~truth & chosen, truth & ~chosen, ~truth & ~chosen], axis=1)
    tp, fp, fn, tn = (weights @ cells.astype(np.float64)).T
    return tp, fp, fn, tn


def f1_of(hits: Floats, false_hits: Floats, misses: Floats) -> Floats:
    """F1, the harmonic mean of precision and recall (van Rijsbergen 1979).

    NaN where the class neither occurs nor is chosen; 0 where it does and no decision hits it.
    """
    return divide(2 * hits, 2 * hits + false_hits + misses)


def decision_scores(y: Labels, decision: Labels, weights: Floats) -> dict[str, Floats]:
    """Return the metrics of decisions by name, each of shape (resamples,)."""
    return scores_of_counts(*confusion_counts(y, decision, weights))


def scores_of_counts(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> dict[str, Floats]:
    """Return the metrics of decisions by name from the weight of each cell of the confusion matrix."""
    f1_positive = f1_of(tp, fp, fn)
    return {
        "f1_positive": f1_positive,
        "f1_macro": (f1_positive + f1_of(tn, fn, fp)) / 2,
        "accuracy": divide(tp + tn, tp + fp + fn + tn),
    }


class Measures(Protocol):
    """What is measured of one set of predictions on rows, the same names by every method."""

    def values(self) -> dict[str, float]:
        """Return every metric on the rows themselves, NaN where it is undefined."""

    def resampled(self, weights: Floats, first: int) -> dict[str, Floats]:
        """Return every metric on resamples, each (resamples,), for row counts of shape (resamples, rows).

        `first` is the position of the first of them among all resamples.
        """


class BinaryMeasures:
    """Everything that is measured of the probabilities and decisions of one model on rows (a `Measures`)."""

    def __init__(self, y: Labels, p: Floats, decision: Labels) -> None:
        """Take outcomes, probabilities and decisions of shape (rows,)."""
        self._y, self._p, self._decision = y, p, decision
        self._ranking, self._log_losses = Ranking(y, p), row_log_losses(y, p)
        self._recalibration, self._error = Recalibration(y, p), CalibrationError(y, p)

    def values(self) -> dict[str, float]:
        """Return every metric on the rows themselves, NaN where it is undefined."""
        found = {name: float(value[0]) for name, value in self._scores(np.ones((1, len(self._y)))).items()}
        return found | {
            "calibration_slope": self._recalibration.slope,
            "calibration_intercept": self._recalibration.intercept,
            "ece": float(np.maximum(self._error.value, 0.0)),
        }

    def resampled(self, weights: Floats, first: int) -> dict[str, Floats]:
        """Return every metric on resamples, each (resamples,); the position of the `first` of them does not matter."""
        slope, intercept = self._recalibration.resampled(weights)
        error = np.maximum(self._error.resampled(weights), 0.0)  # an error has no sign, its estimate does
        found = {"calibration_slope": slope, "calibration_intercept": intercept, "ece": error}
        return self._scores(weights) | found

    def undefined(self) -> dict[str, str]:
        """Return why, for each metric that is undefined on these rows."""
        classes = "" if 0 < self._y.sum() < len(self._y) else "all rows are of one class"
        equal = "all probabilities are equal" if np.ptp(self._p) == 0 else ""
        why = {
            "calibration_slope": classes or equal or "the probabilities separate the classes",
            "observed_over_expected": "all probabilities are 0",
            "f1_positive": "no row is positive and none is decided positively",
            "f1_macro": "a class neither occurs nor is decided",
            "ece": "there are too few rows",
        }
        return {name: why.get(name, classes) for name, value in self.values().items() if np.isnan(value)}

    def _scores(self, weights: Floats) -> dict[str, Floats]:
        ranked, rows = self._ranking.at_scores(weights), weights.sum(axis=1)
        found = {
            "auc": auc_of(*ranked),
            "average_precision": average_precision_of(*ranked),
            "brier": brier(self._y, self._p, weights),
            "log_loss": divide(weights @ self._log_losses, rows),
        }
        found["observed_over_expected"] = divide(weights @ self._y, weights @ self._p)
        return found | decision_scores(self._y, self._decision, weights)


class ThresholdMeasures:
    """The metrics of decisions where the threshold varies along with the rows (a `Measures`).

    The value of each is at the threshold in use; on the k-th resample of the rows it is at the k-th threshold that the
    rule chose on a resample of its own rows. So the interval holds both what other rows to measure on and what other
    rows to choose on would have changed.
    """

    def __init__(self, y: Labels, p: Floats, threshold: float, thresholds: Floats) -> None:
        """Take outcomes and probabilities of shape (rows,), the threshold, and those of resamples, NaN for none."""
        varied = thresholds if len(thresholds) else np.array([threshold])
        self._y, self._p, self._thresholds = y, p, np.r_[threshold, varied]
        self._known = ~np.isnan(varied)

    def values(self) -> dict[str, float]:
        """Return every metric at the threshold in use, NaN where it is undefined."""
        found = self._scores(np.ones((1, len(self._y))), self._thresholds[:1])
        return {name: float(value[0]) for name, value in found.items()}

    def resampled(self, weights: Floats, first: int) -> dict[str, Floats]:
        """Return every metric on resamples, the first of them at position `first` among all: each (resamples,)."""
        place = (first + np.arange(len(weights))) % len(self._known)
        found = self._scores(weights, self._thresholds[1:][place])
        return {name: np.where(self._known[place], value, np.nan) for name, value in found.items()}

    def _scores(self, weights: Floats, thresholds: Floats) -> dict[str, Floats]:
        selected = self._p >= thresholds[:, None]
        chosen, hits = (np.where(part, weights, 0.0).sum(axis=1) for part in (selected, selected & (self._y == 1)))
        rows, positives = weights.sum(axis=1), weights @ self._y
        counts = (hits, chosen - hits, positives - hits, rows - positives - chosen + hits)
        return {"selected_share": divide(chosen, rows)} | scores_of_counts(*counts)


def score(metric: str, y: Labels, p: Floats) -> float | None:
    """Return one metric of probabilities over unweighted rows, None where it is undefined."""
    value = float(SCORERS[metric](y, p, np.ones((1, len(p))))[0])
    return None if np.isnan(value) else value


def measure(
    measures: Mapping[str, Measures],
    evaluation: Evaluation,
    rows: int,
    *,
    differences: Mapping[str, tuple[str, str, str]],
    groups: npt.NDArray[np.int64] | None = None,
) -> dict[str, dict[str, MetricValue]]:
    """Return every metric of each of `measures`, with its percentile interval over resampled rows (Efron 1979).

    All see the same resamples, so that the difference of two of them is paired.

    Args:
        measures: what is measured, by the name of who is measured.
        evaluation: resamples, confidence and seed.
        rows: rows that all of them are about.
        differences: by name, a metric and the two whose difference in it is reported with the first of them.
        groups: group of each row, from 0 without gaps, where rows of one group are not independent: whole groups are
            resampled then.
    """
    values = {who: one.values() for who, one in measures.items()}
    parts: dict[str, list[dict[str, Floats]]] = {who: [] for who in measures}
    done = 0
    for counts in resample_rows(rows, resamples=evaluation.bootstrap, seed=evaluation.seed, groups=groups):
        for who, one in measures.items():
            parts[who].append(one.resampled(counts, done))
        done += len(counts)
    draws = {who: {name: np.concatenate([part[name] for part in parts[who]]) for name in values[who]} for who in values}
    for name, (metric, first, second) in differences.items():
        values[first][name] = values[first][metric] - values[second][metric]
        draws[first][name] = draws[first][metric] - draws[second][metric]
    return {
        who: {name: interval(value, draws[who][name], evaluation.confidence) for name, value in found.items()}
        for who, found in values.items()
    }
