"""The file that a lifecycle starts from: which reader takes it, its hash, and the table it holds.

A format is a file in `plugins/readers/`; what every format has in common is checked here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data.coercion import frame_of_texts
from mlops_assets.data.files import read_unchanged, release_memory
from mlops_assets.data.frames import RESERVED, ROW
from mlops_assets.errors import DataError, listing, nearest
from mlops_assets.plugins.readers import endings
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.verdicts import Severity


def reader_name(source: Source) -> str:
    """Return the name of the reader plugin that takes the file: the declared one, or the one of its ending.

    Raises:
        DataError: no reader takes such a file.
        PluginError: the declared reader does not exist.
    """
    if source.reader is not None:
        plugins.module_name("reader", source.reader)
        return source.reader
    known = endings()
    for suffix, name in known.items():
        if source.path.lower().endswith(suffix):
            return name
    raise DataError(
        "no reader handles this file name extension",
        where=source.path,
        expected=f"a name that ends in {listing(sorted(known), 20)}",
        got=repr(Path(source.path).name),
        fix="name a reader in data.source.reader",
    )


@dataclass(frozen=True)
class ReadFile:
    """A table and the file that it was read from, which did not change meanwhile.

    Attributes:
        frame: the table.
        sha256: hash of the file's bytes, in hexadecimal.
        size: how many bytes.
    """

    frame: pd.DataFrame
    sha256: str
    size: int


def read_file(
    path: Path,
    source: Source,
    columns: dict[str, Column],
    *,
    extra_columns: Severity = "warning",
    optional: Collection[str] = (),
) -> ReadFile:
    """Return the table of a file as it is, `ROW` first, then the columns in the order of the file, and its hash.

    A file that is replaced or written to while it is parsed is read again, so that the hash is that of the rows.

    Args:
        path: the file.
        source: how to read it. Where it states a hash, a file with another one is refused.
        columns: what the columns are declared to hold. Other values are kept as they are, and
            validation checks them.
        extra_columns: `error` refuses a file with columns that are not declared; `warning` keeps them, for
            validation to report and leave out.
        optional: declared columns that may be absent.

    Raises:
        DataError: the file is missing, empty, damaged, not the declared one, or keeps changing; columns
            are missing or occur twice; there is no row.
    """
    path = Path(path)

    def parse(digest: str) -> pd.DataFrame:
        _check_not_empty(path)
        _check_hash(path, digest, source)
        reader = plugins.load("reader", reader_name(source.model_copy(update={"path": path.name})))
        table = reader.read(path, source, columns)
        frame = table if isinstance(table, pd.DataFrame) else frame_of_texts(table, columns, source.decimal)
        del table
        release_memory()
        _check_columns(list(frame.columns), path, columns, extra_columns, optional)
        if not len(frame):
            raise DataError(
                "the table has no rows",
                where=str(path),
                expected="at least one row below the header",
                got=f"{len(frame.columns)} columns and nothing in them",
                fix="download the file again, or correct the path",
            )
        frame.insert(0, ROW, np.arange(len(frame), dtype="int64"))
        return frame

    frame, sha256, size = read_unchanged(path, parse)
    return ReadFile(frame, sha256, size)


def read_batch_file(path: Path, data: Data, target: str) -> ReadFile:
    """Return the table of an incoming batch: another file than the source, and the outcome may be absent, too."""
    source = data.source.model_copy(update={"sha256": None})
    return read_file(path, source, data.columns, extra_columns=data.extra_columns, optional=(target, *data.ignored))


def _check_not_empty(path: Path) -> None:
    if path.stat().st_size == 0:
        raise DataError(
            "the file is empty",
            where=str(path),
            expected="a table",
            got="0 bytes",
            fix="download the file again, or correct the path",
        )


def _check_hash(path: Path, found: str, source: Source) -> None:
    if source.sha256 not in (None, found):
        raise DataError(
            "this is not the file that was declared",
            where=str(path),
            expected=f"SHA-256 {source.sha256}",
            got=found,
            fix="restore the file, or update data.source.sha256 once you trust the new content",
        )


def _check_columns(
    names: list[str], path: Path, columns: dict[str, Column], extra_columns: Severity, optional: Collection[str]
) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{len(twice)} column names occur more than once",
            where=str(path),
            expected="each name once",
            got=listing(map(repr, twice)),
            fix="rename the columns in the file",
        )
    reserved = [name for name in names if name in RESERVED]
    if reserved:
        raise DataError(
            "a column has a name that is reserved",
            where=str(path),
            expected=f"no column called {listing(sorted(RESERVED))}",
            got=listing(map(repr, reserved)),
            fix="remove or rename the column",
        )
    check_declared(names, str(path), columns, extra_columns, optional)


def check_declared(
    names: list[str], where: str, columns: dict[str, Column], extra_columns: Severity, optional: Collection[str] = ()
) -> None:
    """Raise DataError unless a table has every declared column and, where `extra_columns` is `error`, no other."""
    missing = [name for name in columns if name not in names and name not in optional]
    extra = [name for name in names if name not in columns and name not in RESERVED]
    if missing:
        near = [(name, nearest(name, extra)) for name in missing]
        hints = [f"{name!r} may be {other!r}" for name, other in near if other]
        raise DataError(
            f"{len(missing)} declared columns are not in the table",
            where=where,
            expected=listing(map(repr, missing)),
            got=f"columns {listing([n for n in names if n not in RESERVED])}",
            fix=listing(hints) if hints else "correct data.columns, or use the right file",
        )
    if extra and extra_columns == "error":
        raise DataError(
            f"{len(extra)} columns of the table are not declared",
            where=where,
            expected="only the columns of data.columns",
            got=listing(map(repr, extra)),
            fix="declare them (role: ignore keeps them out of everything), or set data.extra_columns to warning",
        )
