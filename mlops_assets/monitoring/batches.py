"""Batches: the files that have arrived in a folder, each with a name that is safe as a partition key.

Holds what counts as a finished file and how a name is made. The data package reads the files, and a sensor watches
the folder.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlops_assets.errors import DataError, listing

SUFFIXES = (".csv", ".csv.gz", ".parquet")
_MAXIMUM_KEY = 120


@dataclass(frozen=True)
class BatchFile:
    """One file of incoming rows.

    Attributes:
        name: the file's name without its suffix, made safe: letters and digits of any script, `_`, `-` and `.`.
        path: where the file is.
        digest: SHA-256 of its bytes, in hexadecimal.
    """

    name: str
    path: str
    digest: str


def list_batches(folder: Path, digest: Callable[[Path], str]) -> tuple[BatchFile, ...]:
    """Return the finished files of a folder, sorted by file name; none where the folder does not exist.

    A finished file ends in .csv, .csv.gz or .parquet, in any case of letters. Names that begin with a dot or an
    underscore or end in `.tmp` or `~`, other endings and subfolders are passed over: write a batch under such a
    name and rename it when it is complete.

    Args:
        folder: the inbox of a use case.
        digest: returns the SHA-256 of a file's bytes.

    Raises:
        DataError: two files lead to the same key, or a name holds no letter and no digit.
    """
    owners: dict[str, list[Path]] = {}
    for path in _finished(folder):
        owners.setdefault(batch_key(path.name).casefold(), []).append(path)
    clashes = [paths for paths in owners.values() if len(paths) > 1]
    if clashes:
        names = (
            f"{' and '.join(path.name for path in paths)} (both {batch_key(paths[0].name)!r})" for paths in clashes
        )
        raise DataError(
            "two batch files lead to the same partition key",
            where=folder.name,
            expected="one file for each batch",
            got=listing(names),
            fix="rename or remove one of them",
        )
    return tuple(batch for (path,) in owners.values() if (batch := _batch(path, digest)) is not None)


def batch_names(folder: Path) -> list[str]:
    """Return the keys of the finished files of a folder, sorted by file name, without looking into them."""
    return [batch_key(path.name) for path in _finished(folder)]


def batch_key(file_name: str) -> str:
    """Return the partition key of a file: its name without the suffix, everything unsafe as an underscore.

    >>> batch_key("Mai 2005 (late).csv.gz")
    'Mai_2005_late'
    """
    stem = file_name[: -len(_suffix(file_name))] if _suffix(file_name) else file_name
    stem = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", stem))
    key = re.sub(r"\.{2,}", ".", stem).strip("._-")[:_MAXIMUM_KEY]
    if not key:
        raise DataError(
            "the name of a batch file has no letter and no digit",
            where=file_name,
            expected="a name such as 2005-10.csv",
            fix="rename the file",
        )
    return key


def _suffix(file_name: str) -> str:
    lowered = file_name.casefold()
    return max((suffix for suffix in SUFFIXES if lowered.endswith(suffix)), key=len, default="")


def _finished(folder: Path) -> list[Path]:
    paths = folder.iterdir() if folder.is_dir() else ()
    named = [path for path in paths if not path.name.startswith((".", "_")) and _suffix(path.name)]
    return sorted((path for path in named if path.is_file()), key=lambda path: path.name)


def _batch(path: Path, digest: Callable[[Path], str]) -> BatchFile | None:
    try:
        return BatchFile(batch_key(path.name), str(path), digest(path))
    except (DataError, FileNotFoundError):
        if path.is_file():
            raise
        return None  # taken away between the listing and now: it has not arrived
