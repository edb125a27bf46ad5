"""Draft of a column: type, role and rules that the values of a column suggest.

Every guess is tried with the parser that validation uses, so that no value of the file breaks what is drafted.
Bounds are rounded outward, never the extremes of the data: they become public with the YAML.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_assets.data import draft_names
from mlops_assets.data.coercion import EXACT, as_text, parse_column
from mlops_assets.errors import listing
from mlops_assets.use_case.data import Column, ColumnRole, ColumnType

if TYPE_CHECKING:
    import pandas as pd

FEW_NUMBERS = 8
"""Whole numbers of at most this many distinct values are taken for codes."""
FEW_TEXTS = 50
"""Texts of at most this many distinct values, each occurring often enough, are taken for codes."""
_OFTEN = 5
_LONGEST_CODE = 200
_FEW_BROKEN = 0.2
_MANY_DIGITS = r"\s*[+-]?\d{16,}\s*"
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12)
_LARGEST, _SMALLEST = 1e290, 1e-290


@dataclass
class ColumnDraft:
    """What a YAML would say of a column.

    Attributes:
        name: its name.
        type, role, sensitive, nullable, unique, low, high, codes, warn: as in the YAML.
        distinct: number of distinct values.
        edges: inner edges that would cut it into groups, where it is a sensitive number.
        notes: what a person should confirm.
    """

    name: str
    type: ColumnType
    role: ColumnRole = "feature"
    sensitive: bool = False
    nullable: bool = False
    unique: bool = False
    low: float | None = None
    high: float | None = None
    codes: tuple[int | str, ...] = ()
    warn: tuple[str, ...] = ()
    distinct: int = 0
    edges: tuple[float, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def enters(self) -> bool:
        """Whether a model would see it as it is."""
        return self.role == "feature" and not self.sensitive and self.type not in ("date", "text")


def draft_column(name: str, series: pd.Series, decimal: str, *, is_target: bool = False) -> ColumnDraft:
    """Return what the values of one column suggest.

    Args:
        name: its name.
        series: its values, missing ones as None or NaN.
        decimal: decimal mark of numbers that are texts.
        is_target: whether it is predicted; then few values are codes, however often they occur.
    """
    present = series.dropna()
    if present.empty:
        note = "empty: every value is missing"
        return ColumnDraft(name, "text", role="ignore", nullable=True, notes=[note])
    draft = _typed(name, present, decimal, is_target=is_target, has_missing=len(present) < len(series))
    has_missing = len(present) < len(series)
    draft.nullable = has_missing or draft.nullable
    if has_missing and not is_target:
        draft.notes.append(f"{len(series) - len(present)} of {len(series)} values are missing")
    if not is_target:
        _guess_role(draft, present)
    return draft


def _typed(name: str, present: pd.Series, decimal: str, *, is_target: bool, has_missing: bool) -> ColumnDraft:
    texts = as_text(present).to_pandas()
    distinct = sorted(set(texts))
    count = len(distinct)
    truths = {text.strip().lower() for text in distinct}
    if truths <= {"true", "false"}:
        return ColumnDraft(name, "boolean", distinct=len(truths))
    number = _as_number(name, present, decimal, is_target=is_target, has_missing=has_missing)
    if number is not None and _is_number_like(texts):
        return number
    if _parsed(present, "date", decimal) is not None and not is_target:
        return ColumnDraft(name, "date", distinct=count)
    often = is_target or count <= 2 or len(texts) >= _OFTEN * count
    is_short = is_target or max(map(len, distinct)) <= _LONGEST_CODE
    if count <= FEW_TEXTS and often and is_short:
        return ColumnDraft(name, "category", codes=tuple(distinct), distinct=count)
    draft = ColumnDraft(name, "text", distinct=count)
    if _is_number_like(texts):
        draft.notes += _mostly(present, decimal)
    return draft


def _mostly(present: pd.Series, decimal: str) -> Iterator[str]:
    """Yield what to do about a column of numbers or dates that a few other values turn into free text."""
    kinds: tuple[tuple[ColumnType, str], ...] = (("number", "numbers"), ("date", "dates"))
    for kind, called in kinds:
        broken = parse_column(present, Column(type=kind), decimal).broken
        if 0 < broken.sum() <= _FEW_BROKEN * len(present):
            others = listing(sorted({repr(text) for text in as_text(present[broken]).to_pylist()}))
            yield (
                f"{len(present) - broken.sum()} of {len(present)} values are {called}, but not {others}: name what "
                f"means missing in source.missing_values, and write type: {kind}"
            )


def _as_number(
    name: str, present: pd.Series, decimal: str, *, is_target: bool, has_missing: bool
) -> ColumnDraft | None:
    """Return the draft of a column of numbers, None where it holds something else."""
    whole = _parsed(present, "integer", decimal)
    if whole is None:
        numbers = None if is_target else _parsed(present, "number", decimal)
        if numbers is not None and as_text(present).to_pandas().str.fullmatch(_MANY_DIGITS).all():
            note = "whole numbers too large to be held exactly"
            return ColumnDraft(name, "text", notes=[note], distinct=present.nunique())
        return None if numbers is None else _numbers(name, numbers.to_numpy(dtype="float64"))
    if has_missing and not is_target and whole.abs().max() > EXACT:
        note = "whole numbers too large to be held exactly where some are missing"
        return ColumnDraft(name, "text", notes=[note], distinct=int(whole.nunique()))
    return _integers(name, whole.astype("int64").to_numpy(), is_target)


def _is_number_like(texts: pd.Series) -> bool:
    """Whether texts are numbers rather than codes written in digits, which a leading zero gives away."""
    return not texts.str.fullmatch(r"\s*[+-]?0\d+").any()


def _parsed(present: pd.Series, kind: ColumnType, decimal: str) -> pd.Series | None:
    parsed = parse_column(present, Column(type=kind), decimal)
    return parsed.values if parsed.is_clean else None


def _integers(name: str, values: np.ndarray, is_target: bool) -> ColumnDraft:
    distinct = np.unique(values)
    if is_target or (len(distinct) <= FEW_NUMBERS and len(values) >= _OFTEN * len(distinct)):
        codes = tuple(int(code) for code in distinct[: FEW_TEXTS + 1])
        draft = ColumnDraft(name, "category", codes=codes, distinct=len(distinct))
        draft.notes.append("codes? where these are amounts or counts, write type: integer with min and max")
        return draft
    low, high = outward(float(distinct[0]), float(distinct[-1]))
    return ColumnDraft(name, "integer", low=low, high=high, distinct=len(distinct))


def _numbers(name: str, values: np.ndarray) -> ColumnDraft:
    finite = values[np.isfinite(values)]
    can_be_bounded = len(finite) > 0 and np.abs(finite).max() < _LARGEST
    low, high = outward(float(finite.min()), float(finite.max())) if can_be_bounded else (None, None)
    draft = ColumnDraft(name, "number", low=low, high=high, distinct=len(np.unique(values)))
    if len(finite) < len(values):
        beyond = {"min": low is not None and (values < low).any(), "max": high is not None and (values > high).any()}
        draft.warn, draft.nullable = ("finite", *(rule for rule, broken in beyond.items() if broken)), True
        draft.notes.append(f"{len(values) - len(finite)} values are infinite")
    return draft


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


def _guess_role(draft: ColumnDraft, present: pd.Series) -> None:
    is_unique = draft.distinct == len(present) and len(present) > 1
    named = draft_names.looks_like_identifier(draft.name)
    if draft_names.looks_sensitive(draft.name):
        draft.sensitive = True
        draft.notes.append("a protected attribute, by its name: confirm")
        if draft.type in ("integer", "number"):
            draft.edges = _edges(draft.name, present)
    elif is_unique and draft.type in ("integer", "text") and (named or _counts_rows(draft, present)):
        draft.role, draft.unique, draft.low, draft.high = "identifier", True, None, None
        draft.notes.append("no two rows have the same value: an identifier")
    elif draft.type == "date":
        draft.notes.append("enters a model by way of derived features only, such as date_parts")
    elif draft.type == "text":
        draft.notes.append("too many values for a category: enters by way of derived features only")
    elif named and draft.type == "integer":
        draft.notes.append("named like an identifier, but values repeat: where it names groups, write role: group")
    if draft.distinct == 1:
        draft.notes.append("constant: it tells a model nothing")


def _counts_rows(draft: ColumnDraft, present: pd.Series) -> bool:
    """Whether whole numbers go up by one from row to row, or are too large for a model to tell apart."""
    if draft.type != "integer":
        return False
    values = parse_column(present, Column(type="integer")).values.astype("int64").to_numpy()
    return len(values) > 10 and bool((np.diff(values) == 1).all() or values.min() > EXACT)


def _edges(name: str, present: pd.Series) -> tuple[float, ...]:
    """Return inner edges: round ages, or the quartiles of the values, rounded to three digits."""
    numbers: Any = parse_column(present, Column(type="number")).values.to_numpy(dtype="float64")
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return (0.0,)
    ages = [edge for edge in (25.0, 35.0, 45.0, 60.0) if numbers.min() < edge <= numbers.max()]
    if draft_names.looks_like_age(name) and ages:
        return tuple(ages)
    quartiles = {float(f"{edge:.3g}") for edge in np.quantile(numbers, [0.25, 0.5, 0.75])}
    return tuple(sorted(quartiles))
