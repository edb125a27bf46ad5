"""Ranking: how well scores put positives above negatives, for one weight a row or many.

Every function takes weights of shape (resamples, rows), so that a bootstrap is a matrix product and not a loop. What
is undefined for a resample is NaN there, never 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]
"""Outcomes, shape (rows,): 1 positive, 0 negative."""


def _ranked(y: Labels, p: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of positives and of negatives at each distinct score, ascending: (resamples, scores)."""
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) > 0])
    ordered = weights[:, order]
    positive = np.add.reduceat(ordered * y[order], starts, axis=1)
    return positive, np.add.reduceat(ordered, starts, axis=1) - positive


def divide(above: Floats, below: Floats) -> Floats:
    """Return `above` / `below`, NaN where `below` is not positive."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def auc(y: Labels, p: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve: the chance that a positive outranks a negative, ties half (Hanley, McNeil 1982).

    NaN where one class has no weight.
    """
    positive, negative = _ranked(y, p, weights)
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + 0.5 * negative)).sum(axis=1)
    return divide(wins, positive.sum(axis=1) * negative.sum(axis=1))


def area(y: Labels, p: Floats) -> float:
    """Return the `auc` of rows that all weigh the same, NaN where one class has no rows."""
    return float(auc(y, p, np.ones((1, len(y))))[0])


def average_precision(y: Labels, p: Floats, weights: Floats) -> Floats:
    """Sum over falling thresholds of the precision times the gain in recall. NaN without positives."""
    positive, negative = (side[:, ::-1] for side in _ranked(y, p, weights))
    found = np.cumsum(positive, axis=1)
    selected = found + np.cumsum(negative, axis=1)
    precision = np.divide(found, selected, out=np.zeros_like(found), where=selected > 0)
    return divide((precision * positive).sum(axis=1), positive.sum(axis=1))
