"""Intervals in closed form, for one group or many, that hold for small groups and for 0 of n.

Holds score intervals of shares and of the area under the ROC curve, which take the variance at the value that is
tested, so that a rate of 0 of 12 has an interval of positive width. Holds the intervals of the difference and of the
ratio of two independent metrics as well: they recover the variance of each from the end of its interval that matters
(MOVER), and so take any metrics: shares, means, areas. All but `wilson`, which is of one share, take arrays of shape
(groups,); what is undefined is NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from mlops_assets.statistics.ranking import Floats, divide

Interval = tuple[Floats, Floats]
"""Lower and upper ends, each of shape (groups,)."""

_HALVINGS = 60  # Of an interval no wider than 1: to the last digit of a float.


def normal_quantile(tail: float) -> float:
    """Return the value that a standard normal variable exceeds with probability `tail`.

    >>> round(normal_quantile(0.025), 3)
    1.96
    """
    return -NormalDist().inv_cdf(tail)


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided score interval of one share (Wilson 1927).

    Args:
        successes: how many of `n`, 0 to `n`; need not be whole.
        n: number of independent rows; both ends are NaN without any.
        confidence: between 0 and 1.
    """
    low, high = wilson_bounds(np.array([successes]), np.array([n]), normal_quantile((1 - confidence) / 2))
    return float(low[0]), float(high[0])


def wilson_bounds(hits: Floats, trials: Floats, z: float) -> Interval:
    """Return the score interval of each share `hits` / `trials` (Wilson 1927), NaN where there are no trials.

    Args:
        hits: counts from 0 to `trials`.
        trials: counts.
        z: normal quantile of one end, 1.96 for 95 %.
    """
    share, part = divide(hits, trials), divide(np.full_like(trials, z**2, dtype=np.float64), trials)
    centre = share + part / 2
    half = np.sqrt(part * (share * (1 - share) + part / 4))
    # Rounding must not move an end past the share.
    low, high = (centre - half) / (1 + part), (centre + half) / (1 + part)
    return np.clip(low, 0, share), np.clip(high, share, 1)


def auc_interval(value: Floats, positives: Floats, negatives: Floats, z: float) -> Interval:
    """Return the score interval of an area under the ROC curve (Newcombe 2006, method 5), NaN without both classes.

    The variance is that of Hanley and McNeil (1982) at the value that is tested, with both classes of their mean
    size. Where the area is 1 it is not zero, as that of DeLong and of a bootstrap is.

    Args:
        value: area under the ROC curve.
        positives: rows of the positive class.
        negatives: rows of the negative class.
        z: normal quantile of one end.
    """
    half = (positives + negatives) / 2 - 1

    def outside(area: Floats) -> np.ndarray:
        spread = 1 + half * ((1 - area) / (2 - area) + area / (1 + area))
        return (value - area) ** 2 > z**2 * area * (1 - area) * divide(spread, positives * negatives)

    known = np.where((positives > 0) & (negatives > 0), value, np.nan)
    return _crossing(outside, np.zeros_like(known), known), _crossing(outside, np.ones_like(known), known)


def _crossing(outside: Callable[[Floats], np.ndarray], outer: Floats, inner: Floats) -> Floats:
    """Return where a condition that holds at `outer` ends on the way to `inner`."""
    for _ in range(_HALVINGS):
        middle = (outer + inner) / 2
        beyond = outside(middle)
        outer, inner = np.where(beyond, middle, outer), np.where(beyond, inner, middle)
    return inner


@dataclass(frozen=True)
class Estimate:
    """Metrics with their intervals at one confidence, each of shape (groups,); NaN where there is none."""

    value: Floats
    low: Floats
    high: Floats

    def __getitem__(self, index: np.ndarray) -> Estimate:
        """Return the metrics at some positions."""
        return Estimate(self.value[index], self.low[index], self.high[index])


def difference_interval(first: Estimate, second: Estimate) -> Interval:
    """Return the interval of `first` minus `second` (Zou and Donner 2008; of shares with Wilson's, Newcombe 1998)."""
    gap = first.value - second.value
    below = np.hypot(first.value - first.low, second.high - second.value)
    above = np.hypot(first.high - first.value, second.value - second.low)
    return gap - below, gap + above


def ratio_interval(first: Estimate, second: Estimate) -> Interval:
    """Return the interval of `first` over `second`, two metrics that are not negative (Donner and Zou 2012).

    The lower end is 0 where the first metric is 0, the upper end infinite where the interval of the second begins at
    0. NaN where a metric is.
    """
    product = first.value * second.value
    weakest, strongest = first.low * (2 * first.value - first.low), first.high * (2 * first.value - first.high)
    largest, least = second.high * (2 * second.value - second.high), second.low * (2 * second.value - second.low)
    unknown = np.isnan(product)
    low = divide(weakest, product + np.sqrt(np.maximum(product**2 - weakest * largest, 0)))
    high = divide(product + np.sqrt(np.maximum(product**2 - strongest * least, 0)), least)
    low = np.where(np.isnan(low), 0.0, low)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, np.where(np.isnan(high), np.inf, high))
