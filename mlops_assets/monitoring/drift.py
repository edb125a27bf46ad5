"""Drift: what is watched, and a batch compared with the training reference, column by column, by Evidently.

Holds how values are made comparable and how a score becomes "drifted"; records and verdict are in `drift_record.py`,
the calls of Evidently in `evidently_report.py`. Which kinds of columns are never compared is said in
`use_case/monitoring.py`, because `check` uses it too. Add a method by naming it there, and in `P_VALUES` where low
means drift.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from mlops_assets.formatting import percent_text
from mlops_assets.monitoring.drift_record import P_VALUES, ColumnDrift, DriftReport
from mlops_assets.monitoring.evidently_report import Comparison, compare
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.monitoring import Drift, not_compared


def watched_columns(use_case: UseCase) -> tuple[str, ...]:
    """Return the raw columns to watch: the candidates that can be compared and do not drift by definition."""
    return tuple(name for name, why_not in candidate_columns(use_case).items() if not why_not)


def candidate_columns(use_case: UseCase) -> dict[str, str]:
    """Return each candidate with the reason why it is not compared, empty where it is.

    Candidates are the declared columns, or all that the model reads and the protected attributes in the order of the
    YAML. Protected attributes are among them although no model need see them: a fairness report holds for the
    population it was measured on. Columns to ignore, which a batch need not have, are none.
    """
    columns, declared = use_case.data.columns, use_case.monitoring.drift.columns
    if declared is None:
        read = {*use_case.model_columns, *use_case.data.sensitive} - {use_case.task.target}
        declared = tuple(name for name, column in columns.items() if name in read and column.role != "ignore")
    return {name: not_compared(columns[name]) for name in declared}


def prediction_name(watched: Iterable[str]) -> str:
    """Return what the prediction is called beside the watched columns, one of which may be a `probability` itself."""
    return "probability" if "probability" not in set(watched) else "__probability__"


def measure_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: dict[str, Column],
    config: Drift,
    predictions: tuple[pd.Series, pd.Series],
    *,
    with_html: bool = False,
) -> tuple[DriftReport, str | None]:
    """Compare the watched columns and the prediction of a batch with a reference.

    Dates, parts of the calendar, identifiers and free texts among them are not compared, and named as `excluded`.

    Distances are Evidently's: `wasserstein` is the first Wasserstein distance over the reference's standard
    deviation, `jensenshannon` the square root of the divergence in natural logarithms (0 to 0.83), `psi` Evidently's
    own index over equal-width bins, which is NOT the index over deciles that credit risk knows. A column drifts
    where its distance is above its threshold, where its p-value is below the significance, or where its share of
    missing values moved by more than `maximum_missing_change`. Infinite values count as missing. Deterministic.

    Args:
        reference: rows the model was trained on, with the watched columns.
        current: the batch, with the same columns.
        columns: the columns to watch, as they are declared, by name.
        config: methods and limits.
        predictions: of the model for rows that it was NOT fitted on, of any length, and for the batch. Predictions on
            training rows are more extreme than on any other, which looks like drift (for a random forest, always).
        with_html: whether Evidently's page is made too.

    Returns:
        The record, and Evidently's own page where it was asked for (one file of about 4 MB, without references).
    """
    excluded = {name: why for name, column in columns.items() if (why := not_compared(column))}
    watched = {name: column.type for name, column in columns.items() if name not in excluded}
    pairs = [_pair(name, reference[name], current[name], kind, config) for name, kind in watched.items()]
    pairs.append(_pair(prediction_name(columns), *predictions, "number", config))
    scores, html = compare([pair for pair in pairs if pair.has_values], with_html=with_html)
    drifts = tuple(_column_drift(pair, scores.get(pair.column), config) for pair in pairs)
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
    return report, html


def _pair(name: str, reference: pd.Series, current: pd.Series, kind: str, config: Drift) -> Comparison:
    numeric = kind in ("integer", "number")
    method = config.numeric_method if numeric else config.category_method
    distance = config.threshold if numeric else config.category_threshold
    threshold = config.significance if method in P_VALUES else distance
    past, now = map(_numbers if numeric else _labels, (reference, current))
    return Comparison(name, numeric, method, threshold, past, now, len(reference), len(current))


def _numbers(values: pd.Series) -> pd.Series:
    numbers = values.astype("float64")
    return numbers[np.isfinite(numbers)].reset_index(drop=True)


def _labels(values: pd.Series) -> pd.Series:
    present = values.dropna().astype(object)
    return present.map({value: _label(value) for value in present.unique()}).astype(object).reset_index(drop=True)


def _label(value: object) -> str:
    """Return one spelling for a code, whichever dtype a file format gave it: 1 and 1.0 are the same code."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _column_drift(pair: Comparison, score: float | None, config: Drift) -> ColumnDrift:
    past, now = len(pair.reference), len(pair.current)
    before = 1 - past / pair.reference_rows if pair.reference_rows else None
    after = 1 - now / pair.current_rows if pair.current_rows else None
    moved, score = _missing_reason(before, after, config.maximum_missing_change), _final_score(pair, score)
    beyond = score is not None and (score < pair.threshold if pair.method in P_VALUES else score > pair.threshold)
    return ColumnDrift(
        column=pair.column,
        method=pair.method,
        score=score,
        threshold=pair.threshold,
        drifted=beyond or bool(moved),
        reference_rows=past,
        current_rows=now,
        missing_reference=before,
        missing_current=after,
        reason=moved if moved and not beyond else _no_score(pair) if score is None else "",
    )


def _final_score(pair: Comparison, score: float | None) -> float | None:
    """Return the score, that of no change where both sides are one and the same value, or None where it is none."""
    if score is not None and math.isfinite(score):
        return score
    if pair.has_values and len({*pair.reference.unique(), *pair.current.unique()}) == 1:
        return 1.0 if pair.method in P_VALUES else 0.0
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


def _no_score(pair: Comparison) -> str:
    for role, values in (("reference", pair.reference), ("batch", pair.current)):
        if not len(values):
            return f"no finite value in the {role}"
    return f"{pair.method} gives no finite score"
