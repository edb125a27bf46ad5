"""Count where: how many columns of a group meet a condition."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import ConditionParams, met, named, total
from mlops_assets.plugins.declarations import Frame


class Params(ConditionParams):
    """Count the columns in which the condition holds.

    A missing column is not counted; where all are missing, so is the feature.
    """

    FORMULA = "number of {columns} that are {operator} {value}"
    transform: Literal["count_where"] = "count_where"


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    hits, unknown = met(frame, params)
    return named(np.where(unknown, np.nan, total(hits)), frame, params.name)
