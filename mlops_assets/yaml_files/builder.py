"""Builds values from YAML events: the core schema of YAML 1.2, without what makes a configuration hard to read.

Mappings become dicts, sequences tuples (the models are strict), scalars bool, int, float, None or str; a
timestamp stays a text. Anchors, aliases, merge keys, tags, duplicate keys and a second document are each reported as
a problem, and reading continues. Only nesting beyond `MAXIMUM_DEPTH` stops it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from mlops_assets.yaml_files.document import UNREADABLE, Document, Path, Position, Problem, shown

MAXIMUM_DEPTH = 30

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 300
_DROPPED = object()
"""The key of a pair that is skipped."""


class TooDeepError(Exception):
    """The text is nested beyond `MAXIMUM_DEPTH`; a problem of the document says where."""


class Builder:
    """Reads the events of a text one by one, and records values, places and problems in the document."""

    def __init__(self, document: Document, events: Iterator[Any]) -> None:
        self.document, self.events = document, events

    def root(self) -> Any:
        """Return the value of the text, None if it is empty.

        Raises:
            TooDeepError: the text is nested too deeply.
        """
        next(self.events)  # the stream starts
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self.events), ())
        next(self.events)  # the document ends
        follows = next(self.events)
        if isinstance(follows, yaml.DocumentStartEvent):
            self._note((), follows, "a second document begins", "one document", hint="remove this '---'")
        return value

    def _note(self, path: Path, event: Any, what: str, expected: str = "", *, hint: str = "", got: str = "") -> None:
        known = tuple(part for part in path if part is not _DROPPED)
        self.document.problems.append(Problem(known, what, expected, got, hint, position=place(event.start_mark)))

    def _value(self, event: Any, path: Path) -> Any:
        self._refuse_decoration(event, path)
        self.document.values[path] = place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return UNREADABLE
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= MAXIMUM_DEPTH:
            self._note((), event, "too deeply nested", f"at most {MAXIMUM_DEPTH} levels")
            raise TooDeepError
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)

    def _list(self, path: Path) -> tuple[Any, ...]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return tuple(items)

    def _mapping(self, path: Path) -> dict[Any, Any]:
        items: dict[Any, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path, items)
            value = self._value(next(self.events), (*path, key))
            if key is not _DROPPED:
                items[key] = value
        return items

    def _key(self, event: Any, path: Path, items: dict[Any, Any]) -> Any:
        """Return a key and record its place, or return `_DROPPED` if the key is not allowed."""
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self._note(path, event, "a list or a mapping is used as a key", "a text or a whole number")
            self._value(event, (*path, _DROPPED))
            return _DROPPED
        self._refuse_decoration(event, path)
        key = self._scalar(event, path)
        here = (*path, key)
        if key == "<<" and event.implicit[0]:
            self._note(path, event, "merge keys are not allowed", hint="write the keys out")
        elif isinstance(key, bool) or not isinstance(key, str | int):
            if key is not UNREADABLE:  # else noted already
                self._note(
                    path, event, "not a key", "a text or a whole number", hint="write it in quotes", got=shown(key)
                )
        elif key in items:
            first = self.document.keys[here].line
            self._note(here, event, f"the key is repeated, first in line {first}", hint="remove one of them")
            return key if items[key] is None else _DROPPED  # a later value replaces an empty one
        else:
            self.document.keys[here] = place(event.start_mark)
            return key
        return _DROPPED

    def _refuse_decoration(self, event: Any, path: Path) -> None:
        if event.anchor is not None:
            what = "an alias" if isinstance(event, yaml.AliasEvent) else "an anchor"
            self._note(path, event, f"{what} is not allowed", hint="write the value out")
        if getattr(event, "tag", None) is not None:
            self._note(path, event, "a tag is not allowed", hint="remove it; quote the value if it is a text")

    def _scalar(self, event: Any, path: Path) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            return text
        try:
            return resolve_plain(text)
        except ValueError:
            most = f"at most {_LONGEST_NUMBER} digits"
            self._note(path, event, "the number is too long", most, got=shown(text, 20))
            return UNREADABLE


def place(mark: Any) -> Position:
    """Return a mark of the parser, which counts from zero, as a position."""
    return Position(mark.line + 1, mark.column + 1)


def resolve_plain(text: str) -> Any:
    """Return what an unquoted scalar means in the core schema of YAML 1.2 (section 10.3.2).

    Raises:
        ValueError: where it is a number of more than 300 characters.

    >>> [resolve_plain(t) for t in ("yes", "true", "0o17", "1e3", "2024-01-01", "~")]
    ['yes', True, 15, 1000.0, '2024-01-01', None]
    """
    if _NULL.fullmatch(text):
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "").lower())
    if _INTEGER.fullmatch(text):
        if len(text) > _LONGEST_NUMBER:
            raise ValueError(text)
        prefix = text[:2]
        return int(text, 8 if prefix == "0o" else 16 if prefix == "0x" else 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
