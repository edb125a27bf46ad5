"""Difference: one column minus another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import TransformParams

if TYPE_CHECKING:
    import pandas as pd


class Params(TransformParams):
    """Subtract `right` from `left`."""

    transform: Literal["difference"] = "difference"
    left: str
    """Column that is subtracted from."""
    right: str
    """Column that is subtracted."""


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return (params.left, params.right)


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"{params.left} - {params.right}"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    left, right = arrays(frame, inputs(params))
    return named(left - right, frame, params.name)
