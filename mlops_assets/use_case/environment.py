"""An environment overlay: what differs between a laptop, staging and production, and nothing about the model.

Texts may hold `${NAME}`, which is replaced by that environment variable when the file is loaded. A secret has no
other way in, and values that came in that way never show in a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from mlops_assets.errors import suggestion
from mlops_assets.redaction import SECRET_NAME, hide
from mlops_assets.settings import VARIABLE
from mlops_assets.yaml_files.document import Document, Problem, walk
from mlops_assets.yaml_files.model import Model

_USER_INFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s@]*:([^/\s]*)@")
_ASSIGNED = re.compile(rf"""\b{SECRET_NAME}\s*=\s*("[^"]*"|'[^']*'|[^\s,;&]+)""", re.IGNORECASE)


class Storage(Model):
    """Folders for data and results; relative paths start at the project's folder."""

    generated: str = "data/generated"
    """Folder for the tables, models and reports that a run makes."""
    incoming: str = "data/incoming"
    """Folder in which batches arrive, with a subfolder for each use case."""
    ledger: str = "data/generated/ledger"
    """Folder for the privacy ledgers. Back it up: without it, what was spent is unknown."""


class Mlflow(Model):
    """The MLflow tracking server and registry."""

    tracking_uri: str | None = None
    """URI of the server; if omitted, a SQLite file in the generated folder."""


class Executor(Model):
    """How Dagster runs the steps of a run."""

    kind: Literal["in_process", "multiprocess"] = "in_process"
    """One process for all steps, or one for each."""
    maximum_concurrent: Annotated[int, Field(ge=1, le=64)] = 2
    """Steps at a time (multiprocess)."""


class Daemon(Model):
    """Dagster's daemon, which runs the sensors and the automation."""

    interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    """Seconds between two evaluations of the sensors and the automation conditions."""


class Notification(Model):
    """One place that alerts are sent to."""

    sink: str
    """Name of a sink plugin."""
    params: dict[str, Any] = {}
    """Its parameters, checked against the plugin's own."""


class Environment(Model):
    """One file of `configs/environments/`."""

    storage: Storage = Storage()
    """Folders for data and results."""
    mlflow: Mlflow = Mlflow()
    """The MLflow server."""
    executor: Executor = Executor()
    """How steps are run."""
    daemon: Daemon = Daemon()
    """How often the daemon evaluates sensors and conditions."""
    notifications: tuple[Notification, ...] = (Notification(sink="console"),)
    """Where alerts go."""


def interpolate(data: Any, variables: Mapping[str, str]) -> Any:
    """Return the data with each `${NAME}` in a text replaced; one without a value stays as it is.

    The value of each `${NAME}` is hidden in all messages and logs from now on.
    """
    if isinstance(data, str):
        for name in VARIABLE.findall(data):
            hide(name, variables.get(name, ""))
        return VARIABLE.sub(lambda found: variables.get(found[1]) or found[0], data)
    if isinstance(data, Mapping):
        return {key: interpolate(value, variables) for key, value in data.items()}
    return tuple(interpolate(value, variables) for value in data) if isinstance(data, tuple) else data


def reference_problems(document: Document, variables: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each `${NAME}` without a value, and for each malformed reference."""
    problems = []
    for path, value in walk(document.data):
        if not isinstance(value, str):
            continue
        if "${" in VARIABLE.sub("", value):
            problems.append(Problem(path, "a reference is malformed", "${NAME}, of letters, digits and _"))
        for name in dict.fromkeys(VARIABLE.findall(value)):
            if not variables.get(name):
                what = f"the environment variable {name} is {'empty' if name in variables else 'not set'}"
                hint = suggestion(name, variables) or f"set it: export {name}=…"
                problems.append(Problem(path, what, hint=hint))
    return problems


def secret_problems(document: Document) -> list[Problem]:
    """Return a problem for each secret in the file itself; its value is not shown."""
    problems = []
    for path, value in walk(document.data):
        key = str(path[-1]) if path else ""
        words = re.sub(r"\W+", "_", key).strip("_").upper() or "NAME"
        fix = f"write ${{{words}}} and set that environment variable"
        is_scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
        if is_scalar and re.fullmatch(SECRET_NAME, key, re.IGNORECASE) and not _is_reference(str(value)):
            problems.append(Problem(path, "the file contains a secret", "${NAME}", hint=fix))
        elif isinstance(value, str):
            kinds = ((_USER_INFO, "the address contains a password"), (_ASSIGNED, "the text contains a secret"))
            what = next((what for form, what in kinds if not all(map(_is_reference, form.findall(value)))), None)
            if what is not None:
                problems.append(Problem(path, what, "${NAME} in its place", hint=fix))
    return problems


def _is_reference(value: str) -> bool:
    """Return whether a text, quoted or not, is empty or contains only references."""
    return not VARIABLE.sub("", value.strip("'\"")).strip()
