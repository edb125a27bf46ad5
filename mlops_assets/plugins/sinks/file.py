"""File: one line of JSON for each alert, appended to a file."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from mlops_assets.errors import MlopsAssetsError
from mlops_assets.folders import private_folder
from mlops_assets.yaml_files.model import Model

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_assets.alerts import Alert


class Params(Model):
    """Where the lines go."""

    path: str = "data/generated/alerts.jsonl"
    """The file; a relative path starts at the project's folder."""


def send(alert: Alert, params: Params, root: Path) -> None:
    """Append the alert in one write and wait until it is on the disk, so that lines of two senders never mix.

    A last line that a killed writer left unfinished is closed first.

    Raises:
        MlopsAssetsError: the file cannot be written.
    """
    path = root / params.path
    try:
        private_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            # Held until the line is whole: another sender would take the half of it for one that was left behind.
            fcntl.flock(handle, fcntl.LOCK_EX)
            line = f"{alert.to_json()}\n".encode()
            line = line if _is_complete(handle) else b"\n" + line
            if os.write(handle, line) != len(line):
                raise OSError("only a part of the line was written")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise MlopsAssetsError(
            "an alert cannot be written",
            where=params.path,
            expected="a file that can be appended to",
            got=str(error.strerror or error),
            fix="correct params.path under notifications, or free disk space",
        ) from error


def _is_complete(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size == 0 or os.pread(handle, 1, size - 1) == b"\n"
