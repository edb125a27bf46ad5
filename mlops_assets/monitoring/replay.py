"""Replay: the rows reserved for monitoring, cut into batches, with or without a declared shift.

Holds the forms of a shift and how it is applied. The command line writes the batches to a folder.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_assets.data.parsing import write_declared
from mlops_assets.errors import DataError, listing, suggestion
from mlops_assets.use_case.data import Column

_FORMS = "COLUMN=*1.5, COLUMN=+10, COLUMN=-3, COLUMN=set:VALUE or COLUMN=missing:0.3"
_NUMERIC = ("integer", "number")
_EXACT = float(2**53)

ShiftKind = Literal["multiply", "add", "set", "missing"]

_FORM = re.compile(r"(.+)=(set:|missing:|\*|(?=[+-]))([^=]*)", re.DOTALL)
_KINDS: dict[str, ShiftKind] = {"set:": "set", "missing:": "missing", "*": "multiply", "": "add"}


@dataclass(frozen=True)
class Shift:
    """A change made to one column of every batch.

    Attributes:
        column: the column.
        kind: what is done.
        value: factor (multiply), summand (add; days for a date), text of the value (set), or share of rows (missing).
    """

    column: str
    kind: ShiftKind
    value: float | str


def parse_shift(text: str) -> Shift:
    """Return the shift that a text declares; the last `=` parts column and change, so names may contain it.

    >>> parse_shift("LIMIT_BAL=*0.5")
    Shift(column='LIMIT_BAL', kind='multiply', value=0.5)

    Raises:
        DataError: the text has none of the five forms.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise _unreadable(text)
    column, kind, given = found[1], _KINDS[found[2]], found[3]
    if kind == "set":
        return Shift(column, kind, given)
    try:
        value = float(given)
    except ValueError:
        raise _unreadable(text) from None
    if not math.isfinite(value) or (kind == "missing" and not 0 < value <= 1):
        raise _unreadable(text)
    return Shift(column, kind, value)


def build_batches(
    rows: pd.DataFrame,
    batches: int,
    shifts: Sequence[Shift],
    seed: int,
    columns: dict[str, Column],
    *,
    target: str | None = None,
) -> tuple[tuple[pd.DataFrame, ...], list[str]]:
    """Return the replay rows as batches of equal size (to one row), shuffled by `seed`, each row in exactly one.

    A sentence for each shift comes with them: what it does, how many values are held at a bound, what validation will
    say.

    Columns are those of `columns` that `rows` has, without the target: labels arrive later. Bookkeeping columns are
    left out, so that a batch looks like the raw file; dates are written in their declared format. Integers stay
    integers (nullable Int64 where some are missing); a shifted number is rounded where the column is an integer, and
    kept within the declared bounds, because validation would quarantine it otherwise.

    Raises:
        DataError: more batches than rows, an unknown column, or a shift that its type does not allow.
    """
    if not 1 <= batches <= len(rows):
        raise DataError(
            "the replay rows cannot be cut into that many batches",
            where="replay",
            expected=f"1 to {len(rows)} batches",
            got=str(batches),
            fix="choose fewer batches, or give data.splits.shares.replay a larger share" if batches > 0 else "",
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(rows))
    kept = [name for name in columns if name in rows.columns and name != target]
    frame = rows[kept].reset_index(drop=True)
    effects = []
    for shift in shifts:
        _check_shift(frame, shift, columns)
        column = columns[shift.column]
        frame[shift.column], clipped = _shifted(frame[shift.column], shift, column, rng)
        effects.append(_effect(shift, column, clipped, len(frame)))
    whole = [name for name in kept if columns[name].type == "integer" and frame[name].dtype.kind != "i"]
    kinds = {name: "Int64" if frame[name].isna().any() else "int64" for name in whole}
    frame = write_declared(frame.astype(dict.fromkeys(whole, "float64")).astype(kinds), columns)
    batches_of = (frame.iloc[np.sort(part)].reset_index(drop=True) for part in np.array_split(order, batches))
    return tuple(batches_of), effects


def _effect(shift: Shift, column: Column, clipped: int, rows: int) -> str:
    text = f"{shift.column}: {shift.kind} {shift.value}"
    if clipped:
        text += f"; {clipped} of {rows} values are clipped to the declared bounds"
    if shift.kind == "missing" and not column.nullable and "missing" not in column.warn:
        text += "; the column is not nullable, so these rows will be quarantined"
    return text


def _unreadable(text: str) -> DataError:
    return DataError("a shift cannot be read", where="--shift", expected=f"one of {_FORMS}", got=repr(text))


def _shifted(values: pd.Series, shift: Shift, column: Column, rng: np.random.Generator) -> tuple[pd.Series, int]:
    """Return a column shifted, and how many values were held at a bound."""
    if shift.kind == "missing":
        gone = rng.random(len(values)) < float(shift.value)
        changed = (values.astype("float64") if column.type in _NUMERIC else values.astype(object)).mask(gone)
        return (pd.to_datetime(changed) if column.type == "date" else changed), 0
    if shift.kind == "set":
        return pd.Series([_value(shift, column)] * len(values), index=values.index), 0
    return _moved(values, shift, column)


def _moved(values: pd.Series, shift: Shift, column: Column) -> tuple[pd.Series, int]:
    """Return numbers or dates moved and held within the declared bounds, and how many are held."""
    ends: list[Any] = [pd.Timestamp(end) if isinstance(end, dt.date) else end for end in (column.min, column.max)]
    changed: pd.Series[Any]
    if column.type == "date":
        changed = pd.to_datetime(values) + pd.Timedelta(days=float(shift.value))
    else:
        numbers = values.astype("float64")
        changed = numbers * float(shift.value) if shift.kind == "multiply" else numbers + float(shift.value)
    held: pd.Series[Any] = changed.clip(*ends)
    clipped = int((held != changed)[values.notna()].sum())
    if column.type == "integer":
        held = held.round()
    if column.type in _NUMERIC and (held.abs() > _EXACT).any():
        raise _bad_value(shift, f"numbers up to {_EXACT:.0f}", "use a smaller shift, or declare the column's max")
    return held, clipped


def _check_shift(frame: pd.DataFrame, shift: Shift, columns: dict[str, Column]) -> None:
    where = f"--shift {shift.column}"
    if shift.column not in frame.columns:
        raise DataError(
            "a shift names a column that batches do not have",
            where=where,
            expected=f"one of {listing(frame.columns)}",
            got=repr(shift.column),
            fix=suggestion(shift.column, frame.columns) or "see data.columns in the YAML",
        )
    kind = columns[shift.column].type
    allowed = kind in _NUMERIC or (kind == "date" and shift.kind == "add") or shift.kind in ("set", "missing")
    if not allowed:
        raise DataError(
            f"a column of type {kind} cannot be shifted in this way",
            where=where,
            expected="set:VALUE or missing:SHARE" + (", +DAYS or -DAYS" if kind == "date" else ""),
            got=f"{shift.kind} {shift.value}",
        )


def _value(shift: Shift, column: Column) -> object:
    """Return the value that `set:` names, as the column's type has it."""
    text = str(shift.value)
    if column.type in ("category", "boolean"):
        is_boolean = column.type == "boolean"
        known: dict[str, object] = {"true": True, "false": False} if is_boolean else {str(c): c for c in column.codes}
        key = text.casefold() if is_boolean else text
        if known and key not in known:
            raise _bad_value(shift, f"one of {listing(known, 20)}", suggestion(text, known))
        return known.get(key, text)
    if column.type in _NUMERIC:
        return _declared_number(shift, column)
    if column.type == "date":
        try:
            return pd.Timestamp(dt.date.fromisoformat(text))
        except ValueError:
            raise _bad_value(shift, "YYYY-MM-DD") from None
    return text


def _declared_number(shift: Shift, column: Column) -> float:
    low = -_EXACT if column.min is None or isinstance(column.min, dt.date) else column.min
    high = _EXACT if column.max is None or isinstance(column.max, dt.date) else column.max
    expected = f"a {'whole ' if column.type == 'integer' else ''}number from {low:.15g} to {high:.15g}"
    try:
        value = float(shift.value)
    except ValueError:
        raise _bad_value(shift, expected) from None
    if not low <= value <= high or (column.type == "integer" and not value.is_integer()):
        raise _bad_value(shift, expected)
    return value


def _bad_value(shift: Shift, expected: str, fix: str = "") -> DataError:
    return DataError(
        "a shift sets a value that the column cannot hold",
        where=f"--shift {shift.column}",
        expected=expected,
        got=repr(shift.value),
        fix=fix,
    )
