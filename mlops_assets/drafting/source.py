"""Draft of a source: how to read an undescribed file.

Guesses the encoding, the delimiter, the decimal mark and the texts that mean "no value" from the file's own bytes,
and reads it as the lifecycle will: by a reader plugin.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from mlops_assets.data.source import read_file
from mlops_assets.errors import DataError, listing
from mlops_assets.plugins.readers import csv as csv_reader
from mlops_assets.plugins.readers import parquet as parquet_reader
from mlops_assets.use_case.data import Source

_DELIMITERS = (",", ";", "\t", "|")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_NO_VALUE = ("?", "-", "--", ".", "N/A", "n/a", "#N/A", "NULL", "None", "none", "nan", "NAN", "na", "missing", "<NA>")
_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class SourceDraft:
    """A file and how it is read.

    Attributes:
        source: the source as a YAML would declare it.
        frame: its table: texts for a text file, what the file holds for others; without the row numbers.
        nested: columns of lists or records, which the lifecycle cannot hold.
    """

    source: Source
    frame: pd.DataFrame
    nested: tuple[str, ...]


def draft_source(file: Path, written: str) -> SourceDraft:
    """Read an undescribed file.

    Args:
        file: the file.
        written: its path as in the YAML.

    Raises:
        DataError: there is no such file, it is empty or damaged, no reader takes it, or it has no rows.
    """
    source, is_text = Source(path=written), written.lower().endswith(csv_reader.SUFFIXES)
    if is_text and file.is_file() and file.stat().st_size:
        source = _guess_text_format(file, source)
    frame = read_file(file, source, {}).frame.iloc[:, 1:]
    reserved = [name for name in frame.columns if str(name).startswith("__")]
    if reserved:
        raise DataError(
            "names that start with two underscores are reserved",
            where=str(file),
            got=listing(map(repr, reserved)),
            fix="rename these columns in the file",
        )
    if is_text:
        source = source.model_copy(update={"missing_values": (*source.missing_values, *_no_values(frame))})
        frame = frame.mask(frame.isin(source.missing_values))
    given = source.model_dump(exclude_defaults=True)
    return SourceDraft(Source(**given), frame, _nested(file))


def _guess_text_format(file: Path, source: Source) -> Source:
    content = file.read_bytes()
    if file.suffix.lower() == ".gz":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error):
            return source  # the reader says what is wrong with it
    encoding = _guess_encoding(content)
    lines = content[:200_000].decode(encoding, errors="ignore").lstrip("\ufeff")
    delimiter = max(_DELIMITERS, key=lambda mark: _fields(lines, mark))
    fields = (field.strip() for row in _rows(lines, delimiter)[1:] for field in row)
    has_comma = delimiter != "," and any(map(_DECIMAL_COMMA.fullmatch, fields))
    decimal: Literal[".", ","] = "," if has_comma else "."
    return source.model_copy(update={"encoding": encoding, "delimiter": delimiter, "decimal": decimal})


def _guess_encoding(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _rows(lines: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):  # what could be read is sample enough; the reader says what is wrong
        for row in csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter):
            rows += [row] if row else []
            if len(rows) > _SAMPLE_ROWS:
                break
    return rows


def _fields(lines: str, delimiter: str) -> tuple[int, int]:
    """Return how well a mark separates: rows that have as many fields as the header, where it has several; fields."""
    rows = _rows(lines, delimiter)
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows[:-1] or rows) if width > 1 else 0, width)


def _no_values(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the texts that mean "missing" in columns that otherwise hold numbers."""
    found = []
    for position in range(len(frame.columns)):
        texts = frame.iloc[:, position].dropna()
        odd = texts[~texts.str.fullmatch(r"\s*[+-]?[0-9.,]+([eE][+-]?[0-9]+)?\s*")]
        if len(odd) < len(texts) and set(odd) <= set(_NO_VALUE):
            found += sorted(set(odd))
    return tuple(dict.fromkeys(found))


def _nested(file: Path) -> tuple[str, ...]:
    if not file.name.lower().endswith(parquet_reader.SUFFIXES):
        return ()
    import pyarrow as pa
    import pyarrow.parquet as pq

    return tuple(field.name for field in pq.read_schema(file) if pa.types.is_nested(field.type))
