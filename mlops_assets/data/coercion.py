"""From columns of any dtype to the declared types, and from those to the dtypes that later stages rely on.

`parse_column` comes before validation and loses nothing; `final_dtype` comes after it. Add a dtype that a
reader may return to `_parse_native`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_assets.data.parsing import INT64, Parsed, from_epoch, kind_of, parse_text, within_nanoseconds
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.date_format import EPOCHS

if TYPE_CHECKING:
    import pyarrow as pa

EXACT = 2**53
"""Largest whole number up to which every whole number has a float64 of its own."""


def frame_of_texts(table: pa.Table, columns: Mapping[str, Column], decimal: str) -> pd.DataFrame:
    """Return a table of texts as a frame, columns in their order; a name may occur twice.

    A declared column of whole numbers or numbers in which every value is one has numbers (Int64 where an integer
    column has missing values, so that large ones stay exact). Every other column keeps its texts, None where one is
    missing; so one bad value keeps its whole column as it was written.
    """
    series = [
        _read_column(values.combine_chunks(), columns.get(name), decimal)
        for name, values in zip(table.column_names, table.columns, strict=True)
    ]
    frame = pd.DataFrame(dict(enumerate(series)), copy=False)
    frame.columns = pd.Index(table.column_names)
    return frame


def _read_column(texts: pa.Array, column: Column | None, decimal: str) -> pd.Series:
    if column is not None and kind_of(column) in ("integer", "number"):
        parsed = parse_text(texts, column, decimal)
        if parsed.is_clean:
            whole = parsed.values.dtype == "Int64" and not parsed.values.hasnans
            return parsed.values.astype("int64") if whole else parsed.values
    return pd.Series(texts.to_pandas(), dtype=object)


def parse_column(series: pd.Series, column: Column, decimal: str = ".") -> Parsed:
    """Return a column of any dtype as declared; `decimal` is the decimal mark of values that are texts.

    Whole numbers that may be missing end as float64, so those above 2^53, which it cannot hold exactly, are broken.
    """
    kind, series = kind_of(column), pd.Series(series.array)
    native = _native_dates(series, column.format) if kind == "date" else _parse_native(series, kind)
    parsed = native if native is not None else parse_text(as_text(series), column, decimal)
    if column.type != "integer" or not column.may_be_missing:
        return parsed
    inexact = np.asarray(~parsed.values.between(-EXACT, EXACT) & parsed.values.notna(), dtype=bool)
    return Parsed(parsed.values.mask(inexact), parsed.broken | inexact) if inexact.any() else parsed


def final_dtype(values: pd.Series, column: Column) -> pd.Series:
    """Return valid values of a column in the dtype that every later stage relies on, index 0 … n-1.

    integer int64, or float64 with NaN where values may be missing; number float64; date datetime64[ns]; boolean
    bool, or object with None where values may be missing; text and category object, with None for missing, but a
    category whose codes are all whole numbers and of which none is missing int64.
    """
    values = values.reset_index(drop=True)
    kind, has_missing = kind_of(column), bool(values.isna().any())
    if column.type in ("number", "date"):
        return values
    if column.type == "integer":
        return values.astype("float64" if has_missing or column.may_be_missing else "int64")
    if kind == "integer" and not has_missing:
        return values.astype("int64")
    if column.type == "boolean" and not has_missing and not column.may_be_missing:
        return values.astype(bool)
    objects = values.to_numpy(dtype=object, copy=True)
    objects[values.isna().to_numpy()] = None
    return pd.Series(objects, dtype=object)


def stored_type(column: Column, *, is_ignored: bool) -> tuple[Any, Callable[[pd.Series], pd.Series] | None]:
    """Return how valid values of a column are stored in Parquet and read back by `pd.read_parquet`.

    Returns:
        The dtype as Pandera names it, None where it depends on whether a value is missing; and, where the dtype leaves
        something open, the function that checks for each value present whether it is of the column's type.
    """
    kind, may_be_missing = kind_of(column), column.may_be_missing or is_ignored
    if column.type == "integer" and column.may_be_missing:
        return "float64", _are_whole
    if kind == "integer":
        return (None, _are_whole) if may_be_missing else ("int64", None)
    if kind == "boolean":
        return (None, _are_truths) if may_be_missing else ("bool", None)
    return {"number": "float64", "date": "datetime64[ns]", "text": str, "codes": object}[kind], None


def _are_whole(values: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.notna()
    if pd.api.types.is_float_dtype(values.dtype):
        return values.between(-EXACT, EXACT) & (np.floor(values) == values)
    return values.map(lambda value: isinstance(value, int | np.integer) and not isinstance(value, bool)).astype(bool)


def _are_truths(values: pd.Series) -> pd.Series:
    return values.map(lambda value: isinstance(value, bool | np.bool_)).astype(bool)


def as_text(series: pd.Series) -> pa.Array:
    """Return the values as an array of strings: a whole number without a point, a date in ISO 8601."""
    import pyarrow as pa

    try:
        array = pa.array(series, type=pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        missing = series.isna().to_numpy()
        array = pa.array(
            [None if lost else _text(v) for v, lost in zip(series.astype(object), missing, strict=True)], pa.string()
        )
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float | np.floating) and np.isfinite(value) and float(value).is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _parse_native(series: pd.Series, kind: str) -> Parsed | None:
    """Return numbers and truth values that need no reading of texts; None where the values must be read as texts."""
    if kind == "integer":
        return _native_integers(series)
    dtype, clean = series.dtype, np.zeros(len(series), dtype=bool)
    is_truth = pd.api.types.is_bool_dtype(dtype) and not pd.api.types.is_object_dtype(dtype)
    if kind == "number" and pd.api.types.is_numeric_dtype(dtype) and not is_truth:
        return Parsed(pd.Series(series.to_numpy(dtype="float64", na_value=np.nan)), clean)
    if kind == "boolean" and is_truth:
        return Parsed(series.astype("boolean"), clean)
    return None


def _native_dates(series: pd.Series, written: str | None) -> Parsed | None:
    """Return dates that are dates already, whatever format is declared, and numbers declared as an epoch."""
    dtype = series.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        dates = within_nanoseconds(series.dt.tz_convert("UTC").dt.tz_localize(None))
    elif pd.api.types.is_datetime64_dtype(dtype):
        dates = within_nanoseconds(series)
    elif written in EPOCHS and pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        dates = from_epoch(series.to_numpy(dtype="float64", na_value=np.nan), written)
    else:
        return None
    return Parsed(dates, (series.notna() & dates.isna()).to_numpy())


def _native_integers(series: pd.Series) -> Parsed | None:
    if pd.api.types.is_integer_dtype(series.dtype):
        largest = series.max()  # missing where no value is there
        fits = pd.isna(largest) or int(largest) <= INT64[1]
        return Parsed(series.astype("Int64", copy=False), np.zeros(len(series), dtype=bool)) if fits else None
    if not pd.api.types.is_float_dtype(series.dtype):
        return None
    values = series.to_numpy(dtype="float64", na_value=np.nan)
    whole = np.isfinite(values) & (np.abs(values) <= EXACT) & (np.floor(values) == values)
    numbers = pd.arrays.IntegerArray(np.where(whole, values, 0).astype("int64"), ~whole)
    return Parsed(pd.Series(numbers), ~whole & ~np.isnan(values))
