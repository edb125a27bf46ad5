"""Days between: the time from one date to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.declarations import Accepts, TransformParams

if TYPE_CHECKING:
    import pandas as pd


class Params(TransformParams):
    """Count the days from `start` to `end`, negative where `end` comes first; missing where either is missing."""

    transform: Literal["days_between"] = "days_between"
    start: str
    """Column of dates to count from."""
    end: str
    """Column of dates to count to."""

    @property
    def accepts(self) -> Accepts:
        """Dates."""
        return "dates"


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return (params.start, params.end)


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"days from {params.start} to {params.end}"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    elapsed = frame[params.end] - frame[params.start]
    return (elapsed.dt.total_seconds() / 86_400).to_frame(params.name)
