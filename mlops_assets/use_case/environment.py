"""An environment overlay: what differs between a laptop, staging and production, and nothing about the model.

Texts may hold `${NAME}`, which is replaced by that environment variable when the file is loaded. A secret has no
other way in.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mlops_assets.yaml_files.model import Model


class Storage(Model):
    """Where things are kept; relative paths start at the project's folder."""

    generated: str = "data/generated"
    """Tables, models and reports that a run makes."""
    incoming: str = "data/incoming"
    """Folder that batches arrive in, a subfolder for each use case."""
    ledger: str = "data/generated/ledger"
    """Privacy ledgers. Losing this folder loses the account of what was spent: back it up."""


class Mlflow(Model):
    """The MLflow tracking server and registry."""

    tracking_uri: str | None = None
    """URI of the server; a SQLite file in the generated folder where it is left out."""


class Executor(Model):
    """How Dagster runs the steps of a run."""

    kind: Literal["in_process", "multiprocess"] = "in_process"
    """One process for all steps, or one for each."""
    maximum_concurrent: Annotated[int, Field(ge=1, le=64)] = 2
    """Steps at a time (multiprocess)."""


class Daemon(Model):
    """Dagster's daemon, which runs the sensors and the automation."""

    interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    """Seconds between two looks at the inbox, at the results of checks and at the automation conditions."""


class Notification(Model):
    """One place that alerts are sent to."""

    sink: str
    """Name of a sink plugin."""
    params: dict[str, Any] = {}
    """Its parameters, checked against the plugin's own."""


class Environment(Model):
    """One file of `configs/environments/`."""

    storage: Storage = Storage()
    """Where things are kept."""
    mlflow: Mlflow = Mlflow()
    """The MLflow server."""
    executor: Executor = Executor()
    """How steps are run."""
    daemon: Daemon = Daemon()
    """How often the daemon looks."""
    notifications: tuple[Notification, ...] = (Notification(sink="console"),)
    """Where alerts go."""
