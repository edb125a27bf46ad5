"""How the dates of a column are written: the formats that a YAML may name, and what each of them matches.

A format is a text of strptime directives, or one of the two names of epochs. Without one, dates are ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import re

EPOCHS = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
"""Numbers since 1970-01-01T00:00Z by name, with the microseconds in one of them."""

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
    """Return a format that dates can be read by and written by; raise ValueError, which says why not, otherwise.

    It must say the year, or nothing tells one year from another, and a finer unit only with all coarser ones: a day
    needs its month, minutes need their hour, and %I needs %p.
    """
    if text in EPOCHS:
        return text
    parts = _split(text)
    unknown = [part for part in parts if part.startswith("%") and part[1:] not in _DIRECTIVES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no directive; expected {', '.join(EPOCHS)}, or a text of {_SHOWN}")
    names = [part[1] for part in parts if part.startswith("%") and part != "%%"]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"%{twice} stands twice; expected each directive once")
    missing = _incomplete(set(names))
    if missing:
        raise ValueError(f"{missing}; expected, for example, %d.%m.%Y or %m/%d/%Y %H:%M")
    try:
        is_same = dt.datetime.strptime(_PROBE.strftime(text), text).year == _PROBE.year  # noqa: DTZ007 (the year only)
    except ValueError:
        is_same = False
    if not is_same:
        raise ValueError("a date written so cannot be read back; put something between the directives")
    return text


def _incomplete(names: set[str]) -> str:
    """Return what a set of directives leaves open; nothing where it names a moment."""
    month, hour = names & {"m", "b", "B"}, names & {"H", "I"}
    faults = {
        "it says no year": not names & {"Y", "y"},
        "it says the year twice": {"Y", "y"} <= names,
        "it says the month twice": len(month) > 1,
        "it says the day of the month, but no month": "d" in names and not month,
        "it says the day of the year and of the month": "j" in names and bool(month or "d" in names),
        "it says the hour, but no day": bool(hour) and not names & {"d", "j"},
        "it says the hour twice": len(hour) > 1,
        "%I needs %p, and %p needs %I": ("I" in names) != ("p" in names),
        "it says minutes, but no hour": "M" in names and not hour,
        "it says seconds, but no minutes": "S" in names and "M" not in names,
        "it says fractions, but no seconds": "f" in names and "S" not in names,
        "it says an offset, but no hour": "z" in names and not hour,
    }
    return next((words for words, is_so in faults.items() if is_so), "")


def pattern(text: str) -> str:
    r"""Return the regular expression, anchored, of what is written in a format of directives; months by any letters.

    Days, months and hours may lack their leading zero, but not where digits follow or precede without a mark.

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
    """Return a date as it is written in a format, ISO 8601 where there is none.

    >>> example("%d.%m.%Y"), example("epoch_seconds"), example(None)
    ('28.11.2003', '1070041371', '2003-11-28')
    """
    if text in EPOCHS:
        return str(int(_PROBE.timestamp()) * 1_000_000 // EPOCHS[text])
    return _PROBE.strftime(text) if text else _PROBE.date().isoformat()


def has_offset(text: str) -> bool:
    """Return whether what is written in a format says how far it is from UTC."""
    return "%z" in _split(text)


def _split(text: str) -> list[str]:
    """Return directives and the texts between them, in order; a lone percent sign counts as an unknown directive."""
    return [part for part in re.split(r"(%.?)", text, flags=re.DOTALL) if part]
