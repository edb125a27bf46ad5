"""Draft of suspicions: columns of a file that nearly are the target, before anything was declared of them.

The figures are those of `leakage`, on all rows with a target, because nothing is split yet. A finding becomes a comment
at the column: whether its value is known in time is for a person to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from mlops_assets.data.coercion import parse_column
from mlops_assets.data.leakage import LeakageReport, find_leaks
from mlops_assets.data.parsing import kind_of

if TYPE_CHECKING:
    from mlops_assets.drafting.columns import ColumnDraft

_ORDERED = ("integer", "number", "date", "boolean")


def suspect_leaks(
    frame: pd.DataFrame, positive: pd.Series, columns: Sequence[ColumnDraft], decimal: str
) -> LeakageReport:
    """Return what nearly is the target among the columns that may enter a model.

    Args:
        frame: the table as it was read.
        positive: whether the target is positive, missing where it is not known; index as in `frame`.
        columns: drafts of the columns, the target not among them.
        decimal: decimal mark of numbers that are texts.
    """
    known = positive.notna().to_numpy()
    examined = [column for column in columns if column.role == "feature"]
    typed = pd.DataFrame({column.name: _values(frame[column.name], column, decimal) for column in examined})
    y = positive[known].to_numpy(dtype="int8")
    return find_leaks(typed[known].reset_index(drop=True), y, [column.name for column in examined])


def _values(series: pd.Series, column: ColumnDraft, decimal: str) -> pd.Series:
    """Return values that have an order as numbers or dates, others as they are."""
    if kind_of(column.declared) not in _ORDERED:
        return series
    return parse_column(series, column.declared, decimal).values
