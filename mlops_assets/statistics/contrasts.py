"""Contrasts: intervals of the difference and of the ratio of two independent metrics, from the interval of each.

The method recovers the variance of each metric from the end of its interval that matters (MOVER), so it takes the
metrics as they are: shares, means, areas. Add a way to compare two metrics here; an interval of one metric is in
`proportions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_assets.statistics.proportions import Interval
from mlops_assets.statistics.ranking import Floats, divide


@dataclass(frozen=True)
class Estimate:
    """Figures with their intervals at one confidence, each of shape (groups,); NaN where there is none."""

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
