"""Liveness: whether the process that started a run still lives, told by a lock that the kernel frees at its death.

A killed process cannot say goodbye, and its run would stand as "in progress" for ever. A process that starts runs
holds a lock for as long as it lives and writes the lock's token on them.
"""

from __future__ import annotations

import fcntl
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlops_assets.folders import private_folder


@contextmanager
def sign_of_life(folder: Path) -> Iterator[str]:
    """Hold a lock in `folder` for the time of the block and yield its token."""
    private_folder(folder)
    token = uuid.uuid4().hex
    path = _lock_path(folder, token)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield token
        finally:
            path.unlink(missing_ok=True)


def is_dead(folder: Path, token: str) -> bool:
    """Return whether the process that got `token` died without leaving its block.

    A token that is not known here says nothing: the process may keep its lock in another folder.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        return False
    try:
        with _lock_path(folder, token).open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def forget(folder: Path, token: str) -> None:
    """Remove the lock of a dead process, once all that it left is dealt with."""
    if is_dead(folder, token):
        _lock_path(folder, token).unlink(missing_ok=True)


def _lock_path(folder: Path, token: str) -> Path:
    return folder / f"{token}.lock"
