"""Reading: parses a file or a text into a document, and validates the document as a model, with all mistakes at once.

libyaml finds the structure; `builder` gives the values their meaning under YAML 1.2. libyaml implements YAML 1.1, which
breaks lines at characters that YAML 1.2 treats as letters. These characters are rejected unless they are escaped.
pydantic validates the values; if it rejects them, `walk` finds out why.
"""

from __future__ import annotations

import pathlib
import re
from contextlib import suppress
from typing import Any

import yaml
from pydantic import ValidationError

from mlops_assets.yaml_files.builder import Builder, TooDeepError, place
from mlops_assets.yaml_files.document import START, UNREADABLE, Document, Path, Position, Problem, shown
from mlops_assets.yaml_files.walk import M, Walk

MAXIMUM_BYTES = 2_000_000

_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Control characters, surrogates, and what YAML 1.1 and 1.2 read differently: U+0085, U+2028, U+2029, U+FEFF."""

_SAME_COLUMN = "keys of one mapping, and items of one list, start in the same column"
_REPAIRS = {
    "mapping values are not allowed": "put a text that holds ': ' in quotes, or check the indentation",
    "cannot start any token": "put the text in quotes",
    "expected alphabetic or numeric character": "put the text in quotes",
    "unexpected end of stream": "close the quote that opens here",
    "did not find expected key": _SAME_COLUMN,
    "did not find expected '-' indicator": _SAME_COLUMN,
    "could not find expected ':'": "write 'key: value', with a space after the colon",
    "did not find expected ',' or": "close the bracket, and put a comma between the items",
    "block sequence entries are not allowed": "begin the list on a line of its own, below its key",
    "did not find expected node content": "write a value here, or put the text in quotes",
    "found unexpected ':'": "put the text in quotes",
    "escape character": "write a backslash twice, or put the text in single quotes",
    "escape code": "write a backslash twice, or put the text in single quotes",
    "expected <document start>": "a file holds one document: remove the line '...'",
}


def read_document(path: pathlib.Path, name: str) -> Document:
    """Read a file. All mistakes are in the document's `problems`; nothing is raised."""
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
        got = f"byte 0x{content[error.start]:02x}"
        return _hopeless(name, "the file is not UTF-8", "text encoded as UTF-8", got, position=_end_of(before))
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Parse a text. All mistakes are in the document's `problems`; nothing is raised."""
    odd = _NOT_ALLOWED.search(text)
    if odd is not None:
        code = f"U+{ord(odd[0]):04X}"
        fix = f'remove it, or write "\\u{ord(odd[0]):04x}" in double quotes'
        what = "a character that YAML does not allow as it is"
        return _hopeless(name, what, got=code, hint=fix, position=_end_of(text[: odd.start()]))
    document = Document(name)
    try:
        root = Builder(document, yaml.parse(text, Loader=yaml.CSafeLoader)).root()
    except TooDeepError:
        return document
    except yaml.MarkedYAMLError as error:
        document.problems.append(_syntax_problem(error, text))
    else:
        if isinstance(root, dict):
            document.data = root
        elif root is None:
            document.problems.append(Problem((), "the file is empty", "a mapping", position=START))
        elif root is not UNREADABLE:
            what, expected = "the file does not hold a mapping", "keys such as 'name:'"
            document.problems.append(Problem((), what, expected, shown(root), position=START))
    return document


def _hopeless(
    name: str, what: str, expected: str = "", got: str = "", *, hint: str = "", position: Position = START
) -> Document:
    return Document(name, problems=[Problem((), what, expected, got, hint, position=position)])


def _end_of(before: str) -> Position:
    """Return the position just after a text."""
    lines = re.split(r"\r\n|\r|\n", before)
    return Position(len(lines), len(lines[-1]) + 1)


def _syntax_problem(error: Any, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = str(error.problem or error.context).replace("in this context", "here")
    lines = re.split(r"\r\n|\r|\n", text)
    line = lines[min(mark.line, len(lines) - 1)]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem((), "the line is indented with a tab", "spaces", position=place(mark))
    repair = next((fix for sign, fix in _REPAIRS.items() if sign in message), "")
    if "flow" in str(error.context) and not text[mark.index :].strip():
        message, repair = "the bracket that opens here is not closed", "close it"
    if message.endswith("not closed") or "unexpected end" in message or "expected ':'" in message:
        mark = error.context_mark or mark
    got = shown(line[mark.column]) if "cannot start" in message and mark.column < len(line) else ""
    return Problem((), f"not YAML: {message}", got=got, hint=repair, position=place(mark))


def read_model(
    document: Document, model: type[M], data: Any = None, path: Path = (), hidden: frozenset[Path] = frozenset()
) -> Walk[M]:
    """Validate a document as a model.

    Args:
        document: the values of the text and their places; keys with an earlier name get the present one.
        model: the model.
        data: values that replace the document's own, for example with references resolved.
        path: where in the document these values are.
        hidden: paths whose value must not be shown in a message.

    Raises:
        ConfigError: the document could not be parsed.
    """
    if document.data is None:
        document.refuse()
    data = document.at(path) if data is None else data
    walk = Walk(document, model, hidden)
    if not document.problems:
        with suppress(ValidationError):  # the walk below says what is wrong, and where
            walk.value = model.model_validate(data, strict=True, extra="forbid")
            return walk
    walk.value = walk.model(model, data, path)
    return walk
