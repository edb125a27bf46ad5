"""Draft of odd values: the few that keep a column from being numbers or dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops_assets.data.coercion import as_text, parse_column
from mlops_assets.drafting.dates import mostly
from mlops_assets.errors import listing
from mlops_assets.use_case.data import Column

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_FEW_BROKEN = 0.2


def odd_values(present: pd.Series, decimal: str) -> Iterator[str]:
    """Yield what to do about a column of numbers or dates that a few other values turn into free text."""
    broken = parse_column(present, Column(type="number"), decimal).broken
    if 0 < broken.mean() <= _FEW_BROKEN:
        yield _few_broken(present, broken, "numbers", "type: number")
    dates = mostly(present)
    if dates is not None:
        written = f', format: "{dates[0]}"' if dates[0] else ""
        yield _few_broken(present, dates[1], "dates", f"type: date{written}")


def _few_broken(present: pd.Series, broken: np.ndarray, called: str, facts: str) -> str:
    others = listing(sorted({repr(text) for text in as_text(present[broken]).to_pylist()}))
    return (
        f"{len(present) - broken.sum()} of {len(present)} values are {called}, but not {others}: name what "
        f"means missing in source.missing_values, and write {facts}"
    )
