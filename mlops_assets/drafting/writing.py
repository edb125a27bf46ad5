"""Writing: a drafted use case as YAML. Keys and values are dumped from the models, comments are set at their paths.

A field that was set is written, and one that has its default is not. Lists and mappings of plain values
are on one line where they fit. ruamel.yaml writes the values, and `yaml_files` finds the line of each one.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from mlops_assets.yaml_files.document import Path, one_line, walk
from mlops_assets.yaml_files.model import Model
from mlops_assets.yaml_files.reading import parse_document

Comments = Mapping[Path, Sequence[str]]
"""Texts above the value at each path, one line each; the empty path is the top of the page."""

_WIDTH = 120
_LONGEST_COMMENT = 400
_PLAIN = re.compile(r"[^\W\d][\w./()%+-]*(?:[ :][\w(+][\w./()%+-]*)*")
_WORDS_OF_YAML_1_1 = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}


def write_yaml(model: Model, comments: Comments, offered: Model | None = None) -> str:
    """Return a model as YAML that reads back as an equal model, in YAML 1.2 and 1.1 alike.

    Args:
        model: the content; its explicitly set fields are written, in the order of their declaration.
        comments: texts above the value at each path, which must be in `model` or in `offered`.
        offered: the model with further fields, which are written as comments for a person to uncomment.
    """
    given = model.model_dump(exclude_unset=True)
    everything = given if offered is None else offered.model_dump(exclude_unset=True)
    known = {path for path, _ in walk(given)}
    offers = {path for path, _ in walk(everything) if path not in known and path[:-1] in known}
    holders = {path[:length] for path in (*comments, *offers) for length in range(len(path))}
    return _annotated(_dumped(_node(everything, (), holders, offers)), comments, offers)


def _node(value: Any, path: Path, holders: Set[Path], offers: Set[Path]) -> Any:
    """Return a value as ruamel.yaml's own containers, which know whether they are on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        nodes = {_scalar(key): _node(item, (*path, key), holders, offers) for key, item in value.items()}
        node: Any = CommentedMap(nodes)
    elif isinstance(value, tuple):
        node = CommentedSeq([_node(item, (*path, index), holders, offers) for index, item in enumerate(value)])
    else:
        return _scalar(value)
    is_offered_list = path in offers and isinstance(value, tuple)
    if is_offered_list or (path and path not in holders and _fits_on_a_line(value)):
        node.fa.set_flow_style()
    return node


def _fits_on_a_line(value: dict[Any, Any] | tuple[Any, ...]) -> bool:
    is_flat = not any(isinstance(inner, dict) for path, inner in walk(value) if path)
    return is_flat and len(json.dumps(value, ensure_ascii=False, default=str).replace('"', "")) <= _WIDTH


def _scalar(value: Any) -> Any:
    """Return a whole number without a point, and a text in quotes where a reader could take it for anything else."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, str) and (not _PLAIN.fullmatch(value) or value.lower() in _WORDS_OF_YAML_1_1):
        return DoubleQuotedScalarString(value)
    return value


def _dumped(node: Any) -> str:
    from ruamel.yaml import YAML

    yaml, stream = YAML(), io.StringIO()
    yaml.width = 2**31  # nothing is folded: a line is long or its container is a block
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(node, stream)
    # An invisible character becomes the escape of a quoted text, the only place where it can be.
    escapes = {c: f"\\u{ord(c):04x}" if ord(c) <= 0xFFFF else f"\\U{ord(c):08x}" for c in set(stream.getvalue())}
    return "".join(c if c.isprintable() or c == "\n" else escapes[c] for c in stream.getvalue())


def _annotated(text: str, comments: Comments, offers: Set[Path]) -> str:
    """Return the text with a blank line between sections, comments above their values, and offers behind marks."""
    document = parse_document(text, "draft")
    place = {path: where.line - 1 for path, where in (document.values | document.keys).items()}
    lines = text.splitlines()
    margin = {path: len(lines[at]) - len(lines[at].lstrip(" ")) for path, at in place.items()}
    for path in offers:
        below = (at for other, at in place.items() if at > place[path] and other[: len(path)] != path)
        for at in range(place[path], min(below, default=len(lines))):
            lines[at] = f"{lines[at][: margin[path]]}# {lines[at][margin[path] :]}"
    above = {path: [""] for path in place if len(path) == 1 and isinstance(document.at(path), dict)}
    for path, notes in comments.items():
        above.setdefault(path, []).extend(f"{' ' * margin[path]}# {_on_one_line(note)}" for note in notes)
    for path in sorted(above, key=lambda path: (place[path], len(path)), reverse=True):
        lines[place[path] : place[path]] = above[path]
    return "\n".join(lines) + "\n"


def _on_one_line(note: str) -> str:
    text = one_line(note)
    return text if len(text) <= _LONGEST_COMMENT else f"{text[: _LONGEST_COMMENT - 1]}…"
