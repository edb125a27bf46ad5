"""MLflow for assets: dagster-mlflow's own resource, opened around the lines of a step that log.

`mlflow_tracking` of dagster-mlflow opens, tags and closes the run. It is imported and entered in `MlflowResource.run`
and nowhere else, because it imports MLflow and logs to one experiment; ADR 13 has the reasons. What can be logged is in
`mlflow_logging.py`, how runs end in `mlflow_status.py`, and the naming standard in `mlops_assets/stores/runs.py`.
"""

import importlib.metadata
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from mlops_assets import settings
from mlops_assets.defs.mlflow_logging import MlflowRun
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import TrackingError
from mlops_assets.stores import logged_models, runs, tracking
from mlops_assets.stores.locks import file_lock

RUN_STATE_TAG = "mlops_assets/mlflow"
"""Tag of a Dagster run: whether its MLflow runs are `open`, or have been given its status and are `closed`."""

OPEN, CLOSED = "open", "closed"


class MlflowResource(dg.ConfigurableResource):
    """The MLflow store of the environment, under the resource key `mlflow`.

    Only the project's folder and the environment's name are configured, so no address that holds a password shows.
    """

    workspace: dg.ResourceDependency[Workspace]

    def tracking_uri(self) -> str:
        """Return the URI of a store that is ready for use. It may hold a password: never log it."""
        configured = self.workspace.environment.mlflow.tracking_uri
        return tracking.prepare_tracking(configured, self.workspace.layout.mlflow, root=Path(self.workspace.root))

    def has_store(self) -> bool:
        """Return whether there can be any run yet: a server, or a local store that was made already."""
        return (
            self.workspace.environment.mlflow.tracking_uri is not None
            or (self.workspace.layout.mlflow / "mlflow.db").exists()
        )

    @contextmanager
    def run(self, context: dg.AssetExecutionContext, use_case: str, *, about: str | None = None) -> Iterator[MlflowRun]:
        """Open a block in which a step logs to the MLflow run of its Dagster run and use case.

        The first block opens the MLflow run, later ones join it, also in other processes: they take turns at a lock.
        Leaving the block leaves the run open for other steps. An exception ends it: FAILED, or KILLED at Ctrl-C.

        Args:
            context: of the step.
            use_case: its use case.
            about: fingerprint of the model that is reported on. The run is tagged with it, and metrics are those of the
                logged model too, which a later Dagster run than its own may evaluate.

        Raises:
            TrackingError: the store cannot be used, or another MLflow run is active in this process.
        """
        uri = self.tracking_uri()
        with ExitStack() as stack:
            with file_lock(self.workspace.layout.mlflow / ".runs.lock"), tracking.tracking_errors(uri, "opening a run"):
                experiment = tracking.ensure_experiment(tracking.tracking_client(uri), uri, use_case)
                mlflow = stack.enter_context(_dagster_mlflow(uri, use_case, context))
                if context.run.tags.get(RUN_STATE_TAG) != OPEN:
                    context.instance.add_run_tags(context.run.run_id, {RUN_STATE_TAG: OPEN})
                model = logged_models.find_model(uri, experiment, about) if about else None
            yield MlflowRun(mlflow.active_run().info.run_id, use_case, experiment, uri, mlflow, model)
            with tracking.tracking_errors(uri, "leaving a run"):
                mlflow.set_tags(_tags_of_assets(context) | ({logged_models.FINGERPRINT_TAG: about} if about else {}))
                failed = context.instance.get_run_stats(context.run.run_id).steps_failed
                mlflow.end_run("FAILED" if failed else "RUNNING")

    def log_reports(
        self, context: dg.AssetExecutionContext, use_case: str, *files: Path, **metrics: float | None
    ) -> dict[str, dg.MetadataValue]:
        """Keep reports for people below `reports/`, as in the folder of reports, and return what links to the run.

        Args:
            context: of the step.
            use_case: its use case.
            files: the reports.
            metrics: numbers that a report is about, logged as `<asset>/<name>`.
        """
        with self.run(context, use_case) as run:
            for file in files:
                run.log_file(file, file.relative_to(self.workspace.layout.report(use_case, "")).as_posix())
            run.log_metrics({f"{context.asset_key.path[-1]}/{name}": number for name, number in metrics.items()})
            return run.metadata()


@contextmanager
def _dagster_mlflow(uri: str, use_case: str, context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Enter dagster-mlflow's resource for a step, by Dagster's own means.

    It sets MLflow's tracking URI for the process and for child processes, which inherit MLFLOW_TRACKING_URI and may log
    it with its password. The one that was set before is set again at the end.
    """
    settings.quiet_libraries()
    config = {"experiment_name": use_case, "mlflow_tracking_uri": uri, "extra_tags": _tags_of_run(context, use_case)}
    with ExitStack() as stack:
        with tracking.without_advice():
            # All of dagster-mlflow is marked as beta and warns wherever it is used; it reads `context.run_id`.
            for category in (dg.BetaWarning, DeprecationWarning):
                warnings.simplefilter("ignore", category)
            from dagster_mlflow import mlflow_tracking
            from mlflow import active_run, get_tracking_uri, is_tracking_uri_set, set_tracking_uri

            stack.callback(set_tracking_uri, get_tracking_uri() if is_tracking_uri_set() else None)
            if (active := active_run()) is not None:  # dagster-mlflow would log to it
                raise TrackingError(
                    "another MLflow run is active in this process",
                    got=active.info.run_id,
                    fix="leave its `with` block, or call mlflow.end_run(), before this one begins",
                )
            resources = dg.build_resources(
                {"mlflow": mlflow_tracking},
                instance=context.instance,
                dagster_run=context.run,
                resource_config={"mlflow": {"config": config}},
                log_manager=dg.DagsterLogManager.create(loggers=[]),  # each step that joins would say "a new run"
            )
            try:
                opened = stack.enter_context(resources)
            except dg.DagsterResourceFunctionError as error:
                raise error.user_exception from None
        yield opened.mlflow


def _tags_of_run(context: dg.AssetExecutionContext, use_case: str) -> dict[str, str]:
    run = context.run
    tags = {
        "mlflow.runName": runs.run_name(use_case, run.run_id),
        tracking.USE_CASE_TAG: use_case,
        "dagster_run": f"/runs/{run.run_id}",
        "dagster_job": run.job_name,
        "mlops_assets.version": importlib.metadata.version("mlops_assets"),
        "mlflow.source.type": "JOB",
        "mlflow.source.name": "mlops_assets",
        "mlflow.note.content": f"Dagster run `{run.run_id}`: `/runs/{run.run_id}` in the Dagster UI.",
    }
    return tags | ({"dagster_parent_run_id": run.parent_run_id} if run.parent_run_id else {})


def _tags_of_assets(context: dg.AssetExecutionContext) -> dict[str, str]:
    tags: dict[str, str] = {}
    partition = {"partition": context.partition_key} if context.has_partition_key else {}
    for key in context.selected_asset_keys:
        name = key.to_user_string()
        tags[f"{runs.ASSET_TAG}/{name}"] = context.run.run_id
        facts = {"code_version": context.assets_def.code_versions_by_key.get(key), **partition}
        tags |= {f"{kind}/{name}": value for kind, value in facts.items() if value}
    return tags
