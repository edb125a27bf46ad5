"""Groups that are large enough to be measured, with what was measured of them and the reference among them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlops_assets.assurance.gaps import Pairs, group_pairs
from mlops_assets.assurance.groups import Grouping
from mlops_assets.assurance.measures import Measured, Rows, measure_groups
from mlops_assets.use_case.assurance import Fairness


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
        reference = _most_selected(measured["selection_rate"].value, own) if len(large) > 1 else None
    return LargeGroups(
        tuple(grouping.labels[i] for i in large),
        tuple(int(sizes[i]) for i in large),
        own,
        measured,
        reference,
        declared,
        config.confidence,
    )


def _most_selected(rates: np.ndarray, rows: Rows) -> int:
    """Return the group that is selected most, of equals the largest."""
    return int(np.lexsort((rows.total(np.ones(len(rows.ids))), rates))[-1])
