"""Draft of a task: which value of the target is predicted, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_assets.data.coercion import as_text, parse_column
from mlops_assets.data.draft_columns import ColumnDraft, draft_column
from mlops_assets.errors import DataError, listing, nearest
from mlops_assets.use_case.data import Column

if TYPE_CHECKING:
    import pandas as pd

MANY_CLASSES = 20
_ENOUGH = 30
_YES = (
    "yes",
    "true",
    "y",
    "t",
    "positive",
    "pos",
    "1",
    "default",
    "churn",
    "churned",
    "fraud",
    "bad",
    "ja",
    "oui",
    "sí",
)


@dataclass(frozen=True)
class TargetDraft:
    """The target as a YAML would declare it.

    Attributes:
        column: its column.
        positive: the value that counts as positive.
        note: what a person should confirm.
        missing_share: share of rows without it.
    """

    column: ColumnDraft
    positive: int | str | bool
    note: str
    missing_share: float


def draft_target(frame: pd.DataFrame, target: str, decimal: str) -> TargetDraft:
    """Return the task that a target suggests; more than two values become one against the rest.

    Raises:
        DataError: there is no such column, it has one value or none, or it is continuous.
    """
    if target not in frame.columns:
        near = nearest(target, frame.columns)
        raise DataError(
            "the table does not hold the target",
            where=target,
            expected="the name of a column",
            got=f"columns {listing(map(repr, frame.columns), 12)}",
            fix=f"did you mean {near!r}?" if near else "name one of these",
        )
    series = frame[target]
    present = series.dropna()
    texts = as_text(present).to_pandas()
    if texts.nunique() > MANY_CLASSES:
        raise _too_many(series, target, texts.nunique(), decimal)
    column = draft_column(target, series, decimal, is_target=True)
    if column.distinct < 2:
        raise DataError(
            "every value of the target is missing" if present.empty else "the target has a single value",
            where=target,
            expected="two values or more",
            got=listing(map(repr, texts.unique())) or "nothing",
            fix="choose another target, or fetch rows of both kinds",
        )
    column.nullable, column.notes = False, []
    positive, note = _positive(column, present)
    return TargetDraft(column, positive, note, 1 - len(present) / len(series))


def _too_many(series: pd.Series, target: str, count: int, decimal: str) -> DataError:
    is_number = draft_column(target, series, decimal).type in ("integer", "number")
    return DataError(
        "the target is continuous, and regression is not supported"
        if is_number
        else f"the target has {count} values, too many for classes",
        where=target,
        expected=f"a target of 2 to {MANY_CLASSES} values",
        got=f"{count} different values",
        fix="add a column to the file that says what is to be predicted, such as whether it is above a limit",
    )


def _positive(column: ColumnDraft, present: pd.Series) -> tuple[int | str | bool, str]:
    if column.type == "boolean":
        return True, ""
    is_whole = all(isinstance(code, int) for code in column.codes)
    values = parse_column(present, Column(type="integer")).values if is_whole else as_text(present).to_pandas()
    counts = values.value_counts()
    rows = {code: int(counts[code]) for code in column.codes}
    if len(rows) == 2:
        named = [code for code in rows if str(code).strip().lower() in _YES]
        chosen = named[0] if len(named) == 1 else min(rows, key=lambda code: (rows[code], str(code)))
        return chosen, f"{rows[chosen] / len(present):.1%} of the rows; confirm that this is the one to predict"
    enough = [code for code in rows if rows[code] >= _ENOUGH]
    chosen = min(enough, key=lambda code: rows[code]) if enough else max(rows, key=lambda code: rows[code])
    others = f"one of {len(rows)} values against the rest"
    return chosen, f"{others}, {rows[chosen] / len(present):.1%} of the rows; write the one that matters"
