"""Trend: the slope of a straight line through ordered columns."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import DistinctColumns, arrays, filled, known, named, total
from mlops_assets.plugins.declarations import Frame, TransformParams


class Params(TransformParams):
    """Fit a least-squares line to the columns, which are one step apart, and take its slope per step."""

    FORMULA = "least-squares slope a step over {columns}"
    transform: Literal["trend"] = "trend"
    columns: DistinctColumns
    """Columns, oldest first. A missing one is left out; with fewer than two values the feature is
    missing."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    values = arrays(frame, params.columns)
    present = known(values)
    count = total(present)
    centre = total([step * here for step, here in enumerate(present)]) / np.maximum(count, 1)
    offsets = [np.where(here, step - centre, 0.0) for step, here in enumerate(present)]
    spread = total([offset * offset for offset in offsets])
    rise = total([offset * value for offset, value in zip(offsets, filled(values, 0.0), strict=True)])
    return named(np.where(count >= 2, rise / np.where(count >= 2, spread, 1.0), np.nan), frame, params.name)
