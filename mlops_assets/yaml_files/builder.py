"""YAML events become values: the core schema of YAML 1.2, and nothing that makes a configuration hard to read.

Mappings become dicts, sequences tuples (the models are strict), scalars bool, int, float, None or str; a
timestamp stays a text. Anchors, aliases, merge keys, tags, duplicate keys and a second document are refused, each
as a problem, and reading goes on. Events are taken in a loop, so no nesting exhausts the stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mlops_assets.yaml_files.document import UNREADABLE, Document
from mlops_assets.yaml_files.problems import START, Path, Position, Problem, shown

MAXIMUM_DEPTH = 30

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER = 300


@dataclass
class _Frame:
    """A container that is being read: its path, its items so far, and the key that waits for its value."""

    path: Path
    items: dict[Any, Any] | list[Any]
    key: Any = None
    waits_for_key: bool = True

    def child(self) -> Path:
        return (*self.path, len(self.items) if isinstance(self.items, list) else self.key)


class _Dropped:
    """The key of a pair that is read over."""


class Builder:
    """Builds the document from events; iterative, and bounded in depth."""

    def __init__(self, document: Document) -> None:
        self.document, self.last, self.documents = document, START, 0
        self.stack: list[_Frame] = []
        self.root: Any = UNREADABLE
        self.stopped = False

    def feed(self, event: Any) -> bool:
        """Take one event; return whether to go on."""
        self.last = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self.note((), "a second document begins", "one document", "remove this '---'")
        if self.documents > 1:
            return False
        if kind in ("ScalarEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent"):
            self._refuse_decoration(event, kind)
            self._value(event, kind)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            frame = self.stack.pop()
            self._put(tuple(frame.items) if isinstance(frame.items, list) else frame.items)
        return not self.stopped

    def note(self, path: Path, what: str, expected: str = "", hint: str = "", got: str = "") -> None:
        """Note a problem at the current event."""
        self.document.problems.append(Problem(path, what, expected, got, hint, position=self.last))

    def stop(self, problem: Problem) -> None:
        """End reading with a problem after which nothing can be understood."""
        self.document.problems.append(problem)
        self.stopped = True

    def finish(self) -> Document:
        """Return the document; its data only where the root is a mapping."""
        if self.stopped:
            return self.document
        if isinstance(self.root, dict):
            self.document.data = self.root
        elif self.root is UNREADABLE or self.root is None:
            self.document.problems.append(Problem((), "the file is empty", "a mapping", position=START))
        else:
            self.document.problems.append(
                Problem(
                    (), "the file does not hold a mapping", "keys such as 'name:'", shown(self.root), position=START
                )
            )
        return self.document

    def _path(self) -> Path:
        return self.stack[-1].child() if self.stack else ()

    def _value(self, event: Any, kind: str) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.items, dict) and frame.waits_for_key:
            self._key(frame, event, kind)
            if kind not in ("MappingStartEvent", "SequenceStartEvent"):
                return
        path = self._path()
        self.document.values[path] = self.last
        if kind == "ScalarEvent":
            self._put(self._scalar(event, path))
        elif kind == "AliasEvent":
            self._put(UNREADABLE)
        elif len(self.stack) >= MAXIMUM_DEPTH:
            self.stop(Problem((), "too deeply nested", f"at most {MAXIMUM_DEPTH} levels", position=self.last))
        else:
            self.stack.append(_Frame(path, {} if kind == "MappingStartEvent" else []))

    def _key(self, frame: _Frame, event: Any, kind: str) -> None:
        assert isinstance(frame.items, dict)
        frame.waits_for_key, frame.key = False, _Dropped()
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            self.note(frame.path, "a list or a mapping stands as a key", "a text or a whole number")
            frame.waits_for_key = True  # the container is put in place of the key, and dropped
            return
        key = self._scalar(event, frame.path) if kind == "ScalarEvent" else UNREADABLE
        path = (*frame.path, key)
        if key == "<<" and event.implicit[0]:
            self.note(frame.path, "merge keys are not allowed", hint="write the keys out")
        elif key is UNREADABLE:
            return  # noted already
        elif isinstance(key, bool) or not isinstance(key, str | int):
            self.note(frame.path, "not a key", "a text or a whole number", "write it in quotes", shown(key))
        elif key in frame.items:
            first = self.document.keys[path].line
            self.note(path, f"the key stands twice, first in line {first}", hint="remove one of them")
            if frame.items[key] is None:  # an empty first one tells less than what follows
                frame.key = key
        else:
            frame.key = key
            self.document.keys[path] = self.last

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if isinstance(frame.items, list):
            frame.items.append(value)
        elif frame.waits_for_key:
            frame.waits_for_key = False
        else:
            if not isinstance(frame.key, _Dropped):
                frame.items[frame.key] = value
            frame.waits_for_key = True

    def _refuse_decoration(self, event: Any, kind: str) -> None:
        if kind == "AliasEvent" or event.anchor is not None:
            what = "an alias" if kind == "AliasEvent" else "an anchor"
            self.note(
                self._around(), f"{what} is not allowed", hint="write the value out, so that it reads in one place"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.note(self._around(), "a tag is not allowed", hint="quote a text, and leave a number as it is")

    def _around(self) -> Path:
        return tuple(part for part in self._path() if not isinstance(part, _Dropped) and part is not None)

    def _scalar(self, event: Any, path: Path) -> Any:
        text: str = event.value
        if any("\ud800" <= c <= "\udfff" for c in text):
            self.note(path, "half of a character (a lone surrogate)", "complete characters")
            return UNREADABLE
        if not event.implicit[0]:
            return text
        try:
            return resolve_plain(text)
        except ValueError:
            self.note(path, "the number is too long", f"at most {_LONGEST_NUMBER} digits", got=shown(text, 20))
            return UNREADABLE


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
