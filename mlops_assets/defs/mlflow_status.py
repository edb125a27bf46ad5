"""How runs in MLflow end: with the status of the Dagster run, also after a killed process.

Sensors do this for runs of the daemon, the command line for those that it executes itself. A tag of the Dagster run
shows whether there is anything to close, so that MLflow need not be imported to find out.
"""

from collections.abc import Callable
from pathlib import Path

import dagster as dg

from mlops_assets.defs.failures import readable, reason_of
from mlops_assets.defs.mlflow import CLOSED, OPEN, RUN_STATE_TAG, MlflowResource
from mlops_assets.stores import locks, runs

ALIVE_TAG = "mlops_assets/alive"
"""Tag of a Dagster run: token of the sign of life of the process that runs it."""

COMMAND = "a command of mlops-assets"
"""What holds the turn at a use case, where it is not a run of Dagster's own."""

_STATUS = {
    dg.DagsterRunStatus.SUCCESS: "FINISHED",
    dg.DagsterRunStatus.FAILURE: "FAILED",
    dg.DagsterRunStatus.CANCELED: "KILLED",
}
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _STATUS]


@dg.failure_hook(name="mark_failed_in_mlflow", required_resource_keys={"mlflow"})
def mark_failed(context: dg.HookContext) -> None:
    """Set the MLflow runs of a Dagster run to FAILED as soon as a step fails, where there are any."""
    run = context.instance.get_run_by_id(context.run_id)
    if run is not None and run.tags.get(RUN_STATE_TAG) == OPEN:
        runs.end_runs(context.resources.mlflow.tracking_uri(), context.run_id, "FAILED")


def close_runs(instance: dg.DagsterInstance, dagster_run_id: str, tracking_uri: Callable[[], str]) -> int:
    """Give the open MLflow runs of a Dagster run the status that Dagster gives it, and return how many there are.

    Dagster's status replaces what a parallel step or an exit handler wrote; only KILLED is kept if the run failed in
    Dagster. Nothing changes while the Dagster run is in progress or if Dagster does not know it.

    Args:
        instance: Dagster's instance.
        dagster_run_id: the Dagster run.
        tracking_uri: prepares the MLflow store; called only where a run is open.
    """
    record = instance.get_run_record_by_id(dagster_run_id)
    if record is None or record.dagster_run.tags.get(RUN_STATE_TAG) != OPEN:
        return 0
    status = record.dagster_run.status
    if status not in _STATUS:
        return 0
    tags = {runs.STATUS_TAG: status.value}
    for entry in instance.all_logs(dagster_run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        tags |= runs.failed_step(entry.step_key or "", reason_of(entry.get_dagster_event()))
    end_time = int(record.end_time * 1000) if record.end_time else None
    killed_stay = status is not dg.DagsterRunStatus.SUCCESS
    ended = runs.end_runs(
        tracking_uri(), dagster_run_id, _STATUS[status], tags, end_time=end_time, killed_stay=killed_stay
    )
    instance.add_run_tags(dagster_run_id, {RUN_STATE_TAG: CLOSED})
    return ended


def reap_runs(instance: dg.DagsterInstance, tracking_uri: Callable[[], str], signs_of_life: Path) -> int:
    """Close the MLflow runs that are open although their Dagster run is over, and return how many there were.

    Runs of a Dagster instance that is not this one are left alone: a server is shared.

    Args:
        instance: Dagster's instance.
        tracking_uri: prepares the MLflow store; called only where a run is open.
        signs_of_life: folder of `locks.sign_of_life`. Dagster runs with a token of it (`ALIVE_TAG`) whose process was
            killed are ended as failed, because they would count as in progress forever and block automation; their
            MLflow runs are KILLED.
    """
    _end_killed(instance, tracking_uri, signs_of_life)
    over = instance.get_runs(dg.RunsFilter(tags={RUN_STATE_TAG: OPEN}, statuses=list(_STATUS)))
    return sum(close_runs(instance, run.run_id, tracking_uri) for run in over)


def _end_killed(instance: dg.DagsterInstance, tracking_uri: Callable[[], str], signs_of_life: Path) -> None:
    dead: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        token = run.tags.get(ALIVE_TAG)
        if token is None or not locks.is_dead(signs_of_life, token):
            continue
        dead.add(token)
        if run.tags.get(RUN_STATE_TAG) == OPEN:
            runs.end_runs(tracking_uri(), run.run_id, "KILLED")
        instance.report_run_failed(
            run, "The process of this run ended without a message: it was killed, or the power failed"
        )
    for token in dead:
        locks.forget(signs_of_life, token)


def status_sensors() -> list[dg.SensorDefinition]:
    """Return the sensors that end MLflow runs with the status in Dagster, and the one that closes those left open."""
    always = dg.DefaultSensorStatus.RUNNING
    closers = [
        dg.run_status_sensor(
            run_status=status,
            name=f"mlflow_{word.lower()}",
            description=f"Sets the MLflow runs of a Dagster run to {word.lower()}, regardless of what its steps wrote.",
            default_status=always,
        )(_close)
        for status, word in _STATUS.items()
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
    closed = close_runs(context.instance, context.dagster_run.run_id, mlflow.tracking_uri)
    return dg.SkipReason(f"{closed} MLflow runs closed for Dagster run {context.dagster_run.run_id}")


@readable
def _reap(context: dg.SensorEvaluationContext, mlflow: MlflowResource) -> dg.SkipReason:
    closed = reap_runs(context.instance, mlflow.tracking_uri, mlflow.workspace.layout.alive)
    return dg.SkipReason(f"{closed} stale MLflow runs closed")


def turn_of(run: dg.DagsterRun) -> tuple[str, str]:
    """Return the owner of the lock that a run takes, its command or the run itself, and a description of it."""
    token = run.tags.get(ALIVE_TAG)
    return (token or run.run_id), (COMMAND if token else f"run {run.run_id[:8]} of Dagster")
