"""Labels: what every fit of this room asks of its outcomes and of its feature matrix before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError, listing

if TYPE_CHECKING:
    import numpy.typing as npt


def as_labels(y: pd.Series | npt.NDArray[np.int8], where: str) -> npt.NDArray[np.int8]:
    """Return outcomes as int8 of shape (rows,); raise DataError where there are none or they are not 0 and 1."""
    values = np.asarray(y)
    if values.ndim != 1 or len(values) == 0:
        raise DataError(
            "no outcomes",
            where=where,
            expected="one outcome for each row, at least one row",
            got=f"shape {values.shape}",
            fix="check the data and data.splits",
        )
    strange = pd.unique(values[~np.isin(values, (0, 1))])
    if len(strange):
        raise DataError(
            "outcomes other than 0 and 1",
            where=where,
            expected="1 (positive) and 0",
            got=listing(strange),
            fix="build them with data.target.binary_target",
        )
    return values.astype(np.int8)


def scored_labels(
    y: pd.Series | npt.NDArray[np.int8], p: npt.NDArray[np.float64], what: str
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """Return outcomes and what the model gave for the calibration rows, each of shape (rows,).

    Raises:
        DataError: there are no outcomes, or `what` (scores, probabilities) are not one finite number a row.
    """
    outcome, values = as_labels(y, "the calibration split"), np.asarray(p, dtype=np.float64)
    if values.shape != outcome.shape or not np.isfinite(values).all():
        raise DataError(
            f"{what} do not fit the outcomes",
            where="the calibration split",
            expected=f"{len(outcome)} finite numbers",
            got=f"shape {values.shape}",
            fix="score the calibration rows with the fitted model",
        )
    return outcome, values


def check_two_classes(y: npt.NDArray[np.int8], where: str, *, least: int = 1) -> None:
    """Raise DataError where a class has fewer than `least` rows."""
    counts = {label: int((y == label).sum()) for label in (1, 0)}
    if min(counts.values()) < least:
        raise DataError(
            "a class of the target has too few rows to learn from",
            where=where,
            expected=f"at least {least} positive and {least} negative rows",
            got=f"{counts[1]} positive and {counts[0]} negative",
            fix="check task.positive, get more rows, or reduce training.search.folds",
        )


def check_features(X: pd.DataFrame, rows: int, where: str) -> None:
    """Raise DataError where a feature matrix has no columns, another number of rows than outcomes, or infinities."""
    if X.shape[1] == 0:
        raise DataError(
            "no features",
            where=where,
            expected="at least one column",
            fix="check features.inputs, features.derive and features.selection",
        )
    if len(X) != rows:
        raise DataError("features and outcomes differ in length", where=where, expected=f"{rows} rows", got=str(len(X)))
    infinite = X.columns[np.isinf(X.to_numpy(dtype=np.float64)).any(axis=0)]
    if len(infinite):
        raise DataError(
            "infinite values",
            where=f"{where}, features {listing(infinite)}",
            expected="finite or missing",
            got="inf",
            fix="bound the columns that these features are made of, or exclude them",
        )
