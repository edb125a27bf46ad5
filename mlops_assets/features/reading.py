"""Reading: raw columns of a table as features need them, and the one message where a table does not fit.

Infinite numbers become missing here, so that none reaches a later step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError, listing, nearest
from mlops_assets.plugins.declarations import Accepts


def check_columns(frame: pd.DataFrame, required: Sequence[str]) -> None:
    """Raise DataError, with the difference, unless each required column is there exactly once."""
    missing = [name for name in required if name not in frame.columns]
    twice = [name for name in required if name in frame.columns and list(frame.columns).count(name) > 1]
    if not missing and not twice:
        return
    extra = [name for name in frame.columns if name not in set(required)]
    near = {name: nearest(name, extra) for name in missing}
    lines = [f"- {name}: not in the table" + (f" (there is {near[name]!r})" if near[name] else "") for name in missing]
    lines += [f"- {name}: in the table more than once" for name in twice]
    raise DataError(
        f"{len(lines)} of {len(required)} columns that the features need cannot be read",
        where="table",
        expected=f"each of {listing(map(repr, required), 8)} once",
        got="\n  " + "\n  ".join([*lines[:20], *([f"and {len(lines) - 20} more"] if len(lines) > 20 else [])]),
        fix="give the table the columns that the model was trained on",
    )


def read_numbers(series: pd.Series, name: str) -> np.ndarray:
    """Return a column as float64, shape (rows,): booleans as 0 and 1, missing and infinite as NaN.

    Raises:
        DataError: a value is neither a number nor missing.
    """
    if series.dtype == "float64":
        return finite(series.to_numpy())
    try:
        values = series.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as fault:
        raise _not_a(series, name, "number", pd.to_numeric(series, errors="coerce")) from fault
    return finite(values)


def finite(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN in place of each infinity."""
    return np.where(np.isfinite(values), values, np.nan)


def read(series: pd.Series, name: str, accepts: Accepts) -> pd.Series:
    """Return a column as a transform expects it: float64, datetime64[ns], or as it is.

    Raises:
        DataError: a value is neither of that kind nor missing.
    """
    if accepts == "numbers":
        return pd.Series(read_numbers(series, name), index=series.index, name=name)
    if accepts == "dates" and not pd.api.types.is_datetime64_any_dtype(series):
        if pd.api.types.is_numeric_dtype(series) and series.notna().any():
            raise _not_a(series, name, "date", pd.Series(pd.NaT, index=series.index))
        try:
            return pd.to_datetime(series, format="ISO8601")
        except (TypeError, ValueError) as fault:
            parsed = pd.to_datetime(series, format="ISO8601", errors="coerce")
            raise _not_a(series, name, "date", parsed) from fault
    if accepts == "texts":
        texts = series.map(lambda value: isinstance(value, str) or None)
        if (texts.isna() & series.notna()).any():
            raise _not_a(series, name, "text", texts)
    return series


def _not_a(series: pd.Series, name: str, kind: str, parsed: pd.Series) -> DataError:
    wrong = series[parsed.isna().to_numpy() & series.notna().to_numpy()]
    return DataError(
        f"not a {kind} in {len(wrong)} of {len(series)} rows",
        where=f"column {name!r}",
        expected=f"a {kind} or nothing in every row",
        got=listing((repr(value) for value in wrong.unique()[:20].tolist()), 3),
        fix="validate the table before features are built from it",
    )
