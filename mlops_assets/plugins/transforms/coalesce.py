"""Coalesce: the first of several columns that is known."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import DistinctColumns, arrays, named
from mlops_assets.plugins.declarations import Frame, TransformParams


class Params(TransformParams):
    """Take the first listed column that is not missing."""

    FORMULA = "first known of {columns}"
    transform: Literal["coalesce"] = "coalesce"
    columns: DistinctColumns
    """Columns, the preferred one first. If all are missing, the feature is missing."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    first, *others = arrays(frame, params.columns)
    for values in others:
        first = np.where(np.isnan(first), values, first)
    return named(first, frame, params.name)
