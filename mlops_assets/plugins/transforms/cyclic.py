"""Cyclic: a number that starts over, as a point on a circle."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.plugins.column_groups import arrays
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Turn a number with a period, such as the month, into a sine and a cosine, so that its end meets its start."""

    FORMULA = "angle of {column} on a circle of {period:g}"
    transform: Literal["cyclic"] = "cyclic"
    column: ColumnName
    """Column with the number; missing stays missing."""
    period: Annotated[float, Field(gt=0)]
    """Length of the period: 12 for months, 7 for days of the week, 24 for hours."""

    @property
    def outputs(self) -> dict[str, str]:
        """The names of the two columns, and which is which."""
        return {f"{self.name}_sin": "sine", f"{self.name}_cos": "cosine"}


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of two float columns between -1 and 1, rows as in `frame`."""
    import numpy as np
    import pandas as pd

    (values,) = arrays(frame, params.inputs)
    angle = 2 * np.pi * (values / params.period)
    sine, cosine = params.outputs
    return pd.DataFrame({sine: np.sin(angle), cosine: np.cos(angle)}, index=frame.index)
