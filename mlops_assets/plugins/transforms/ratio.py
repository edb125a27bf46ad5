"""Ratio: one column divided by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import TransformParams

if TYPE_CHECKING:
    import pandas as pd


class Params(TransformParams):
    """Divide `numerator` by `denominator`."""

    transform: Literal["ratio"] = "ratio"
    numerator: str
    """Column above the line."""
    denominator: str
    """Column below the line. Where it is zero or missing, the feature is missing."""


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return (params.numerator, params.denominator)


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"{params.numerator} / {params.denominator}"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    above, below = arrays(frame, inputs(params))
    return named(above / np.where(below == 0, np.nan, below), frame, params.name)
