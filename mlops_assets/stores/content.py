"""The content of stored files: recorded when a file is written, compared before it is used again.

A record holds the SHA-256 of the bytes, which every load compares, and what the file system says of the file
(size and times), which is enough for a planner: only where that differs are the bytes hashed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlops_assets.data.files import file_digest
from mlops_assets.errors import IntegrityError
from mlops_assets.stores.columns import column_digests

_SETTLED = 2.0  # seconds: a file that changed more recently may change again without other times
_DIGESTS: dict[Path, tuple[str, str]] = {}


@dataclass(frozen=True)
class Content:
    """What was recorded of a stored file, or of the folder of a bundle.

    Attributes:
        path: where it is.
        sha256: hash of the file's bytes; of a bundle, of its manifest, which holds the hashes of the other files.
        glance: size and times, as `glance` returned them after the file was written.
        columns: hash of the bytes of each column of a table (`columns.column_digests`); empty for anything else, and
            where an earlier version of this package recorded none.
    """

    path: Path
    sha256: str
    glance: str
    columns: Mapping[str, str] = field(default_factory=dict)


def content_of(path: Path) -> Content:
    """Return what is to be recorded of a file or bundle that was just written.

    Raises:
        IntegrityError: it is missing, or is a folder that is no intact bundle.
    """
    digests = {}
    if path.suffix == ".parquet":
        with path.open("rb") as stream:
            digests = column_digests(stream)
    return Content(path, hash_of(path), glance(path), digests)


def glance(path: Path) -> str:
    """Return size and times of a file, or of each file of a folder; the empty string where there is nothing.

    The time of the last change of the inode is part of it: that of the last modification can be set back.
    """
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        stats = [file.stat() for file in files]
    except FileNotFoundError:
        return ""
    return " ".join(f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}" for stat in stats)


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, or of a bundle's manifest once all its files agree with it."""
    if path.is_dir():
        from mlops_assets.stores.bundles import verify_bundle

        return verify_bundle(path)
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise IntegrityError("a stored file is missing", where=str(path)) from error


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file of data, hashed again if size or times differ from the last call in this process.

    Raises:
        DataError: there is no such file.
    """
    now = glance(path)
    if now and now == _DIGESTS.get(path, ("", ""))[0]:
        return _DIGESTS[path][1]
    looked = time.time()
    digest = file_digest(path)
    changed = max(int(part) for part in now.split(":")[1:]) / 1e9 if now else looked
    if looked - changed > _SETTLED:
        _DIGESTS[path] = (now, digest)
    return digest


def fault_of(recorded: Content) -> str:
    """Return what is wrong with a stored file, "is missing" or "was changed"; the empty string where nothing is.

    Size and times that are as they were recorded are taken for the content; a load is not so easily satisfied.
    """
    now = glance(recorded.path)
    if not now:
        return "is missing"
    if now == recorded.glance:
        return ""
    try:
        return "" if hash_of(recorded.path) == recorded.sha256 else "was changed"
    except IntegrityError:
        return "was changed"


def mark_as_suspect(path: Path) -> None:
    """Set a file's times to now, so that the next planner looks at its bytes.

    For a file that a load found damaged although size and times are as recorded: a disk that flipped a bit.
    """
    files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
    for file in files:
        with contextlib.suppress(OSError):  # gone, or not ours to write: the load itself was refused already
            os.utime(file)
