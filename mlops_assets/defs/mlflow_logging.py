"""What an asset logs to MLflow through, once a run is open. Add a method here for a new kind of thing to log."""

import shlex
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg

from mlops_assets.defs import metadata
from mlops_assets.errors import TrackingError
from mlops_assets.release.gates import ReleaseDecision, render_decision
from mlops_assets.stores import logged_models, runs, tracking
from mlops_assets.training.bundle import Bundle
from mlops_assets.verdicts import MetricValue


@dataclass(frozen=True)
class MlflowRun:
    """The open MLflow run of a step.

    Attributes:
        run_id: MLflow's id of the run.
        experiment: the experiment, named as the use case.
        experiment_id: MLflow's id of the experiment.
        uri: the store. It may hold a password: show `metadata()` instead.
        mlflow: dagster-mlflow's object, with every function of `mlflow` on it, for what has no method here.
        model_id: logged model that is reported on, None where there is none.
    """

    run_id: str
    experiment: str
    experiment_id: str
    uri: str
    mlflow: Any
    model_id: str | None = None

    def log_metrics(self, values: Mapping[str, float | int | None]) -> None:
        """Log numbers under names such as `test/auc`; None, which MLflow has no form for, is left out."""
        known = {_name(name): float(value) for name, value in values.items() if value is not None}
        if known:
            with self._errors("logging metrics"):
                self.mlflow.log_metrics(known, model_id=self.model_id)

    def log_measured(self, prefix: str, metrics: Mapping[str, MetricValue]) -> None:
        """Log metrics as `<prefix>/<name>`, and their intervals as `…/low` and `…/high`."""
        values: dict[str, float | None] = {}
        for name, metric in metrics.items():
            full = runs.entity_name(*prefix.split("/"), name)
            values |= {full: metric.value, f"{full}/low": metric.low, f"{full}/high": metric.high}
        self.log_metrics(values)

    def log_params(self, values: Mapping[str, Any]) -> None:
        """Log parameters under names such as `search.folds`; within a run none can be given another value."""
        with self._errors("logging parameters"):
            self.mlflow.log_params({_name(name): runs.parameter_text(value) for name, value in values.items()})

    def log_figure(self, png: bytes, path: str) -> None:
        """Keep a picture as `plots/<path>`."""
        self._log_bytes(png, PurePosixPath("plots", path))

    def log_pictures(self, pictures: Mapping[str, bytes], prefix: str = "") -> dict[str, dg.MetadataValue]:
        """Keep pictures as `plots/<prefix><name>.png`, and return what shows them with a materialization."""
        for name, png in pictures.items():
            self.log_figure(png, f"{prefix}{name}.png")
        return {f"plots/{name}": metadata.picture(png, name) for name, png in pictures.items()}

    def log_file(self, file: Path, path: str | None = None) -> None:
        """Keep a copy of a file as `reports/<path>`, under its own name where `path` is left out."""
        if not file.is_file():
            raise TrackingError("there is no such file to log", where=str(file), expected="a file", got="nothing")
        self._log_bytes(file.read_bytes(), PurePosixPath("reports", path or file.name))

    def log_model(self, bundle: Bundle) -> Any:
        """Return MLflow's logged model of a bundle, a pyfunc model and an output of this run: see `log_bundle`."""
        return logged_models.log_bundle(self.uri, self.experiment_id, self.run_id, bundle)

    def log_decision(self, decision: ReleaseDecision) -> None:
        """Tag this run, and the model it is about, with the results of the gates; keep the decision as a report."""
        tags = {
            "release_decision": "approved" if decision.approved else "rejected",
            "release_decision.reasons": runs.parameter_text("; ".join(decision.reasons)),
            **{_name(f"gate/{verdict.name}"): str(verdict.outcome) for verdict in decision.verdicts},
        }
        with self._errors("logging the release decision"):
            self.mlflow.set_tags(tags)
            self.mlflow.log_text(render_decision(decision), "reports/release_decision.md")
            if self.model_id is not None:
                self.mlflow.set_logged_model_tags(self.model_id, tags)

    def metadata(self) -> dict[str, dg.MetadataValue]:
        """Return what links a materialization to this run."""
        shown = tracking.display_uri(self.uri)
        page = f"{shown.rstrip('/')}/#/experiments/{self.experiment_id}/runs/{self.run_id}"
        command = f"mlflow ui --backend-store-uri {shlex.quote(shown)}"
        local = f"run {self.run_id} of experiment {self.experiment}; to see it: {command}"
        return {
            "mlflow_run_id": dg.MetadataValue.text(self.run_id),
            "mlflow_experiment": dg.MetadataValue.text(self.experiment),
            "mlflow_url": dg.MetadataValue.url(page) if self.uri.startswith("http") else dg.MetadataValue.text(local),
        }

    def _log_bytes(self, content: bytes, target: PurePosixPath) -> None:
        with tempfile.TemporaryDirectory() as folder, self._errors(f"logging {target}"):
            file = Path(folder) / target.name
            file.write_bytes(content)
            self.mlflow.log_artifact(str(file), str(target.parent))

    def _errors(self, doing: str) -> AbstractContextManager[None]:
        return tracking.tracking_errors(self.uri, doing)


def _name(name: str) -> str:
    return runs.entity_name(*name.split("/"))
