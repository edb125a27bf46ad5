"""Difference: one column minus another."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Subtract `right` from `left`."""

    FORMULA = "{left} - {right}"
    transform: Literal["difference"] = "difference"
    left: ColumnName
    """Column that is subtracted from."""
    right: ColumnName
    """Column that is subtracted."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    left, right = arrays(frame, params.inputs)
    return named(left - right, frame, params.name)
