"""Aggregate: one statistic over a column group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.column_groups import DistinctColumns, arrays, filled, known, named, total
from mlops_assets.plugins.declarations import TransformParams

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Params(TransformParams):
    """Summarise the known values of a column group, row by row."""

    FORMULA = "{statistic} of {columns}"
    transform: Literal["aggregate"] = "aggregate"
    statistic: Literal["mean", "sum", "min", "max", "std", "range", "median"]
    """Statistic of the non-missing values; `range` is the largest minus the smallest, `std` the sample standard
    deviation (divisor n - 1), which needs two values."""
    columns: DistinctColumns
    """Columns of the group. Missing values are left out; if all are missing, the feature is missing."""


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    values = arrays(frame, params.columns)
    count = total(known(values))
    needed = 2 if params.statistic == "std" else 1
    found = _statistic(values, count, params.statistic)
    return named(np.where(count >= needed, found, np.nan), frame, params.name)


def _statistic(values: list[np.ndarray], count: np.ndarray, statistic: str) -> np.ndarray:
    import numpy as np

    if statistic in ("min", "max", "range"):
        high = np.maximum.reduce(filled(values, -np.inf))
        low = np.minimum.reduce(filled(values, np.inf))
        return {"min": low, "max": high}[statistic] if statistic != "range" else high - low
    if statistic == "median":
        return _median(values, count)
    added = total(filled(values, 0.0))
    if statistic == "sum":
        return added
    mean = added / np.maximum(count, 1)
    if statistic == "mean":
        return mean
    squares = [np.where(np.isnan(value), 0.0, (value - mean) ** 2) for value in values]
    return np.sqrt(total(squares) / np.maximum(count - 1, 1))


def _median(values: list[np.ndarray], count: np.ndarray) -> np.ndarray:
    import numpy as np

    ranked = np.sort(np.column_stack(values), axis=1)  # NaN goes last, so the known ones are the first `count`
    rows, size = np.arange(len(ranked)), np.maximum(count.astype("int64"), 1)
    return (ranked[rows, (size - 1) // 2] + ranked[rows, size // 2]) / 2
