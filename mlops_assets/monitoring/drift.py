"""Drift: a batch held against the training reference, column by column, by Evidently.

Holds how values are made comparable and how a score becomes "drifted"; what is watched is in `watched.py`, records
and verdict in `drift_record.py`, the talk with Evidently in `evidently_report.py`. Add a method by naming it in
`use_case/monitoring.py`, and in `P_VALUES` where low means drift.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError, listing, nearest
from mlops_assets.formatting import percent_text
from mlops_assets.monitoring.drift_record import P_VALUES, ColumnDrift, DriftReport, DriftResult, judge_drift
from mlops_assets.monitoring.evidently_report import Comparison, compare
from mlops_assets.monitoring.watched import PREDICTION, candidate_columns, prediction_name, watched_columns
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.monitoring import Drift, not_compared

__all__ = [
    "PREDICTION",
    "ColumnDrift",
    "DriftReport",
    "DriftResult",
    "candidate_columns",
    "judge_drift",
    "measure_drift",
    "prediction_name",
    "watched_columns",
]


def measure_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: dict[str, Column],
    config: Drift,
    prediction: str = PREDICTION,
    *,
    reference_prediction: pd.Series | None = None,
    with_html: bool = False,
) -> DriftResult:
    """Compare the watched columns and the prediction of a batch with a reference.

    Dates, parts of the calendar, identifiers and free texts among them are not compared, and named as `excluded`.

    Distances are Evidently's: `wasserstein` is the first Wasserstein distance over the reference's standard
    deviation, `jensenshannon` the square root of the divergence in natural logarithms (0 to 0.83), `psi` Evidently's
    own index over equal-width bins, which is NOT the index over deciles that credit risk knows. A column drifts
    where its distance is above its threshold, where its p-value is below the significance, or where its share of
    missing values moved by more than `maximum_missing_change`. Infinite values count as missing. Deterministic.

    Args:
        reference: rows the model was trained on, with the watched columns and, unless `reference_prediction` is
            given, the prediction.
        current: the batch, with the same columns and the prediction.
        columns: declared columns by name.
        config: methods, limits and, where it names any, the columns to watch; else all declared columns of
            `reference` are.
        prediction: name of the prediction.
        reference_prediction: predictions for rows that the model was NOT fitted on, of any length. Predictions on
            training rows are bolder than on any other, which looks like drift (for a random forest, always).
        with_html: whether Evidently's page is made too.

    Raises:
        DataError: a watched column or the prediction is not in a table, or holds no numbers where it must.
    """
    names, excluded = _names(reference, current, columns, config, prediction)
    past = reference_prediction if reference_prediction is not None else _column(reference, prediction, "reference")
    pairs = [_pair(name, reference[name], current[name], columns[name].type, config) for name in names]
    pairs.append(_pair(prediction, past, _column(current, prediction, "batch"), "number", config))
    scores, html = compare([pair.comparison for pair in pairs if pair.comparable], with_html=with_html)
    drifts = tuple(_column_drift(pair, scores.get(pair.comparison.column), config) for pair in pairs)
    judged = [drift.drifted for drift in drifts if drift.judged]
    report = DriftReport(
        columns=drifts[:-1],
        prediction=drifts[-1],
        excluded=excluded,
        reference_rows=len(reference),
        current_rows=len(current),
        drifted_share=sum(judged) / len(judged) if judged else None,
        maximum_share=config.maximum_share,
        minimum_rows=config.minimum_rows,
    )
    return DriftResult(report, html)


@dataclass(frozen=True)
class _Pair:
    """A column made comparable, and the number of rows before missing values went."""

    comparison: Comparison
    reference_rows: int
    current_rows: int

    @property
    def comparable(self) -> bool:
        return len(self.comparison.reference) > 0 and len(self.comparison.current) > 0


def _names(
    reference: pd.DataFrame, current: pd.DataFrame, columns: dict[str, Column], config: Drift, prediction: str
) -> tuple[list[str], dict[str, str]]:
    wanted = config.columns if config.columns is not None else tuple(c for c in columns if c in reference.columns)
    if prediction in wanted:
        raise DataError(
            f"a watched column has the name of the prediction, {prediction!r}",
            where="drift",
            fix="give the prediction another name",
        )
    for name in wanted:
        _check_declared(name, columns)
        for frame, role in ((reference, "reference"), (current, "batch")):
            _column(frame, name, role)
    excluded = {name: why for name in wanted if (why := not_compared(columns[name]))}
    return [name for name in wanted if name not in excluded], excluded


def _check_declared(name: str, columns: dict[str, Column]) -> None:
    if name not in columns:
        near = nearest(name, columns)
        fix = f"did you mean {near!r}?" if near else "declare it under data.columns"
        raise DataError("a watched column is not declared", where="monitoring.drift.columns", got=repr(name), fix=fix)


def _column(frame: pd.DataFrame, name: str, role: str) -> pd.Series:
    if name not in frame.columns:
        raise DataError(
            f"the {role} has no column {name!r}, which is watched for drift",
            where=f"drift, {role}",
            got=listing(map(repr, frame.columns)),
            fix="pass the watched columns and the prediction",
        )
    return frame[name]


def _pair(name: str, reference: pd.Series, current: pd.Series, kind: str, config: Drift) -> _Pair:
    numeric = kind in ("integer", "number")
    method = config.numeric_method if numeric else config.category_method
    distance = config.threshold if numeric else config.category_threshold
    threshold = config.significance if method in P_VALUES else distance
    make = _numbers if numeric else _labels
    past, now = make(reference, name), make(current, name)
    return _Pair(Comparison(name, numeric, method, threshold, past, now), len(reference), len(current))


def _numbers(values: pd.Series, name: str) -> pd.Series:
    try:
        numbers = pd.to_numeric(values, errors="raise").astype("float64")
    except (ValueError, TypeError) as error:
        raise DataError(
            "a numeric column holds something else", where=f"drift, column {name!r}", got=str(error)
        ) from error
    return numbers[np.isfinite(numbers)].reset_index(drop=True)


def _labels(values: pd.Series, name: str) -> pd.Series:
    del name
    present = values.dropna().astype(object)
    return present.map({value: _label(value) for value in present.unique()}).astype(object).reset_index(drop=True)


def _label(value: object) -> str:
    """Return one spelling for a code, whichever dtype a file format gave it: 1 and 1.0 are the same code."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _column_drift(pair: _Pair, score: float | None, config: Drift) -> ColumnDrift:
    comparison = pair.comparison
    present = (len(comparison.reference), len(comparison.current))
    missing = tuple(
        1 - some / rows if rows else None
        for some, rows in zip(present, (pair.reference_rows, pair.current_rows), strict=True)
    )
    moved = _missing_reason(missing[0], missing[1], config.maximum_missing_change)
    score = _final_score(comparison, score)
    beyond = score is not None and (
        score < comparison.threshold if comparison.method in P_VALUES else score > comparison.threshold
    )
    return ColumnDrift(
        column=comparison.column,
        method=comparison.method,
        score=score,
        threshold=comparison.threshold,
        drifted=beyond or bool(moved),
        reference_rows=present[0],
        current_rows=present[1],
        missing_reference=missing[0],
        missing_current=missing[1],
        reason=moved if moved and not beyond else _no_score(pair) if score is None else "",
    )


def _final_score(comparison: Comparison, score: float | None) -> float | None:
    """Return the score, that of no change where both sides are one and the same value, or None where it is none."""
    if score is not None and math.isfinite(score):
        return score
    values: set[object] = {*comparison.reference.unique(), *comparison.current.unique()}
    if len(comparison.reference) and len(comparison.current) and len(values) == 1:
        return 1.0 if comparison.method in P_VALUES else 0.0
    return None


def _missing_reason(reference: float | None, current: float | None, limit: float) -> str:
    if reference is None or current is None:
        return ""
    vanished = current == 1 and reference < 1
    if not vanished and abs(current - reference) <= limit:
        return ""
    return (
        f"missing values went from {percent_text(reference)} to {percent_text(current)} of rows, a change of at most "
        f"{percent_text(limit)} is allowed"
    )


def _no_score(pair: _Pair) -> str:
    for role, values in (("reference", pair.comparison.reference), ("batch", pair.comparison.current)):
        if not len(values):
            return f"no finite value in the {role}"
    return f"{pair.comparison.method} gives no finite score"
