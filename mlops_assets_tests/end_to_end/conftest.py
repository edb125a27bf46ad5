"""A lifecycle lived once in this process on the 600-row sample, and copies of it to edit."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mlops_assets import settings
from mlops_assets.runner.execution import Outcome
from mlops_assets.runner.session import Session, open_session
from mlops_assets.use_case.loader import load_project

USE_CASE = "credit_default"


@contextmanager
def session_in(folder: Path, use_case: str = USE_CASE) -> Iterator[Session]:
    """Open a session as the command line does: in the folder of the project, which is Dagster's home."""
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLOPS_ASSETS_PROJECT", str(folder))
        patch.setenv("DAGSTER_HOME", str(folder))
        settings.quiet_libraries()
        os.chdir(folder)
        try:
            with open_session(load_project(folder, "local"), use_case) as session:
                yield session
        finally:
            os.chdir(before)


def run_in(folder: Path, **options: object) -> tuple[Outcome, list[str]]:
    """Bring the use case of a project up to date and return the outcome with the lines that were printed."""
    lines: list[str] = []
    arguments = {"stage": None, "replay": 0, **options}
    with session_in(folder) as session:
        return session.run(report=lines.append, **arguments), lines


@pytest.fixture(scope="session")
def lived(sample_project: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, list[str]]:
    """A project that ran once, with two batches; what the run returned and printed. Shared: leave it as it is."""
    folder = tmp_path_factory.mktemp("lived") / "project"
    shutil.copytree(sample_project, folder)
    outcome, lines = run_in(folder, replay=2)
    return folder, outcome, lines


@pytest.fixture
def copy(lived: tuple[Path, Outcome, list[str]], tmp_path: Path) -> Path:
    """A copy of the lived project, to edit and to run on."""
    folder = tmp_path / "project"
    shutil.copytree(lived[0], folder)
    return folder


def edit(folder: Path, where: str, value: object) -> None:
    """Set one key of the YAML of a project's use case; `where` is its path with dots, numbers for items of a list."""
    yaml = YAML()
    yaml.width = 1000
    path = folder / "configs" / f"{USE_CASE}.yaml"
    document = yaml.load(path)
    node = document
    *parents, last = [int(part) if part.isdigit() else part for part in where.split(".")]
    for part in parents:
        node = node[part]
    assert node[last] != value
    node[last] = value
    yaml.dump(document, path)
