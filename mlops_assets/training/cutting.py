"""Cutting: which training rows a fold learns from, and which it is evaluated on.

Folds follow `data.splits.method`. Cross-validation estimates the performance on new rows only if the held-out rows are
as new to the model as the test rows will be: rows of one person, or of an earlier time, must not be on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.data.splits import cut_by_time, groups_of, split_column
from mlops_assets.errors import DataError
from mlops_assets.training.fitting import check_two_classes

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.use_case.data import Splits

    Positions = npt.NDArray[np.int64]

LEAST_LEARNED = 25
"""Fewest rows that a fold learns from: the quantile map of logistic regression requires as many."""
WORDS = {
    "stratified": "stratified by the target",
    "grouped": "grouped, no group in two folds",
    "temporal": "temporal, each fold later than its training rows",
}
"""How folds are cut, in words, by `data.splits.method`."""


def cut_folds(
    train: pd.DataFrame, y: npt.NDArray[np.int8], folds: int, splits: Splits, seed: int
) -> tuple[tuple[Positions, Positions], ...]:
    """Return (learned, held) positions of each fold.

    `stratified` shuffles each class into `folds` parts. `grouped` keeps groups whole and the classes as even as that
    allows. `temporal` cuts the rows at `folds` moments into blocks of about equal size, and judges each block by what
    came before it: windows expand, rows of one moment stay together, and the first block is only learned from.

    Args:
        train: rows of the training split, with the column that `splits` names.
        y: outcomes, shape (rows,).
        folds: number of folds.
        splits: method, and the column of the group or of the time.
        seed: seed of the shuffle.

    Raises:
        DataError: too few rows, groups or moments for so many folds, or a fold with one class on a side.
    """
    where = f"cross-validation of the search, {folds} folds, {splits.method}"
    check_two_classes(y, where, least=folds)
    is_temporal = splits.method == "temporal"
    parts = tuple(_temporal(train, folds, splits) if is_temporal else _at_random(train, y, folds, splits, seed))
    for number, (learned, held) in enumerate(parts, start=1):
        _check_sides(y[learned], y[held], f"{where}: fold {number}", splits)
    return parts


def draw_rows(train: pd.DataFrame, y: npt.NDArray[np.int8], rows: int, splits: Splits, seed: int) -> Positions:
    """Draw about `rows` positions without replacement, in rising order.

    Single rows are drawn with the class shares of `y`; of grouped rows whole groups, until there are `rows`. Rows that
    are drawn at random from each class are still in the order of time.
    """
    rng = np.random.default_rng(seed)
    if splits.method == "grouped":
        clusters = clusters_of(train, splits)
        sizes = np.bincount(clusters)
        order = rng.permutation(len(sizes))
        taken = np.searchsorted(np.cumsum(sizes[order]), rows) + 1
        return np.flatnonzero(np.isin(clusters, order[:taken]))
    positive, negative = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    wanted = min(max(round(rows * len(positive) / len(y)), min(1, len(positive))), len(positive))
    drawn = [rng.choice(positive, wanted, replace=False), rng.choice(negative, rows - wanted, replace=False)]
    return np.sort(np.concatenate(drawn))


def clusters_of(train: pd.DataFrame, splits: Splits) -> npt.NDArray[np.int64]:
    """Return which rows belong together, numbers from 0: the groups of grouped rows, else every row for itself."""
    groups = groups_of(train, splits)
    return np.arange(len(train)) if groups is None else pd.factorize(groups)[0].astype(np.int64)


def _at_random(
    train: pd.DataFrame, y: npt.NDArray[np.int8], folds: int, splits: Splits, seed: int
) -> Iterator[tuple[Positions, Positions]]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if splits.method == "stratified":
        return StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(train)), y)
    groups = clusters_of(train, splits)
    if len(np.unique(groups)) < folds:
        raise _too_few("groups", len(np.unique(groups)), folds, f"data.splits.group: {splits.group}")
    return StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(train)), y, groups)


def _temporal(train: pd.DataFrame, folds: int, splits: Splits) -> Iterator[tuple[Positions, Positions]]:
    times = split_column(train, splits)
    if times.nunique() <= folds:
        raise _too_few("different times", times.nunique(), folds + 1, f"data.splits.time: {splits.time}")
    blocks = cut_by_time(times, np.full(folds + 1, 1 / (folds + 1)))
    for number in range(1, folds + 1):
        yield np.flatnonzero(blocks < number), np.flatnonzero(blocks == number)


def _too_few(what: str, found: int, needed: int, where: str) -> DataError:
    return DataError(
        f"too few {what} in the training rows to cross-validate the search",
        where=where,
        expected=f"at least {needed}",
        got=str(found),
        fix="reduce training.search.folds, or get more rows",
    )


def _check_sides(learned: npt.NDArray[np.int8], held: npt.NDArray[np.int8], where: str, splits: Splits) -> None:
    sides = {"training rows": learned, "held-out rows": held}
    single = [name for name, y in sides.items() if len(np.unique(y)) < 2]
    if not single and len(learned) >= LEAST_LEARNED:
        return
    what = f"the {single[0]} have one class only" if single else "too few rows to learn from"
    raise DataError(
        f"a fold cannot be used: {what}",
        where=where,
        expected=f"both classes on both sides, and at least {LEAST_LEARNED} rows to learn from",
        got=", ".join(f"{name}: {len(y)}, {int((y == 1).sum())} of them positive" for name, y in sides.items()),
        fix="reduce training.search.folds, or get more rows"
        + ("" if splits.method == "stratified" else f"; classes may be uneven over the {splits.method} rows"),
    )
