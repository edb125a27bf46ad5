"""Values: what a cell of a table means, regardless of its dtype, and how two values compare.

Defines once, for all packages, when two codes are the same, how a date becomes a number, and what each comparison
operator means. Statistics of many values are in `statistics/`.

Two codes are the same where they are the same whole number or the same text:

- 1, 1.0, `numpy.int64(1)` and true are the same code, because readers return a column of whole numbers as int64, as
  floats or as objects, with and without missing values.
- A text equals only the identical text: "1" is not 1, " a" is not "a", and "A" is not "a".
- A missing value (None, NaN, NaT, `pandas.NA`) is not a code and equals none, not even another missing value.
- A number that is not whole and a date are compared as text: 2.5 is "2.5".
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Code = int | str
"""A value of a category as written in the file: a whole number or a text."""

Operator = Literal["<", "<=", "==", "!=", ">=", ">"]
"""How two values may be compared in a YAML."""

OPERATORS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
"""The function of each operator, for numbers and for whole columns; exclude missing values first."""


def code_of(value: Any) -> Code:
    """Return the code of a known value: a whole number as int, anything else as text.

    >>> code_of(2.0), code_of("2"), code_of(True), code_of(2.5)
    (2, '2', 1, '2.5')
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):  # of any size, and booleans
        return int(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return int(value) if math.isfinite(number) and number == int(number) else str(value)


def in_order(codes: Iterable[Any], declared: Sequence[Any] = ()) -> list[Any]:
    """Return distinct codes in a fixed order: declared ones as declared, then numbers in ascending order, then texts.

    A declared code that is not among `codes` is left out. The values themselves are not changed.
    """
    places = {code_of(code): place for place, code in enumerate(declared)}
    return sorted(codes, key=lambda code: (places.get(code_of(code), len(declared)), isinstance(code, str), code))


def factorize(values: pd.Series) -> tuple[np.ndarray, tuple[Code, ...]]:
    """Return for each cell the position of its code, shape (rows,), -1 where missing, and the different codes."""
    import numpy as np
    import pandas as pd

    positions, uniques = pd.factorize(values, use_na_sentinel=True)
    codes = [code_of(value) for value in uniques]
    place = {code: position for position, code in enumerate(dict.fromkeys(codes))}
    return np.array([*(place[code] for code in codes), -1])[positions], tuple(place)


def look_up(values: pd.Series, value_of: Callable[[Code], float], missing: float) -> np.ndarray:
    """Return `value_of` the code of each cell as float64, and `missing` for a missing cell."""
    import numpy as np

    positions, found = factorize(values)
    return np.array([*(value_of(code) for code in found), missing], dtype="float64")[positions]


def is_one_of(values: pd.Series, codes: Iterable[Any]) -> np.ndarray:
    """Return where a cell is one of some codes, bool of shape (rows,); a missing cell is none of them."""
    wanted = {code_of(code) for code in codes}
    return look_up(values, lambda code: float(code in wanted), 0.0) == 1.0


def as_numbers(values: pd.Series) -> np.ndarray:
    """Return a column as float64, shape (rows,): dates as days since 1970-01-01, true as 1, missing as NaN."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(values):
        values = (values - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return values.to_numpy(dtype="float64", na_value=np.nan)


def as_number(value: float | dt.date) -> float:
    """Return a declared number; a date as days since 1970-01-01.

    >>> as_number(dt.date(1970, 1, 3)), as_number(5)
    (2.0, 5.0)
    """
    return float((value - dt.date(1970, 1, 1)).days) if isinstance(value, dt.date) else float(value)


def as_dates(days: pd.Series) -> pd.Series:
    """Return datetime64[ns] for days since 1970-01-01, NaT where they are missing: the inverse of `as_numbers`."""
    import pandas as pd

    return (pd.Timestamp(0) + pd.to_timedelta(days, unit="D")).astype("datetime64[ns]")
