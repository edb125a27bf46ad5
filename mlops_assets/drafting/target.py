"""Draft of a task: which value of the target is predicted, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mlops_assets.data.coercion import as_text, parse_column
from mlops_assets.drafting.columns import ColumnDraft, draft_column
from mlops_assets.errors import DataError, listing, nearest
from mlops_assets.formatting import number_text, percent_text

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
        positives: the values that count as positive; several only where they differ in nothing but spaces or case.
        note: what a person should confirm.
        positive: whether each row is positive, missing where the target is; index as in the table.
    """

    column: ColumnDraft
    positives: tuple[int | str | bool, ...]
    note: str
    positive: pd.Series

    @property
    def missing_share(self) -> float:
        """Share of rows without a target."""
        return float(self.positive.isna().mean())

    @property
    def rows(self) -> int:
        """Rows of the rarer class."""
        count = int(self.positive.sum())
        return min(count, int(self.positive.notna().sum()) - count)


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
    known = parse_column(present, column.declared).values
    values = pd.Series(known.to_numpy(dtype=object), index=present.index)
    positives, note = _positives(column, values)
    positive = values.isin(positives).astype("float64").reindex(series.index)
    counts = f"{number_text(positive.sum())} of {number_text(len(present))} rows ({percent_text(positive.mean())})"
    return TargetDraft(column, positives, f"positive in {counts}{note}", positive)


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


def _positives(column: ColumnDraft, values: pd.Series) -> tuple[tuple[int | str | bool, ...], str]:
    """Return the values that count as positive, and what a person should confirm of them."""
    if column.type == "boolean":
        return (True,), ""
    alike: dict[object, list[int | str]] = {}
    for code in column.codes:
        alike.setdefault(_plain(code), []).append(code)
    rows = {key: int(values.isin(codes).sum()) for key, codes in alike.items()}
    if len(rows) == 1:  # they differ in spaces or case only, so these tell the classes apart
        alike, rows = {code: [code] for code in column.codes}, {c: int((values == c).sum()) for c in column.codes}
    if len(rows) == 2:
        named = [key for key in rows if str(key) in _YES]
        chosen = named[0] if len(named) == 1 else min(rows, key=lambda key: (rows[key], str(key)))
        return tuple(alike[chosen]), "; is this the value to predict?"
    enough = [key for key in rows if rows[key] >= _ENOUGH]
    chosen = min(enough, key=lambda key: rows[key]) if enough else max(rows, key=lambda key: rows[key])
    told = listing((f"{codes[0]!r} in {number_text(rows[key])}" for key, codes in alike.items()), MANY_CLASSES)
    return tuple(alike[chosen]), f"; one against the rest of {len(rows)} values ({told}): write one or a list"


def _plain(code: int | str) -> int | str:
    """Return a code without what a slip of the keyboard adds: spaces around it, and capitals."""
    return code.strip().lower() if isinstance(code, str) else code
