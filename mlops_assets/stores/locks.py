"""Locks between processes. All of them are the kernel's, which frees them when their process dies.

They also show which processes are alive: a killed process cannot report its end, and its run would stay "in progress"
forever. A process that starts runs holds a lock for as long as it lives and tags its runs with the lock's token.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mlops_assets.errors import MlopsAssetsError
from mlops_assets.folders import private_folder

_LOOK_EVERY, _SAY_EVERY = 0.5, 60.0  # seconds


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file."""
    private_folder(path.parent)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def turn(
    path: Path, owner: str, doing: str, *, wait: bool = True, report: Callable[[str], None] = lambda line: None
) -> Iterator[None]:
    """Hold the lock of a use case; processes that name the same owner hold it together.

    The steps of one run may be processes of their own: all of them belong to the run.

    Args:
        path: the lock file.
        owner: who takes the lock: the id of a run, or a token of a command.
        doing: what the owner is, in words, for those that wait.
        wait: whether to wait until the lock is free.
        report: called once a minute with who holds the lock.

    Raises:
        MlopsAssetsError: another owner holds the lock, and `wait` is False.
    """
    private_folder(path.parent)
    with path.open("a+") as handle:
        started, said = time.monotonic(), -_SAY_EVERY
        while not _take(handle, path, owner, doing):
            holder = holder_of(path) or "another process"
            if not wait:
                raise MlopsAssetsError(
                    f"{holder} is active on it",
                    where=path.stem,
                    fix="run it again when that is over, or without --no-wait",
                )
            if time.monotonic() - started - said >= _SAY_EVERY:
                said = time.monotonic() - started
                report(f"waiting for {holder}, which is active on {path.stem}")
            time.sleep(_LOOK_EVERY)
        yield


def holder_of(path: Path) -> str | None:
    """Return who holds a turn, in words; None where nobody does.

    Looking takes the lock for an instant. A process that asks for the turn must not mistake that for a holder, so it
    cannot ask meanwhile.
    """
    if not path.exists():
        return None
    with file_lock(_gate(path)), path.open() as handle:
        if _is_free(handle):
            return None
        holder = _holder(path)
        return f"{holder.get('doing', 'a command')} (process {holder.get('process', 'unknown')})"


def _take(handle: TextIO, path: Path, owner: str, doing: str) -> bool:
    """Take the turn where it is free, or is this owner's already; one process at a time asks."""
    with file_lock(_gate(path)):
        if _is_free(handle):
            handle.seek(0)
            handle.truncate()
            handle.write(json.dumps({"owner": owner, "doing": doing, "process": os.getpid()}))
            handle.flush()
        elif _holder(path).get("owner") != owner:
            return False
        fcntl.flock(handle, fcntl.LOCK_SH)
        return True


def _gate(path: Path) -> Path:
    return path.with_suffix(".gate")


def _is_free(handle: TextIO) -> bool:
    """Return whether a lock was free; the caller holds it then."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text()))
    except ValueError:  # it was taken this moment, and the name is not written yet
        return {}


@contextmanager
def sign_of_life(folder: Path) -> Iterator[str]:
    """Hold a lock in `folder` for the time of the block and yield its token."""
    token = uuid.uuid4().hex
    path = _sign(folder, token)
    with file_lock(path):
        try:
            yield token
        finally:
            path.unlink(missing_ok=True)


def is_dead(folder: Path, token: str) -> bool:
    """Return whether the process that got `token` died without leaving its block.

    An unknown token proves nothing: the process may keep its lock in another folder.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        return False
    try:
        with _sign(folder, token).open() as handle:
            return _is_free(handle)
    except FileNotFoundError:
        return False


def forget(folder: Path, token: str) -> None:
    """Remove the lock of a dead process, once all that it left is dealt with."""
    if is_dead(folder, token):
        _sign(folder, token).unlink(missing_ok=True)


def _sign(folder: Path, token: str) -> Path:
    return folder / f"{token}.lock"
