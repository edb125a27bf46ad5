"""Longest run: how many columns in a row meet a condition."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import ConditionParams, met, named
from mlops_assets.plugins.declarations import Frame


class Params(ConditionParams):
    """Count the columns of the longest unbroken run in which the condition holds.

    A missing column breaks a run; where all are missing, so is the feature.
    """

    FORMULA = "longest run of {columns} that are {operator} {value}"
    transform: Literal["longest_run"] = "longest_run"


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    hits, unknown = met(frame, params)
    current = longest = np.zeros(len(frame))
    for hit in hits:
        current = np.where(hit, current + 1, 0.0)
        longest = np.maximum(longest, current)
    return named(np.where(unknown, np.nan, longest), frame, params.name)
