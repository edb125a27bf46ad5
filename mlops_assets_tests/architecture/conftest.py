"""What the tests of the architecture look at: the syntax of the package, its definitions, and fresh processes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "mlops_assets"

HEAVY = frozenset(
    (
        *("sklearn", "scipy", "optuna", "shap", "fairlearn", "diffprivlib", "evidently", "pandera", "skops", "torch"),
        *("sdv", "sdmetrics", "mlflow", "dagster_mlflow", "plotly", "matplotlib", "rich"),
    )
)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def heavy_libraries() -> frozenset[str]:
    """Libraries that are imported by the functions that use them and by nothing else: each costs 0.2 to 8 seconds."""
    return HEAVY


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """The text of every module of the package, by its path below the package."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {file.relative_to(PACKAGE).as_posix(): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="session")
def trees(sources: dict[str, str]) -> dict[str, ast.Module]:
    """The syntax tree of every module of the package."""
    return {name: ast.parse(text, name) for name, text in sources.items()}


@pytest.fixture
def run_fresh(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Return a function that runs a program in a fresh process, in the shipped project and nothing else."""
    foreign = ("MLOPS_ASSETS_", "DAGSTER_", "MLFLOW_", "COV_CORE_", "COVERAGE_", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment = {**kept, "MLOPS_ASSETS_PROJECT": str(REPOSITORY), "DAGSTER_HOME": str(tmp_path)}

    def run(program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def imported_by(run_fresh: Callable[[str], subprocess.CompletedProcess[str]]) -> Callable[[str], set[str]]:
    """Return a function from a program to the names of all modules that it imports, in a fresh process."""

    def imported(program: str) -> set[str]:
        report = "import sys; before = set(sys.modules)\n{}\nprint('modules', *sorted(set(sys.modules) - before))"
        ended = run_fresh(report.format(program))
        assert ended.returncode == 0, ended.stderr
        return set(ended.stdout.splitlines()[-1].split()[1:])

    return imported
