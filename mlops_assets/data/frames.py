"""Columns that the package adds to every table, and the digest that identifies a table's content.

Add a reserved column here when every package must know it.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd

ROW = "__row__"
"""Position of the row in the source file, counted from 0: int64, in every table, unique within a file."""
SPLIT = "__split__"
"""Split that a row belongs to: one of `SPLITS`."""
RULES = "__rules__"
"""Rules that a quarantined row breaks, as a text."""
SPLITS = ("train", "calibration", "test", "replay")
"""Every split, in the order of time where the rows have one."""
RESERVED = frozenset({ROW, SPLIT, RULES})
"""Names that no column of a file may have."""


def digest(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a table's content, in hexadecimal.

    Names, dtypes, values and the order of rows and columns count; the index does not. Values of an object column
    count with their type, so that 1, True and "1" differ, but None and NaN are one there, because Parquet does not
    distinguish them. The digest is the same in every process and on every machine of the same byte order.
    """
    total = hashlib.sha256(json.dumps([len(frame), len(frame.columns)]).encode())
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        head = json.dumps([type(name).__name__, str(name), str(column.dtype)])
        body = _column_bytes(column)
        total.update(f"{len(head)}:{len(body)}:".encode() + head.encode())
        total.update(body)
    return total.hexdigest()


def _column_bytes(column: pd.Series) -> bytes:
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return column.to_numpy().tobytes()
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        values = column.to_numpy()
        return np.where(np.isnan(values), np.array(np.nan, dtype), values).tobytes()  # one NaN of many bit patterns
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return column.to_numpy().view("int64").tobytes()
    return _object_bytes(column.astype(object))


def _object_bytes(column: pd.Series) -> bytes:
    """Return the positions of the distinct values and the distinct values themselves, missing as -1."""
    missing = column.isna().to_numpy()
    is_text = pd.api.types.infer_dtype(column, skipna=True) == "string"
    if not is_text:
        # Factorizing would treat 1, 1.0 and True as one value: their type keeps them apart.
        typed = [None if lost else f"{type(v).__name__} {v!r}" for v, lost in zip(column, missing, strict=True)]
        column = pd.Series(typed, dtype=object)
    codes, distinct = pd.factorize(column)
    kind = b"texts" if is_text else b"mixed"
    return kind + codes.astype("int64").tobytes() + json.dumps([str(value) for value in distinct]).encode()
