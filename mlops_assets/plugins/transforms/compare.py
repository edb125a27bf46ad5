"""Compare: whether one column stands in a relation to another."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams
from mlops_assets.values import OPERATORS, Operator


class Params(TransformParams):
    """1 if the comparison of `left` with `right` holds, else 0; missing if either is missing."""

    FORMULA = "1 where {left} {operator} {right}"
    transform: Literal["compare"] = "compare"
    left: ColumnName
    """Column on the left."""
    operator: Operator
    """Comparison operator."""
    right: ColumnName
    """Column on the right."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    left, right = arrays(frame, params.inputs)
    unknown = np.isnan(left) | np.isnan(right)
    return named(np.where(unknown, np.nan, OPERATORS[params.operator](left, right)), frame, params.name)
