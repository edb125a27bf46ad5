"""Draft of dates: in which format the values of a column are written, where all of them are dates.

A format counts only where every value can be read by it, with the parser that validation uses. Names are a hint for
numbers that may be seconds since 1970, and never enough by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, product
from re import Pattern

import numpy as np
import pandas as pd

from mlops_assets.drafting.values import Values, words
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.date_format import pattern

_SLASHED = ("%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y")
_DAYS = (
    *("%d.%m.%Y", "%m.%d.%Y", "%d.%m.%y", *_SLASHED, "%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y/%d/%m"),
    *("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%d. %B %Y", "%d%b%Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y"),
    *("%b %d %Y", "%B %d %Y", "%Y-%b-%d", "%a, %d %b %Y", "%A, %B %d, %Y"),
)
_TIMES = (
    *("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S"),
    *(", %I:%M:%S %p", "T%H:%M", "T%H:%M:%S", " %H:%M:%S %z", " %H:%M %z", " %H:%M:%S GMT"),
)
_OTHERS = (
    *("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y-%m", "%Y/%m", "%m/%Y", "%Y-%b"),
    *("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S"),
)
_COMPACT = "%Y%m%d"
_SWAPPED = str.maketrans("md", "dm")
_SAMPLE, _ENOUGH = 200, 10
_MOST = 0.8
_PLAUSIBLE = pd.Timestamp("1980-01-01"), pd.Timestamp("2100-01-01")
_OFFSET = r"(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)\s*$"
_TIME_WORDS = {
    *("time", "timestamp", "ts", "date", "datetime", "epoch", "unix", "utc", "at", "when", "created", "updated"),
    *("modified", "datum", "zeit", "zeitpunkt", "heure", "fecha", "hora", "orario", "horodatage", "moment"),
}


DateGuess = tuple[str | None, tuple[str, ...]]
"""How dates are written, as in the YAML (None for ISO 8601 and for a file with typed dates), and what to confirm."""


def guess_dates(values: Values) -> DateGuess | None:
    """Return how dates are written where every value of a column is one, None elsewhere."""
    if pd.api.types.is_datetime64_any_dtype(values.present.dtype):
        return None, ()
    texts = values.trimmed
    if texts.str.fullmatch(r"\d+([.,]\d+)?").all():
        return _numbers(values)
    if re.match(r"\d{4}-\d\d-\d\d", texts.iloc[0]) and _read(values, None) is not None:
        return None, tuple(_offset_notes(texts))
    found = {written: dates for written in _matching(texts, 1.0) if (dates := _read(values, written)) is not None}
    return _choose(found) if found else None


def mostly_dates(values: Values) -> tuple[str | None, np.ndarray] | None:
    """Return the format that most values are written in, None for ISO 8601, and which values are not.

    Returns:
        None where there is no such format.
    """
    for written in (None, *_matching(values.trimmed, _MOST)):
        broken = values.parse(Column(type="date", format=written)).broken
        if 0 < broken.mean() <= 1 - _MOST:
            return written, broken
    return None


def _read(values: Values, written: str | None) -> pd.Series | None:
    return values.read(Column(type="date", format=written))


@cache
def _patterns() -> dict[str, Pattern[str]]:
    formats = [day + time for time, day in product(_TIMES, _DAYS)]
    return {written: re.compile(pattern(written)) for written in (*formats, *_OTHERS)}


def _matching(texts: pd.Series, share: float) -> Iterator[str]:
    """Yield the formats that at least a share of the first values look like, the usual ones first."""
    sample = texts.iloc[:_SAMPLE].tolist()
    allowed = int((1 - share) * len(sample))
    for written, matcher in _patterns().items():
        misses = (text for text in sample if not matcher.match(text))
        if len(list(islice(misses, allowed + 1))) <= allowed:
            yield written


def _choose(found: dict[str, pd.Series]) -> DateGuess:
    """Return the format in which the rows are in order, else the usual one, and say where another one fits too."""
    first = next(iter(found))
    other = first.translate(_SWAPPED)
    if other not in found or found[first].equals(found[other]):
        return first, ()
    in_order = [w for w in (first, other) if _is_ordered(found[w])]
    chosen, rejected = (other, first) if in_order == [other] else (first, other)
    why = ", and in that format the rows are in order" if len(in_order) == 1 else ""
    note = (
        f"day or month first? No day is above 12, so both are possible; read as {chosen}{why}: confirm, or write "
        f'format: "{rejected}"'
    )
    return chosen, (note,)


def _is_ordered(dates: pd.Series) -> bool:
    return dates.nunique() > 2 and (dates.is_monotonic_increasing or dates.is_monotonic_decreasing)


def _offset_notes(texts: pd.Series) -> Iterator[str]:
    has_offset = texts.str.contains(rf":\d{{2}}(?:\.\d+)?\s?{_OFFSET}")
    if has_offset.any():
        yield "times with an offset are converted to UTC, so features see hours in UTC"
    if 0 < has_offset.sum() < len(texts):
        yield f"{int((~has_offset).sum())} of {len(texts)} times have no offset and are taken as UTC: confirm"


def _numbers(values: Values) -> DateGuess | None:
    """Return the format of numbers that are days written without marks, or seconds since 1970; None elsewhere."""
    texts = values.trimmed
    is_named = bool(words(values.name) & _TIME_WORDS)
    is_repeated = len(texts) >= _ENOUGH and texts.nunique() > 2
    if texts.str.fullmatch(r"(19|20)\d{6}").all() and (is_named or is_repeated):
        return (_COMPACT, ()) if _read(values, _COMPACT) is not None else None
    for unit, digits in (("epoch_seconds", r"\d{9,10}([.,]\d+)?"), ("epoch_milliseconds", r"\d{12,13}([.,]\d+)?")):
        dates = _read(values, unit) if texts.str.fullmatch(digits).all() else None
        if dates is not None and _PLAUSIBLE[0] <= dates.min() and dates.max() < _PLAUSIBLE[1]:
            is_regular = is_repeated and bool((dates.dt.second == 0).all())
            note = (
                f"read as {unit.removeprefix('epoch_')} since 1970, {dates.min():%Y-%m-%d} to "
                f"{dates.max():%Y-%m-%d}: confirm"
            )
            return (unit, (note,)) if is_named or is_regular else None
    return None
