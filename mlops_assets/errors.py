"""Every deliberate error of the package, and the functions that build the messages.

Add an error class here when a caller must distinguish it; keep the wording next to the code that raises it. Every
message says what is wrong, where, what was expected, what was found, and how to fix it, in that order.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Sequence

from mlops_assets.redaction import redact


class MlopsAssetsError(Exception):
    """A fault that the user can fix. Its text is complete: no traceback is needed to act on it.

    The text contains no secret: every part goes through `redaction.redact`.

    Args:
        what: the fault, a short clause without a full stop.
        where: the file, table, column or key that has it.
        expected: what would have been right.
        got: what was found instead.
        fix: the command or the edit that fixes it.
    """

    def __init__(self, what: str, *, where: str = "", expected: str = "", got: str = "", fix: str = "") -> None:
        self.what, self.where, self.expected, self.got, self.fix = map(redact, (what, where, expected, got, fix))
        super().__init__(sentence(self.what, where=self.where, expected=self.expected, got=self.got, fix=self.fix))


class ConfigError(MlopsAssetsError):
    """A YAML file is not a valid configuration. `problems` holds one complete line per mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(redact(problem) for problem in problems)
        problems = "problem" if len(self.problems) == 1 else "problems"
        super().__init__(f"{len(self.problems)} {problems} in the configuration:\n" + "\n".join(self.problems))


class DataError(MlopsAssetsError):
    """A table cannot be read, or is not suitable for the step that needs it."""


class BudgetError(MlopsAssetsError):
    """A private release would exceed the declared epsilon of its use case."""


class IntegrityError(MlopsAssetsError):
    """A stored file does not match its recorded hash, or contains a type that is not on the reviewed list."""


class ReleaseError(MlopsAssetsError):
    """A deployment was requested that its evidence does not support."""


class TrackingError(MlopsAssetsError):
    """The MLflow store cannot be reached or opened, or it rejects a request."""


class PluginError(MlopsAssetsError):
    """A plugin file is missing, or does not meet the protocol of its kind."""


_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this process may write",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "the permission to write or read is missing",
}


def known_fault(error: BaseException) -> MlopsAssetsError | None:
    """Return a one-sentence error for a fault of the machine (disk, permission, package), None for any other error.

    Also checks the causes of the error, because libraries wrap the errors of the operating system.

    >>> str(known_fault(OSError(errno.ENOSPC, "No space left on device", "/data/a.parquet"))).partition(";")[0]
    '/data/a.parquet: the disk is full'
    >>> known_fault(ValueError("anything else"))
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _DISK:
            fix = "free disk space or correct the permissions, then run again; nothing that was stored before is lost"
            return MlopsAssetsError(_DISK[seen.errno], where=str(seen.filename or ""), got=seen.strerror or "", fix=fix)
        if "database or disk is full" in str(seen):
            return MlopsAssetsError(
                "the disk is full", got=str(seen).splitlines()[0][:200], fix="free disk space, then run again"
            )
        if isinstance(seen, ModuleNotFoundError) and not str(seen.name).startswith("mlops_assets"):
            fix = f"install the package that provides {seen.name}, for example: pip install {seen.name}"
            return MlopsAssetsError(f"the package {seen.name!r} is not installed", fix=fix)
        seen = seen.__cause__
    return None


def sentence(what: str, *, where: str = "", expected: str = "", got: str = "", fix: str = "") -> str:
    """Return one sentence in the standard order: where, what, expected, got, fix.

    >>> sentence("not a number", where="limit", expected="a float", got="'high'", fix="write 0.8")
    "limit: not a number; expected a float; got 'high'; fix: write 0.8"
    """
    text = f"{where}: {what}" if where else what
    for label, part in (("expected ", expected), ("got ", got), ("fix: ", fix)):
        if part:
            text += f"; {label}{part}"
    return text


def nearest(name: str, candidates: Iterable[object]) -> str | None:
    """Return the candidate most similar to `name`, ignoring case, or None if none is similar.

    >>> nearest("LIMIT_BALL", ["AGE", "LIMIT_BAL"])
    'LIMIT_BAL'
    """
    by_folded = {str(c).casefold(): str(c) for c in candidates}
    found = difflib.get_close_matches(str(name).casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def suggestion(name: object, candidates: Iterable[object]) -> str:
    """Return "did you mean 'X'?" for the candidate most similar to `name`, or an empty text if none is similar."""
    near = nearest(str(name), candidates)
    return f"did you mean {near!r}?" if near is not None and near != name else ""


def listing(items: Iterable[object], limit: int = 5) -> str:
    """Return the first `limit` items joined by commas, and how many more there are.

    >>> listing(range(8), limit=3)
    '0, 1, 2 and 5 more'
    """
    shown = [str(item) for item in items]
    rest = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" and {rest} more" if rest > 0 else "")
