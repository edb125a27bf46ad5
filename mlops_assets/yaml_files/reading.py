"""Reading: a document held against a model by pydantic, and every mistake at once where the model refuses it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from mlops_assets.errors import ConfigError
from mlops_assets.yaml_files.document import Document
from mlops_assets.yaml_files.problems import Path, Problem
from mlops_assets.yaml_files.source import parse_document, read_document
from mlops_assets.yaml_files.walk import Walk

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Reading(Generic[M]):
    """What a document is under a model.

    Attributes:
        document: the text's values and their places.
        value: the model; where there are problems, built from what is sound, so that a required part may be absent.
        problems: what is wrong, besides the problems of the document's text.
        broken: paths whose value could not be taken, or is required and absent.
        dropped: items of lists that are left out of `value`, because they are broken.
    """

    document: Document
    value: M
    problems: tuple[Problem, ...] = ()
    broken: frozenset[Path] = frozenset()
    dropped: frozenset[Path] = frozenset()

    def items(self, path: Path, values: tuple[Any, ...] | None) -> Iterator[tuple[Path, Any]]:
        """Yield each sound item of a list that is written in the text, with the path that it has there."""
        written = self.document.at(path)
        places = [(*path, i) for i in range(len(written))] if isinstance(written, tuple) else []
        yield from zip([place for place in places if place not in self.dropped], values or (), strict=False)


def read(source: pathlib.Path | str, model: type[M]) -> M:
    """Return the model that a file, or a text, holds.

    Raises:
        ConfigError: with one line `file:line:column: path: what; …` for every mistake.
    """
    if isinstance(source, pathlib.Path):
        document = read_document(source, str(source))
    else:
        document = parse_document(source, "text")
    reading = read_model(document, model) if document.data is not None else None
    problems = [*document.problems, *(reading.problems if reading else ())]
    if reading is None or problems:
        raise ConfigError(document.lines(problems))
    return reading.value


def read_model(
    document: Document, model: type[M], data: Any = None, path: Path = (), hidden: frozenset[Path] = frozenset()
) -> Reading[M]:
    """Return what a document that could be parsed is under a model.

    Args:
        document: the text's values and their places; keys that go by an earlier name get the present one.
        model: what it is held against.
        data: values to take in place of the document's own, such as those with references replaced.
        path: where in the document these values stand.
        hidden: paths whose value must not be shown in a message.
    """
    data = document.at(path) if data is None else data
    if not document.problems:
        with suppress(ValidationError):  # the walk below says what is wrong, and where
            return Reading(document, model.model_validate(data, strict=True, extra="forbid"))
    walk = Walk(document, model, hidden)
    value = walk.model(model, data, path)
    return Reading(document, value, tuple(walk.problems), frozenset(walk.broken), frozenset(walk.dropped))
