"""MLflow for assets: a resource that costs nothing until an asset logs, and the block in which it does.

Underneath is the object of dagster-mlflow's own resource, made when the block is entered, so that steps which never
log do not import MLflow. What can be logged is in `mlflow_logging.py`, how runs end in `mlflow_status.py`, and the
naming standard in `mlops_assets/stores/runs.py`.
"""

import importlib.metadata
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg

from mlops_assets import settings
from mlops_assets.defs.failures import readable
from mlops_assets.defs.mlflow_logging import MlflowRun
from mlops_assets.defs.mlflow_status import alive_tags, close_runs, reap_runs
from mlops_assets.defs.resources import Workspace
from mlops_assets.errors import TrackingError
from mlops_assets.redaction import redact
from mlops_assets.stores import runs, tracking

__all__ = [
    "MlflowResource",
    "MlflowRun",
    "alive_tags",
    "close_runs",
    "mark_failed",
    "mlflow_run",
    "reap_runs",
    "status_sensors",
]

Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext | dg.OpExecutionContext

_WRITTEN_BY_MLFLOW = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID")
_INTERRUPTIONS = (KeyboardInterrupt, dg.DagsterExecutionInterruptedError)


class MlflowResource(dg.ConfigurableResource):
    """The MLflow store of the environment, under the resource key `mlflow`.

    Only the project's folder and the environment's name are configured, so no address that holds a password shows.
    """

    workspace: dg.ResourceDependency[Workspace]

    @property
    def folder(self) -> Path:
        """Folder of the local store and of the locks."""
        return self.workspace.layout.mlflow

    @property
    def signs_of_life(self) -> Path:
        """Folder in which processes that start runs show that they live."""
        return self.workspace.layout.generated / "alive"

    def tracking_uri(self) -> str:
        """Return the URI of a store that is ready for use. It may hold a password: never log it."""
        configured = self.workspace.environment.mlflow.tracking_uri
        return tracking.prepare_tracking(configured, self.folder, root=Path(self.workspace.root))

    def has_store(self) -> bool:
        """Return whether there can be any run yet: a server, or a local store that was made already."""
        return self.workspace.environment.mlflow.tracking_uri is not None or (self.folder / "mlflow.db").exists()

    def run(self, context: Context, use_case: str) -> AbstractContextManager[MlflowRun]:
        """Return the block of `mlflow_run` for assets that hold this resource as a parameter."""
        return _logging(self, context, use_case)


def mlflow_run(context: Context, use_case: str) -> AbstractContextManager[MlflowRun]:
    """Return a block in which a step logs to the MLflow run of its Dagster run and use case.

    The asset declares `required_resource_keys={"mlflow"}`, or has a parameter `mlflow: MlflowResource`. Leaving the
    block leaves the MLflow run open, because other steps log to it too. An exception marks it FAILED (KILLED where
    the step was interrupted) and names the step. Nothing of MLflow stays active in the process afterwards.
    """
    return _logging(_op_context(context).resources.mlflow, context, use_case)


@dg.failure_hook(name="mark_failed_in_mlflow", required_resource_keys={"mlflow"})
def mark_failed(context: dg.HookContext) -> None:
    """Mark the MLflow run of a failing step's use case as FAILED, from the failing process, where there is one."""
    resource: MlflowResource = context.resources.mlflow
    if resource.has_store():
        uri, reason = resource.tracking_uri(), _reason(context.op_exception)
        runs.mark_step_failed(uri, context.run_id, context.step_key, reason)


def status_sensors() -> list[dg.SensorDefinition]:
    """Return the sensors that end MLflow runs as Dagster says, and the one that closes what killed processes left."""
    words = {
        dg.DagsterRunStatus.SUCCESS: "finished",
        dg.DagsterRunStatus.FAILURE: "failed",
        dg.DagsterRunStatus.CANCELED: "killed",
    }
    always = dg.DefaultSensorStatus.RUNNING
    closers = [
        dg.run_status_sensor(
            run_status=status,
            name=f"mlflow_{word}",
            description=f"Sets the MLflow runs of a Dagster run to {word}, whatever its steps wrote.",
            default_status=always,
        )(_close)
        for status, word in words.items()
    ]
    reaper = dg.sensor(
        name="mlflow_reaper",
        description="Ends Dagster runs whose process was killed, and closes stale MLflow runs.",
        minimum_interval_seconds=600,
        default_status=always,
    )(_reap)
    return [*closers, reaper]


@readable
def _close(context: dg.RunStatusSensorContext, mlflow: MlflowResource) -> dg.SkipReason:
    if not mlflow.has_store():
        return dg.SkipReason("there is no MLflow store yet")
    closed = close_runs(context.instance, context.dagster_run.run_id, mlflow.tracking_uri())
    return dg.SkipReason(f"{len(closed)} MLflow runs closed for Dagster run {context.dagster_run.run_id}")


@readable
def _reap(context: dg.SensorEvaluationContext, mlflow: MlflowResource) -> dg.SkipReason:
    uri = mlflow.tracking_uri() if mlflow.has_store() else None
    closed = reap_runs(context.instance, uri, signs_of_life=mlflow.signs_of_life)
    return dg.SkipReason(f"{len(closed)} stale MLflow runs closed")


@contextmanager
def _logging(resource: MlflowResource, context: Context, use_case: str) -> Iterator[MlflowRun]:
    uri = resource.tracking_uri()
    opened = runs.open_run(uri, resource.folder, use_case, context.run.run_id, _tags_of_run(context))
    with settings.preserved(*_WRITTEN_BY_MLFLOW), _attached(uri, opened, context) as mlflow:
        run = MlflowRun(opened.run_id, use_case, opened.experiment_id, uri, mlflow)
        try:
            yield run
        except BaseException as error:
            _leave_failed(run, _step_key(context), error)
            raise
        with tracking.tracking_errors(uri, "leaving a run"):
            _leave_open(run, context)


@contextmanager
def _attached(uri: str, opened: runs.TrackedRun, context: Context) -> Iterator[Any]:
    import mlflow
    from mlflow.tracking import fluent

    active = mlflow.active_run()
    if active is not None:
        raise TrackingError(
            "another MLflow run is active in this process",
            got=active.info.run_id,
            fix="leave its `with` block, or call mlflow.end_run(), before this one begins",
        )
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    experiment = fluent._active_experiment_id  # MLflow has no public way to give it back
    try:
        with tracking.tracking_errors(uri, "opening a run"):
            attached = _dagster_mlflow(uri, opened, context)
        yield attached
    finally:
        if mlflow.active_run() is not None:
            mlflow.end_run("RUNNING")
        mlflow.set_tracking_uri(before)
        fluent._active_experiment_id = experiment


def _dagster_mlflow(uri: str, opened: runs.TrackedRun, context: Context) -> Any:
    with tracking.without_advice():
        # All of dagster-mlflow is marked as beta, and says so wherever it is used.
        warnings.simplefilter("ignore", dg.BetaWarning)
        from dagster_mlflow.resources import MlFlow

        config = {"experiment_name": opened.use_case, "mlflow_tracking_uri": uri, "mlflow_run_id": opened.run_id}
        run_id = context.run.run_id
        named = SimpleNamespace(job_name=runs.run_name(opened.use_case, run_id))
        log = SimpleNamespace(info=context.log.debug)  # it would announce "a new run" at each step that joins one
        return MlFlow(SimpleNamespace(log=log, dagster_run=named, run_id=run_id, resource_config=config))


def _leave_failed(run: MlflowRun, step_key: str, error: BaseException) -> None:
    interrupted = isinstance(error, _INTERRUPTIONS)
    try:
        run.mlflow.set_tags(runs.failed_step(step_key, _reason(error)))
        run.mlflow.end_run("KILLED" if interrupted else "FAILED")
    except Exception as second:  # noqa: BLE001 - whatever MLflow says now must not hide why the step failed
        error.add_note(f"The failure could not be noted in MLflow: {redact(str(second))[:300]}")


def _reason(error: BaseException | None) -> str:
    if isinstance(error, dg.Failure) and error.description:
        return error.description
    return f"{type(error).__name__}: {error}" if error else "the step failed"


def _leave_open(run: MlflowRun, context: Context) -> None:
    client = run.mlflow.tracking_client
    own_mark = next(iter(runs.failed_step(_step_key(context), "")))
    tags = client.get_run(run.run_id).data.tags
    if own_mark in tags:  # an attempt of this very step failed before, and this one did not
        client.delete_tag(run.run_id, own_mark)
    run.mlflow.set_tags(_tags_of_assets(context))
    others = [tag for tag in tags if tag.startswith(f"{runs.FAILED_STEP_TAG}/") and tag != own_mark]
    run.mlflow.end_run("FAILED" if others else "RUNNING")


def _tags_of_run(context: Context) -> dict[str, str]:
    run = context.run
    tags = {
        "dagster_run": f"/runs/{run.run_id}",
        "dagster_job": run.job_name,
        "mlops_assets.version": importlib.metadata.version("mlops_assets"),
        "mlflow.source.type": "JOB",
        "mlflow.source.name": "mlops_assets",
        "mlflow.note.content": f"Dagster run `{run.run_id}`: `/runs/{run.run_id}` in the Dagster UI.",
    }
    return tags | ({"dagster_parent_run_id": run.parent_run_id} if run.parent_run_id else {})


def _tags_of_assets(context: Context) -> dict[str, str]:
    if not isinstance(context, dg.AssetExecutionContext):
        return {}
    tags: dict[str, str] = {}
    partition = {"partition": context.partition_key} if context.has_partition_key else {}
    for key in context.selected_asset_keys:
        name = key.to_user_string()
        tags[f"{runs.ASSET_TAG}/{name}"] = context.run.run_id
        facts = {"code_version": context.assets_def.code_versions_by_key.get(key), **partition}
        tags |= {f"{kind}/{name}": value for kind, value in facts.items() if value}
    return tags


def _op_context(context: Context) -> dg.OpExecutionContext:
    return context if isinstance(context, dg.OpExecutionContext) else context.op_execution_context


def _step_key(context: Context) -> str:
    return _op_context(context).get_step_execution_context().step.key
