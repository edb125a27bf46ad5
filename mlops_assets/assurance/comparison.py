"""The comparison of one set of groups: rates of each, gaps between them, and what had to be left out.

Point values are fairlearn's (`MetricFrame`); intervals are percentile bootstraps over confusion cells (`rates.py`),
because `MetricFrame(n_boot=...)` takes half a minute for what takes a hundredth of a second here. Add a figure of the
comparison to `use_case.metrics.FAIRNESS` and to `_metrics`.

Limits of the method. The smallest over the largest of several rates is an extreme, and resampling adds spread to each
rate: the interval of a ratio leans towards inequality, the more so the more and the smaller the groups, until the
point value lies outside of it. It errs on the side of caution and is not corrected. A gap says nothing about its
cause. Sources: Hardt, Price and Srebro, "Equality of Opportunity in Supervised Learning", 2016, for equalized odds;
29 CFR 1607.4 D for the ratio of selection rates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_assets.assurance.groups import Grouping
from mlops_assets.assurance.rates import RATES, Draws, count_cells, resample, spread
from mlops_assets.errors import listing
from mlops_assets.use_case.assurance import Fairness
from mlops_assets.verdicts import Figure

SHOWN_GROUPS = 40
_TITLES = {"selection_rate": "selection rate", "tpr": "true positive rate", "fpr": "false positive rate"}


@dataclass(frozen=True)
class GroupRates:
    """The rates of one group; a figure without a value could not be measured.

    Attributes:
        label: name of the group.
        n: rows.
        positives: rows whose true class is positive.
        selected: rows with a positive decision.
        selection_rate, tpr, fpr: share selected of all, of the positives, of the negatives.
    """

    label: str
    n: int
    positives: int
    selected: int
    selection_rate: Figure
    tpr: Figure
    fpr: Figure


@dataclass(frozen=True)
class SmallGroup:
    """A group below the minimum size: named, and left out of every figure."""

    label: str
    n: int


@dataclass(frozen=True)
class AttributeFairness:
    """The comparison of the groups of one attribute, or of several together.

    Attributes:
        attributes: the columns that make the groups.
        groups: groups of at least the minimum size, in declared order; the largest first where several attributes
            make them. At most `SHOWN_GROUPS` are kept here; all of them enter the metrics.
        metrics: figures of `use_case.metrics.FAIRNESS` by name; without a value where they cannot be had.
        small_groups: groups below the minimum size, the largest first, as many at most.
        groups_in_all: how many groups occur.
        notes: what a reader must know, such as why a figure is missing.
    """

    attributes: tuple[str, ...]
    groups: tuple[GroupRates, ...]
    metrics: dict[str, Figure]
    small_groups: tuple[SmallGroup, ...]
    groups_in_all: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Gap:
    """A gap between groups: its value on the rows and in each resample, NaN where it does not exist."""

    point: float
    draws: np.ndarray

    def worse(self, other: _Gap, pick: Callable[..., np.ndarray]) -> _Gap:
        return _Gap(float(pick(self.point, other.point)), pick(self.draws, other.draws))


@dataclass(frozen=True)
class _Compared:
    """One rate: its value by position of the group, and the gaps between the groups."""

    by_group: dict[int, float]
    ratio: _Gap
    difference: _Gap


def compare_groups(
    y: np.ndarray, decision: np.ndarray, grouping: Grouping, config: Fairness, attributes: tuple[str, ...]
) -> AttributeFairness:
    """Return rates and gaps of the groups that are large enough, and the names of those that are not.

    Args:
        y: true class, 0 or 1, shape (rows,), at least one row.
        decision: decision, 0 or 1, shape (rows,).
        grouping: group of each row.
        config: smallest group, resamples, coverage and seed.
        attributes: columns that make the groups.
    """
    sizes = np.bincount(grouping.ids, minlength=len(grouping.labels))
    large = np.flatnonzero(sizes >= config.minimum_group)
    kept = np.isin(grouping.ids, large)
    y, decision, ids = y[kept], decision[kept], np.searchsorted(large, grouping.ids[kept])
    cells = count_cells(y, decision, ids, len(large))
    draws = resample(cells, times=config.bootstrap, confidence=config.confidence, seed=config.seed)
    compared = {rate: _compare(rate, y, decision, ids, draws) for rate in RATES}
    labels = [grouping.labels[i] for i in large]
    by_size = len(attributes) > 1
    order = sorted(range(len(large)), key=lambda i: (-sizes[large[i]], labels[i])) if by_size else range(len(large))
    small = _small_groups(grouping, sizes, config.minimum_group)
    metrics = _metrics(compared, draws)
    return AttributeFairness(
        attributes=attributes,
        groups=tuple(_group_rates(labels[i], i, compared, draws) for i in list(order)[:SHOWN_GROUPS]),
        metrics=metrics,
        small_groups=small[:SHOWN_GROUPS],
        groups_in_all=len(grouping.labels),
        notes=tuple(_notes(labels, small, draws, metrics, config.minimum_group)),
    )


def _compare(rate: str, y: np.ndarray, decision: np.ndarray, ids: np.ndarray, draws: Draws) -> _Compared:
    """Measure one rate over the groups that have it: fairlearn would call the rate of an empty class zero."""
    from fairlearn import metrics

    ratios, differences = spread(draws, rate)
    measurable = draws.measurable(rate)
    if not measurable.any():
        return _Compared({}, _Gap(np.nan, ratios), _Gap(np.nan, differences))
    functions = {
        "selection_rate": metrics.selection_rate,
        "tpr": metrics.true_positive_rate,
        "fpr": metrics.false_positive_rate,
    }
    rows = measurable[ids]
    groups = pd.Series(ids[rows], name="group")  # fairlearn squeezes the array of a single row to no dimension
    frame = metrics.MetricFrame(
        metrics=functions[rate], y_true=y[rows], y_pred=decision[rows], sensitive_features=groups
    )
    several = measurable.sum() > 1
    return _Compared(
        {int(group): float(value) for group, value in frame.by_group.items()},
        _Gap(float(frame.ratio(method="between_groups")) if several else np.nan, ratios),
        _Gap(float(frame.difference(method="between_groups")) if several else np.nan, differences),
    )


def _group_rates(label: str, group: int, compared: dict[str, _Compared], draws: Draws) -> GroupRates:
    figures = {rate: _rate_figure(rate, group, compared, draws) for rate in RATES}
    tp, fp, fn, tn = (int(count) for count in draws.cells[group])
    return GroupRates(label, tp + fp + fn + tn, tp + fn, tp + fp, **figures)


def _rate_figure(rate: str, group: int, compared: dict[str, _Compared], draws: Draws) -> Figure:
    if group not in compared[rate].by_group:
        return Figure(None)
    return Figure(compared[rate].by_group[group], *draws.interval(draws.resampled[rate][:, draws.twins[group]]))


def _metrics(compared: dict[str, _Compared], draws: Draws) -> dict[str, Figure]:
    """Return the figures of `use_case.metrics.FAIRNESS` by name."""
    selection, tpr, fpr = compared["selection_rate"], compared["tpr"], compared["fpr"]
    gaps = {
        "demographic_parity_ratio": selection.ratio,
        "demographic_parity_difference": selection.difference,
        "equalized_odds_ratio": tpr.ratio.worse(fpr.ratio, np.minimum),
        "equalized_odds_difference": tpr.difference.worse(fpr.difference, np.maximum),
        "tpr_gap": tpr.difference,
        "fpr_gap": fpr.difference,
    }
    return {name: _gap_figure(gap, draws) for name, gap in gaps.items()}


def _gap_figure(gap: _Gap, draws: Draws) -> Figure:
    low, high = draws.interval(gap.draws)
    return Figure(None) if low is None or np.isnan(gap.point) else Figure(gap.point, low, high)


def _small_groups(grouping: Grouping, sizes: np.ndarray, minimum: int) -> tuple[SmallGroup, ...]:
    found = [SmallGroup(grouping.labels[i], int(sizes[i])) for i in np.flatnonzero(sizes < minimum)]
    return tuple(sorted(found, key=lambda group: (-group.n, group.label)))


def _notes(
    labels: list[str], small: tuple[SmallGroup, ...], draws: Draws, metrics: dict[str, Figure], minimum: int
) -> list[str]:
    """Return in words what was left out and why."""
    notes = []
    if small:
        named = listing(f"{group.label} ({group.n})" for group in small)
        notes.append(f"left out, for they have fewer than {minimum} rows: {named}")
    if len(labels) < 2:
        notes.append(f"fewer than two groups have at least {minimum} rows, so there is nothing to compare")
        return notes
    for rate, title in _TITLES.items():
        lacking = [label for label, known in zip(labels, draws.measurable(rate), strict=True) if not known]
        if lacking:
            notes.append(f"too few rows of the class for a {title}: {listing(lacking)}")
    if metrics["demographic_parity_ratio"].value is None:
        notes.append("nobody is selected, or too few for a ratio of selection rates")
    return notes
