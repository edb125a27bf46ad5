"""Locks between processes. All of them are the kernel's, which frees them when their process dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
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
    """Hold the turn at what the lock file stands for; processes that name the same owner hold it together.

    The steps of one run may be processes of their own, and all of them are the run's.

    Args:
        path: the lock file.
        owner: who takes the turn: the id of a run, or a token of a command.
        doing: what the owner does, in words, for those that wait.
        wait: whether to wait until the turn is free.
        report: is told once a minute who holds the turn.

    Raises:
        MlopsAssetsError: another owner holds the turn, and `wait` is False.
    """
    private_folder(path.parent)
    with path.open("a+") as handle:
        started, said = time.monotonic(), -_SAY_EVERY
        while not _take(handle, path, owner, doing):
            holder = holder_of(path) or "another process"
            if not wait:
                raise MlopsAssetsError(
                    f"{holder} is at work on it",
                    where=path.stem,
                    fix="run it again when that is over, or without --no-wait",
                )
            if time.monotonic() - started - said >= _SAY_EVERY:
                said = time.monotonic() - started
                report(f"waiting for {holder}, which is at work on {path.stem}")
            time.sleep(_LOOK_EVERY)
        yield


def holder_of(path: Path) -> str | None:
    """Return who holds a turn, in words; None where nobody does.

    To look is to take the lock for an instant, which somebody who asks for the turn must not take for a holder: so
    nobody asks meanwhile.
    """
    if not path.exists():
        return None
    with file_lock(_gate(path)), path.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = _told(path)
            return f"{told.get('doing', 'a command')} (process {told.get('process', 'unknown')})"
    return None


def _take(handle: TextIO, path: Path, owner: str, doing: str) -> bool:
    """Take the turn where it is free, or is this owner's already; one process at a time asks."""
    with file_lock(_gate(path)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _told(path).get("owner") != owner:
                return False
        else:
            handle.seek(0)
            handle.truncate()
            handle.write(json.dumps({"owner": owner, "doing": doing, "process": os.getpid()}))
            handle.flush()
        fcntl.flock(handle, fcntl.LOCK_SH)
        return True


def _gate(path: Path) -> Path:
    return path.with_suffix(".gate")


def _told(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text()))
    except ValueError:  # it was taken this moment, and the name is not written yet
        return {}
