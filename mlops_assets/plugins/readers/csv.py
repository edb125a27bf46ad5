"""Reader of text files with delimited fields: .csv and .csv.gz, in any encoding Python knows.

The whole file is held in memory while it is read: as bytes twice, then as bytes and as parsed texts. Every fault that
would shift, cut or drop a value is refused; blank lines are skipped.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from mlops_assets.errors import DataError, listing

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, InvalidRow, ParseOptions, ReadOptions

    from mlops_assets.plugins.protocols import FileFormat

SUFFIXES: tuple[str, ...] = (".csv", ".csv.gz")
"""Suffixes of the files that this reader reads."""

_BLOCK = (1 << 20, 1 << 30)
_HEAD = 1 << 22
"""Characters that are searched for the header: a text that is read as a file needs four bytes per character."""


def read(path: Path, source: FileFormat, columns: Collection[str]) -> pa.Table:
    """Return the texts of a file, columns in the order of the file, null for each of `source.missing_values`.

    Raises:
        DataError: the file is not a table of this format in this encoding, or not a whole one.
    """
    del columns  # every column of a text file holds texts
    text = _decode(_unpack(path), path, source)
    header = _header(text, path, source)
    content = text.encode()
    del text
    _check_quotes(content, path, source.delimiter)
    return _parse(content, header, path, source)


def _unpack(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(
            "the compressed file is damaged or not whole",
            where=str(path),
            expected="a complete gzip file",
            got=f"{len(content)} bytes, {error}",
            fix="download the file again; a file that is not compressed must not end in .gz",
        ) from error


def _decode(content: bytes, path: Path, source: FileFormat) -> str:
    try:
        text = content.decode(source.encoding)
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        zipped = content[:2] == b"\x1f\x8b"
        raise DataError(
            f"the file is not text in the encoding {source.encoding}",
            where=f"{path}, line {content[:start].count(10) + 1}",
            expected=f"{source.encoding}, as declared in data.source.encoding",
            got=f"byte 0x{content[start]:02x} at position {start}" if content else "",
            fix="it looks compressed: rename it to end in .csv.gz"
            if zipped
            else "set data.source.encoding, for example to cp1252 or latin-1",
        ) from error
    return text.removeprefix("\ufeff")


def _header(text: str, path: Path, source: FileFormat) -> list[str]:
    try:
        rows = csv.reader(io.StringIO(text[:_HEAD], newline=""), delimiter=source.delimiter)
        header = next((row for row in rows if row), None)
    except csv.Error as error:
        raise DataError("the first line cannot be read", where=str(path), got=str(error)) from error
    if header is None:
        raise DataError(
            "the file is empty",
            where=str(path),
            expected="a header and rows",
            got=f"{len(text)} characters, all blank",
            fix="download the file again, or correct data.source.path",
        )
    others = [mark for mark in ",;\t|" if mark != source.delimiter and mark in header[0]]
    if len(header) == 1 and others:
        raise DataError(
            "the header has a single field",
            where=f"{path}, line 1",
            expected=f"fields separated by {source.delimiter!r}, as declared in data.source.delimiter",
            got=repr(header[0][:80]),
            fix=f"set data.source.delimiter to {others[0]!r}",
        )
    return header


def _check_quotes(content: bytes, path: Path, delimiter: str) -> None:
    """Raise DataError unless quotes follow RFC 4180: around whole fields, and doubled inside.

    A quote that is never closed would make one field of all the rows after it.
    """
    import numpy as np

    if b'"' not in content:
        return
    quote, ends = ord('"'), np.frombuffer(f'{delimiter}\r\n"'.encode(), dtype=np.uint8)
    padded = np.frombuffer(b"\n" + content + b"\n", dtype=np.uint8)
    at = np.flatnonzero(padded == quote)
    opening, closing = at[0::2], at[1::2]
    stray = [
        *opening[~np.isin(padded[opening - 1], ends)][:1],
        *closing[~np.isin(padded[closing + 1], ends)][:1],
        *at[len(at) - len(at) % 2 :],
    ]
    if stray:
        line = content[: int(min(stray)) - 1].count(b"\n") + 1
        raise DataError(
            "a quote neither opens nor closes a whole field",
            where=f"{path}, line {line}",
            expected='fields in "quotes" from delimiter to delimiter, and quotes inside them doubled',
            got=repr(content.splitlines()[line - 1].decode()[:80]),
            fix="write the file again with a tool that quotes, or fix the line",
        )


def _parse(content: bytes, header: list[str], path: Path, source: FileFormat) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    # Arrow finds columns by name, so each has a unique name here; the caller reports duplicates.
    stand_ins = [str(position) for position in range(len(header))]
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(stand_ins, pa.string()),
        null_values=list(source.missing_values),
        strings_can_be_null=True,
    )
    parse = arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True)
    block = min(max(_BLOCK[0], len(content) // 64), _BLOCK[1])
    options = arrow_csv.ReadOptions(column_names=stand_ins, block_size=block)
    try:
        table = arrow_csv.read_csv(io.BytesIO(content), options, parse, convert)
    except pa.ArrowInvalid:
        options.block_size, options.use_threads = len(content) + 1, False
        table = _parse_patiently(content, path, options, parse, convert)
    return table.slice(1).rename_columns(header)


def _parse_patiently(
    content: bytes, path: Path, options: ReadOptions, parse: ParseOptions, convert: ConvertOptions
) -> pa.Table:
    """Return the table read as a single block, or raise a DataError that names the malformed rows."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    bad: list[InvalidRow] = []

    def note(row: InvalidRow) -> str:
        bad.append(row)
        return "skip"

    parse.invalid_row_handler = note
    try:
        table = arrow_csv.read_csv(io.BytesIO(content), options, parse, convert)
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0][:200]
        raise DataError("the file cannot be read", where=str(path), got=reason) from error
    if not bad:
        return table
    raise DataError(
        f"{len(bad)} rows have another number of fields than the header",
        where=f"{path}, row {bad[0].number} first (the header is row 1)",
        expected=f"{len(options.column_names)} fields in each row",
        got=listing(f"row {row.number} has {row.actual_columns}" for row in bad),
        fix="put quotes around fields that hold the delimiter, or correct data.source.delimiter",
    )
