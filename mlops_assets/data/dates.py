"""Dates as texts: read from and written in the format that a column declares, ISO 8601 where it declares none.

A moment with an offset becomes UTC; one without is taken for UTC. Nothing is guessed here: a text that is not written
as declared is no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.use_case.data import Column
from mlops_assets.use_case.date_format import EPOCHS, has_offset, pattern

if TYPE_CHECKING:
    import pyarrow as pa

_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?$"
)
_FIRST, _AFTER_LAST = np.datetime64("1678-01-01", "s"), np.datetime64("2262-01-01", "s")
RANGE = "between 1678 and 2261"
"""Dates that datetime64[ns] can hold, to whole years, in words."""


def parse_dates(texts: pa.Array, written: str | None) -> pd.Series:
    """Return datetime64[ns] for each text, NaT where it is missing or not written so; index 0 … n-1.

    Args:
        texts: strings, null where a value is missing; blanks around them do not count.
        written: a format of strptime directives, None for ISO 8601 with or without a time and an offset.
    """
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts)
    matching = pc.match_substring_regex(trimmed, _ISO if written is None else pattern(written))
    # What does not match is kept from pandas, which would read `today` as the moment of the run.
    values = pc.if_else(matching, trimmed, None)
    if written is None:
        values = pc.replace_substring_regex(values, r" ?(UTC|Z)$", "Z")
        values = pc.replace_substring_regex(values, r" ([+-][0-9:]+)$", r"\1")
    has_zone = written is None or has_offset(written)
    kind = "ISO8601" if written is None else written
    found = pd.to_datetime(values.to_pandas().astype(object), format=kind, errors="coerce", utc=has_zone)
    return within_nanoseconds(found.dt.tz_localize(None) if has_zone else found)


def from_epoch(numbers: np.ndarray, unit: str) -> pd.Series:
    """Return datetime64[ns] for numbers since 1970, to the microsecond, NaT where they are not finite or too far off.

    Args:
        numbers: shape (n,), float64.
        unit: a name of `EPOCHS`.
    """
    with np.errstate(over="ignore"):
        micros = np.round(numbers * EPOCHS[unit])
    low, high = (end.astype("datetime64[us]").astype("int64") for end in (_FIRST, _AFTER_LAST))
    known = np.isfinite(micros) & (micros >= low) & (micros < high)
    moments = np.where(known, micros, 0).astype("int64").astype("datetime64[us]").astype("datetime64[ns]")
    return pd.Series(np.where(known, moments, np.datetime64("NaT", "ns")))


def within_nanoseconds(dates: pd.Series) -> pd.Series:
    """Return dates of any resolution as datetime64[ns], NaT where they are outside of its whole years."""
    values = dates.to_numpy()
    seconds = values.astype("datetime64[s]")
    outside = (seconds < _FIRST) | (seconds >= _AFTER_LAST)
    return pd.Series(np.where(outside, np.datetime64("NaT"), values).astype("datetime64[ns]"))


def write_dates(dates: pd.Series, written: str) -> pd.Series:
    """Return datetime64[ns] as a sender of the file would write them: texts of a format, or numbers since 1970.

    Whole numbers of an epoch are Int64; a moment between them is a float64.
    """
    if written in EPOCHS:
        known = dates.dropna().astype("datetime64[us]").astype("int64")
        is_whole = bool((known % EPOCHS[written] == 0).all())
        steps = known // EPOCHS[written] if is_whole else known / EPOCHS[written]
        return steps.astype("Int64" if is_whole else "float64").reindex(dates.index)
    return dates.dt.tz_localize("UTC" if has_offset(written) else None).dt.strftime(written)


def write_declared(frame: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return a table with each column of dates that declares a format written in it, as in the source file."""
    formats = {name: columns[name].format for name in frame.columns if name in columns}
    dates = {name: write_dates(frame[name], written) for name, written in formats.items() if written is not None}
    return frame.assign(**dates)
