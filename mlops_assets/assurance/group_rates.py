"""The record of each group: its measures, and how it stands against the reference group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_assets.assurance.gaps import bonferroni
from mlops_assets.assurance.large_groups import LargeGroups
from mlops_assets.assurance.measures import estimate
from mlops_assets.statistics.contrasts import Estimate, ratio_interval
from mlops_assets.statistics.ranking import divide
from mlops_assets.verdicts import MetricValue


@dataclass(frozen=True)
class GroupRates:
    """The measures of one group; a metric without a value could not be measured.

    Attributes:
        label: name of the group.
        n: rows.
        positives: rows whose true class is positive.
        selected: rows with the decision that selection rates count.
        adverse_impact_ratio: its selection rate over that of the reference group, with the ends that a verdict is
            read from (`gaps.py`); none where the direction is not declared or there is no reference.
        measures: those of `use_case.metrics.GROUP_MEASURES`, each with its own interval.
    """

    label: str
    n: int
    positives: int
    selected: int
    adverse_impact_ratio: MetricValue
    measures: dict[str, MetricValue]


def rate_groups(large: LargeGroups, order: list[int], *, confirmed: bool) -> tuple[GroupRates, ...]:
    """Return the record of the groups at some positions; their impact ratios only where the direction is confirmed."""
    z, comparisons = bonferroni(large.confidence, 1), len(large.pairs) // 2
    wide = bonferroni(large.confidence, comparisons)
    plain = {name: estimate(one, z) for name, one in large.measured.items()}
    corrected = estimate(large.measured["selection_rate"], wide)
    positives, selected = large.rows.total(large.rows.outcome), large.rows.total(large.rows.selected)
    impact = _impact(plain["selection_rate"], corrected, large.reference if confirmed else None)
    return tuple(
        GroupRates(
            label=large.labels[i],
            n=large.sizes[i],
            positives=int(positives[i]),
            selected=int(selected[i]),
            adverse_impact_ratio=impact[i],
            measures={name: _value(one.value[i], one.low[i], one.high[i]) for name, one in plain.items()},
        )
        for i in order
    )


def _impact(plain: Estimate, corrected: Estimate, reference: int | None) -> list[MetricValue]:
    """Return each group's adverse impact ratio; the reference against itself is 1 and has no interval."""
    groups = len(plain.value)
    if reference is None:
        return [MetricValue(None)] * groups
    against = np.full(groups, reference)
    low, high = ratio_interval(plain, plain[against])[0], ratio_interval(corrected, corrected[against])[1]
    ratios = divide(plain.value, plain.value[against])
    own = MetricValue(None if np.isnan(ratios[reference]) else 1.0)
    return [own if i == reference else _value(ratios[i], low[i], high[i]) for i in range(groups)]


def _value(value: float, low: float, high: float) -> MetricValue:
    """Return a metric, without a value where it has none, without ends where one of them is not finite."""
    if not np.isfinite(value):
        return MetricValue(None)
    return (
        MetricValue(float(value), float(low), float(high))
        if np.isfinite([low, high]).all()
        else MetricValue(float(value))
    )
