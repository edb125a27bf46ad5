"""Bin: which interval between declared edges a value lies in."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mlops_assets.plugins.column_groups import arrays, named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams


def _check_increasing(edges: tuple[float, ...]) -> tuple[float, ...]:
    if any(right <= left for left, right in itertools.pairwise(edges)):
        raise ValueError("edges increase, each larger than the one before it")
    return edges


class Params(TransformParams):
    """Replace a number by the index of its interval: 0 below the first edge, 1 from it up to the second, and so on."""

    FORMULA = "interval of {column} between {edges}"
    transform: Literal["bin"] = "bin"
    column: ColumnName
    """Column to cut; missing stays missing."""
    edges: Annotated[tuple[float, ...], Field(min_length=1), AfterValidator(_check_increasing)]
    """Inner edges, increasing. Each belongs to the interval above it."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    import numpy as np

    (values,) = arrays(frame, params.inputs)
    index = np.searchsorted(np.array(params.edges, dtype="float64"), values, side="right").astype("float64")
    return named(np.where(np.isnan(values), np.nan, index), frame, params.name)
