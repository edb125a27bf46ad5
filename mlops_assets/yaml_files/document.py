"""Documents: the values of one YAML text, with the line and column of each.

Holds the record that the parser fills and that every message takes its place from. How the text is read is in
`source`, how its events become values in `builder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mlops_assets.yaml_files.problems import START, Path, Position, Problem

UNREADABLE: Any = object()
"""Stands where a value could not be understood and its problem has been noted."""


@dataclass
class Document:
    """One YAML text: its values, their places, and what is wrong with the text itself.

    Attributes:
        name: how the file is called in messages.
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
        """Return where a problem is: at its key or value, or at the nearest thing around it that exists."""
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
        """Give the last key of a path, which is there, another name: its value keeps its place in the text."""
        mapping, here = self.at(path[:-1]), (*path[:-1], key)
        renamed = {key if name == path[-1] else name: value for name, value in mapping.items()}
        mapping.clear()
        mapping.update(renamed)
        self.renamed[here] = path[-1]
        for places in (self.keys, self.values):
            for old in [old for old in places if old[: len(path)] == path]:
                places[(*here, *old[len(path) :])] = places.pop(old)

    def line(self, problem: Problem) -> str:
        """Return the complete line of a problem, which says so where its path goes by an earlier name."""
        earlier = [(path[-1], name) for path, name in self.renamed.items() if problem.path[: len(path)] == path]
        words = [f"{present!r} is written here under its earlier name {name!r}" for present, name in earlier]
        hint = "; ".join([problem.hint, *words] if problem.hint else words)
        return replace(problem, hint=hint).line(self.name, self.position(problem))

    def lines(self, problems: Iterable[Problem]) -> list[str]:
        """Return one complete line per problem, in the order of the text, each once."""
        placed = {(self.position(p), self.line(p)) for p in problems}
        return [line for _, line in sorted(placed, key=lambda item: (item[0].line, item[0].column, item[1]))]


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of a document with its path, containers before what they hold."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))
