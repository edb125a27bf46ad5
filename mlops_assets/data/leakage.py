"""Leakage: columns that are nearly the target, found by their values and never by their names.

A column that reveals the outcome was usually recorded after it. Each column is examined alone: does its order, its
codes or its gaps separate positive from negative rows? Codes are scored by rates that were learned on other rows, so
that an identifier of ten thousand codes predicts nothing. Whether a finding is a leak is a person's decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_assets.errors import listing
from mlops_assets.formatting import number_text
from mlops_assets.statistics.folds import FOLDS, cross_fitted, deal_rows
from mlops_assets.statistics.proportions import wilson
from mlops_assets.statistics.ranking import Floats, Labels, area
from mlops_assets.values import in_order
from mlops_assets.verdicts import Outcome, Verdict, limit_words

Kind = Literal["copy", "complement", "order", "codes", "missing"]

LIMIT = 0.98
"""Area under the ROC curve of a single column above which it is nearly the target."""
SURE = 0.8
"""Lower confidence limit of that area from which a finding does not rest on too few rows."""
FEWEST = 5
"""Rows of each class below which a column is not examined."""
_LIMITS = limit_words(None, 0.0)
_BINS = 50
_REPEATED = 5
_SEED = 20_050_402


@dataclass(frozen=True)
class Leak:
    """One column that is nearly the target.

    Attributes:
        column: its name.
        kind: how it reveals the target: `copy` (two values, one each class), `complement` (two values, the larger one
            where the target is negative), `order` (its order), `codes` (the rate of each of its codes or ranges,
            learned on other rows), `missing` (whether it has a value).
        auc: area under the ROC curve of the column alone, in the better direction, 0.5 to 1.
        low: lower end of its 95 % interval.
        rows: rows that it was measured on, those without a value left out where `kind` is not `missing`.
        positives: positive rows among them.
        is_certain: whether there are enough rows of both classes to rule out luck.
        sentence: the finding in words.
    """

    column: str
    kind: Kind
    auc: float
    low: float
    rows: int
    positives: int
    is_certain: bool
    sentence: str


@dataclass(frozen=True)
class LeakageReport:
    """What was found on the training rows.

    Attributes:
        findings: at most one a column, in the order of the columns.
        columns: how many columns were examined.
        rows, positives: rows that they were examined on, and the positive ones among them.
    """

    findings: tuple[Leak, ...]
    columns: int
    rows: int
    positives: int


def find_leaks(
    frame: pd.DataFrame, positive: Labels, columns: Iterable[str], groups: pd.Series | None = None
) -> LeakageReport:
    """Return the columns that are nearly the target.

    Args:
        frame: training rows, values as validation types them.
        positive: shape (rows,), 1 where the target is positive, else 0.
        columns: names of the columns to examine: those that a model may see.
        groups: group of each row where rows come in groups that are kept whole; codes are then scored on rows of
            other groups.
    """
    names = tuple(columns)
    y = np.asarray(positive, dtype=np.int8)
    clusters = None if groups is None else pd.factorize(groups, use_na_sentinel=False)[0]
    folds = deal_rows(y, clusters, np.random.default_rng(_SEED), FOLDS)
    found = tuple(leak for name in names if (leak := _examine(name, frame[name], y, folds)) is not None)
    return LeakageReport(found, len(names), len(y), int(y.sum()))


def judge_leakage(report: LeakageReport) -> Verdict:
    """Fail where a column is nearly the target; uncertain where too few rows show it; not applicable below `FEWEST`."""
    name = "no_leakage"
    smaller = min(report.positives, report.rows - report.positives)
    if report.columns == 0 or smaller < FEWEST:
        reason = (
            f"{report.columns} columns cannot be tested against {report.positives} positive rows of {report.rows}: at "
            f"least {FEWEST} rows of each class are needed"
        )
        return Verdict(name, Outcome.NOT_APPLICABLE, reason, limit=0.0, limits=_LIMITS)
    if not report.findings:
        reason = f"none of {report.columns} columns is nearly the target, by {number_text(report.rows)} training rows"
        return Verdict(name, Outcome.PASSED, reason, value=0.0, limit=0.0, limits=_LIMITS)
    certain = any(leak.is_certain for leak in report.findings)
    text = listing((leak.sentence for leak in report.findings), 10)
    advice = "check when each is known: a column that is known only after the outcome belongs in features.exclude"
    outcome = Outcome.FAILED if certain else Outcome.UNCERTAIN
    return Verdict(name, outcome, f"{text}; {advice}", value=float(len(report.findings)), limit=0.0, limits=_LIMITS)


def _examine(name: str, values: pd.Series, y: Labels, folds: npt.NDArray[np.int64]) -> Leak | None:
    known = values.notna().to_numpy()
    if not known.all() and known.any() and _is_enough(y):
        value = _either_way(y, (~known).astype("float64"))
        if value > LIMIT:
            where = "positive" if known[y == 1].mean() > known[y == 0].mean() else "negative"
            words = f"{name!r} has a value where the target is {where}, and none where it is not"
            return _leak(name, "missing", value, y, words)
    return _examine_known(name, values[known], y[known], folds[known]) if _is_enough(y[known]) else None


def _examine_known(name: str, values: pd.Series, y: Labels, folds: npt.NDArray[np.int64]) -> Leak | None:
    has_order = pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values)
    has_order = has_order or bool(values.map(type).isin((int, float)).all())
    codes, distinct = pd.factorize(values, sort=has_order)  # ranks, ties alike, where the values have an order
    if len(distinct) == 2:
        return _two_valued(name, codes, distinct, y)
    if has_order:
        value = _either_way(y, codes.astype("float64"))
        if value > LIMIT:
            return _leak(name, "order", value, y, f"the order of {name!r} alone separates the classes of the target")
        codes = _ranges(codes) if len(values) < _REPEATED * len(distinct) else codes
    value = area(y, cross_fitted(codes, y, folds, int(codes.max()) + 1, smoothing=1.0))
    if value <= LIMIT:
        return None
    words = f"the target is nearly a function of {name!r}"
    if codes.max() >= _BINS:
        words += (
            f", whose {len(distinct)} values repeat: where each names one person or thing, write data.splits.method: "
            "grouped"
        )
    return _leak(name, "codes", value, y, words)


def _two_valued(name: str, codes: npt.NDArray[np.int64], distinct: pd.Index, y: Labels) -> Leak | None:
    ordered = in_order(distinct.tolist())
    is_larger = (codes == distinct.get_loc(ordered[1])).astype("float64")
    straight = area(y, is_larger)
    value = max(straight, 1 - straight)
    if value <= LIMIT:
        return None
    positive, negative = (ordered[1], ordered[0]) if straight > 0.5 else (ordered[0], ordered[1])
    kind: Kind = "copy" if straight > 0.5 else "complement"
    words = f"{name!r} is {positive!r} where the target is positive and {negative!r} where it is not"
    return _leak(name, kind, value, y, words)


def _leak(name: str, kind: Kind, value: float, y: Labels, words: str) -> Leak:
    """Return the finding; its interval treats the rows of the smaller class as trials, which is cautious."""
    positives, rows = int(y.sum()), len(y)
    smaller = min(positives, rows - positives)
    low, _ = wilson(value * smaller, smaller)
    # Two values that fit two classes in every row are no matter of degree, as an order is.
    is_certain = low >= SURE or (kind in ("copy", "complement") and value == 1.0)
    doubt = "" if is_certain else "; too few rows to be sure"
    counts = f"{number_text(rows)} rows, {number_text(positives)} positive"
    sentence = f"{words} (AUC {number_text(value)}, 95 % interval from {number_text(low)}; {counts}{doubt})"
    return Leak(name, kind, value, low, rows, positives, is_certain, sentence)


def _is_enough(y: Labels) -> bool:
    positives = int(y.sum())
    return min(positives, len(y) - positives) >= FEWEST


def _either_way(y: Labels, scores: Floats) -> float:
    straight = area(y, scores)
    return max(straight, 1 - straight)


def _ranges(ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the range of each rank: ranges of as many rows each as ties allow."""
    counts = np.bincount(ranks)
    before = np.cumsum(counts) - counts
    return np.asarray(before[ranks] * _BINS // len(ranks), dtype=np.int64)
