"""Column groups: several columns read as one float array each, arithmetic across them and conditions on their cells.

Holds what transforms over a group share. Sums run column by column, never along a row of a matrix: numpy adds a
long row in another order when it is the only one, and one row alone must give the very bits it gives in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from mlops_assets.plugins.declarations import READ, Accepts, Frame, TransformParams
from mlops_assets.values import OPERATORS, Operator, look_up

if TYPE_CHECKING:
    import numpy as np


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


def arrays(frame: Frame, columns: Sequence[str]) -> list[np.ndarray]:
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


def named(values: np.ndarray, frame: Frame, name: str) -> Frame:
    """Return a frame of one float64 column with the rows of `frame`."""
    import pandas as pd

    return pd.DataFrame({name: values.astype("float64", copy=False)}, index=frame.index)


class ConditionParams(TransformParams):
    """A condition on each column of a group."""

    columns: DistinctColumns
    """Columns of the group, oldest first if they are ordered."""
    operator: Operator
    """Comparison operator."""
    value: int | float | str
    """Value to compare with; a text only with `==` and `!=`."""

    @property
    def accepts(self) -> Accepts:
        """Numbers, unless the value is a text."""
        return "anything" if isinstance(self.value, str) else "numbers"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.value, str) and self.operator not in ("==", "!="):
            raise ValueError(f"a text is compared with == or !=, not with {self.operator}")
        return self


def met(frame: Frame, params: ConditionParams) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the cells of each column that meet the condition, and the rows in which every column is missing.

    A missing cell never meets a condition, not even `!=`.

    Returns:
        One boolean array of shape (rows,) a column, in the order of `params.columns`; and one more such array.
    """
    import numpy as np

    value: float | str = params.value
    if isinstance(value, str):  # 1 where a cell is the text, 0 where it is another
        cells = [look_up(frame[c], lambda code: float(code == params.value), np.nan) for c in params.columns]
        value = 1.0
    else:
        cells = arrays(frame, params.columns)
    compare, unknown = OPERATORS[params.operator], [np.isnan(values) for values in cells]
    hits = [compare(values, value) & ~gap for values, gap in zip(cells, unknown, strict=True)]
    return hits, np.logical_and.reduce(unknown)
