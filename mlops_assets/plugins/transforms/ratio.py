"""Ratio: one column divided by another."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Divide `numerator` by `denominator`."""

    FORMULA = "{numerator} / {denominator}"
    transform: Literal["ratio"] = "ratio"
    numerator: ColumnName
    """Numerator."""
    denominator: ColumnName
    """Denominator. If it is zero or missing, the feature is missing."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    above, below = arrays(frame, params.inputs)
    return named(above / np.where(below == 0, np.nan, below), frame, params.name)
