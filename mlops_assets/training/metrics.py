"""Metrics of probabilities and decisions, for one weight a row or many: one definition for search and evaluation.

Every function takes weights of shape (resamples, rows), so that a bootstrap is a matrix product and not a loop. A
metric that is undefined for a resample is NaN there, never 0. Add a metric here and its name in `use_case.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.ranking import Floats, auc, average_precision, divide

Scorer = Callable[[npt.NDArray[np.int8], Floats, Floats], Floats]


def brier(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> Floats:
    """Mean squared distance of probability and outcome (Brier 1950), between 0 and 1."""
    return divide(weights @ (p - y) ** 2, weights.sum(axis=1))


def log_loss(y: npt.NDArray[np.int8], p: Floats, weights: Floats) -> Floats:
    """Mean negative log-likelihood in nats; probabilities are held off 0 and 1 by the spacing of floats, 2.2e-16."""
    tiny = np.finfo(np.float64).eps
    held = np.clip(p, tiny, 1 - tiny)
    return divide(weights @ -np.where(y == 1, np.log(held), np.log1p(-held)), weights.sum(axis=1))


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
    return divide(2 * hits, 2 * hits + false_hits + misses)


def decision_scores(y: npt.NDArray[np.int8], decision: npt.NDArray[np.int8], weights: Floats) -> dict[str, Floats]:
    """Return the metrics of decisions by name, each of shape (resamples,)."""
    tp, fp, fn, tn = confusion_counts(y, decision, weights)
    f1_positive = f1_of(tp, fp, fn)
    return {
        "f1_positive": f1_positive,
        "f1_macro": (f1_positive + f1_of(tn, fn, fp)) / 2,
        "accuracy": divide(tp + tn, tp + fp + fn + tn),
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
