"""Date formats: the formats that a YAML may name, and the texts that each of them matches.

A format is a text of strptime directives, or the name of an epoch. Without a format, dates are ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import re

EPOCHS = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
"""Units of numbers that count from 1970-01-01T00:00Z, with the microseconds in one unit."""

_DIRECTIVES = {
    "Y": r"[0-9]{4}",
    "y": r"[0-9]{2}",
    **dict.fromkeys("mdHIMS", r"[0-9]{1,2}"),
    "j": r"[0-9]{1,3}",
    "f": r"[0-9]{1,9}",
    **dict.fromkeys("bBaA", r"[A-Za-z]+"),
    "p": r"[AaPp][Mm]",
    "z": r"(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    "%": r"%",
}
_FIXED = {"j": r"[0-9]{3}"}
_NUMBERS = frozenset("YymdjHIMSf")
_PROBE = dt.datetime(2003, 11, 28, 17, 42, 51, 123456, dt.UTC)
_SHOWN = "%Y, %y, %m, %b, %B, %d, %j, %H, %I, %p, %M, %S, %f, %z, %a, %A"


def check_date_format(text: str) -> str:
    """Return the format if dates can be read and written with it; otherwise raise ValueError with the reason.

    A format must contain the year, and a finer unit only with all coarser ones: a day needs its month, minutes need
    their hour, and %I needs %p.
    """
    if text in EPOCHS:
        return text
    parts = _split(text)
    unknown = [part for part in parts if part.startswith("%") and part[1:] not in _DIRECTIVES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a directive; expected {', '.join(EPOCHS)}, or a text of {_SHOWN}")
    names = [part[1] for part in parts if part.startswith("%") and part != "%%"]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"%{twice} is repeated; expected each directive once")
    missing = _incomplete(set(names))
    if missing:
        raise ValueError(f"{missing}; expected, for example, %d.%m.%Y or %m/%d/%Y %H:%M")
    try:
        is_same = dt.datetime.strptime(_PROBE.strftime(text), text).year == _PROBE.year  # noqa: DTZ007 (the year only)
    except ValueError:
        is_same = False
    if not is_same:
        raise ValueError("a date in this format cannot be read back; put a separator between the directives")
    return text


def _incomplete(names: set[str]) -> str:
    """Return what is missing or contradictory in a set of directives, an empty text if they determine a date."""
    month, hour = names & {"m", "b", "B"}, names & {"H", "I"}
    faults = {
        "the year is missing": not names & {"Y", "y"},
        "the year is given twice": {"Y", "y"} <= names,
        "the month is given twice": len(month) > 1,
        "the day of the month is given without the month": "d" in names and not month,
        "the day of the year is given with a month or a day": "j" in names and bool(month or "d" in names),
        "the hour is given without the day": bool(hour) and not names & {"d", "j"},
        "the hour is given twice": len(hour) > 1,
        "%I needs %p, and %p needs %I": ("I" in names) != ("p" in names),
        "minutes are given without the hour": "M" in names and not hour,
        "seconds are given without minutes": "S" in names and "M" not in names,
        "fractions are given without seconds": "f" in names and "S" not in names,
        "an offset is given without the hour": "z" in names and not hour,
    }
    return next((words for words, is_so in faults.items() if is_so), "")


def pattern(text: str) -> str:
    r"""Return the anchored regular expression of dates in a format; names of months and days match any letters.

    Days, months and hours may lack their leading zero, unless digits are adjacent without a separator.

    >>> pattern("%d.%m.%Y"), pattern("%Y%m%d")
    ('^[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{4}$', '^[0-9]{4}[0-9]{2}[0-9]{2}$')
    """
    parts = _split(text)
    kinds = [part[1] if part.startswith("%") else "" for part in parts]
    found = []
    for position, (part, kind) in enumerate(zip(parts, kinds, strict=True)):
        if not kind:
            found.append(re.sub(r"(?:\\? )+", r"\\s+", re.escape(part)))
            continue
        beside = {kinds[position - 1] if position else "", kinds[position + 1] if position + 1 < len(kinds) else ""}
        is_fixed = kind in _NUMBERS and beside & _NUMBERS
        found.append(_FIXED.get(kind, _DIRECTIVES[kind].replace("{1,2}", "{2}")) if is_fixed else _DIRECTIVES[kind])
    return f"^{''.join(found)}$"


def example(text: str | None) -> str:
    """Return an example of a date in a format, ISO 8601 without a format.

    >>> example("%d.%m.%Y"), example("epoch_seconds"), example(None)
    ('28.11.2003', '1070041371', '2003-11-28')
    """
    if text in EPOCHS:
        return str(int(_PROBE.timestamp()) * 1_000_000 // EPOCHS[text])
    return _PROBE.strftime(text) if text else _PROBE.date().isoformat()


def has_offset(text: str) -> bool:
    """Return whether dates in a format contain the offset from UTC."""
    return "%z" in _split(text)


def _split(text: str) -> list[str]:
    """Return directives and the texts between them, in order; a lone percent sign counts as an unknown directive."""
    return [part for part in re.split(r"(%.?)", text, flags=re.DOTALL) if part]
