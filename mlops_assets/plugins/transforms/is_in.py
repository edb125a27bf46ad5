"""Is in: whether a code is one of a list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.plugins.column_groups import named
from mlops_assets.plugins.declarations import ColumnName, Frame, TransformParams
from mlops_assets.values import Code, look_up


class Params(TransformParams):
    """1 if the column has one of the codes, else 0; missing if the column is missing."""

    ACCEPTS = "anything"
    FORMULA = "1 where {column} is one of {codes}"
    transform: Literal["is_in"] = "is_in"
    column: ColumnName
    """Column with the codes."""
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]
    """Codes to look for. The whole number 1 and the text "1" are different codes."""


def apply(frame: Frame, params: Params) -> Frame:
    """Return a frame of one float column named as the feature, rows as in `frame`."""
    wanted = set(params.codes)
    found = look_up(frame[params.column], lambda code: float(code in wanted), float("nan"))
    return named(found, frame, params.name)
