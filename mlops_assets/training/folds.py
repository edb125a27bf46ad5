"""Folds: one set of parameters judged by stratified cross-validation, two folds at a time.

Holds the fitting of one trial. Which parameters are tried, and when to stop, is `search`'s.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.errors import DataError
from mlops_assets.training.labels import as_labels, check_features, check_two_classes
from mlops_assets.training.metrics import score

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.use_case.training import Scalar, Search

AT_ONCE = 2
"""Folds fitted at the same time, each in one thread. A constant, so that the result does not depend on the machine."""
LEAST_ROWS = 50
"""Fewest training rows that a search or a fit takes."""


@dataclass(frozen=True)
class Folds:
    """Rows of a search, cut into folds.

    Attributes:
        X: features, shape (rows, features).
        y: outcomes, shape (rows,).
        parts: (train, validation) positions of each fold.
        metric: name of the metric that a fold is judged by.
        seed: seed of the models.
    """

    X: pd.DataFrame
    y: npt.NDArray[np.int8]
    parts: tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ...]
    metric: str
    seed: int


def build_folds(X: pd.DataFrame, y: pd.Series | npt.NDArray[np.int8], search: Search) -> Folds:
    """Check the training rows, draw `search.rows` of them where asked, and cut them into stratified folds.

    Raises:
        DataError: no features, infinities, fewer than 50 rows, or a class with fewer rows than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    where = "the training split"
    outcome = as_labels(y, where)
    check_features(X, len(outcome), where)
    check_rows(len(outcome), where)
    if search.rows is not None and search.rows < len(outcome):
        drawn = _draw(outcome, search.rows, search.seed)
        X, outcome, where = X.iloc[drawn], outcome[drawn], f"the {search.rows} rows drawn for the search"
    check_two_classes(outcome, where, least=search.folds)
    cutter = StratifiedKFold(search.folds, shuffle=True, random_state=search.seed)
    parts = tuple((train, held) for train, held in cutter.split(np.zeros(len(outcome)), outcome))
    return Folds(X.reset_index(drop=True), outcome, parts, search.metric, search.seed)


def check_rows(rows: int, where: str) -> None:
    """Raise DataError where there are too few rows to fit on."""
    if rows < LEAST_ROWS:
        raise DataError(
            "too few rows to learn from",
            where=where,
            expected=f"at least {LEAST_ROWS}",
            got=str(rows),
            fix="bring more rows, or raise data.splits.shares.train",
        )


def _draw(y: npt.NDArray[np.int8], rows: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw positions with the class shares of `y`, without replacement, in rising order."""
    rng = np.random.default_rng(seed)
    positive, negative = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    wanted = min(max(round(rows * len(positive) / len(y)), min(1, len(positive))), len(positive))
    drawn = [rng.choice(positive, wanted, replace=False), rng.choice(negative, rows - wanted, replace=False)]
    return np.sort(np.concatenate(drawn))


def score_folds(folds: Folds, family: str, params: dict[str, Scalar]) -> Generator[tuple[float, ...], None, None]:
    """Yield the scores of the folds so far after every `AT_ONCE` of them; stop asking, and the rest is not fitted.

    Each fit has one thread: two fits side by side finish sooner than one that spreads over two busy cores.

    Raises:
        ValueError: a metric is undefined on a fold; and whatever the family's fit raises.
    """
    from threadpoolctl import threadpool_limits

    done: tuple[float, ...] = ()
    with threadpool_limits(limits=1), ThreadPoolExecutor(AT_ONCE) as threads:
        for start in range(0, len(folds.parts), AT_ONCE):
            wave = folds.parts[start : start + AT_ONCE]
            done += tuple(threads.map(lambda part: _score_one(folds, part, family, params), wave))
            yield done


def _score_one(
    folds: Folds,
    part: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    family: str,
    params: dict[str, Scalar],
) -> float:
    from threadpoolctl import threadpool_limits

    train, held = part
    estimator = plugins.load("family", family).build(params, folds.seed, 1)
    # OpenMP counts its threads for each calling thread, so the limit of the caller does not reach this one.
    with threadpool_limits(limits=1, user_api="openmp"):
        estimator.fit(folds.X.iloc[train], folds.y[train])
        p = np.asarray(estimator.predict_proba(folds.X.iloc[held])[:, 1], dtype=np.float64)
    value = score(folds.metric, folds.y[held], p)
    if value is None or not np.isfinite(p).all():
        raise ValueError(f"{folds.metric} is undefined on a fold: the model gave probabilities that are not numbers")
    return value
