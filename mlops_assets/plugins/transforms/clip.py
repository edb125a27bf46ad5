"""Clip: a number held between declared bounds."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Replace a value outside the bounds by the nearest bound; missing stays missing."""

    transform: Literal["clip"] = "clip"
    column: ColumnName
    """Column to clip."""
    low: float | None = None
    """Smallest value; if omitted, no limit."""
    high: float | None = None
    """Largest value; if omitted, no limit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("give low, high or both")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low lies below high")
        return self

    @property
    def formula(self) -> str:
        """The bounds that there are."""
        low = "" if self.low is None else f" to at least {self.low:g}"
        high = "" if self.high is None else f" to at most {self.high:g}"
        return f"{self.column} clipped{low}{high}"


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    (values,) = arrays(frame, params.inputs)
    low = -np.inf if params.low is None else params.low
    high = np.inf if params.high is None else params.high
    return named(np.clip(values, low, high), frame, params.name)
