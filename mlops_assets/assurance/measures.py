"""Measures of groups of people, and gaps between them with an interval that a verdict can be read from.

The comparison of groups knows the measures only by name. To measure another kind of task, add a function beside
`measure_groups`. Point values of rates are fairlearn's; their intervals are in `statistics/`. `groups.py` makes the
groups.

A gap is the smallest ratio, or the largest difference, over the pairs of groups that are compared. Its interval has
one end for each verdict (both errors at (1 - confidence) / 2, 2.5 % where the confidence is 95 %):

- *Passed* needs every pair within the limit. Each pair is tested at the full level and all of them have to pass, an
  intersection-union test, which needs no correction (Berger 1982).
- *Failed* needs one pair beyond the limit. Many pairs are many chances to be wrong, so each is tested at the level
  divided by their number (Bonferroni).

So one end is the worst of the uncorrected one-sided bounds, the other the worst of the corrected ones, and comparing
this interval with the limit is that pair of tests. It covers the true gap with at least the stated confidence.

Pairs are of every group with the reference where one is declared, else of all groups with each other: a reference
that is chosen for its rate, such as the most favoured group, has a rate that is too high by chance; testing all pairs
avoids that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_assets.statistics.proportions import (
    Estimate,
    Interval,
    auc_interval,
    difference_interval,
    normal_quantile,
    ratio_interval,
    wilson_bounds,
)
from mlops_assets.statistics.ranking import Floats, area, divide
from mlops_assets.verdicts import MetricValue

Mask = npt.NDArray[np.bool_]
Metric = Callable[[npt.ArrayLike, npt.ArrayLike], float]
"""A function of true and of predicted classes, as fairlearn and scikit-learn have them."""


Pairs = npt.NDArray[np.int64]
"""Ordered pairs of groups, shape (pairs, 2)."""

Kind = Literal["ratio", "difference"]
"""How two groups are compared."""

GAPS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "demographic_parity_ratio": ("ratio", ("selection_rate",)),
    "demographic_parity_difference": ("difference", ("selection_rate",)),
    "equalized_odds_ratio": ("ratio", ("tpr", "fpr")),
    "equalized_odds_difference": ("difference", ("tpr", "fpr")),
    "tpr_gap": ("difference", ("tpr",)),
    "fpr_gap": ("difference", ("fpr",)),
}
"""How each metric of `use_case.metrics.FAIRNESS` is made: as a ratio or a difference, of which measures."""


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


@dataclass(frozen=True)
class Measured:
    """One measure of every group.

    Attributes:
        value: values by group, NaN where the measure does not exist.
        interval: from a normal quantile of one end to both ends by group.
    """

    value: Floats
    interval: Callable[[float], Interval]

    def estimate(self, z: float) -> Estimate:
        """Return values and intervals at one normal quantile."""
        return Estimate(self.value, *self.interval(z))


def share(value: Floats, trials: Floats) -> Measured:
    """Return shares of rows by group, NaN where there are no `trials` (rows below the line), with Wilson's interval."""
    return Measured(value, lambda z: wilson_bounds(np.rint(value * trials), trials, z))


def selection_rates(rows: Rows, selected: Mask) -> Measured:
    """Return the share of rows that are selected, by group."""
    from fairlearn.metrics import selection_rate

    return _shares(rows, selected, {"selected": (selection_rate, np.ones(len(rows.ids), dtype=bool))})["selected"]


def _class_rates(rows: Rows) -> dict[str, Measured]:
    from fairlearn.metrics import false_positive_rate, selection_rate, true_positive_rate
    from sklearn.metrics import precision_score

    rates: dict[str, tuple[Metric, Mask]] = {
        "base_rate": (lambda true, _decided: selection_rate(true, true), np.ones(len(rows.ids), dtype=bool)),
        "tpr": (true_positive_rate, rows.outcome == 1),
        "fpr": (false_positive_rate, rows.outcome == 0),
        "ppv": (lambda true, decided: precision_score(true, decided, zero_division=np.nan), rows.decision == 1),
    }
    return _shares(rows, rows.decision, rates)


def _shares(rows: Rows, predicted: npt.NDArray[Any], rates: dict[str, tuple[Metric, Mask]]) -> dict[str, Measured]:
    """Return metrics of true and predicted classes by group, each with the mask of the rows that it is a share of."""
    from fairlearn.metrics import MetricFrame

    trials = {name: rows.total(among) for name, (_, among) in rates.items()}
    if not len(rows.ids):
        return {name: share(np.full(rows.groups, np.nan), trials[name]) for name in rates}
    frame = MetricFrame(
        metrics={name: metric for name, (metric, _) in rates.items()},
        y_true=rows.outcome,
        y_pred=predicted,
        sensitive_features=pd.Series(rows.ids, name="group"),  # An array of one row is squeezed into a number.
    )
    found = frame.by_group.reindex(range(rows.groups)).astype(np.float64)
    # Where a class is empty its rate does not exist; fairlearn says 0.
    return {name: share(np.where(trials[name] > 0, found[name], np.nan), trials[name]) for name in rates}


def _area(rows: Rows) -> Measured:
    values = np.full(rows.groups, np.nan)
    for group in range(rows.groups):
        own = rows.ids == group
        values[group] = area(rows.outcome[own], rows.probability[own])
    positives, negatives = rows.total(rows.outcome), rows.total(1 - rows.outcome)
    return Measured(values, lambda z: auc_interval(values, positives, negatives, z))


def _events(rows: Rows) -> Measured:
    observed, expected = rows.total(rows.outcome), rows.total(rows.probability)
    size = rows.total(np.ones(len(rows.ids)))

    def interval(z: float) -> Interval:
        # As `statistics.calibration.observed_over_expected`: Wilson's interval of the share over the mean probability.
        low, high = wilson_bounds(observed, size, z)
        return divide(low, divide(expected, size)), divide(high, divide(expected, size))

    return Measured(divide(observed, expected), interval)


def measure_groups(rows: Rows) -> dict[str, Measured]:
    """Return every measure of every group by name; `use_case.metrics.GROUP_MEASURES` has the titles."""
    return {
        "selection_rate": selection_rates(rows, rows.selected),
        **_class_rates(rows),
        "auc": _area(rows),
        "observed_over_expected": _events(rows),
    }


def group_pairs(groups: int, reference: int | None) -> Pairs:
    """Return every ordered pair of groups, or only those with the reference; each pair stands in both orders."""
    every = np.argwhere(~np.eye(groups, dtype=bool))
    return every if reference is None else every[(every == reference).any(axis=1)]


def bonferroni(confidence: float, comparisons: int) -> float:
    """Return the normal quantile of one simultaneous bound among `comparisons`."""
    return normal_quantile((1 - confidence) / 2 / max(comparisons, 1))


def measure_gap(
    kind: Kind, measured: Sequence[Measured], pairs: Pairs, confidence: float
) -> tuple[MetricValue, tuple[int, int] | None]:
    """Return the worst ratio or difference over several measures of the same groups, and the pair that has it.

    Where no pair can be compared there is no value, and no pair.

    Groups without the measure are not compared. Both orders of a pair count as one comparison: the two cannot both
    be beyond the limit, and for a limit short of equality one of them is never near it.

    Args:
        kind: whether groups are compared by ratio or by difference.
        measured: measures of the groups.
        pairs: ordered pairs, both orders of each.
        confidence: of the interval.
    """
    compared = [pairs[~np.isnan(one.value[pairs]).any(axis=1)] for one in measured]
    comparisons = sum(map(len, compared)) // 2
    z, corrected = bonferroni(confidence, 1), bonferroni(confidence, comparisons)
    parts = [_contrast(kind, one, kept, z, corrected) for one, kept in zip(measured, compared, strict=True)]
    values, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    if np.isnan(values).all():
        return MetricValue(None), None
    first, second = np.concatenate(compared)[np.nanargmin(values) if kind == "ratio" else np.nanargmax(values)]
    pair = int(first), int(second)
    if kind == "ratio":
        return MetricValue(float(np.nanmin(values)), float(low.min()), float(high.min())), pair
    return MetricValue(float(np.nanmax(values)), max(float(low.max()), 0.0), float(high.max())), pair


def _contrast(
    kind: Kind, measured: Measured, pairs: Pairs, z: float, corrected: float
) -> tuple[Floats, Floats, Floats]:
    """Return value, lower and upper end of each pair: the end that fails a limit is corrected, the other is not."""
    plain, wide = measured.estimate(z), measured.estimate(corrected)
    first, second = pairs.T
    if kind == "ratio":
        values = divide(measured.value[first], measured.value[second])
        return values, ratio_interval(plain[first], plain[second])[0], ratio_interval(wide[first], wide[second])[1]
    values = measured.value[first] - measured.value[second]
    return (
        values,
        difference_interval(wide[first], wide[second])[0],
        difference_interval(plain[first], plain[second])[1],
    )
