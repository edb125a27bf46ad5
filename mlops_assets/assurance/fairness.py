"""Fairness: how decisions differ between the groups of each protected attribute, and whether by too much.

Holds the report of one bundle and its verdicts. Groups are made in `groups.py` and compared in `comparison.py`.
Sources: 29 CFR 1607.4 D for the ratio of the rates at which groups get the favourable decision; Hardt, Price and
Srebro, "Equality of Opportunity in Supervised Learning", 2016, for equalized odds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_assets.assurance.comparison import PARITY, AttributeFairness, compare_groups
from mlops_assets.assurance.groups import Grouping, cross, group_rows
from mlops_assets.assurance.large_groups import GroupRates
from mlops_assets.assurance.measures import Rows
from mlops_assets.use_case.assurance import Direction, Fairness, FairnessLimits
from mlops_assets.use_case.data import Column
from mlops_assets.verdicts import Outcome, Verdict, judge

NO_ATTRIBUTES = (
    "no protected attribute is declared, so there are no groups to compare; mark columns with `sensitive: true`"
)


@dataclass(frozen=True)
class FairnessReport:
    """Everything measured about one bundle's decisions.

    Attributes:
        reason: why there is nothing to compare, such as that no attribute is declared; else empty.
        selected: name of the decision that selection rates count: the favourable one, or while that is not
            declared the one that predicts the positive class.
        direction_confirmed: whether the YAML declares which outcomes are favourable.
        overall: measures of all rows together.
        attributes: comparison by attribute.
        intersection: comparison of all attributes together, None where there are fewer than two or it is off.
        rows, positives: what it was measured on.
        minimum_group, confidence: how.
        fingerprint: bundle that decided.
    """

    reason: str
    selected: str
    direction_confirmed: bool
    overall: GroupRates
    attributes: dict[str, AttributeFairness]
    intersection: AttributeFairness | None
    rows: int
    positives: int
    minimum_group: int
    confidence: float
    fingerprint: str


@dataclass(frozen=True)
class Scored:
    """Rows with the model's outputs, each of shape (rows,).

    Attributes:
        outcome: true class, 0 or 1.
        probability: calibrated probability of class 1.
        decision: decision, 0 or 1.
    """

    outcome: pd.Series | np.ndarray
    probability: pd.Series | np.ndarray
    decision: pd.Series | np.ndarray


def measure_fairness(  # noqa: PLR0917 - all six are needed, and the order is that of a sentence
    scored: Scored,
    attributes: pd.DataFrame,
    columns: dict[str, Column],
    config: Fairness,
    direction: Direction,
    fingerprint: str,
) -> FairnessReport:
    """Compare decisions between the groups of every column of `attributes`, and of all of them together.

    Args:
        scored: outcomes, probabilities and decisions.
        attributes: one column a protected attribute, rows as in `scored`; no columns where there are none.
        columns: declarations that carry the labels of codes.
        config: bins, smallest group, references, confidence.
        direction: names of the decisions, and which of them is favourable.
        fingerprint: bundle that decided.

    Raises:
        DataError: an attribute needs bins.
    """
    outcome, decision = (np.asarray(each, dtype=np.int8) for each in (scored.outcome, scored.decision))
    rows = Rows(
        outcome,
        decision,
        np.asarray(scored.probability, dtype=np.float64),
        selected=decision == direction.selected,
        ids=np.zeros(len(outcome), dtype=np.int64),
        groups=1,
    )
    whole = config.model_copy(update={"minimum_group": 1})  # All rows are one group, however few they are.
    groupings = {str(name): group_rows(attributes[name], columns.get(str(name)), config) for name in attributes}
    crossed = cross(list(groupings.values())) if config.intersections and len(groupings) > 1 else None
    return FairnessReport(
        reason="" if groupings else NO_ATTRIBUTES,
        selected=direction.decisions[direction.selected],
        direction_confirmed=direction.favourable is not None,
        overall=compare_groups(rows, Grouping(rows.ids, ("all rows",)), whole, direction, ()).groups[0],
        attributes={name: compare_groups(rows, it, config, direction, (name,)) for name, it in groupings.items()},
        intersection=compare_groups(rows, crossed, config, direction, tuple(groupings)) if crossed else None,
        rows=len(rows.outcome),
        positives=int(rows.outcome.sum()),
        minimum_group=config.minimum_group,
        confidence=config.confidence,
        fingerprint=fingerprint,
    )


def judge_fairness(report: FairnessReport, limits: FairnessLimits) -> tuple[Verdict, ...]:
    """Compare every attribute with every limit that is set, by the interval; `measures.py` says what it means.

    Intersections are reported and not compared with limits: there may be dozens of small groups, and no limit says
    which of them it is for.

    Returns:
        One verdict an attribute and limit, named `ATTRIBUTE: METRIC`; a single one, not applicable, where no
        attribute is declared; none where no limit is set.
    """
    bounds = {
        PARITY: {"at_least": limits.demographic_parity_ratio},
        "equalized_odds_difference": {"at_most": limits.equalized_odds_difference},
    }
    bounds = {name: bound for name, bound in bounds.items() if None not in bound.values()}
    if bounds and not report.attributes:
        return (Verdict("fairness", Outcome.NOT_APPLICABLE, report.reason),)
    return tuple(
        _judge_attribute(name, metric, attribute, bound)
        for name, attribute in report.attributes.items()
        for metric, bound in bounds.items()
    )


def _judge_attribute(name: str, metric: str, attribute: AttributeFairness, bound: dict[str, float | None]) -> Verdict:
    value, remarks = attribute.metrics[metric], attribute.remarks(metric)
    missing = remarks or "there is no value"
    verdict = judge(f"{name}: {metric}", value, missing=missing, **bound)
    if verdict.outcome is Outcome.NOT_APPLICABLE or not remarks:
        return verdict
    return replace(verdict, reason=f"{verdict.reason} ({remarks})")
