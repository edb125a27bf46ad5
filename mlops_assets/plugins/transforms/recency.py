"""Recency: how long ago a condition last held, in columns."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import ConditionParams, met, named
from mlops_assets.plugins.declarations import Frame


class Params(ConditionParams):
    """Count the steps back from the last listed column to the most recent one in which the condition holds.

    The last column is 0 steps back. Where the condition holds nowhere the feature is the number of columns; where
    all columns are missing it is missing.
    """

    transform: Literal["recency"] = "recency"

    @property
    def formula(self) -> str:
        """Where the steps start, and what they lead to."""
        condition = f"{', '.join(self.columns)} that is {self.operator} {self.value}"
        return f"steps back from {self.columns[-1]} to the latest of {condition}"


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    hits, unknown = met(frame, params)
    steps = np.full(len(frame), float(len(hits)))
    for position, hit in enumerate(hits):
        steps = np.where(hit, float(len(hits) - 1 - position), steps)
    return named(np.where(unknown, np.nan, steps), frame, params.name)
