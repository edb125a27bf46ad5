"""Loader: YAML files in, frozen models out, or one ConfigError that lists every problem at once.

Each problem is a line `file:line:column: path: what; expected …; got …; did you mean …?`. A file is read, held
against its model and cross-checked; what is broken in one place does not hide what is wrong in another.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from mlops_assets import plugins, settings
from mlops_assets.errors import ConfigError, listing, nearest
from mlops_assets.redaction import redact
from mlops_assets.use_case.cross_checks import cross_check
from mlops_assets.use_case.cross_checks.scope import Scope
from mlops_assets.use_case.environment import Environment
from mlops_assets.use_case.model import UseCase
from mlops_assets.use_case.named_plugins import plugin_problem
from mlops_assets.use_case.secrets import hide_values, interpolate, reference_problems, secret_problems
from mlops_assets.yaml_files.document import Document
from mlops_assets.yaml_files.problems import START, Problem
from mlops_assets.yaml_files.reading import Reader
from mlops_assets.yaml_files.source import read_document

SUFFIXES = (".yaml", ".yml")
"""Endings of the files that are configuration."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Project:
    """Everything that the configuration of a project says.

    Attributes:
        root: the project's folder.
        environment_name: name of the overlay in force.
        environment: the overlay.
        use_cases: use cases by name, sorted by name.
        files: the file of each use case.
    """

    root: pathlib.Path
    environment_name: str
    environment: Environment
    use_cases: dict[str, UseCase]
    files: dict[str, pathlib.Path]


def load_use_case(path: pathlib.Path) -> UseCase:
    """Return the use case of a file; raise ConfigError with every problem that it has."""
    use_case, problems = _read_use_case(pathlib.Path(path), str(path))
    return _result(use_case, problems)


def load_environment(path: pathlib.Path, variables: Mapping[str, str]) -> Environment:
    """Return an environment overlay with every `${NAME}` replaced out of `variables`.

    Raises:
        ConfigError: with every problem; a secret that stands in the file itself is one.
    """
    environment, problems = _read_environment(pathlib.Path(path), str(path), variables)
    return _result(environment, problems)


def load_project(root: pathlib.Path, environment_name: str, variables: Mapping[str, str] | None = None) -> Project:
    """Return all use cases of `configs/` and one environment overlay.

    Args:
        root: the project's folder; files are named relative to it in messages.
        environment_name: the overlay, the stem of a file in `configs/environments/`.
        variables: values for `${NAME}`; the process's environment variables where left out.

    Raises:
        ConfigError: with every problem of every file.
    """
    root = pathlib.Path(root)
    values = settings.variables() if variables is None else variables
    overlay, problems = _find_environment(root, environment_name)
    environment = None
    if overlay is not None:
        environment, problems = _read_environment(overlay, _shown(overlay, root), values)
    use_cases, files, more = _read_use_cases(root)
    problems += more
    if problems or environment is None:
        raise ConfigError(problems)
    ordered = dict(sorted(use_cases.items()))
    return Project(root, environment_name, environment, ordered, {name: files[name] for name in ordered})


def use_case_files(root: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Return the files of `configs/` that are use cases, sorted; hidden files and schemas are none."""
    folder = root / "configs"
    found = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(p for p in found if p.suffix in SUFFIXES and not p.name.startswith(".") and not p.is_dir()))


def _read_use_cases(root: pathlib.Path) -> tuple[dict[str, UseCase], dict[str, pathlib.Path], list[str]]:
    use_cases: dict[str, UseCase] = {}
    files: dict[str, pathlib.Path] = {}
    problems: list[str] = []
    for file in use_case_files(root):
        shown = _shown(file, root)
        use_case, found = _read_use_case(file, shown)
        problems += found
        if use_case is None:
            continue
        if use_case.name in files:
            other = _shown(files[use_case.name], root)
            twice = Problem(("name",), f"{other} holds a use case of this name", hint="remove or rename one of them")
            problems.append(twice.line(shown, START))
        use_cases[use_case.name], files[use_case.name] = use_case, file
    return use_cases, files, problems


def _read_use_case(path: pathlib.Path, shown: str) -> tuple[UseCase | None, list[str]]:
    document = read_document(path, shown)
    if document.data is None:
        return None, document.lines(document.problems)
    reader = Reader(document, UseCase)
    case = reader.model(UseCase, document.data, ())
    stem = path.name.removesuffix(path.suffix)
    scope = Scope(case, document.data, frozenset(reader.broken), frozenset(reader.dropped), stem)
    problems = [*document.problems, *reader.problems, *cross_check(scope)]
    return (None if problems else case), document.lines(problems)


def _read_environment(
    path: pathlib.Path, shown: str, variables: Mapping[str, str]
) -> tuple[Environment | None, list[str]]:
    document = read_document(path, shown)
    if document.data is None:
        return None, document.lines(document.problems)
    hide_values(document, variables)
    secrets, references = secret_problems(document), reference_problems(document, variables)
    reader = Reader(document, Environment, frozenset(problem.path for problem in secrets))
    environment = reader.model(Environment, interpolate(document.data, variables), ())
    sinks = _sink_problems(document, reader, environment)
    lines = document.lines([*document.problems, *secrets, *references, *reader.problems, *sinks])
    return (None if lines else environment), [redact(line) for line in lines]


def _sink_problems(document: Document, reader: Reader, environment: Environment) -> list[Problem]:
    """Return a problem for each sink that does not exist; the parameters of the others go through the reader."""
    problems = []
    written = (document.data or {}).get("notifications")
    places = [("notifications", i) for i in range(len(written))] if isinstance(written, tuple) else []
    kept = [place for place in places if place not in reader.dropped]
    for place, notification in zip(kept, environment.notifications, strict=False):
        if problem := plugin_problem("sink", notification.sink, (*place, "sink")):
            problems.append(problem)
        elif (*place, "params") not in reader.broken:
            reader.model(plugins.load("sink", notification.sink).Params, notification.params, (*place, "params"))
    return problems


def _find_environment(root: pathlib.Path, name: str) -> tuple[pathlib.Path | None, list[str]]:
    folder = root / "configs" / "environments"
    files = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES) if folder.is_dir() else []
    found = next((file for file in files if file.stem == name), None)
    if found is not None:
        return found, []
    names = [file.stem for file in files]
    near = nearest(name, names)
    problem = Problem(
        (),
        f"there is no environment {name!r}",
        f"one of {listing(names, 12)}" if names else "a file of this name",
        hint=f"did you mean {near!r}?" if near else "set MLOPS_ASSETS_ENV to one that exists, or add the file",
    )
    return None, [problem.line(_shown(folder / f"{name}.yaml", root), START)]


def _shown(file: pathlib.Path, root: pathlib.Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)


def _result(value: _T | None, problems: list[str]) -> _T:
    if value is None or problems:
        raise ConfigError(problems)
    return value
