"""Metrics of probabilities and decisions, for one weight a row or many: one definition for search and evaluation.

Every function takes weights of shape (resamples, rows), so that a bootstrap is a matrix product and not a loop. A
metric that is undefined for a resample is NaN there, never 0. Add a metric here and its name in `use_case.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Scorer = Callable[[npt.NDArray[np.int8], Floats, Floats], Floats]


def _ranked(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of positives and of negatives at each distinct score, ascending: (resamples, scores)."""
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) > 0])
    ordered = weights[:, order]
    positive = np.add.reduceat(ordered * y[order], starts, axis=1)
    return positive, np.add.reduceat(ordered, starts, axis=1) - positive


def _divide(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def auc(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve: the chance that a positive outranks a negative, ties half (Hanley, McNeil 1982).

    NaN where one class has no weight.
    """
    positive, negative = _ranked(y, p, weights)
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + 0.5 * negative)).sum(axis=1)
    return _divide(wins, positive.sum(axis=1) * negative.sum(axis=1))


def average_precision(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> Floats:
    """Sum over falling thresholds of the precision times the gain in recall. NaN without positives."""
    positive, negative = (side[:, ::-1] for side in _ranked(y, p, weights))
    found = np.cumsum(positive, axis=1)
    selected = found + np.cumsum(negative, axis=1)
    precision = np.divide(found, selected, out=np.zeros_like(found), where=selected > 0)
    return _divide((precision * positive).sum(axis=1), positive.sum(axis=1))


def brier(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> Floats:
    """Mean squared distance of probability and outcome (Brier 1950), between 0 and 1."""
    return _divide(weights @ (p - y) ** 2, weights.sum(axis=1))


def log_loss(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> Floats:
    """Mean negative log-likelihood in nats; probabilities are held off 0 and 1 by the spacing of floats, 2.2e-16."""
    tiny = np.finfo(np.float64).eps
    held = np.clip(p, tiny, 1 - tiny)
    return _divide(weights @ -np.where(y == 1, np.log(held), np.log1p(-held)), weights.sum(axis=1))


SCORERS: dict[str, Scorer] = {"auc": auc, "average_precision": average_precision, "brier": brier, "log_loss": log_loss}


def confusion_counts(
    y: npt.NDArray[np.int8], decision: npt.NDArray[np.int8], weights: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the weight of true positives, false positives, false negatives and true negatives, each (resamples,)."""
    truth, chosen = y == 1, decision == 1
    cells = np.stack([truth & chosen, ~truth & chosen, truth & ~chosen, ~truth & ~chosen], axis=1)
    tp, fp, fn, tn = (weights @ cells.astype(np.float64)).T
    return tp, fp, fn, tn


def f1_of(hits: Floats, false_hits: Floats, misses: Floats) -> Floats:
    """F1, the harmonic mean of precision and recall (van Rijsbergen 1979).

    NaN where the class neither occurs nor is chosen; 0 where it does and no decision hits it.
    """
    return _divide(2 * hits, 2 * hits + false_hits + misses)


def decision_scores(y: npt.NDArray[np.int8], decision: npt.NDArray[np.int8], weights: Floats) -> dict[str, Floats]:
    """Return the metrics of decisions by name, each of shape (resamples,)."""
    tp, fp, fn, tn = confusion_counts(y, decision, weights)
    f1_positive = f1_of(tp, fp, fn)
    return {
        "f1_positive": f1_positive,
        "f1_macro": (f1_positive + f1_of(tn, fn, fp)) / 2,
        "accuracy": _divide(tp + tn, tp + fp + fn + tn),
    }


def all_scores(
    y: npt.NDArray[np.int8], p: Floats, decision: npt.NDArray[np.int8], weights: Floats
) -> dict[str, Floats]:
    """Return every metric of probabilities and of decisions by name, each of shape (resamples,)."""
    return {name: scorer(y, p, weights) for name, scorer in SCORERS.items()} | decision_scores(y, decision, weights)


def score(metric: str, y: npt.NDArray[np.int8], p: Floats) -> float | None:
    """Return one metric of probabilities over unweighted rows, None where it is undefined."""
    value = float(SCORERS[metric](y, p, np.ones((1, len(p))))[0])
    return None if np.isnan(value) else value
