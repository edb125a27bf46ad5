"""Splits: which row trains, calibrates, tests, and which is reserved for replay.

Three ways, one function each. All are determined by the seed and by the order of the rows, and each gives every row
exactly one split; `judge_splits` proves it from the stored tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW, SPLIT, SPLITS
from mlops_assets.data.target import binary_target
from mlops_assets.errors import DataError, listing
from mlops_assets.formatting import number_text
from mlops_assets.use_case.data import Splits
from mlops_assets.use_case.model import Task
from mlops_assets.verdicts import Outcome, Verdict

_LEARNED = ("train", "calibration", "test")
"""Splits that something is fitted or measured on, which takes both classes."""


def assign_splits(valid: pd.DataFrame, splits: Splits, task: Task) -> pd.DataFrame:
    """Return `ROW` and `SPLIT` of every valid row, in the order of the rows.

    `stratified` draws each class apart, so that every split has the shares of the classes, to one row a class.
    `grouped` keeps the rows of a group together; shares are as near as whole groups allow. `temporal` cuts by time,
    the oldest into train and the newest into replay; rows of one moment never straddle a cut, which therefore moves to
    the nearest change of time.

    Raises:
        DataError: a split that has a share would be empty, or train, calibration or test would have a single class;
            a group or a time is missing.
    """
    positive = binary_target(valid, task).to_numpy()
    names, shares = _wanted(splits)
    if splits.method == "stratified":
        positions = _stratified(positive, shares, splits.seed)
    elif splits.method == "grouped":
        positions = _grouped(split_column(valid, splits), shares, splits.seed)
    else:
        positions = cut_by_time(split_column(valid, splits), shares)
    _check_classes(positions, positive, names, splits, task)
    assigned = pd.Series(np.array(names, dtype=object)[positions], dtype=object)
    return pd.DataFrame({ROW: valid[ROW].to_numpy(dtype="int64"), SPLIT: assigned})


def groups_of(frame: pd.DataFrame, splits: Splits) -> pd.Series | None:
    """Return the group of each row where the YAML says that rows belong together (method grouped), else None."""
    return None if splits.grouping is None else split_column(frame, splits)


def judge_splits(valid: pd.DataFrame, splits_frame: pd.DataFrame, config: Splits) -> Verdict:
    """Judge from the two tables that every valid row is in one split, and that neither group nor time is torn."""
    problems = _judge_cover(valid, splits_frame, config)
    of_row = valid[ROW].reset_index(drop=True).map(dict(zip(splits_frame[ROW], splits_frame[SPLIT], strict=True)))
    if not problems and config.method == "grouped":
        problems += _judge_groups(split_column(valid, config), of_row)
    if not problems and config.method == "temporal":
        problems += _judge_order(split_column(valid, config), of_row)
    if problems:
        reason = "; ".join(problems) + "; materialize the splits again from this table"
        return Verdict("splits", Outcome.FAILED, reason)
    counts = splits_frame[SPLIT].value_counts()
    shown = listing((f"{name} {number_text(int(counts.get(name, 0)))}" for name in SPLITS), len(SPLITS))
    return Verdict(
        "splits", Outcome.PASSED, f"every one of {number_text(len(valid))} rows is in exactly one split: {shown}"
    )


def _wanted(splits: Splits) -> tuple[list[str], np.ndarray]:
    shares = {name: float(getattr(splits.shares, name)) for name in SPLITS}
    names = [name for name in SPLITS if shares[name] > 0]
    values = np.array([shares[name] for name in names])
    return names, values / values.sum()


def split_column(valid: pd.DataFrame, splits: Splits) -> pd.Series:
    """Return the column that groups or orders the rows, index 0 … n-1.

    Raises:
        DataError: a value is missing in it.
    """
    name = splits.column
    missing = int(valid[name].isna().sum())
    if missing:
        raise DataError(
            f"{missing} of {len(valid)} rows have no value to split by",
            where=f"data.splits.{'group' if splits.grouping else 'time'}: {name}",
            expected="a value in every row",
            fix=f"set nullable to false for {name!r}, which sends such rows to quarantine",
        )
    return valid[name].reset_index(drop=True)


def _stratified(positive: np.ndarray, shares: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    positions = np.empty(len(positive), dtype=np.int64)
    for label in (0, 1):
        members = rng.permutation(np.flatnonzero(positive == label))
        positions[members] = np.repeat(np.arange(len(shares)), apportion(len(members), shares))
    return positions


def apportion(rows: int, shares: np.ndarray) -> np.ndarray:
    """Return whole numbers that sum to `rows`, by largest remainders (Hamilton's method)."""
    exact = rows * shares
    counts = np.floor(exact).astype(np.int64)
    by_remainder = np.argsort(-(exact - counts), kind="stable")
    counts[by_remainder[: rows - counts.sum()]] += 1
    return counts


def _grouped(groups: pd.Series, shares: np.ndarray, seed: int) -> np.ndarray:
    """Return a split for each row: the largest groups first, each to the split that lacks most rows of its share."""
    codes, _ = pd.factorize(groups)
    sizes = np.bincount(codes)
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    lacking = shares * len(codes)
    split_of_group = np.empty(len(sizes), dtype=np.int64)
    for group in order:
        split_of_group[group] = np.argmax(lacking)
        lacking[split_of_group[group]] -= sizes[group]
    return split_of_group[codes]


def cut_by_time(times: pd.Series, shares: np.ndarray) -> np.ndarray:
    """Return a block for each row, 0 the oldest, of as near to these shares as the moments allow; none is torn.

    Raises:
        DataError: there are fewer different times than blocks.
    """
    moments, codes = np.unique(times.to_numpy(), return_inverse=True)
    blocks = len(shares)
    if len(moments) < blocks:
        raise DataError(
            f"{blocks} splits cannot be cut by {len(moments)} different times",
            where=f"data.splits.time: {times.name}",
            expected=f"at least {blocks} different values, because rows of one moment stay together",
            got=listing(moments),
            fix="use a finer time column, or another method",
        )
    ends = np.cumsum(np.bincount(codes))
    split_of_moment = np.zeros(len(moments), dtype=np.int64)
    cut = 0
    for position, share in enumerate(np.cumsum(shares)[:-1], start=1):
        last = len(moments) - (blocks - position)  # leave a moment for each split still to come
        candidates = np.arange(cut + 1, last + 1)
        cut = int(candidates[np.argmin(np.abs(ends[candidates - 1] - share * len(codes)))])
        split_of_moment[cut:] = position
    return split_of_moment[codes]


def _check_classes(
    positions: np.ndarray, positive: np.ndarray, names: Sequence[str], splits: Splits, task: Task
) -> None:
    rows = np.bincount(positions, minlength=len(names))
    hits = np.bincount(positions, weights=positive, minlength=len(names))
    empty = [name for name, n in zip(names, rows, strict=True) if n == 0]
    single = [n for n, r, h in zip(names, rows, hits, strict=True) if r and n in _LEARNED and (h in (0, r))]
    if not (empty or single):
        return
    what = [f"{listing(empty)} would be empty"] if empty else []
    what += [f"{listing(single)} would have a single class of {task.target!r}"] if single else []
    raise DataError(
        f"the splits cannot be made: {' and '.join(what)}",
        where="data.splits",
        expected="rows in every split that has a share, and both classes in train, calibration and test",
        got=f"{len(positions)} rows, {int(positive.sum())} of them positive, method {splits.method}",
        fix="get more rows, or change data.splits.shares, .method or .seed",
    )


def _judge_cover(valid: pd.DataFrame, splits_frame: pd.DataFrame, config: Splits) -> list[str]:
    rows, assigned = set(valid[ROW].tolist()), splits_frame[ROW]
    twice, foreign = int(assigned.duplicated().sum()), int((~assigned.isin(rows)).sum())
    missing = len(rows.difference(assigned.tolist()))
    names = set(_wanted(config)[0])
    unknown = sorted(set(map(str, splits_frame[SPLIT])) - names)
    empty = sorted(names - set(splits_frame[SPLIT]))
    found = {
        f"{twice} rows are assigned twice": twice,
        f"{foreign} assigned rows are not in the table": foreign,
        f"{missing} rows are in no split": missing,
        f"splits without a share are used: {listing(unknown)}": len(unknown),
        f"splits are empty: {listing(empty)}": len(empty),
    }
    return [problem for problem, count in found.items() if count]


def _judge_groups(groups: pd.Series, of_row: pd.Series) -> list[str]:
    torn = of_row.groupby(groups).nunique()
    torn = torn[torn > 1]
    return [f"{len(torn)} groups are in more than one split: {listing(map(repr, torn.index))}"] if len(torn) else []


def _judge_order(times: pd.Series, of_row: pd.Series) -> list[str]:
    present = [name for name in SPLITS if (of_row == name).any()]
    first, last = times.groupby(of_row).min(), times.groupby(of_row).max()
    return [
        f"{late} begins at {first[late]}, before {early} ends at {last[early]}"
        for early, late in pairwise(present)
        if not last[early] < first[late]
    ]
