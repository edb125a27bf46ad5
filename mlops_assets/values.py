"""Codes: how a cell of a category is told from another, whatever dtype its column came in.

A column of whole numbers is int64 where nothing is missing, objects or floats where something is; the code 1 is
the same in all three. Encoders and transforms compare codes only through this module.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Code = int | str
"""A value of a category as it stands in the file: a whole number or a text."""


def code_of(value: Any) -> Code:
    """Return the code that a known cell stands for: a whole number as int, anything else as text.

    >>> code_of(2.0), code_of("2"), code_of(True), code_of(2.5)
    (2, '2', 1, '2.5')
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):  # as large as they come, and booleans
        return int(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return int(value) if math.isfinite(number) and number == int(number) else str(value)


def factorize(series: pd.Series) -> tuple[np.ndarray, tuple[Code, ...]]:
    """Return for each row the position of its code, -1 where missing, and the codes."""
    import pandas as pd

    positions, uniques = pd.factorize(series, use_na_sentinel=True)
    return positions, tuple(code_of(value) for value in uniques)


def look_up(series: pd.Series, value_of: Callable[[Code], float], missing: float) -> np.ndarray:
    """Return `value_of` the code of each row as float64, and `missing` where there is none."""
    import numpy as np

    positions, found = factorize(series)
    table = np.array([*(value_of(code) for code in found), missing], dtype="float64")
    return table[positions]
