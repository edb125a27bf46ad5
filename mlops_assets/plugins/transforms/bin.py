"""Bin: which interval between declared edges a value lies in."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Edges, Frame, TransformParams


class Params(TransformParams):
    """Replace a number by the index of its interval: 0 below the first edge, 1 from it up to the second, and so on."""

    FORMULA = "interval of {column} between {edges}"
    transform: Literal["bin"] = "bin"
    column: ColumnName
    """Column to bin; missing stays missing."""
    edges: Edges
    """Inner edges, increasing. Each belongs to the interval above it."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    (values,) = arrays(frame, params.inputs)
    index = np.searchsorted(np.array(params.edges, dtype="float64"), values, side="right").astype("float64")
    return named(np.where(np.isnan(values), np.nan, index), frame, params.name)
