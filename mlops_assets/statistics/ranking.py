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


class Ranking:
    """The order of rows by their scores, found once for any number of resamples."""

    def __init__(self, y: Labels, p: Floats) -> None:
        """Take outcomes and scores of shape (rows,)."""
        self._order = np.argsort(p, kind="stable")
        self._starts = np.flatnonzero(np.r_[True, np.diff(p[self._order]) > 0])
        self._y = y[self._order]

    def at_scores(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return the weight of positives and of negatives at each distinct score, ascending: (resamples, scores)."""
        ordered = weights[:, self._order]
        positive = np.add.reduceat(ordered * self._y, self._starts, axis=1)
        return positive, np.add.reduceat(ordered, self._starts, axis=1) - positive


def divide(above: Floats, below: Floats) -> Floats:
    """Return `above` / `below`, NaN where `below` is not positive."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def auc(y: Labels, p: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve: the chance that a positive outranks a negative, ties half (Hanley, McNeil 1982).

    NaN where one class has no weight.
    """
    return auc_of(*Ranking(y, p).at_scores(weights))


def auc_of(positive: Floats, negative: Floats) -> Floats:
    """Return the `auc` from the weight of positives and of negatives at each score (`Ranking.at_scores`)."""
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + 0.5 * negative)).sum(axis=1)
    return divide(wins, positive.sum(axis=1) * negative.sum(axis=1))


def area(y: Labels, p: Floats) -> float:
    """Return the `auc` of rows that all weigh the same, NaN where one class has no rows."""
    return float(auc(y, p, np.ones((1, len(y))))[0])


def average_precision(y: Labels, p: Floats, weights: Floats) -> Floats:
    """Sum over falling thresholds of the precision times the gain in recall. NaN without positives."""
    return average_precision_of(*Ranking(y, p).at_scores(weights))


def average_precision_of(positive: Floats, negative: Floats) -> Floats:
    """Return the `average_precision` from the weight of positives and of negatives at each score."""
    positive, negative = positive[:, ::-1], negative[:, ::-1]
    found = np.cumsum(positive, axis=1)
    selected = found + np.cumsum(negative, axis=1)
    precision = np.divide(found, selected, out=np.zeros_like(found), where=selected > 0)
    return divide((precision * positive).sum(axis=1), positive.sum(axis=1))
