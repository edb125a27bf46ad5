"""Log: the logarithm of a number, with a declared answer for zero and below."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


class Params(TransformParams):
    """Take the natural logarithm of a column."""

    transform: Literal["log"] = "log"
    column: ColumnName
    """Column to transform."""
    method: Literal["signed_log1p", "log1p", "log"] = "signed_log1p"
    """`signed_log1p` is sign(x) log(1 + |x|), which is defined for zero and negative values too; `log1p` is log(1 + x),
    missing at -1 and below; `log` is log(x), missing at 0 and below."""

    @property
    def formula(self) -> str:
        """What the method computes, and where it is missing."""
        return {
            "signed_log1p": f"sign({self.column}) log(1 + |{self.column}|)",
            "log1p": f"log(1 + {self.column}), missing where {self.column} <= -1",
            "log": f"log({self.column}), missing where {self.column} <= 0",
        }[self.method]


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    (values,) = arrays(frame, params.inputs)
    if params.method == "signed_log1p":
        logged = np.sign(values) * np.log1p(np.abs(values))
    elif params.method == "log1p":
        logged = np.log1p(np.where(values > -1, values, np.nan))
    else:
        logged = np.log(np.where(values > 0, values, np.nan))
    return named(logged, frame, params.name)
