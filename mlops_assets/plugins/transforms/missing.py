"""Missing: whether a value is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.declarations import Accepts, TransformParams

if TYPE_CHECKING:
    import pandas as pd


class Params(TransformParams):
    """1 where the column is missing, else 0."""

    transform: Literal["missing"] = "missing"
    column: str
    """Column to look at, of any type."""

    @property
    def accepts(self) -> Accepts:
        """Anything."""
        return "anything"


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return (params.column,)


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"1 where {params.column} is missing"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    return frame[params.column].isna().astype("float64").to_frame(params.name)
