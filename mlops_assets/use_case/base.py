"""Small types that several sections share.

Cron expressions follow POSIX crontab(5) with names and steps, the part that every scheduler supports. Shorthands such
as `@daily` are not supported.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from mlops_assets.use_case.date_format import check_date_format
from mlops_assets.yaml_files.model import Words

Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


def _parse_date(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return dt.date.fromisoformat(value)
    return value


IsoDate = Annotated[dt.date, BeforeValidator(_parse_date), Words("a date YYYY-MM-DD")]
"""A calendar day written YYYY-MM-DD."""

DateFormat = Annotated[
    str, AfterValidator(check_date_format), Words("a date format such as %d.%m.%Y, epoch_seconds or epoch_milliseconds")
]
"""How dates are written, for example `%d.%m.%Y`."""

_MONTHS = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
"""Title of each field, its least and greatest value, and the names of its values by position."""


def _values(part: str, title: str, least: int, greatest: int, names: tuple[str, ...]) -> range:
    """Return the values of one part of a field, such as `1-5` or `*/15`; raise ValueError if it is invalid."""

    def number(text: str) -> int:
        if text and text.lower() in names:
            return names.index(text.lower())
        if not re.fullmatch(r"[0-9]{1,2}", text):
            raise ValueError(f"{part!r} is not valid for the {title}")
        return int(text)

    span, slash, step = part.partition("/")
    if slash and not re.fullmatch(r"0?[1-9]|[1-9][0-9]", step):
        raise ValueError(f"{part!r} in the {title} has no step of one or more after the slash")
    first, dash, last = span.partition("-")
    low, high = (least, greatest) if span == "*" else (number(first), number(last if dash else first))
    if not least <= low <= high <= greatest:
        raise ValueError(f"{part!r} is outside {least} to {greatest}, the range of the {title}")
    return range(low, (greatest if slash and not dash else high) + 1, int(step or 1))


def check_cron(expression: str) -> str:
    """Return the expression unchanged; raise ValueError if it is invalid or never runs.

    >>> check_cron("0 6 1 * *")
    '0 6 1 * *'
    >>> check_cron("0 6 31 2 *")
    Traceback (most recent call last):
    ValueError: none of its months has this day, so it never runs
    """
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        raise ValueError("a cron expression has five fields: minute hour day-of-month month day-of-week")
    parsed = [
        [value for part in text.split(",") for value in _values(part, *field)]
        for field, text in zip(_FIELDS, fields, strict=True)
    ]
    if fields[4] == "*" and min(parsed[2]) > max(_LONGEST[month] for month in parsed[3]):
        raise ValueError("none of its months has this day, so it never runs")
    return expression


Cron = Annotated[
    str, AfterValidator(check_cron), Words("a cron expression: minute hour day-of-month month day-of-week")
]
"""A cron expression of five fields, for example `0 6 1 * *`."""
