"""Decoding: from what a synthesizer drew back to rows with the real names, codes, bounds and dtypes.

The counterpart of `privacy/encoding.py`; whatever is encoded there is decoded here.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from mlops_assets.privacy.encoding import Coded, Encoded
from mlops_assets.privacy.normal_scores import probabilities, read
from mlops_assets.use_case.data import Column
from mlops_assets.values import as_dates


def decode(drawn: pd.DataFrame, encoded: Encoded, seed: int) -> pd.DataFrame:
    """Return drawn rows under the real names, with the values and dtypes of a valid table.

    Args:
        drawn: what the synthesizer drew; any index; the constants are added here.
        encoded: what `encode` returned.
        seed: of the missing values of constants.
    """
    generator = np.random.default_rng(seed)
    result = {}
    for one in encoded.columns:
        if one.kind == "constant":
            values = np.full(len(drawn), one.values[0] if one.values else None, dtype=object)
            values[generator.random(len(drawn)) < one.missing] = None
        elif one.kind == "levels":
            place = {f"v{number:04d}": value for number, value in enumerate(one.values)}
            values = np.array([place.get(text) for text in drawn[one.key].tolist()], dtype=object)
        elif one.kind == "scores":
            assert one.scale is not None
            meanings = np.empty(len(one.values), dtype=object)
            meanings[:] = one.values
            values = meanings[read(drawn[one.key].to_numpy(dtype="float64"), one.scale)]
        else:
            values = _decode_numbers(drawn[one.key].to_numpy(dtype="float64"), one)
        result[one.name] = _as_declared(values, one.column)
    return pd.DataFrame(result, index=range(len(drawn)))


def _decode_numbers(values: np.ndarray, one: Coded) -> np.ndarray:
    if one.grid is not None and one.scale is not None:
        values = np.interp(probabilities(values, one.scale), np.linspace(0, 1, len(one.grid)), one.grid)
    rounded = np.round(values, one.digits)
    step = 1.0 if one.column.type in ("integer", "date") else 0.0
    low, high = (math.ceil(one.low), math.floor(one.high)) if step else (one.low, one.high)
    return np.clip(rounded, low, high)


def _as_declared(values: np.ndarray, column: Column) -> pd.Series:
    """Return values in the dtype that a valid table has for such a column."""
    if column.type in ("integer", "number", "date"):
        numbers = pd.to_numeric(pd.Series(values, dtype=object)).astype("float64")
        if column.type == "date":
            return as_dates(numbers)
        return numbers.astype("int64") if column.type == "integer" and not column.nullable else numbers
    held = pd.Series(values, dtype=object)
    if column.type == "boolean":
        return held if column.nullable else held.astype(bool)
    whole = held.notna().all() and all(isinstance(code, int) and not isinstance(code, bool) for code in set(values))
    return held.astype("int64") if whole else held
