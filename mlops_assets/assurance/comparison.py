"""The comparison of one set of groups: measures of each, gaps between them, and what had to be left out.

What is measured, and how gaps are judged, is in `measures.py`; here they become one record. A gap says nothing
about its cause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_assets.assurance.groups import Grouping
from mlops_assets.assurance.large_groups import GroupRates, LargeGroups, measure_large, rate_groups
from mlops_assets.assurance.measures import GAPS, Rows, measure_gap, selection_rates
from mlops_assets.errors import listing
from mlops_assets.formatting import estimate_text, number_text
from mlops_assets.use_case.assurance import Direction, Fairness
from mlops_assets.use_case.metrics import GROUP_MEASURES
from mlops_assets.verdicts import MetricValue

SHOWN_GROUPS = 40
PARITY = "demographic_parity_ratio"


@dataclass(frozen=True)
class SmallGroup:
    """A group below the minimum size: named, and left out of every metric."""

    label: str
    n: int


@dataclass(frozen=True)
class AttributeFairness:
    """The comparison of the groups of one attribute, or of several together.

    Attributes:
        attributes: the columns that make the groups.
        reference: the group that the others are shown against: the declared one, else the one that is selected most;
            none where fewer than two groups are measured, or the declared one is not.
        groups: groups of at least the minimum size, in declared order; the largest first where several attributes
            make them. At most `SHOWN_GROUPS` are kept here; all of them enter the metrics.
        metrics: those of `use_case.metrics.FAIRNESS` by name; without a value where they are undefined.
        details: about a metric, by its name: the pair of groups that it is about, or why there is none.
        either_direction: while the direction is not declared, what the ratio of selection rates would be if a
            decision were the favourable one, by name of the decision; else empty.
        small_groups: groups below the minimum size, the largest first, as many at most.
        unjudged_groups, unjudged_rows: how many groups are below the minimum size, and their rows.
        notes: what a reader must know of all metrics, such as which groups were not judged.
    """

    attributes: tuple[str, ...]
    reference: str | None
    groups: tuple[GroupRates, ...]
    metrics: dict[str, MetricValue]
    details: dict[str, str]
    either_direction: dict[str, MetricValue]
    small_groups: tuple[SmallGroup, ...]
    unjudged_groups: int
    unjudged_rows: int
    notes: tuple[str, ...]

    def remarks(self, metric: str) -> str:
        """Return the remarks on one metric in words; empty where there are none."""
        return "; ".join([*([self.details[metric]] if metric in self.details else []), *self.notes])


def compare_groups(
    rows: Rows, grouping: Grouping, config: Fairness, direction: Direction, attributes: tuple[str, ...]
) -> AttributeFairness:
    """Return measures and gaps of the groups that are large enough, and the names of those that are not.

    Args:
        rows: what is known of each row, at least one row; its groups are set here.
        grouping: group of each row, and the declared reference.
        config: smallest group, confidence.
        direction: names of the decisions, and which of them is favourable.
        attributes: columns that make the groups.
    """
    large = measure_large(rows, grouping, config)
    order = list(range(len(large.labels)))
    if len(attributes) > 1:
        order.sort(key=lambda i: (-large.sizes[i], large.labels[i]))
    metrics, details = _metrics(large)
    either: dict[str, MetricValue] = {}
    if direction.favourable is None and attributes:
        own = large.rows
        rates = {name: selection_rates(own, own.decision == code) for code, name in enumerate(direction.decisions)}
        either = {name: measure_gap("ratio", [one], large.pairs, large.confidence)[0] for name, one in rates.items()}
        metrics[PARITY], details[PARITY] = MetricValue(None), _unconfirmed(either)
    counted = zip(grouping.labels, np.bincount(grouping.ids, minlength=len(grouping.labels)).tolist(), strict=True)
    found = [SmallGroup(label, n) for label, n in counted if n < config.minimum_group]
    small = tuple(sorted(found, key=lambda group: (-group.n, group.label)))
    return AttributeFairness(
        attributes=attributes,
        reference=None if large.reference is None else large.labels[large.reference],
        groups=rate_groups(large, order[:SHOWN_GROUPS], confirmed=direction.favourable is not None),
        metrics=metrics,
        details=details,
        either_direction=either,
        small_groups=small[:SHOWN_GROUPS],
        unjudged_groups=len(small),
        unjudged_rows=sum(group.n for group in small),
        notes=tuple(_notes(large, small, grouping, config.minimum_group)),
    )


def _metrics(large: LargeGroups) -> tuple[dict[str, MetricValue], dict[str, str]]:
    """Return the metrics of `use_case.metrics.FAIRNESS` by name, and the remark on each."""
    values, details = {}, {}
    for name, (kind, measures) in GAPS.items():
        measured = [large.measured[measure] for measure in measures]
        values[name], pair = measure_gap(kind, measured, large.pairs, large.confidence)
        said = []
        if pair:
            said = [f"the worst pair is {large.labels[pair[0]]!r} against {large.labels[pair[1]]!r}"]
        elif len(large.pairs):
            none = "no row is selected in any compared group"
            said = [none if name == PARITY else "no pair of groups has both rates"]
        said += [_lacking(large, measure) for measure in measures]
        details[name] = "; ".join(filter(None, said))
    return values, {name: text for name, text in details.items() if text}


def _lacking(large: LargeGroups, measure: str) -> str:
    """Return in words which groups a measure does not exist for: the rate of an empty class is not 0."""
    absent = np.flatnonzero(np.isnan(large.measured[measure].value))
    named = listing([large.labels[i] for i in absent], 5)
    return f"no {GROUP_MEASURES[measure].title} in {named}" if len(absent) else ""


def _unconfirmed(either: dict[str, MetricValue]) -> str:
    values = [
        f"{estimate_text(value.value, value.low, value.high)} if {name!r} is the favourable decision"
        for name, value in either.items()
        if value.value is not None
    ]
    return (
        f"direction unconfirmed{': ' if values else ''}{', '.join(values)}; declare the outcomes that are favourable "
        "to the person in assurance.fairness.favourable"
    )


def _notes(large: LargeGroups, small: tuple[SmallGroup, ...], grouping: Grouping, minimum: int) -> list[str]:
    """Return in words what was left out of every metric, and why."""
    notes = []
    if small:
        named = listing([f"{group.label} ({group.n})" for group in small], 5)
        groups = "1 group" if len(small) == 1 else f"{len(small)} groups"
        rows = sum(group.n for group in small)
        notes.append(f"{groups} not judged, {number_text(rows)} rows, each smaller than {minimum} rows: {named}")
    if large.rows.groups < 2:
        notes.append(f"fewer than two groups have at least {minimum} rows, so there is nothing to compare")
    elif large.declared and large.reference is None:
        count = "no rows" if grouping.reference is None else f"fewer than {minimum} rows"
        notes.append(f"the declared reference group has {count}, so there is nothing to compare with")
    return notes
