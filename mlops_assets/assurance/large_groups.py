"""Groups that are large enough to be measured: what was measured of them, and the record of each that is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlops_assets.assurance.groups import Grouping
from mlops_assets.assurance.measures import Measured, Pairs, Rows, bonferroni, group_pairs, measure_groups
from mlops_assets.statistics.proportions import Estimate, ratio_interval
from mlops_assets.statistics.ranking import divide
from mlops_assets.use_case.assurance import Fairness
from mlops_assets.verdicts import MetricValue, finite_metric


@dataclass(frozen=True)
class LargeGroups:
    """The groups that are large enough.

    Attributes:
        labels: name of each.
        sizes: rows of each.
        rows: their rows.
        measured: every measure of them, by name.
        reference: position of the reference, None where there are fewer than two groups or the declared one is not
            among them.
        declared: whether the reference is declared; else it is the group that is selected most.
        confidence: coverage of intervals.
    """

    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    rows: Rows
    measured: dict[str, Measured]
    reference: int | None
    declared: bool
    confidence: float

    @property
    def pairs(self) -> Pairs:
        """Ordered pairs to compare: with the declared reference, else of all groups; none where it is not measured."""
        if self.declared and self.reference is None:
            return np.empty((0, 2), dtype=np.int64)
        return group_pairs(self.rows.groups, self.reference if self.declared else None)


def measure_large(rows: Rows, grouping: Grouping, config: Fairness) -> LargeGroups:
    """Measure the groups of `grouping` that have at least `config.minimum_group` of the rows."""
    sizes = np.bincount(grouping.ids, minlength=len(grouping.labels))
    large = np.flatnonzero(sizes >= config.minimum_group)
    kept = np.isin(grouping.ids, large)
    own = replace(
        rows,
        outcome=rows.outcome[kept],
        decision=rows.decision[kept],
        probability=rows.probability[kept],
        selected=rows.selected[kept],
        ids=np.searchsorted(large, grouping.ids[kept]),
        groups=len(large),
    )
    measured = measure_groups(own)
    declared = grouping.has_reference
    if declared:
        found = np.flatnonzero(large == grouping.reference)
        reference = int(found[0]) if len(found) and len(large) > 1 else None
    else:
        # The group that is selected most, of equals the largest.
        order = np.lexsort((sizes[large], measured["selection_rate"].value))
        reference = int(order[-1]) if len(large) > 1 else None
    return LargeGroups(
        tuple(grouping.labels[i] for i in large),
        tuple(int(sizes[i]) for i in large),
        own,
        measured,
        reference,
        declared,
        config.confidence,
    )


@dataclass(frozen=True)
class GroupRates:
    """The measures of one group; a metric without a value could not be measured.

    Attributes:
        label: name of the group.
        n: rows.
        positives: rows whose true class is positive.
        selected: rows with the decision that selection rates count.
        adverse_impact_ratio: its selection rate over that of the reference group, with the ends that a verdict is
            read from (`measures.py`); none where the direction is not declared or there is no reference.
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
    plain = {name: one.estimate(z) for name, one in large.measured.items()}
    corrected = large.measured["selection_rate"].estimate(wide)
    positives, selected = large.rows.total(large.rows.outcome), large.rows.total(large.rows.selected)
    impact = _impact(plain["selection_rate"], corrected, large.reference if confirmed else None)
    return tuple(
        GroupRates(
            label=large.labels[i],
            n=large.sizes[i],
            positives=int(positives[i]),
            selected=int(selected[i]),
            adverse_impact_ratio=impact[i],
            measures={name: finite_metric(one.value[i], one.low[i], one.high[i]) for name, one in plain.items()},
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
    return [own if i == reference else finite_metric(ratios[i], low[i], high[i]) for i in range(groups)]
