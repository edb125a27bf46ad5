"""Fitting: an estimator of a family on a feature matrix, and its own probabilities, in threads that change no digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.statistics.ranking import Floats

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.plugins.declarations import Scalar

_THREADS = 2


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
    """Return the estimator's own probability of the positive class; none for no rows, which estimators refuse."""
    from threadpoolctl import threadpool_limits

    if X.empty:
        return np.empty(0)
    # One thread: on busy cores the threads of OpenMP spend their time waiting for each other.
    with threadpool_limits(limits=1, user_api="openmp"):
        return np.asarray(estimator.predict_proba(X)[:, 1], dtype=np.float64)
