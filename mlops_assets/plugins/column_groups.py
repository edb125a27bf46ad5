"""Column groups: several columns read as one float array each, and arithmetic across them row by row.

Holds what transforms over a group share. Sums run column by column, never along a row of a matrix: numpy adds a
long row in another order when it is the only one, and one row alone must give the very bits it gives in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from mlops_assets.plugins.declarations import READ

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names; raise ValueError where one is listed twice."""
    twice = [name for position, name in enumerate(names) if name in names[:position]]
    if twice:
        raise ValueError(f"each name is listed once, but {twice[0]!r} is there twice")
    return names


ColumnGroup = Annotated[tuple[str, ...], Field(min_length=2), READ]
"""At least two columns, in the order that they are read."""

DistinctColumns = Annotated[ColumnGroup, AfterValidator(distinct)]
"""The same, each column once."""


def arrays(frame: pd.DataFrame, columns: Sequence[str]) -> list[np.ndarray]:
    """Return each column as an array of float64, shape (rows,), NaN where missing."""
    return [frame[column].to_numpy(dtype="float64") for column in columns]


def known(values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return for each array where it is not missing."""
    import numpy as np

    return [~np.isnan(array) for array in values]


def total(values: Sequence[np.ndarray]) -> np.ndarray:
    """Return the sum across arrays of shape (rows,), as float64, added from the first to the last."""
    import numpy as np

    return reduce(np.add, (np.asarray(array, dtype="float64") for array in values))


def filled(values: Sequence[np.ndarray], value: float) -> list[np.ndarray]:
    """Return the arrays with `value` in place of each NaN."""
    import numpy as np

    return [np.where(np.isnan(array), value, array) for array in values]


def named(values: np.ndarray, frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a frame of one float64 column with the rows of `frame`."""
    import pandas as pd

    return pd.DataFrame({name: values.astype("float64", copy=False)}, index=frame.index)
