"""Product: an interaction, columns multiplied with each other."""

from __future__ import annotations

from typing import Literal

from mlops_assets.plugins.column_groups import ColumnGroup, arrays, named
from mlops_assets.plugins.declarations import Frame, TransformParams


class Params(TransformParams):
    """Multiply the columns. A column that is listed twice is squared."""

    transform: Literal["product"] = "product"
    columns: ColumnGroup
    """Columns to multiply. If one is missing, the feature is missing."""

    @property
    def formula(self) -> str:
        """The product, each column as often as it is listed."""
        return " * ".join(self.columns)


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    product, *others = arrays(frame, params.columns)
    for values in others:
        product = product * values
    return named(product, frame, params.name)
