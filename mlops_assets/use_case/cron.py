"""Cron expressions: whether one can be scheduled, and in words why not.

The grammar is that of POSIX crontab(5) with names and steps, the part that every scheduler agrees on. Shorthands
such as `@daily` stay out: five fields say when, in one way only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class _Field:
    title: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        if text.lower() in self.names:
            return self.names.index(text.lower()) + (1 if self.names is _MONTHS else 0)
        return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else None

    def parse(self, text: str) -> set[int]:
        found: set[int] = set()
        for part in text.split(","):
            found |= self._part(part)
        return found

    def _part(self, part: str) -> set[int]:
        span, slash, step = part.partition("/")
        if slash and (not re.fullmatch(r"[0-9]{1,2}", step) or int(step) == 0):
            raise ValueError(f"{part!r} in the {self.title} has no step of one or more after the slash")
        if span == "*":
            low, high = self.low, self.high
        else:
            first, dash, last = span.partition("-")
            ends = self.number(first), self.number(last if dash else first)
            if None in ends:
                raise ValueError(f"{part!r} is no {self.title}")
            low, high = ends[0] or 0, ends[1] or 0
            if slash and not dash:
                high = self.high
        if not self.low <= low <= high <= self.high:
            raise ValueError(f"{part!r} is outside {self.low} to {self.high}, the range of the {self.title}")
        return set(range(low, high + 1, int(step) if slash else 1))


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


def check_cron(expression: str) -> str:
    """Return the expression as it is; raise ValueError where it never ticks or is none.

    >>> check_cron("0 6 1 * *")
    '0 6 1 * *'
    >>> check_cron("0 6 31 2 *")
    Traceback (most recent call last):
    ValueError: no month it names has a day of the month it names, so it never ticks
    """
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        raise ValueError("a cron expression has five fields: minute hour day-of-month month day-of-week")
    parsed = [field.parse(text) for field, text in zip(_FIELDS, fields, strict=True)]
    days, months = parsed[2], parsed[3]
    if fields[4] == "*" and not any(day <= _LONGEST[month - 1] for day in days for month in months):
        raise ValueError("no month it names has a day of the month it names, so it never ticks")
    return expression
