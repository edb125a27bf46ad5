"""YAML: a file or a text becomes a document of plain values, each with its line and column.

Parses with libyaml; what it stumbles over is parsed again with ruamel.yaml's pure parser, which knows YAML 1.2 and
says better what is not YAML. What the values mean is decided in `builder`.
"""

from __future__ import annotations

import pathlib
import re
from typing import Any

from mlops_assets.yaml_files.builder import Builder
from mlops_assets.yaml_files.document import Document
from mlops_assets.yaml_files.problems import START, Position, Problem

MAXIMUM_BYTES = 2_000_000

_READ_OTHERWISE = ("\x85", "\u2028", "\u2029", "\ufeff", "\t", "\n%", "\r%")
"""What libyaml, which speaks YAML 1.1, reads otherwise: ends of lines, byte-order marks, tabs and directives."""
_GLUED_COMMENT = re.compile(r"[|>][-+0-9]*#")
"""What libyaml lets pass although it is not YAML: a comment without a space before it, after | or >."""

_REPAIRS = {
    "mapping values are not allowed here": "put a text that holds ': ' in quotes, or check the indentation",
    "cannot start any token": "put the text in quotes",
    "found unexpected end of stream": "close the quote that opens here",
    "expected <block end>": "keys of one mapping, and items of one list, start in the same column",
    "could not find expected ':'": "write 'key: value', with a space after the colon",
    "expected ',' or": "close the bracket, and put a comma between the items",
}


def read_document(path: pathlib.Path, name: str) -> Document:
    """Read a file. Whatever is wrong with it is in the document's `problems`; nothing is raised."""
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            return _hopeless(name, "the file is too large for a configuration", f"at most {MAXIMUM_BYTES} bytes")
        content = path.read_bytes()
    except FileNotFoundError:
        return _hopeless(name, "there is no such file", "a YAML file")
    except OSError as error:
        return _hopeless(name, f"the file cannot be read: {error.strerror}", "a readable YAML file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        return _hopeless(
            name,
            "the file is not UTF-8",
            "text encoded as UTF-8",
            f"byte 0x{content[error.start]:02x}",
            position=_place(before, len(before)),
        )
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Parse a text. Whatever is wrong with it is in the document's `problems`; nothing is raised."""
    return _parse_quickly(text, name) or _parse_carefully(text, name)


def _parse_quickly(text: str, name: str) -> Document | None:
    """Return a document without any problem in a twentieth of the time, or None: parse carefully then.

    PyYAML comes with Dagster and is imported by it; ruamel.yaml takes as long to import as three files to parse.
    """
    import yaml

    is_odd = any(sign in f"\n{text}" for sign in _READ_OTHERWISE) or _GLUED_COMMENT.search(text)
    if not yaml.__with_libyaml__ or is_odd:
        return None
    builder = Builder(Document(name))
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            # The two parsers disagree about where a value begins that is not there.
            is_nothing = getattr(event, "value", None) == "" and event.implicit[0]
            if is_nothing or not builder.feed(event):
                return None
    except (yaml.YAMLError, ValueError):
        return None
    document = builder.finish()
    return None if document.problems else document


def _parse_carefully(text: str, name: str) -> Document:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    builder = Builder(Document(name))
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if not builder.feed(event):
                break
    except MarkedYAMLError as error:
        builder.stop(_syntax_problem(error, text))
    except YAMLError as error:
        offset = getattr(error, "position", 0)
        builder.stop(Problem((), "a character that YAML does not allow", position=_place(text, offset)))
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, OverflowError) as error:
        # The parser stumbles with these over escapes and directives that it does not foresee.
        builder.stop(Problem((), f"YAML cannot be read from here on: {error}", position=builder.last))
    return builder.finish()


def _hopeless(name: str, what: str, expected: str, got: str = "", position: Position = START) -> Document:
    return Document(name, problems=[Problem((), what, expected, got, position=position)])


def _place(text: str, offset: int) -> Position:
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _syntax_problem(error: Any, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = str(error.problem or error.context or "a syntax error")
    position = Position(mark.line + 1, mark.column + 1) if mark else START
    line = (text.splitlines() or [""])[min(position.line, len(text.splitlines())) - 1] if text else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem((), "the line is indented with a tab", "spaces", position=position)
    repair = next((fix for sign, fix in _REPAIRS.items() if sign in message), "")
    if "quoted scalar" in str(error.context) and error.context_mark and "unexpected end" in message:
        position = Position(error.context_mark.line + 1, error.context_mark.column + 1)
    return Problem((), f"not YAML: {message}", hint=repair, position=position)
