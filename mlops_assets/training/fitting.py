"""Fitting: what every fit requires of its rows, and an estimator whose threads change no digit of a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data.positives import LEAST_ROWS
from mlops_assets.errors import DataError
from mlops_assets.statistics.ranking import Floats

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.plugins.declarations import Scalar

_THREADS = 2


def as_labels(y: pd.Series | npt.NDArray[np.int8], where: str) -> npt.NDArray[np.int8]:
    """Return outcomes, 1 positive and 0 negative, as int8 of shape (rows,); raise DataError where there are none."""
    values = np.asarray(y, dtype=np.int8)
    if len(values) == 0:
        raise DataError(
            "no outcomes",
            where=where,
            expected="one outcome for each row, at least one row",
            got=f"shape {values.shape}",
            fix="check the data and data.splits",
        )
    return values


def check_rows(rows: int, where: str) -> None:
    """Raise DataError where there are too few rows to fit on."""
    if rows < LEAST_ROWS:
        raise DataError(
            "too few rows to learn from",
            where=where,
            expected=f"at least {LEAST_ROWS}",
            got=str(rows),
            fix="get more rows, or raise data.splits.shares.train",
        )


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


def fit_estimator(
    X: pd.DataFrame,
    y: npt.NDArray[np.int8],
    *,
    family: str,
    params: dict[str, Scalar],
    seed: int,
    threads: int = _THREADS,
) -> Any:
    """Fit a family; what it may do in parallel later is set to one thread, whose sums have one order."""
    from threadpoolctl import threadpool_limits

    estimator = plugins.load("family", family).build(params, seed, threads)
    # Here and not in a caller: OpenMP counts its threads for each calling thread.
    with threadpool_limits(limits=1):
        estimator.fit(X, y)
    parallel = [name for name in estimator.get_params() if name == "n_jobs" or name.endswith("__n_jobs")]
    return estimator.set_params(**dict.fromkeys(parallel))


def score_rows(estimator: Any, X: pd.DataFrame) -> Floats:
    """Return the estimator's own probability of the positive class; empty for no rows, which estimators refuse.

    Raises:
        DataError: a probability is missing or outside [0, 1].
    """
    from threadpoolctl import threadpool_limits

    if X.empty:
        return np.empty(0)
    # One thread: on busy cores the threads of OpenMP spend their time waiting for each other.
    with threadpool_limits(limits=1, user_api="openmp"):
        p = np.asarray(estimator.predict_proba(X)[:, 1], dtype=np.float64)
    wrong = int((~((p >= 0) & (p <= 1))).sum())
    if wrong:
        raise DataError(
            f"{wrong} of {len(p)} probabilities of the model are missing or outside [0, 1]",
            where=type(estimator).__name__,
            expected="numbers from 0 to 1",
            fix="check the features of these rows, or remove this family from training.families",
        )
    return p
