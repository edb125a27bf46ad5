"""Documents and problems: the values of one YAML text with the line and column of each, and the mistakes in them.

Holds the record that the parser fills, and how a mistake is written: its path, value, suggestion and place. Other
modules find the mistakes: `builder` (the text), `walk` (the types) and `cross_checks` (what depends on more than one
place).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mlops_assets.errors import ConfigError, listing, suggestion

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
        got: what is there instead; only if it is safe to show.
        hint: the repair, a clause such as "did you mean 'auc'?".
        at_key: whether the key is wrong rather than its value.
        position: the place, if the path does not determine it.
    """

    path: Path
    what: str
    expected: str = ""
    got: str = ""
    hint: str = ""
    at_key: bool = False
    position: Position | None = None

    @property
    def text(self) -> str:
        """The line without its place: `path: what; expected …; got …; hint`."""
        where = render_path(self.path)
        parts = [f"{where}: {self.what}" if where else self.what]
        parts += [f"{label} {text}" for label, text in (("expected", self.expected), ("got", self.got)) if text]
        parts += [self.hint] if self.hint else []
        return one_line("; ".join(parts))


def render_path(path: Iterable[Any]) -> str:
    """Return a path as text: plain keys joined by dots, other keys and indices in brackets.

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
    """Return a value as written in YAML, cut to `limit` characters; containers by their kind and size.

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


def unknown(kind: str, name: Any, candidates: Iterable[object], path: Path, *, at_key: bool = False) -> Problem:
    """Return the problem that no `kind` is called `name`, with the candidates and the most similar one."""
    known = [str(candidate) for candidate in candidates]
    expected = f"one of {listing(known, 12)}" if known else f"a {kind}, of which there is none"
    return Problem(path, f"there is no such {kind}", expected, shown(name), suggestion(name, known), at_key)


UNREADABLE: Any = object()
"""Replaces a value that could not be read and whose problem is recorded."""


@dataclass
class Document:
    """One YAML text: its values, their places, and the mistakes of the text itself.

    Attributes:
        name: name of the file in messages.
        data: the root mapping, None where the text cannot be read at all.
        keys, values: where the key and the value of each path begin.
        problems: mistakes of the text.
        renamed: the earlier name that the text uses, by the path with the present one.
    """

    name: str
    data: dict[Any, Any] | None = None
    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    renamed: dict[Path, Any] = field(default_factory=dict)

    def position(self, problem: Problem) -> Position:
        """Return where a problem is: at its key or value, or at the closest enclosing value that exists."""
        if problem.position is not None:
            return problem.position
        path = problem.path
        if not problem.at_key and path in self.values:
            return self.values[path]
        while path:
            place = self.keys.get(path) or self.values.get(path)
            if place is not None:
                return place
            path = path[:-1]
        return START

    def at(self, path: Path) -> Any:
        """Return the value at a path, UNREADABLE where there is none."""
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return UNREADABLE
        return value

    def rename(self, path: Path, key: str) -> None:
        """Rename the last key of an existing path; its value keeps its place in the text."""
        mapping, here = self.at(path[:-1]), (*path[:-1], key)
        renamed = {key if name == path[-1] else name: value for name, value in mapping.items()}
        mapping.clear()
        mapping.update(renamed)
        self.renamed[here] = path[-1]
        for places in (self.keys, self.values):
            for old in [old for old in places if old[: len(path)] == path]:
                places[(*here, *old[len(path) :])] = places.pop(old)

    def line(self, problem: Problem) -> str:
        """Return the line `file:line:column: path: what; expected …; got …; hint` of a problem.

        The hint says if the text has an earlier name for a part of the path.
        """
        earlier = [(path[-1], name) for path, name in self.renamed.items() if problem.path[: len(path)] == path]
        words = [f"{present!r} is written here under its earlier name {name!r}" for present, name in earlier]
        hint = "; ".join([problem.hint, *words] if problem.hint else words)
        position = self.position(problem)
        return f"{self.name}:{position.line}:{position.column}: {replace(problem, hint=hint).text}"

    def lines(self, problems: Iterable[Problem]) -> list[str]:
        """Return one complete line per problem, in the order of the text, each once."""
        placed = {(self.position(p), self.line(p)) for p in problems}
        return [line for _, line in sorted(placed, key=lambda item: (item[0].line, item[0].column, item[1]))]

    def refuse(self, problems: Iterable[Problem] = ()) -> None:
        """Raise ConfigError if there are problems, including those of the text."""
        if found := [*self.problems, *problems]:
            raise ConfigError(self.lines(found))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of a document with its path, containers before what they hold."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
