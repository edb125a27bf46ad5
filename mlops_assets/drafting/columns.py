"""Columns: type and rules that the values of a column suggest. What they are used for is decided in `roles`.

A value beyond a bound sends its row to quarantine, and bounds become public with the YAML. So they are round numbers
around what the column holds, with room for rows yet to come, and never the extremes of the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlops_assets.data.coercion import EXACT
from mlops_assets.drafting.calendar import calendar_names, calendar_range
from mlops_assets.drafting.dates import guess_dates, mostly_dates
from mlops_assets.drafting.values import Values
from mlops_assets.errors import listing
from mlops_assets.use_case.data import Column

FEW_NUMBERS = 8
"""Whole numbers of at most this many distinct values are treated as codes."""
FEW_TEXTS = 50
"""Texts of at most this many distinct values, each occurring often enough, are treated as codes."""
CLOSED = 4
"""Codes of at most this many distinct values are treated as all there are; beyond, an unknown one only warns."""
_OFTEN = 5
_FEW_BROKEN = 0.2
_LONGEST_PHRASE = 60
_LONGEST_CODE = 200
_MANY_DIGITS = r"\s*[+-]?\d{16,}\s*"
_LEADING_ZERO = r"\s*[+-]?0\d+"
_SMALLEST, _LARGEST = 1e-290, 1e290
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12)


@dataclass
class ColumnDraft:
    """A column as the YAML will declare it.

    Attributes:
        name: its name.
        column: its declaration; what it was given is written.
        notes: what a person should confirm.
        distinct: number of distinct values.
        edges: inner edges that would cut it into groups, where it is a protected attribute of numbers.
    """

    name: str
    column: Column
    notes: list[str]
    distinct: int
    edges: tuple[float, ...] = ()

    @property
    def enters(self) -> bool:
        """Whether a model would see it as it is."""
        return self.column.role == "feature" and not self.column.sensitive and self.column.type not in ("date", "text")

    def declare(self, *without: str, **given: Any) -> None:
        """Declare more of the column, and take back the fields that are named."""
        kept = self.column.model_dump(exclude_unset=True, exclude={*without, *given})
        self.column = Column(**kept, **given)


def draft_column(values: Values) -> ColumnDraft:
    """Return the type and the rules that the values of a column suggest."""
    if not len(values.present):
        return _draft(values, notes=["empty: every value is missing"], type="text", role="ignore", nullable=True)
    draft = _truths(values) or _calendar(values) or _number(values) or _words(values)
    if values.missing:
        draft.declare(nullable=True)
        draft.notes.append(f"{values.missing} of {values.rows} values are missing")
    return draft


def draft_classes(values: Values) -> ColumnDraft:
    """Return the draft of a column that is predicted: its values are codes, however rarely they occur."""
    codes: tuple[int | str, ...] = tuple(values.distinct)
    if values.whole is not None and not _has_leading_zeros(values):
        codes = tuple(np.unique(values.whole).tolist())
    return _truths(values) or _draft(values, len(codes), type="category", allowed=codes)


def _draft(values: Values, distinct: int | None = None, notes: Iterable[str] = (), **declared: Any) -> ColumnDraft:
    """Return the draft of a column; its distinct values are its distinct texts where no number is given."""
    count = len(values.distinct) if distinct is None else distinct
    given = {name: value for name, value in declared.items() if value is not None}
    return ColumnDraft(values.name, Column(**given), list(notes), count)


def _truths(values: Values) -> ColumnDraft | None:
    truths = {text.strip().lower() for text in values.distinct}
    return _draft(values, len(truths), type="boolean") if truths <= {"true", "false"} else None


def _calendar(values: Values) -> ColumnDraft | None:
    """Return the draft of dates, and of months, weekdays and the like; None where a column holds something else."""
    dates = guess_dates(values)
    if dates is not None:
        return _draft(values, notes=dates[1], type="date", format=dates[0])
    names = calendar_names(values.distinct)
    if names is not None:
        note = f"all {len(names)} names are allowed, whether or not this file contains them"
        return _draft(values, notes=[note], type="category", calendar=True, allowed=names)
    found = None if values.whole is None else calendar_range(values.name, values.whole)
    if found is None:
        return None
    part, low, high = found
    note = f"{part} by its name: an ordered number from {low} to {high}, whether or not this file contains them all"
    return _draft(values, notes=[note], type="integer", calendar=True, min=low, max=high)


def _number(values: Values) -> ColumnDraft | None:
    """Return the draft of a column of numbers, None where it holds something else, such as codes in digits."""
    if _has_leading_zeros(values):
        return None
    if values.whole is not None:
        return _integers(values, values.whole)
    if values.numbers.broken.any():
        return None
    if values.texts.str.fullmatch(_MANY_DIGITS).all():
        return _draft(values, notes=["whole numbers too large to be stored exactly"], type="text")
    return _floats(values, values.numbers.values.to_numpy(dtype="float64"))


def _has_leading_zeros(values: Values) -> bool:
    return bool(values.texts.str.fullmatch(_LEADING_ZERO).any())


def _integers(values: Values, whole: np.ndarray) -> ColumnDraft:
    distinct = np.unique(whole)
    count = len(distinct)
    if values.missing and max(abs(int(distinct[0])), int(distinct[-1])) > EXACT:
        return _draft(
            values, count, ["whole numbers too large to be stored exactly where some are missing"], type="text"
        )
    if count > FEW_NUMBERS or len(whole) < _OFTEN * count:
        low, high = outward(float(distinct[0]), float(distinct[-1]))
        return _draft(values, count, type="integer", min=low, max=high)
    ask = ["codes? If these are amounts or counts, write type: integer with min and max"] if count > 2 else []
    return _codes(_draft(values, count, ask, type="category", allowed=tuple(distinct.tolist())))


def _floats(values: Values, numbers: np.ndarray) -> ColumnDraft:
    finite = numbers[np.isfinite(numbers)]
    draft, low, high = _draft(values, len(np.unique(numbers)), type="number"), -np.inf, np.inf
    if len(finite) and np.abs(finite).max() < _LARGEST:
        low, high = outward(float(finite.min()), float(finite.max()))
        draft.declare(min=low, max=high)
    if len(finite) < len(numbers):
        beyond = {"min": numbers.min() < low, "max": numbers.max() > high}
        draft.declare(nullable=True, warn=("finite", *(rule for rule, is_broken in beyond.items() if is_broken)))
        draft.notes.append(f"{len(numbers) - len(finite)} values are infinite")
    return draft


def _words(values: Values) -> ColumnDraft:
    count, rows, lengths = len(values.distinct), len(values.texts), values.texts.str.len()
    if count <= FEW_TEXTS and (count <= 2 or rows >= _OFTEN * count) and lengths.max() <= _LONGEST_CODE:
        return _codes(_draft(values, type="category", allowed=tuple(values.distinct)))
    odd = [] if _has_leading_zeros(values) else list(_odd_values(values))
    if not odd and 2 * count <= rows and lengths.median() <= _LONGEST_PHRASE:
        note = f"{count} codes, too many to list: any code is allowed, and features.encoding says how it is encoded"
        return _draft(values, notes=[note], type="category")
    return _draft(values, notes=odd, type="text")


def _codes(draft: ColumnDraft) -> ColumnDraft:
    """Let an unknown code only warn where so many were seen that these are hardly all."""
    if draft.distinct > CLOSED:
        draft.declare(warn=("allowed",))
        draft.notes.append(f"{draft.distinct} codes seen, so an unknown one only warns: remove warn if these are all")
    return draft


def _odd_values(values: Values) -> Iterator[str]:
    """Yield what to do about a column of numbers or dates that a few other values turn into free text."""
    broken = values.numbers.broken
    if 0 < broken.mean() <= _FEW_BROKEN:
        yield _few_broken(values, broken, "numbers", "type: number")
    dates = mostly_dates(values)
    if dates is not None:
        written = f', format: "{dates[0]}"' if dates[0] else ""
        yield _few_broken(values, dates[1], "dates", f"type: date{written}")


def _few_broken(values: Values, broken: np.ndarray, kind: str, facts: str) -> str:
    others = listing(sorted({repr(text) for text in values.texts[broken]}))
    return (
        f"{len(broken) - broken.sum()} of {len(broken)} values are {kind}, but not {others}: list those that mean "
        f"missing in source.missing_values, and write {facts}"
    )


def outward(low: float, high: float) -> tuple[float, float]:
    """Return round bounds around an interval, with room beyond both ends; zero where nothing is negative.

    >>> outward(21, 79), outward(2007, 2009), outward(-339603, 961664)
    ((0.0, 100.0), (1980.0, 2030.0), (-500000.0, 1200000.0))
    """
    if max(abs(low), abs(high)) < _SMALLEST:
        return (-_SMALLEST if low < 0 else 0.0), _SMALLEST if high else 1.0
    if 0 < high / 2 <= low or high <= low / 2 < 0:
        margin = max(high - low, 0.01 * max(abs(low), abs(high)))
        step = 10.0 ** math.floor(math.log10(margin))
        return _tidy(math.floor((low - margin) / step) * step), _tidy(math.ceil((high + margin) / step) * step)
    return (-_above(-low) if low < 0 else 0.0), (_above(high) if high > 0 else 0.0 if low < 0 else 1.0)


def _above(value: float) -> float:
    """Return a round number at least a fifth above a positive one."""
    value = max(1.2 * value, _SMALLEST)
    step = 10.0 ** math.floor(math.log10(value))
    return _tidy(next(digits * step for digits in _ROUND if digits * step >= value))


def _tidy(value: float) -> float:
    """Return the value without the noise of binary arithmetic in its last digits."""
    return float(f"{value:.12g}")
