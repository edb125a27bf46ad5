"""Days between: the time from one date to another."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Count the days from `start` to `end`, negative if `end` comes first; missing if either is missing."""

    ACCEPTS = "dates"
    FORMULA = "days from {start} to {end}"
    transform: Literal["days_between"] = "days_between"
    start: ColumnName
    """Column of dates to count from."""
    end: ColumnName
    """Column of dates to count to."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    elapsed = frame[params.end] - frame[params.start]
    return (elapsed.dt.total_seconds() / 86_400).to_frame(params.name)
