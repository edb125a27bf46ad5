"""Conditions: an operator and a value that the columns of a group are held against, one cell at a time.

Holds what the transforms with a condition share. A missing cell never meets a condition, `!=` included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from mlops_assets.plugins.column_groups import DistinctColumns, arrays
from mlops_assets.plugins.declarations import Accepts, TransformParams
from mlops_assets.values import OPERATORS, Operator, look_up

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class ConditionParams(TransformParams):
    """A condition on each column of a group."""

    columns: DistinctColumns
    """Columns to look at, oldest first where they are in an order."""
    operator: Operator
    """How a value must compare."""
    value: int | float | str
    """What it is compared with; a text only with `==` and `!=`."""

    @property
    def accepts(self) -> Accepts:
        """Numbers, unless the value is a text."""
        return "anything" if isinstance(self.value, str) else "numbers"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.value, str) and self.operator not in ("==", "!="):
            raise ValueError(f"a text is compared with == or !=, not with {self.operator}")
        return self


def met(frame: pd.DataFrame, params: ConditionParams) -> tuple[list[np.ndarray], np.ndarray]:
    """Return for each column where the condition is met, and the rows in which nothing is known at all.

    Returns:
        One boolean array of shape (rows,) a column, in the order of `params.columns`; and one more such array.
    """
    import numpy as np

    compare = OPERATORS[params.operator]
    if isinstance(params.value, str):
        texts = [_is_text(frame[column], params.value) for column in params.columns]
        wanted = 1.0 if params.operator == "==" else 0.0
        return [cells == wanted for cells in texts], np.logical_and.reduce([np.isnan(cells) for cells in texts])
    cells = arrays(frame, params.columns)
    unknown = [np.isnan(values) for values in cells]
    hits = [compare(values, params.value) & ~gap for values, gap in zip(cells, unknown, strict=True)]
    return hits, np.logical_and.reduce(unknown)


def _is_text(series: pd.Series, text: str) -> np.ndarray:
    return look_up(series, lambda code: float(code == text), float("nan"))
