"""Draft of a column: type, role and rules that the values of a column suggest.

Every guess is tried with the parser that validation uses, so that no value of the file breaks what is drafted.
Bounds are rounded outward, never the extremes of the data: they become public with the YAML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_assets.data.coercion import EXACT, as_text, parse_column
from mlops_assets.drafting.bounds import outward
from mlops_assets.drafting.calendar import calendar_names, calendar_range
from mlops_assets.drafting.dates import guess_dates
from mlops_assets.drafting.names import looks_like_age, looks_like_identifier
from mlops_assets.drafting.odd import odd_values
from mlops_assets.drafting.sensitive import protected_kind
from mlops_assets.use_case.data import Column, ColumnRole, ColumnType

if TYPE_CHECKING:
    import pandas as pd

FEW_NUMBERS = 8
"""Whole numbers of at most this many distinct values are taken for codes."""
FEW_TEXTS = 50
"""Texts of at most this many distinct values, each occurring often enough, are taken for codes."""
_OFTEN = 5
CLOSED = 4
"""Codes of at most this many distinct values are taken for all there are; beyond, an unknown one only warns."""
_LONGEST_PHRASE = 60
_LONGEST_CODE = 200
_MANY_DIGITS = r"\s*[+-]?\d{16,}\s*"
_LARGEST = 1e290


@dataclass
class ColumnDraft:
    """What a YAML would say of a column.

    Attributes:
        name: its name.
        type, written, role, calendar, sensitive, nullable, unique, low, high, codes, warn: as in the YAML; `written`
            is the format of dates.
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
    written: str | None = None
    calendar: bool = False
    distinct: int = 0
    edges: tuple[float, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def enters(self) -> bool:
        """Whether a model would see it as it is."""
        return self.role == "feature" and not self.sensitive and self.type not in ("date", "text")

    @property
    def declared(self) -> Column:
        """What decides how its values are parsed, as in the YAML."""
        return Column(type=self.type, format=self.written, allowed=self.codes or None)


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
        _guess_role(draft, present, decimal)
    return draft


def _typed(name: str, present: pd.Series, decimal: str, *, is_target: bool, has_missing: bool) -> ColumnDraft:
    texts = as_text(present).to_pandas()
    distinct = sorted(set(texts))
    count = len(distinct)
    truths = {text.strip().lower() for text in distinct}
    if truths <= {"true", "false"}:
        return ColumnDraft(name, "boolean", distinct=len(truths))
    whole = _parsed(present, "integer", decimal)
    special = None if is_target else _calendar(name, present, distinct, whole, decimal)
    if special is not None:
        return special
    number = _as_number(name, present, whole, decimal, is_target=is_target, has_missing=has_missing)
    if number is not None and _is_number_like(texts):
        return number
    often = is_target or count <= 2 or len(texts) >= _OFTEN * count
    is_short = is_target or max(map(len, distinct)) <= _LONGEST_CODE
    if count <= FEW_TEXTS and often and is_short:
        draft = ColumnDraft(name, "category", codes=tuple(distinct), distinct=count)
        return draft if is_target else _opened(draft)
    odd = list(odd_values(present, decimal)) if _is_number_like(texts) else []
    if not odd and 2 * count <= len(texts) and float(np.median(texts.str.len())) <= _LONGEST_PHRASE:
        note = f"{count} codes, too many to list: any is allowed, and features.encoding says how they enter a model"
        return ColumnDraft(name, "category", distinct=count, notes=[note])
    return ColumnDraft(name, "text", distinct=count, notes=odd)


def _opened(draft: ColumnDraft) -> ColumnDraft:
    """Let an unknown code only warn where so many were seen that these are hardly all."""
    if draft.distinct > CLOSED:
        draft.warn = ("allowed",)
        draft.notes.append(f"{draft.distinct} codes, so another one only warns: remove warn if these are all")
    return draft


def _calendar(
    name: str, present: pd.Series, distinct: list[str], whole: pd.Series | None, decimal: str
) -> ColumnDraft | None:
    """Return the draft of dates, and of months, weekdays and the like; None where a column holds something else."""
    dates = guess_dates(name, present, decimal)
    if dates is not None:
        return ColumnDraft(name, "date", written=dates.written, distinct=len(distinct), notes=list(dates.notes))
    names = calendar_names(distinct)
    if names is not None:
        note = f"all {len(names)} are allowed, whichever the data holds"
        return ColumnDraft(name, "category", codes=names, calendar=True, distinct=len(distinct), notes=[note])
    found = None if whole is None else calendar_range(name, whole.astype("int64").to_numpy())
    if found is None:
        return None
    part, low, high = found
    note = f"{part} by its name: an ordered number from {low} to {high}, whichever the data holds"
    return ColumnDraft(name, "integer", low=low, high=high, calendar=True, distinct=len(distinct), notes=[note])


def _as_number(
    name: str, present: pd.Series, whole: pd.Series | None, decimal: str, *, is_target: bool, has_missing: bool
) -> ColumnDraft | None:
    """Return the draft of a column of numbers, None where it holds something else."""
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
        if len(distinct) > 2:
            draft.notes.append("codes? where these are amounts or counts, write type: integer with min and max")
        return draft if is_target else _opened(draft)
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


def _guess_role(draft: ColumnDraft, present: pd.Series, decimal: str) -> None:
    is_unique = draft.distinct == len(present) and len(present) > 1
    named = looks_like_identifier(draft.name)
    protected = protected_kind(draft.name, [code for code in draft.codes if isinstance(code, str)])
    if is_unique and draft.type in ("integer", "text") and (named or (_counts_rows(draft, present) and not protected)):
        draft.role, draft.unique, draft.low, draft.high = "identifier", True, None, None
        draft.notes.append("no two rows have the same value: an identifier")
    elif protected is not None:
        draft.sensitive = True
        draft.notes.append(
            f"{protected.kind}: {protected.question} If not, remove sensitive: true; until then no model sees it"
        )
        if draft.type in ("integer", "number"):
            draft.edges = _edges(draft.name, present, decimal)
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


def _edges(name: str, present: pd.Series, decimal: str) -> tuple[float, ...]:
    """Return inner edges: round ages, or the quartiles of the values, rounded to three digits."""
    numbers: Any = parse_column(present, Column(type="number"), decimal).values.to_numpy(dtype="float64")
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return (0.0,)
    ages = [edge for edge in (25.0, 35.0, 45.0, 60.0) if numbers.min() < edge <= numbers.max()]
    if looks_like_age(name) and ages:
        return tuple(ages)
    quartiles = {float(f"{edge:.3g}") for edge in np.quantile(numbers, [0.25, 0.5, 0.75])}
    return tuple(sorted(quartiles))
