"""Count where: how many columns of a group meet a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlops_assets.plugins.column_groups import named, total
from mlops_assets.plugins.conditions import ConditionParams, met, words

if TYPE_CHECKING:
    import pandas as pd


class Params(ConditionParams):
    """Count the columns in which the condition holds.

    A missing column is not counted; where all are missing, so is the feature.
    """

    transform: Literal["count_where"] = "count_where"


def inputs(params: Params) -> tuple[str, ...]:
    """Return the columns that are read."""
    return params.columns


def formula(params: Params) -> str:
    """Return the computation in words."""
    return f"number of {', '.join(params.columns)} that are {words(params)}"


def apply(frame: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    hits, unknown = met(frame, params)
    return named(np.where(unknown, np.nan, total(hits)), frame, params.name)
