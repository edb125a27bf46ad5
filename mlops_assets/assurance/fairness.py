"""Fairness: how decisions differ between the groups of each protected attribute, and whether by too much.

Holds the report of one bundle and its verdicts. Groups are made in `groups.py` and compared in `comparison.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_assets.assurance.comparison import AttributeFairness, GroupRates, compare_groups
from mlops_assets.assurance.groups import Grouping, cross, group_rows
from mlops_assets.errors import DataError
from mlops_assets.use_case.assurance import Fairness, FairnessLimits
from mlops_assets.use_case.data import Column
from mlops_assets.verdicts import Outcome, Verdict, judge

NO_ATTRIBUTES = (
    "no protected attribute is declared, so there are no groups to compare; mark columns with `sensitive: true`"
)


@dataclass(frozen=True)
class FairnessReport:
    """Everything measured about one bundle's decisions.

    Attributes:
        outcome: NOT_APPLICABLE where no attribute is declared, else None: limits judge the figures.
        reason: why there is nothing to compare, else empty.
        overall: rates of all rows together.
        attributes: comparison by attribute.
        intersection: comparison of all attributes together, None where there are fewer than two or it is off.
        rows, positives: what it was measured on.
        minimum_group, bootstrap, confidence, seed: how.
        fingerprint: bundle that decided.
    """

    outcome: Outcome | None
    reason: str
    overall: GroupRates
    attributes: dict[str, AttributeFairness]
    intersection: AttributeFairness | None
    rows: int
    positives: int
    minimum_group: int
    bootstrap: int
    confidence: float
    seed: int
    fingerprint: str


def measure_fairness(  # noqa: PLR0917 - all six are needed, and the order is that of a sentence
    y: pd.Series | np.ndarray,
    decision: pd.Series | np.ndarray,
    attributes: pd.DataFrame,
    columns: dict[str, Column],
    config: Fairness,
    fingerprint: str,
) -> FairnessReport:
    """Compare decisions between the groups of every column of `attributes`, and of all of them together.

    Args:
        y: true class, 0 or 1, shape (rows,).
        decision: decision, 0 or 1, shape (rows,), rows as in `y`.
        attributes: one column a protected attribute, rows as in `y`; no columns where there are none.
        columns: declarations that carry the labels of codes.
        config: bins, smallest group, resamples.
        fingerprint: bundle that decided.

    Raises:
        DataError: lengths differ, there are no rows, a class is neither 0 nor 1, or an attribute needs bins.
    """
    truth, decided = _classes(y, "true classes"), _classes(decision, "decisions")
    if not len(truth) == len(decided) == len(attributes) or not len(truth):
        raise DataError(
            "true classes, decisions and attributes do not describe the same rows",
            where="fairness",
            expected="three tables of one length, at least one row",
            got=f"{len(truth)}, {len(decided)} and {len(attributes)} rows",
        )
    groupings = {str(name): group_rows(attributes[name], columns.get(str(name)), config) for name in attributes}
    crossed = cross(list(groupings.values())) if config.intersections and len(groupings) > 1 else None
    return FairnessReport(
        outcome=None if groupings else Outcome.NOT_APPLICABLE,
        reason="" if groupings else NO_ATTRIBUTES,
        overall=_overall(truth, decided, config),
        attributes={name: compare_groups(truth, decided, it, config, (name,)) for name, it in groupings.items()},
        intersection=compare_groups(truth, decided, crossed, config, tuple(groupings)) if crossed else None,
        rows=len(truth),
        positives=int(truth.sum()),
        minimum_group=config.minimum_group,
        bootstrap=config.bootstrap,
        confidence=config.confidence,
        seed=config.seed,
        fingerprint=fingerprint,
    )


def _classes(values: pd.Series | np.ndarray, what: str) -> np.ndarray:
    array = np.asarray(values, dtype="float64")
    if not np.isin(array, (0.0, 1.0)).all():
        wrong = array[~np.isin(array, (0.0, 1.0))]
        raise DataError(f"{what} are not all 0 or 1", where="fairness", expected="0 or 1", got=str(wrong[0]))
    return array.astype("int8")


def _overall(truth: np.ndarray, decided: np.ndarray, config: Fairness) -> GroupRates:
    """Return the rates of all rows as of one group, however few they are."""
    whole = Grouping(np.zeros(len(truth), dtype="int64"), ("all rows",))
    return compare_groups(truth, decided, whole, config.model_copy(update={"minimum_group": 1}), ()).groups[0]


def judge_fairness(report: FairnessReport, limits: FairnessLimits) -> tuple[Verdict, ...]:
    """Hold every attribute against every limit that is set, by the interval.

    Intersections are reported and not judged: with dozens of small groups the smallest rate over the largest is near
    zero by chance alone.

    Returns:
        One verdict an attribute and limit, named `ATTRIBUTE: METRIC`; a single one, not applicable, where no
        attribute is declared; none where no limit is set.
    """
    bounds = {
        "demographic_parity_ratio": {"at_least": limits.demographic_parity_ratio},
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
    figure, notes = attribute.metrics[metric], "; ".join(attribute.notes)
    missing = notes or "there is no figure"
    verdict = judge(f"{name}: {metric}", figure.value, low=figure.low, high=figure.high, missing=missing, **bound)
    if verdict.outcome is Outcome.NOT_APPLICABLE or not notes:
        return verdict
    return replace(verdict, reason=f"{verdict.reason} ({notes})")
