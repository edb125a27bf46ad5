"""From what a file holds to what the YAML declares: texts become numbers, dates, codes; nothing is guessed.

`parse_text` turns an array of texts into values of a declared type; `coercion` does so for columns of any dtype. A
value that is not what was declared becomes missing AND is marked as broken, which sets it apart from a
value that was missing in the file. Add a column type here when `use_case.data.ColumnType` gets one.

Dates are read, and written back, in the format that their column declares, ISO 8601 where it declares none. A moment
with an offset becomes UTC; one without is taken as UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.use_case.data import Column
from mlops_assets.use_case.date_format import EPOCHS, example, has_offset, pattern

if TYPE_CHECKING:
    import pyarrow as pa

_INTEGER = r"^[+-]?[0-9]+(\.0*)?$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(?i:inf|infinity)$"
_TRUTHS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
INT64 = (-(2**63), 2**63 - 1)
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"( ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?$"
)
_FIRST, _AFTER_LAST = np.datetime64("1678-01-01", "s"), np.datetime64("2262-01-01", "s")
RANGE = "between 1678 and 2261"
"""Dates that datetime64[ns] can hold, to whole years, in words."""
_EXPECTED = {
    "integer": "a whole number of at most 64 bits",
    "number": "a number",
    "category": "one of the codes, which are whole numbers",
    "text": "a text",
    "boolean": "true or false, yes or no, 1 or 0",
    "date": f"a date YYYY-MM-DD, or with a time and an offset YYYY-MM-DDThh:mm:ss+hh:mm, {RANGE}",
}


@dataclass(frozen=True)
class Parsed:
    """The values of a column as declared.

    Attributes:
        values: integer Int64, number float64, boolean `boolean`, date datetime64[ns], category Int64 where every
            code is a whole number and object elsewhere, text object; missing where the file has no value or a
            broken one. The index is 0 … n-1.
        broken: one bool a row: whether the file holds something there that is not of the type.
    """

    values: pd.Series
    broken: np.ndarray

    @property
    def is_clean(self) -> bool:
        """Whether every value that is there is of the declared type."""
        return not self.broken.any()


def expected(column: Column) -> str:
    """Return what a value of a column looks like, for messages."""
    if column.format is None:
        return _EXPECTED[column.type]
    return f"a date written {column.format}, such as {example(column.format)}, {RANGE}"


def kind_of(column: Column) -> str:
    """Return how the values are stored: the type itself, but for a category what its codes are.

    That is `integer` where all codes are whole numbers, `codes` where numbers and texts are mixed, and `text`
    elsewhere.
    """
    if column.type != "category":
        return column.type
    numbers = [isinstance(code, int) for code in column.codes]
    return "text" if not any(numbers) else "integer" if all(numbers) else "codes"


def parse_text(texts: pa.Array, column: Column, decimal: str = ".") -> Parsed:
    """Return an array of strings, null where a value is missing, as declared."""
    kind = kind_of(column)
    if kind == "integer":
        return _parse_integers(texts)
    if kind == "number":
        return _parse_numbers(texts, decimal)
    if kind == "date":
        return _parse_dates(texts, column.format, decimal)
    values = texts.to_pandas()
    if kind == "boolean":
        truths = values.str.strip().str.lower().map(_TRUTHS) if len(values.dropna()) else values
        return Parsed(truths.astype("boolean"), (truths.isna() & values.notna()).to_numpy())
    if kind == "codes":
        whole = {str(code): code for code in column.codes if isinstance(code, int)}
        values = values.map(lambda text: whole.get(text, text), na_action="ignore")
    values = values.astype(object)
    return Parsed(values.where(values.notna(), None), np.zeros(len(values), dtype=bool))


def _parse_integers(texts: pa.Array) -> Parsed:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        numbers = pc.cast(texts, pa.int64())
        # Arrow reads 0x1F as a number, which no table means.
        plain = not any(pc.any(pc.match_substring(texts, mark)).as_py() for mark in "xX")
    except pa.ArrowInvalid:
        plain = False
    if plain:
        return Parsed(_masked(numbers), np.zeros(len(texts), dtype=bool))
    trimmed = pc.utf8_trim_whitespace(texts)
    written = pc.match_substring_regex(trimmed, _INTEGER)
    digits = pc.if_else(written, pc.replace_substring_regex(trimmed, r"^\+|\.0*$", ""), None)
    try:
        numbers = pc.cast(digits, pa.int64())
    except pa.ArrowInvalid:  # some are too large
        numbers = pa.array([_within_int64(text) for text in digits.to_pylist()], pa.int64())
    broken = pc.and_(texts.is_valid(), numbers.is_null()).to_numpy(zero_copy_only=False)
    return Parsed(_masked(numbers), broken)


def _within_int64(text: str | None) -> int | None:
    if text is None or len(text) > 4000:  # Python refuses to read longer ones
        return None
    number = int(text)
    return number if INT64[0] <= number <= INT64[1] else None


def _masked(numbers: pa.Array) -> pd.Series:
    """Return whole numbers as Int64, exactly: by way of float64 the large ones would lose digits."""
    missing = numbers.is_null().to_numpy(zero_copy_only=False)
    return pd.Series(pd.arrays.IntegerArray(numbers.fill_null(0).to_numpy(), missing))


def _parse_numbers(texts: pa.Array, decimal: str) -> Parsed:
    import pyarrow as pa
    import pyarrow.compute as pc

    if decimal == ".":
        try:
            values = pc.cast(texts, pa.float64())
            # A text such as nan that is not declared as missing must stay visible: Arrow reads it as a number.
            if not pc.any(pc.is_nan(values)).as_py():
                return Parsed(_floats(values), np.zeros(len(texts), dtype=bool))
        except pa.ArrowInvalid:
            pass
    trimmed = pc.utf8_trim_whitespace(texts)
    if decimal != ".":
        # A point is no decimal mark here: make it something that no number has.
        trimmed = pc.replace_substring(pc.replace_substring(trimmed, ".", "?"), decimal, ".")
    written = pc.match_substring_regex(trimmed, _NUMBER)
    values = pc.cast(pc.if_else(written, trimmed, None), pa.float64())
    broken = pc.invert(written).fill_null(False).to_numpy(zero_copy_only=False)
    return Parsed(_floats(values), broken)


def _floats(values: pa.Array) -> pd.Series:
    return pd.Series(values.fill_null(float("nan")).to_numpy(zero_copy_only=False).astype("float64", copy=True))


def _parse_dates(texts: pa.Array, written: str | None, decimal: str) -> Parsed:
    """Return datetime64[ns] for each text, blanks around it aside, NaT where it is missing or not written so.

    Args:
        texts: strings, null where a value is missing.
        written: a format of strptime directives or a name of `EPOCHS`, None for ISO 8601 with or without a time and an
            offset.
        decimal: decimal mark of the numbers of an epoch.
    """
    import pyarrow.compute as pc

    if written in EPOCHS:
        dates = from_epoch(_parse_numbers(texts, decimal).values.to_numpy(), written)
    else:
        trimmed = pc.utf8_trim_whitespace(texts)
        matching = pc.match_substring_regex(trimmed, _ISO if written is None else pattern(written))
        # pandas must not see what does not match: it would read `today` as the moment of the run.
        values = pc.if_else(matching, trimmed, None)
        if written is None:
            values = pc.replace_substring_regex(values, r" ?(UTC|Z)$", "Z")
            values = pc.replace_substring_regex(values, r" ([+-][0-9:]+)$", r"\1")
        has_zone = written is None or has_offset(written)
        kind = "ISO8601" if written is None else written
        found = pd.to_datetime(values.to_pandas().astype(object), format=kind, errors="coerce", utc=has_zone)
        dates = within_nanoseconds(found.dt.tz_localize(None) if has_zone else found)
    return Parsed(dates, texts.is_valid().to_numpy(zero_copy_only=False) & dates.isna().to_numpy())


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
