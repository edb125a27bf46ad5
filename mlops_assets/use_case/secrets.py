"""Secrets: how `${NAME}` gets its value, and why a literal secret is refused.

A secret has one way into an environment file, the environment variable that `${NAME}` names. Values that came in
that way never show in a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mlops_assets.settings import VARIABLE
from mlops_assets.use_case.document import Document, walk
from mlops_assets.use_case.problems import Path, Problem, suggestion

_SECRET_WORDS = {
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
}
_SECRET_PAIRS = {("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"), ("account", "key")}
_USER_INFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s@]*:([^/\s]*)@")
_SHORTEST_HIDDEN = 4


def interpolate(data: Any, variables: Mapping[str, str]) -> Any:
    """Return the data with each `${NAME}` in a text replaced; one without a value stays as it is."""
    if isinstance(data, str):
        return VARIABLE.sub(lambda found: variables.get(found[1]) or found[0], data)
    if isinstance(data, Mapping):
        return {key: interpolate(value, variables) for key, value in data.items()}
    return tuple(interpolate(value, variables) for value in data) if isinstance(data, tuple) else data


def reference_problems(document: Document, variables: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each `${NAME}` that has no value, and for each that is not written as one."""
    problems = []
    for path, value in walk(document.data):
        if not isinstance(value, str):
            continue
        if "${" in VARIABLE.sub("", value):
            problems.append(Problem(path, "a reference is not written as one", "${NAME}, of letters, digits and _"))
        for name in dict.fromkeys(VARIABLE.findall(value)):
            if not variables.get(name):
                what = f"the environment variable {name} is {'empty' if name in variables else 'not set'}"
                hint = suggestion(name, variables) or f"set it: export {name}=…"
                problems.append(Problem(path, what, hint=hint))
    return problems


def secret_problems(document: Document) -> list[Problem]:
    """Return a problem for each secret that stands in the file itself; its value is not shown."""
    problems = []
    for path, value in walk(document.data):
        is_secret = _names_secret(path) and isinstance(value, str | int | float) and not isinstance(value, bool)
        if is_secret and not _is_reference(str(value)):
            problems.append(Problem(path, "a secret stands in the file", "${NAME}", hint=_write(path)))
        elif isinstance(value, str):
            found = _USER_INFO.search(value)
            if found and not _is_reference(found[1]):
                problems.append(
                    Problem(path, "the address holds a password", "${NAME} in its place", hint=_write(path))
                )
    return problems


def hide_values(line: str, document: Document, variables: Mapping[str, str]) -> str:
    """Return a message with each value that came from a variable replaced by the name of that variable."""
    used = {name for _, value in walk(document.data) if isinstance(value, str) for name in VARIABLE.findall(value)}
    for name in sorted(used):
        value = variables.get(name, "")
        if len(value) >= _SHORTEST_HIDDEN:
            line = line.replace(value, f"${{{name}}}")
    return line


def _names_secret(path: Path) -> bool:
    if not path or not isinstance(path[-1], str):
        return False
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", path[-1])]
    return bool(_SECRET_WORDS & set(words)) or any(pair in _SECRET_PAIRS for pair in pairwise(words))


def _is_reference(value: str) -> bool:
    """Whether a text holds nothing but references, or nothing at all."""
    return not VARIABLE.sub("", value).strip()


def _write(path: Path) -> str:
    words = re.sub(r"\W+", "_", str(path[-1])).strip("_").upper() or "NAME"
    return f"write ${{{words}}} and set that environment variable"
