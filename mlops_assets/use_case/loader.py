"""Loader: reads YAML files into frozen models, or raises one ConfigError that lists all problems.

Each problem is a line `file:line:column: path: what; expected …; got …; did you mean …?`. A file is read, validated
against its model and cross-checked; a mistake in one place does not hide mistakes in another.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from mlops_assets import plugins, settings
from mlops_assets.errors import ConfigError, listing, suggestion
from mlops_assets.use_case.cross_checks import cross_check
from mlops_assets.use_case.cross_checks.scope import Scope, plugin_problem
from mlops_assets.use_case.environment import (
    Environment,
    interpolate,
    reference_problems,
    secret_problems,
)
from mlops_assets.use_case.model import UseCase
from mlops_assets.yaml_files.document import Document, Problem
from mlops_assets.yaml_files.reading import read_document, read_model
from mlops_assets.yaml_files.walk import Walk

SUFFIXES = (".yaml", ".yml")
"""Suffixes of configuration files."""


@dataclass(frozen=True)
class Project:
    """Everything that the configuration of a project says.

    Attributes:
        root: the project's folder.
        environment_name: name of the active overlay.
        environment: the overlay.
        use_cases: use cases by name, sorted by name.
    """

    root: pathlib.Path
    environment_name: str
    environment: Environment
    use_cases: dict[str, UseCase]


def load_project(root: pathlib.Path, environment_name: str, variables: Mapping[str, str] | None = None) -> Project:
    """Return all use cases of `configs/` and one environment overlay.

    Args:
        root: the project's folder; messages name files relative to it.
        environment_name: the overlay, the stem of a file in `configs/environments/`.
        variables: values for `${NAME}`; the environment variables of the process by default.

    Raises:
        ConfigError: with every problem of every file.
    """
    root = pathlib.Path(root)
    environment: Environment | None = None
    found: dict[str, UseCase] = {}
    files: dict[str, pathlib.Path] = {}
    problems: list[str] = []
    with _gathering(problems):
        file = _environment_file(root, environment_name)
        environment = load_environment(file, settings.variables() if variables is None else variables, root)
    for file in sorted(p for p in (root / "configs").glob("[!.]*") if p.suffix in SUFFIXES and not p.is_dir()):
        with _gathering(problems):
            use_case = load_use_case(file, root)
            if use_case.name in found:
                what = f"{_shown(files[use_case.name], root)} defines a use case with this name"
                Document(_shown(file, root)).refuse([Problem(("name",), what, hint="remove or rename one of them")])
            found[use_case.name], files[use_case.name] = use_case, file
    if problems or environment is None:
        raise ConfigError(problems)
    return Project(root, environment_name, environment, dict(sorted(found.items())))


@contextmanager
def _gathering(problems: list[str]) -> Iterator[None]:
    """Collect the problems of a file, so that the next file is read as well."""
    try:
        yield
    except ConfigError as error:
        problems += error.problems


def load_use_case(path: pathlib.Path, root: pathlib.Path | None = None) -> UseCase:
    """Return the use case of a file, which messages name relative to `root`.

    Raises:
        ConfigError: with every problem of the file.
    """
    path = pathlib.Path(path)
    document = read_document(path, _shown(path, root))
    reading = read_model(document, UseCase)
    document.refuse([*reading.problems, *cross_check(Scope(reading))])
    return reading.value


def load_environment(path: pathlib.Path, variables: Mapping[str, str], root: pathlib.Path | None = None) -> Environment:
    """Return an environment overlay with every `${NAME}` replaced out of `variables`.

    Raises:
        ConfigError: with every problem; a secret in the file itself is one.
    """
    document = read_document(pathlib.Path(path), _shown(pathlib.Path(path), root))
    secrets = secret_problems(document)
    problems = [*secrets, *reference_problems(document, variables)]
    data = interpolate(document.data, variables)
    reading = read_model(document, Environment, data, hidden=frozenset(problem.path for problem in secrets))
    document.refuse([*problems, *reading.problems, *_sink_problems(reading)])
    return reading.value


def _sink_problems(reading: Walk[Environment]) -> list[Problem]:
    """Return a problem for each sink that does not exist, and what is wrong with the parameters of the others."""
    problems: list[Problem] = []
    for place, notification in reading.items(("notifications",), reading.value.notifications):
        if problem := plugin_problem("sink", notification.sink, (*place, "sink")):
            problems.append(problem)
        elif (*place, "params") not in reading.broken:
            params = plugins.load("sink", notification.sink).Params
            problems += read_model(reading.document, params, notification.params, (*place, "params")).problems
    return problems


def _environment_file(root: pathlib.Path, name: str) -> pathlib.Path:
    folder = root / "configs" / "environments"
    files = sorted(p for p in folder.glob("*") if p.suffix in SUFFIXES)
    found = next((file for file in files if file.stem == name), None)
    if found is not None:
        return found
    names = [file.stem for file in files]
    expected = f"one of {listing(names, 12)}" if names else "a file of this name"
    fix = suggestion(name, names) or "set MLOPS_ASSETS_ENV to one that exists, or add the file"
    document = Document(_shown(folder / f"{name}.yaml", root))
    raise ConfigError(document.lines([Problem((), f"there is no environment {name!r}", expected, hint=fix)]))


def _shown(file: pathlib.Path, root: pathlib.Path | None) -> str:
    return file.relative_to(root).as_posix() if root is not None and file.is_relative_to(root) else str(file)
