"""Secrets: how `${NAME}` gets its value, and why a literal secret is refused.

A secret has one way into an environment file, the environment variable that `${NAME}` names. Values that came in
that way never show in a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlops_assets.redaction import SECRET_NAME, hide
from mlops_assets.settings import VARIABLE
from mlops_assets.yaml_files.document import Document, walk
from mlops_assets.yaml_files.problems import Path, Problem, suggestion

_USER_INFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s@]*:([^/\s]*)@")
_ASSIGNED = re.compile(rf"""\b{SECRET_NAME}\s*=\s*("[^"]*"|'[^']*'|[^\s,;&]+)""", re.IGNORECASE)


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
            kinds = ((_USER_INFO, "the address holds a password"), (_ASSIGNED, "the text holds a secret"))
            what = next((what for form, what in kinds if _holds_literal(form, value)), None)
            if what is not None:
                problems.append(Problem(path, what, "${NAME} in its place", hint=_write(path)))
    return problems


def hide_values(document: Document, variables: Mapping[str, str]) -> None:
    """Keep every value that a `${NAME}` of the document stands for out of all messages and logs from now on."""
    for _, value in walk(document.data):
        for name in VARIABLE.findall(value) if isinstance(value, str) else ():
            hide(name, variables.get(name, ""))


def _names_secret(path: Path) -> bool:
    return bool(path) and re.fullmatch(SECRET_NAME, str(path[-1]), re.IGNORECASE) is not None


def _holds_literal(form: re.Pattern[str], text: str) -> bool:
    return any(not _is_reference(found.strip("'\"")) for found in form.findall(text))


def _is_reference(value: str) -> bool:
    """Whether a text holds nothing but references, or nothing at all."""
    return not VARIABLE.sub("", value).strip()


def _write(path: Path) -> str:
    words = re.sub(r"\W+", "_", str(path[-1])).strip("_").upper() or "NAME"
    return f"write ${{{words}}} and set that environment variable"
