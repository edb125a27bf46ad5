"""Rows as numbers: the plain form that models and comparisons of whole rows need here, without any feature.

Add nothing that is fitted: the same row is the same numbers, whichever table it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mlops_assets.use_case.data import Column
from mlops_assets.values import Code, as_numbers, code_of, factorize, in_order, look_up

Codes = tuple[Code, ...]


def as_matrix(frame: pd.DataFrame, columns: Mapping[str, Column], codes: Mapping[str, Codes]) -> np.ndarray:
    """Return `frame` as float64, shape (rows, columns), NaN where a value is missing.

    Numbers stay, booleans become 0 and 1, dates days since 1970-01-01, and categories their position in `codes`; a
    code that is not listed becomes -1.
    """
    parts = [_as_floats(frame[name], column, codes.get(name, ())) for name, column in columns.items()]
    return np.column_stack(parts) if parts else np.empty((len(frame), 0))


def codes_of(columns: Mapping[str, Column], *frames: pd.DataFrame) -> dict[str, Codes]:
    """Return the codes of each category: the declared ones, else all that the frames hold, in a fixed order."""
    found: dict[str, Codes] = {}
    for name, column in columns.items():
        if column.type == "category":
            seen = {code for frame in frames for code in factorize(frame[name])[1]}
            found[name] = column.codes or tuple(in_order(seen))
    return found


def _as_floats(values: pd.Series, column: Column, codes: Codes) -> np.ndarray:
    if column.type != "category":
        return as_numbers(values)
    place = {code_of(code): float(position) for position, code in enumerate(codes)}
    return look_up(values, lambda code: place.get(code, -1.0), np.nan)


def share_repeated(rows: np.ndarray, among: np.ndarray) -> float | None:
    """Return the share of `rows` that also stand `among` others, NaN equal to NaN; None without rows."""
    if len(rows) == 0:
        return None
    known = {row.tobytes() for row in np.nan_to_num(among, nan=-1e300) + 0.0}
    return float(np.mean([row.tobytes() in known for row in np.nan_to_num(rows, nan=-1e300) + 0.0]))
