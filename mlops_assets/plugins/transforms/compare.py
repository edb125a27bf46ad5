"""Compare: whether one column stands in a relation to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.values import OPERATORS, Operator

if TYPE_CHECKING:
    import pandas as pd


class Params(TransformParams):
    """1 where `left` stands in the relation to `right`, else 0; missing where either is missing."""

    transform: Literal["compare"] = "compare"
    left: str
    """Column on the left."""
    operator: Operator
    """How the two must compare."""
    right: str
    """Column on the right."""


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return (params.left, params.right)


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"1 where {params.left} {params.operator} {params.right}"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    left, right = arrays(frame, inputs(params))
    unknown = np.isnan(left) | np.isnan(right)
    return named(np.where(unknown, np.nan, OPERATORS[params.operator](left, right)), frame, params.name)
