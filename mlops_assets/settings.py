"""Settings: the one module that reads the environment.

Holds where the project is, which environment overlay is active, and the values of `${NAME}` in YAML. Other modules
receive these values as arguments; none reads `os.environ` itself.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

PROGRAM = "mlops-assets"
_COMMAND = re.compile(rf"(?<![\w/.-]){PROGRAM}(?= (?:check|new|plan|replay|rollback|run)\b)")

_SWITCHES = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""No telemetry, no progress bars, and requests to an MLflow server that fail after seconds rather than minutes."""


def quiet_libraries() -> None:
    """Turn the telemetry of every library off and bound its requests, unless the user has set the variable already."""
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)


def project_root() -> Path:
    """Return the folder that holds `configs/`.

    This is `MLOPS_ASSETS_PROJECT` if it is set; otherwise the nearest folder at or above the working directory
    that holds `configs/`; otherwise the folder that holds this package.
    """
    named = os.environ.get("MLOPS_ASSETS_PROJECT")
    if named:
        return Path(named).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "configs").is_dir():
            return folder
    return Path(__file__).resolve().parents[1]


def environment_name() -> str:
    """Return the name of the active environment overlay: `MLOPS_ASSETS_ENV`, or `local`."""
    return os.environ.get("MLOPS_ASSETS_ENV", "local")


def dagster_home() -> Path:
    """Return Dagster's home, `DAGSTER_HOME` or the project root (where `dagster.yaml` is), and set it."""
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(project_root())))
    return home.resolve()


def program() -> str:
    """Return the command `mlops-assets` for this shell: its name if it is on the PATH, otherwise its path."""
    if shutil.which(PROGRAM):
        return PROGRAM
    beside = Path(sys.executable).with_name(PROGRAM)
    if not beside.exists():
        return f"{shlex.quote(sys.executable)} -m mlops_assets.cli"
    here = Path(os.environ.get("PWD") or Path.cwd())  # the shell's folder: a command works in that of the project
    return shlex.quote(str(beside.relative_to(here) if beside.is_relative_to(here) else beside))


def pasteable(text: str) -> str:
    """Return a text whose `mlops-assets` commands work in this shell."""
    return _COMMAND.sub(lambda _: program(), text)


def variables() -> Mapping[str, str]:
    """Return the environment variables that a `${NAME}` in YAML may name."""
    return dict(os.environ)
