"""Draft as text: values written so that YAML 1.2 and 1.1 both read them back as they are, and comments on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_assets.yaml_files.builder import resolve_plain
from mlops_assets.yaml_files.problems import one_line

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./()%+-]| (?=[A-Za-z0-9_(+]))*")
_WORDS_OF_1_1 = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
_WIDTH = 110


def scalar(value: Any) -> str:
    """Return a value as a YAML scalar: a text without quotes only where no reader could take it for anything else.

    >>> [scalar(v) for v in ("a b", "yes", "2020", " x", "a: b", 2020, 0.5, True)]
    ['a b', '"yes"', '"2020"', '" x"', '"a: b"', '2020', '0.5', 'true']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if not isinstance(value, str):
        return str(value)
    is_plain = _PLAIN.fullmatch(value) and resolve_plain(value) == value and value.lower() not in _WORDS_OF_1_1
    return value if is_plain and len(value) < _WIDTH else _quoted(value)


def _quoted(text: str) -> str:
    return "".join(_escaped(c) if not c.isprintable() else c for c in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def flow_list(values: Iterable[Any]) -> str:
    """Return a list on one line."""
    return f"[{', '.join(map(scalar, values))}]"


def flow_mapping(items: Mapping[str, str]) -> str:
    """Return a mapping on one line, its values written already."""
    return f"{{{', '.join(f'{scalar(key)}: {value}' for key, value in items.items())}}}"


def comment(text: str, indent: int = 0, limit: int = 400) -> str:
    """Return a comment on a line of its own; what would break the line is escaped."""
    text = one_line(text)
    return f"{' ' * indent}# {text if len(text) <= limit else text[: limit - 1] + '…'}"


def column_lines(name: str, items: Mapping[str, str], codes: tuple[Any, ...], notes: Iterable[str]) -> list[str]:
    """Return the lines of one column below `columns:`: notes as comments, then the column on one line if it fits."""
    lines = [comment(note, 4) for note in notes]
    listed = {**items, "allowed": flow_list(codes)} if codes else dict(items)
    line = f"    {scalar(name)}: {flow_mapping(listed)}"
    if len(line) <= _WIDTH or not codes:
        return [*lines, line]
    lines += [f"    {scalar(name)}:", *(f"      {key}: {value}" for key, value in items.items()), "      allowed:"]
    return [*lines, *(f"        - {scalar(code)}" for code in codes)]
