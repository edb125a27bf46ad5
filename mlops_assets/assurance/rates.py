"""Rates of groups and the gaps between them, with intervals by resampling confusion cells.

Holds the counts, the bootstrap and the comparison. Add a rate to `RATES` with its cells; which groups there are is
the business of `groups.py`, and which figures are reported that of `fairness.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TP, FP, FN, TN = range(4)

RATES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "selection_rate": ((TP, FP), (TP, FP, FN, TN)),
    "tpr": ((TP,), (TP, FN)),
    "fpr": ((FP,), (FP, TN)),
}
"""Each rate as the cells above the line and the cells below it."""


@dataclass(frozen=True)
class Draws:
    """Point values and resamples of every rate of every group.

    Attributes:
        cells: shape (groups, 4): true positives, false positives, false negatives, true negatives.
        resampled: by rate, shape (resamples, groups); NaN where the rate does not exist in a resample.
        confidence: coverage of the intervals made of them.
    """

    cells: np.ndarray
    resampled: dict[str, np.ndarray]
    confidence: float

    def measurable(self, rate: str) -> np.ndarray:
        """Return which groups have the rate in enough resamples for an interval, shape (groups,), bool.

        A group with two positives has no true positive rate in an eighth of its resamples: that is no figure to
        publish. At most 1 - confidence of the resamples may lack it.
        """
        undefined = np.isnan(self.resampled[rate]).mean(axis=0)
        return undefined[self.twins] <= 1 - self.confidence

    @property
    def twins(self) -> np.ndarray:
        """For each group, the first group with the same counts, shape (groups,).

        Figures of equal groups come from one of them, so that they are equal whatever the groups are called.
        """
        _, first, inverse = np.unique(self.cells, axis=0, return_index=True, return_inverse=True)
        return first[inverse.reshape(-1)]

    def interval(self, values: np.ndarray) -> tuple[float | None, float | None]:
        """Return the percentile interval (Efron 1981) of resampled values, shape (resamples,)."""
        known = values[~np.isnan(values)]
        if len(known) < len(values) * self.confidence:
            return None, None
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(known, [tail, 1 - tail])
        return float(low), float(high)


def count_cells(y: np.ndarray, decision: np.ndarray, ids: np.ndarray, groups: int) -> np.ndarray:
    """Return the confusion cells of each group, shape (groups, 4), in the order TP, FP, FN, TN."""
    cell = np.where(decision == 1, np.where(y == 1, TP, FP), np.where(y == 1, FN, TN))
    return np.bincount(ids * 4 + cell, minlength=groups * 4).reshape(groups, 4)


def rate_of(cells: np.ndarray, rate: str) -> np.ndarray:
    """Return a rate of cells of shape (..., 4), shape (...); NaN where nothing is below the line."""
    above, below = RATES[rate]
    total = cells[..., below].sum(axis=-1)
    counted = cells[..., above].sum(axis=-1)
    return np.where(total > 0, counted / np.maximum(total, 1), np.nan)


def resample(cells: np.ndarray, *, times: int, confidence: float, seed: int) -> Draws:
    """Draw whole tables anew and compute every rate of every group in each.

    Resampling rows with replacement is one multinomial draw over all cells of all groups, which is what makes ten
    thousand resamples cheap. Groups are drawn in the order of their counts, so that their names play no part.

    Args:
        cells: shape (groups, 4), at least one row in all.
        times: how many resamples.
        confidence: coverage of the intervals.
        seed: seed of the draw; the same counts and seed give the same draws.
    """
    if not len(cells):
        return Draws(cells, {rate: np.empty((times, 0)) for rate in RATES}, confidence)
    order = np.lexsort(cells.T[::-1])
    shares = cells[order].reshape(-1) / cells.sum()
    drawn = np.random.default_rng(seed).multinomial(int(cells.sum()), shares, size=times)
    drawn = drawn.reshape(times, len(cells), 4)[:, np.argsort(order), :]
    return Draws(cells, {rate: rate_of(drawn, rate) for rate in RATES}, confidence)


def spread(draws: Draws, rate: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the resampled ratio (smallest over largest) and difference (largest minus smallest) between groups.

    Only groups whose rate is measurable count. Shapes (resamples,); NaN where fewer than two groups have the rate in
    a resample, and for a ratio where the largest rate is zero.
    """
    values = draws.resampled[rate][:, draws.measurable(rate)]
    known = ~np.isnan(values)
    enough = known.sum(axis=1) >= 2
    if values.shape[1] < 2:
        nothing = np.full(len(values), np.nan)
        return nothing, nothing
    largest = np.where(known, values, -np.inf).max(axis=1)
    smallest = np.where(known, values, np.inf).min(axis=1)
    ratio = np.divide(smallest, largest, out=np.full(len(values), np.nan), where=enough & (largest > 0))
    return ratio, np.where(enough, largest - smallest, np.nan)
