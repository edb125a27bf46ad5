"""Measures of groups: what is published of each group of people, by the kind of task.

Holds the rows that are measured and one table of measures for each kind of task; the comparison of groups knows only
the table. To measure another kind of task, add its table to `MEASURES`. Which groups there are is the business of
`groups.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.contrasts import Estimate
from mlops_assets.statistics.proportions import Interval, auc_interval, wilson_bounds
from mlops_assets.statistics.ranking import Floats, auc, divide

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """What is known of each row, each of shape (rows,).

    Attributes:
        outcome: true class, 0 or 1.
        decision: decision, 0 or 1.
        probability: calibrated probability of class 1.
        selected: whether the decision is the one that selection rates count.
        ids: position of the row's group, from 0 to `groups` - 1.
        groups: how many groups there are.
    """

    outcome: npt.NDArray[np.int8]
    decision: npt.NDArray[np.int8]
    probability: Floats
    selected: Mask
    ids: npt.NDArray[np.int64]
    groups: int

    def total(self, of: npt.NDArray[np.generic]) -> Floats:
        """Return the sum of `of` over the rows of each group, shape (groups,)."""
        return np.bincount(self.ids, weights=of, minlength=self.groups).astype(np.float64)


class Measured(Protocol):
    """One measure of every group: its values, and their intervals for a normal quantile of one end."""

    @property
    def value(self) -> Floats:
        """Values by group, NaN where the measure does not exist."""
        ...

    def interval(self, z: float) -> Interval:
        """Return both ends by group."""
        ...


def estimate(measured: Measured, z: float) -> Estimate:
    """Return values and intervals of a measure at one normal quantile."""
    return Estimate(measured.value, *measured.interval(z))


@dataclass(frozen=True)
class Share:
    """A share of rows, with Wilson's interval.

    Attributes:
        hits: rows above the line, by group.
        trials: rows below the line, by group.
    """

    hits: Floats
    trials: Floats

    @property
    def value(self) -> Floats:
        """Share by group."""
        return divide(self.hits, self.trials)

    def interval(self, z: float) -> Interval:
        """Return Wilson's interval."""
        return wilson_bounds(self.hits, self.trials, z)


@dataclass(frozen=True)
class _Area:
    value: Floats
    positives: Floats
    negatives: Floats

    def interval(self, z: float) -> Interval:
        return auc_interval(self.value, self.positives, self.negatives, z)


@dataclass(frozen=True)
class _Events:
    observed: Floats
    expected: Floats
    rows: Floats

    @property
    def value(self) -> Floats:
        return divide(self.observed, self.expected)

    def interval(self, z: float) -> Interval:
        # As `statistics.calibration.observed_over_expected`: Wilson's interval of the share over the mean probability.
        mean = divide(self.expected, self.rows)
        low, high = wilson_bounds(self.observed, self.rows, z)
        return divide(low, mean), divide(high, mean)


def share(rows: Rows, above: Mask, among: Mask) -> Share:
    """Return the share of the rows `among` that are `above` as well, by group."""
    return Share(rows.total(above & among), rows.total(among))


def _area(rows: Rows) -> Measured:
    values = np.full(rows.groups, np.nan)
    for group in range(rows.groups):
        own = rows.ids == group
        values[group] = auc(rows.outcome[own], rows.probability[own], np.ones((1, int(own.sum()))))[0]
    positives = rows.total(rows.outcome)
    return _Area(values, positives, rows.total(1 - rows.outcome))


def _events(rows: Rows) -> Measured:
    return _Events(rows.total(rows.outcome), rows.total(rows.probability), rows.total(np.ones(len(rows.ids))))


_BINARY: dict[str, Callable[[Rows], Measured]] = {
    "selection_rate": lambda rows: share(rows, rows.selected, np.ones(len(rows.ids), dtype=bool)),
    "base_rate": lambda rows: share(rows, rows.outcome == 1, np.ones(len(rows.ids), dtype=bool)),
    "tpr": lambda rows: share(rows, rows.decision == 1, rows.outcome == 1),
    "fpr": lambda rows: share(rows, rows.decision == 1, rows.outcome == 0),
    "ppv": lambda rows: share(rows, rows.outcome == 1, rows.decision == 1),
    "auc": _area,
    "observed_over_expected": _events,
}

MEASURES: Mapping[str, Mapping[str, Callable[[Rows], Measured]]] = {"binary_classification": _BINARY}
"""Measures by name, by kind of task; `use_case.metrics.GROUP_MEASURES` has their titles."""
