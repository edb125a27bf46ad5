"""Files of data as bytes: their hash, and reading one that stays the same meanwhile."""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mlops_assets.errors import DataError, listing, suggestion

T = TypeVar("T")
_READINGS = 3


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; raise DataError where there is no such file."""
    return _identity(Path(path))[0]


def read_unchanged(path: Path, parse: Callable[[str], T]) -> tuple[T, str, int]:
    """Return what `parse` makes of a file, the SHA-256 of the bytes that it parsed, and how many they are.

    The file is hashed before and after. Where it was replaced or written to meanwhile, what was parsed may be of
    either content or of both: it is parsed again, three times in all.

    Args:
        path: the file.
        parse: reads it, given the hash.

    Raises:
        DataError: there is no such file, it keeps changing, or `parse` refuses a file that did not change.
    """
    before = _identity(path)
    for _ in range(_READINGS):
        fault: DataError | None = None
        try:
            parsed = parse(before[0])
        except DataError as error:
            fault = error  # of a file that was half written, perhaps
        after = _identity(path)
        if after == before:
            if fault is not None:
                raise fault
            return parsed, after[0], after[1]
        before = after
    raise DataError(
        "the file changes while it is read",
        where=str(path),
        expected="the same bytes before and after",
        got=f"different bytes in {_READINGS} attempts",
        fix="write it under another name and rename it when it is complete, then run again",
    )


def release_memory() -> None:
    """Give back to the system what Arrow and the C library keep for later: with a large file, half of a table each."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU C library alone
    if trim is not None:
        trim(0)


def _identity(path: Path) -> tuple[str, int, int, int, int]:
    """Return what distinguishes a file from one that replaces it: hash, size, inode, times of its last changes."""
    _check_is_file(path)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stat = os.fstat(stream.fileno())
    return digest, stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def _check_is_file(path: Path) -> None:
    if not path.exists():
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            "there is no such file",
            where=str(path),
            expected="a data file; a path in data.source.path is relative to the project folder",
            got=f"{path.parent} holds {listing(sorted(siblings)) or 'nothing'}"
            if path.parent.is_dir()
            else f"no folder {path.parent}",
            fix=suggestion(path.name, siblings) or "put the file there, or correct the path",
        )
    if not path.is_file():
        raise DataError(
            "this is a folder, not a file",
            where=str(path),
            expected="a data file",
            fix="name the file itself",
        )
