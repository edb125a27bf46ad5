"""Scope: what a cross check may read, which is only the valid parts of a use case.

A use case with mistakes is still checked as far as possible: a broken column is declared but not known, and a broken
item of a list is left out. A check that would only repeat a mistake calls `is_broken` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from mlops_assets import plugins
from mlops_assets.errors import PluginError, listing, suggestion
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.model import Task, UseCase
from mlops_assets.values import code_of
from mlops_assets.yaml_files.document import UNREADABLE, Path, Problem, shown, unknown
from mlops_assets.yaml_files.model import Model
from mlops_assets.yaml_files.walk import Walk

NUMERIC = ("integer", "number")


@dataclass(frozen=True)
class Scope:
    """The valid parts of a use case.

    Attributes:
        reading: the use case as the document gives it, and what is broken or left out of it.
    """

    reading: Walk[UseCase]

    @property
    def case(self) -> UseCase:
        """The use case; a required part is absent if it is broken."""
        return self.reading.value

    def is_broken(self, path: Path) -> bool:
        """Whether a value is broken, is part of something broken, or contains something broken."""
        return any(b == path[: len(b)] or path == b[: len(path)] for b in self.reading.broken if b)

    @cached_property
    def data(self) -> Data:
        """The data section, with defaults if there is none. A required part may be absent from it."""
        return _part(self.case, "data", Data)

    @cached_property
    def source(self) -> Source:
        """The source; its path is empty if it is not known."""
        source = _part(self.data, "source", Source)
        return source if hasattr(source, "path") else source.model_copy(update={"path": ""})

    @cached_property
    def task(self) -> Task:
        """The task, with defaults if there is none. Its target may be absent."""
        return _part(self.case, "task", Task)

    @property
    def target(self) -> str | None:
        """Name of the target, None if it is not known."""
        return getattr(self.task, "target", None)

    @cached_property
    def read_columns(self) -> dict[str, Column]:
        """Columns that could be read, including those with a mistake in one part."""
        found: dict[str, Column] = getattr(self.data, "columns", {})
        return {name: column for name, column in found.items() if isinstance(name, str)}

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Columns whose declaration is valid."""
        return {n: c for n, c in self.read_columns.items() if not self.is_broken(("data", "columns", n))}

    @cached_property
    def declared(self) -> tuple[str, ...]:
        """Names of all columns, including those with a broken declaration; empty if there is no such mapping."""
        columns = self.at(("data", "columns"))
        return tuple(str(name) for name in columns) if isinstance(columns, Mapping) else ()

    def at(self, path: Path) -> Any:
        """Return the value that is written at a path, None if there is none."""
        value = self.reading.document.at(path)
        return None if value is UNREADABLE else value

    def items(self, path: Path, values: tuple[Any, ...] | None) -> Iterator[tuple[Path, Any]]:
        """Yield each valid item of a list in the file, with its path there."""
        return self.reading.items(path, values)

    def unknown_column(self, name: str, path: Path, *, at_key: bool = False) -> Iterator[Problem]:
        """Yield a problem if no column has this name."""
        if self.declared and name not in self.declared:
            hint = suggestion(name, self.declared) or "add it to data.columns"
            yield Problem(path, "there is no such column", "a name of data.columns", shown(name), hint, at_key)

    def unknown_columns(self, path: Path, names: tuple[str, ...] | None) -> Iterator[Problem]:
        """Yield a problem for each name of a list that is not a column, or is repeated."""
        for place, name in self.items(path, names):
            yield from self.unknown_column(name, place)
        yield from repeated("column", self.items(path, names))


def _part(whole: Model, name: str, model: type[Model]) -> Any:
    """Return a required part of a model, or one with defaults if the part is broken or missing."""
    return getattr(whole, name, model.model_construct())


def repeated(what: str, items: Iterable[tuple[Path, Any]], key: str | None = None) -> Iterator[Problem]:
    """Yield a problem for each repeated item; items are compared by their attribute `key`, if given."""
    seen: set[tuple[type, Any]] = set()
    for path, item in items:
        value = item if key is None else getattr(item, key)
        if (type(value), value) in seen:
            yield Problem(path if key is None else (*path, key), f"the {what} is repeated", "each once", shown(value))
        seen.add((type(value), value))


def unknown_code(path: Path, value: Any, column: Column, what: str) -> Iterator[Problem]:
    """Yield a problem if a column has codes and a value is not one of them; true and false are never codes."""
    same = next((code for code in column.codes if code_of(code) == code_of(value)), None)
    if not column.codes or (same is not None and not isinstance(value, bool)):
        return
    alike = same if same is not None else next((code for code in column.codes if str(code) == str(value)), None)
    hint = f"write {alike!r}" if alike is not None else suggestion(value, column.codes)
    expected = f"one of {listing(map(repr, column.codes), 12)}"
    yield Problem(path, f"{what} has no such code", expected, shown(value), hint)


def plugin_problem(
    kind: Literal["reader", "family", "sink"], name: str, path: Path, *, at_key: bool = False
) -> Problem | None:
    """Return the problem if there is no such plugin, or its file does not meet the protocol of its kind."""
    if name not in plugins.names(kind):
        return unknown(kind, name, plugins.names(kind), path, at_key=at_key)
    try:
        plugins.load(kind, name)
    except PluginError as error:
        return Problem(path, f"{error.where}: {error.what}", error.expected, error.got, error.fix, at_key)
    return None
