"""Projects to measure in: a fresh folder with the shipped configuration and data, and an environment for processes."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pandas as pd

from mlops_assets.data import source as sources
from mlops_assets.data import splits as splitting
from mlops_assets.data import validation
from mlops_assets.use_case.loader import load_use_case
from mlops_assets.use_case.model import UseCase

ROOT = Path(__file__).parents[2]
NAME = "credit_default"


def copy_project(folder: Path, *, use_cases: int | None = None) -> Path:
    """Return a new project: the shipped one, or one of so many copies of the credit use case."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    shutil.copy(ROOT / "dagster.yaml", folder)
    if use_cases is not None:
        text = (ROOT / "configs" / f"{NAME}.yaml").read_text(encoding="utf-8")
        for path in (folder / "configs").glob("*.yaml"):
            path.unlink()
        for number in range(use_cases):
            name = f"{NAME}_{number}"
            copied = text.replace(f"name: {NAME}\n", f"name: {name}\n", 1)
            (folder / "configs" / f"{name}.yaml").write_text(copied, encoding="utf-8")
    return folder


def environment(project: Path) -> dict[str, str]:
    """Return the environment of a process that works in a project, with bytecode kept as any installation does."""
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return given | {"MLOPS_ASSETS_PROJECT": str(project), "DAGSTER_HOME": str(project), "MLOPS_ASSETS_ENV": "local"}


@cache
def shipped() -> UseCase:
    """Return the credit use case as it ships."""
    return load_use_case(ROOT / "configs" / f"{NAME}.yaml")


@cache
def raw() -> pd.DataFrame:
    """Return its file as read."""
    data = shipped().data
    return sources.read_file(ROOT / data.source.path, data.source, data.columns, extra_columns=data.extra_columns).frame


@cache
def validated() -> pd.DataFrame:
    """Return its valid rows."""
    use_case = shipped()
    return validation.validate(raw(), use_case.data, target=use_case.task.target).valid


@cache
def splits() -> pd.DataFrame:
    """Return which split each of them is in."""
    use_case = shipped()
    return splitting.assign_splits(validated(), use_case.data.splits, use_case.task)
