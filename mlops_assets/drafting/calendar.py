"""Draft of calendar columns: months, weekdays, hours and years, as numbers or as names.

A calendar is known in full, whichever months a file contains, so the draft has its whole range and all its names, not
only those in the file. A number counts as one only where its column's name says so and every value is in the range.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np

from mlops_assets.drafting.values import unaccented

_Range = tuple[int, int]
YEARS: _Range = (1900, 2100)
"""Whole numbers that may be years."""

# English; German; French; Spanish; Italian. A range that starts at 0 is that of software that counts from there.
_NUMBERS: tuple[tuple[str, str, tuple[_Range, ...]], ...] = (
    ("weekday", r"weekday|dayofweek|dow|wochentag|joursemaine|diasemana|diadelasemana|giornosettimana",
     ((1, 7), (0, 6), (0, 7))),
    ("day of the year", r"dayofyear|doy|yday|tagdesjahres", ((1, 366), (0, 365))),
    ("week", r"weekofyear|weeknumber|week|isoweek|kw|kalenderwoche|woche|semaine|semana|settimana", ((1, 53), (0, 53))),
    ("day of the month", r"dayofmonth|dom|mday|day|tag|jour|dia|giorno", ((1, 31),)),
    ("month", r"monthofyear|month|mon|mth|mnth|monat|mois|mes|mese", ((1, 12), (0, 11))),
    ("quarter", r"quarter|qtr|quartal|trimestre|trimester", ((1, 4), (0, 3))),
    ("hour", r"hourofday|hour|hr|hh|stunde|heure|hora|ora", ((0, 23), (0, 24))),
    ("minute", r"minute|minuto", ((0, 59),)),
    ("year", r"year|yr|yyyy|jahr|annee|ano|anno", (YEARS,)),
)  # fmt: skip
_NOT_CALENDAR = {"per", "since", "number", "num", "n", "count", "total", "duration", "term", "tenure", "last", "avg"}

_MONTHS = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
)
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
)
_FEWEST_NAMES, _MONTHS_OF_A_YEAR = 3, 12


def calendar_range(name: str, values: np.ndarray) -> tuple[str, int, int] | None:
    """Return what part of the calendar whole numbers are, and its range; None where they are something else.

    >>> calendar_range("month", np.arange(1, 9)), calendar_range("hours_per_week", np.array([40]))
    (('month', 1, 12), None)
    """
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", unaccented(name)).lower())
    if not words or not len(values) or _NOT_CALENDAR & set(words):
        return None
    for part, names, ranges in _NUMBERS:
        is_named = any(
            re.fullmatch(names, "".join(words[i:j])) for i in range(len(words)) for j in (i + 1, i + 2, i + 3)
        )
        inside = next((ends for ends in ranges if ends[0] <= values.min() and values.max() <= ends[1]), None)
        if is_named and inside is not None:
            return part, *inside
    return None


def calendar_names(found: Collection[str]) -> tuple[str, ...] | None:
    """Return all months or weekdays, in order, written as the given ones are; None where these are no such names.

    At least three of them must be given, all full names or all of the same number of letters. Those that are not given
    have their accents, unless one that is given lacks its own.

    >>> calendar_names(["aug", "jan", "mar"])[:3], calendar_names(["Mo", "Di", "Mi"])[-1]
    (('jan', 'feb', 'mar'), 'So')
    """
    if not _FEWEST_NAMES <= len(found) <= _MONTHS_OF_A_YEAR:
        return None
    given = {unaccented(text).strip().rstrip(".").lower(): text for text in found}
    for language in (*_MONTHS, *_WEEKDAYS):
        full = language.split()
        for length in (None, 3, 2, 4):
            names = {unaccented(name[:length]): name[:length] for name in full}
            if given.keys() <= names.keys() and len(names) == len(full) and len(given) == len(found):
                return _written_alike(given, names)
    return None


def _written_alike(given: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names, the given ones as they are and the others in the same case; keys have no accents."""
    found = given.values()
    case = next((way for way in (str.lower, str.upper, str.capitalize) if all(way(t) == t for t in found)), str.lower)
    dot = "." if all(text.endswith(".") for text in found) else ""
    is_bare = any(names[plain] != plain and unaccented(text) == text for plain, text in given.items())
    return tuple(given.get(plain, case(plain if is_bare else name) + dot) for plain, name in names.items())
