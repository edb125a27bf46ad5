"""Measures of groups: what is published of each group of people.

The comparison of groups knows the measures only by name. To measure another kind of task, add a function beside
`measure_groups`. Point values of rates are fairlearn's; their intervals are in `statistics/`. Which groups there are is
the business of `groups.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_assets.statistics.contrasts import Estimate
from mlops_assets.statistics.proportions import Interval, auc_interval, wilson_bounds
from mlops_assets.statistics.ranking import Floats, area, divide

Mask = npt.NDArray[np.bool_]
Metric = Callable[[npt.ArrayLike, npt.ArrayLike], float]
"""A function of true and of predicted classes, as fairlearn and scikit-learn have them."""


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
        value: share by group, NaN where there are no trials.
        trials: rows below the line, by group.
    """

    value: Floats
    trials: Floats

    def interval(self, z: float) -> Interval:
        """Return Wilson's interval."""
        return wilson_bounds(np.rint(self.value * self.trials), self.trials, z)


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


def selection_rates(rows: Rows, selected: Mask) -> Share:
    """Return the share of rows that are selected, by group."""
    from fairlearn.metrics import selection_rate

    return _shares(rows, selected, {"selected": (selection_rate, np.ones(len(rows.ids), dtype=bool))})["selected"]


def _class_rates(rows: Rows) -> dict[str, Share]:
    from fairlearn.metrics import false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import precision_score

    rates: dict[str, tuple[Metric, Mask]] = {
        "base_rate": (lambda true, _decided: selection_rate(true, true), np.ones(len(rows.ids), dtype=bool)),
        "tpr": (true_positive_rate, rows.outcome == 1),
        "fpr": (false_positive_rate, rows.outcome == 0),
        "ppv": (lambda true, decided: precision_score(true, decided, zero_division=np.nan), rows.decision == 1),
    }
    return _shares(rows, rows.decision, rates)


def _shares(rows: Rows, predicted: npt.NDArray[Any], rates: dict[str, tuple[Metric, Mask]]) -> dict[str, Share]:
    """Return metrics of true and predicted classes by group, each with the mask of the rows that it is a share of."""
    from fairlearn.metrics import MetricFrame

    trials = {name: rows.total(among) for name, (_, among) in rates.items()}
    if not len(rows.ids):
        return {name: Share(np.full(rows.groups, np.nan), trials[name]) for name in rates}
    frame = MetricFrame(
        metrics={name: metric for name, (metric, _) in rates.items()},
        y_true=rows.outcome,
        y_pred=predicted,
        sensitive_features=pd.Series(rows.ids, name="group"),  # An array of one row is squeezed into a number.
    )
    found = frame.by_group.reindex(range(rows.groups)).astype(np.float64)
    # Where a class is empty its rate does not exist; fairlearn says 0.
    return {name: Share(np.where(trials[name] > 0, found[name], np.nan), trials[name]) for name in rates}


def _area(rows: Rows) -> Measured:
    values = np.full(rows.groups, np.nan)
    for group in range(rows.groups):
        own = rows.ids == group
        values[group] = area(rows.outcome[own], rows.probability[own])
    positives = rows.total(rows.outcome)
    return _Area(values, positives, rows.total(1 - rows.outcome))


def _events(rows: Rows) -> Measured:
    return _Events(rows.total(rows.outcome), rows.total(rows.probability), rows.total(np.ones(len(rows.ids))))


def measure_groups(rows: Rows) -> dict[str, Measured]:
    """Return every measure of every group by name; `use_case.metrics.GROUP_MEASURES` has the titles."""
    return {
        "selection_rate": selection_rates(rows, rows.selected),
        **_class_rates(rows),
        "auc": _area(rows),
        "observed_over_expected": _events(rows),
    }
