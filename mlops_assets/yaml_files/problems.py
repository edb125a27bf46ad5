"""Problems: one line per mistake in a YAML file, said in the house's order.

Holds how a path, a value and a suggestion are written. What is a mistake is decided elsewhere: `source`
(the text), `reading` (the types) and `cross_checks` (what depends on more than one place).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_assets.errors import listing, nearest

Path = tuple[Any, ...]
"""Keys and indices that lead from the root of a document to a value."""


@dataclass(frozen=True)
class Position:
    """A place in a text, both numbers counted from one."""

    line: int
    column: int


START = Position(1, 1)


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Attributes:
        path: the value that is wrong.
        what: the mistake, a clause.
        expected: what would have been right.
        got: what stands there; only where it is safe to show.
        hint: the repair, a clause such as "did you mean 'auc'?".
        at_key: whether the key is to blame rather than its value.
        position: the place, where the path cannot tell it.
    """

    path: Path
    what: str
    expected: str = ""
    got: str = ""
    hint: str = ""
    at_key: bool = False
    position: Position | None = None

    def line(self, file: str, position: Position) -> str:
        """Return the complete line `file:line:column: path: what; expected …; got …; hint`."""
        return f"{file}:{position.line}:{position.column}: {self.text}"

    @property
    def text(self) -> str:
        """The line without its place: `path: what; expected …; got …; hint`."""
        where = render_path(self.path)
        parts = [f"{where}: {self.what}" if where else self.what]
        parts += [f"{label} {text}" for label, text in (("expected", self.expected), ("got", self.got)) if text]
        parts += [self.hint] if self.hint else []
        return one_line("; ".join(parts))


def render_path(path: Iterable[Any]) -> str:
    """Return a path as people write it: plain keys joined by dots, odd keys and indices in brackets.

    >>> render_path(("data", "columns", "a b", "allowed"))
    'data.columns["a b"].allowed'
    >>> render_path(("release", "gates", 2, "metric"))
    'release.gates[2].metric'
    """
    text = ""
    for part in path:
        if isinstance(part, str) and re.fullmatch(r"\w+", part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False) if isinstance(part, str) else part}]"
    return text


def one_line(text: str) -> str:
    r"""Return the text with every control character and line break escaped, so that it stays on one line.

    >>> one_line("a\nb")
    'a\\nb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: Any, limit: int = 60) -> str:
    """Return a value as it reads in YAML, cut to `limit` characters; containers by their kind and size.

    >>> shown(None), shown(True), shown("a"), shown((1, 2))
    ('nothing', 'true', "'a'", 'a list of 2')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)}"
    if isinstance(value, tuple):
        return f"a list of {len(value)}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def suggestion(name: Any, candidates: Iterable[object]) -> str:
    """Return "did you mean 'X'?" for the candidate nearest to `name`, or nothing where none is near."""
    near = nearest(str(name), candidates)
    return f"did you mean {near!r}?" if near is not None and near != name else ""


def unknown(kind: str, name: Any, candidates: Iterable[object], path: Path, *, at_key: bool = False) -> Problem:
    """Return the problem that `name` is no `kind`, with the nearest candidate or else the list of them."""
    known = [str(candidate) for candidate in candidates]
    expected = f"one of {listing(known, 12)}" if known else f"a {kind}, of which there is none"
    return Problem(path, f"there is no such {kind}", expected, shown(name), suggestion(name, known), at_key)
