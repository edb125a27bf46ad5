"""Missing: whether a value is there."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """1 if the column is missing, else 0."""

    ACCEPTS = "anything"
    FORMULA = "1 where {column} is missing"
    transform: Literal["missing"] = "missing"
    column: ColumnName
    """Column of any type."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    return frame[params.column].isna().astype("float64").to_frame(params.name)
