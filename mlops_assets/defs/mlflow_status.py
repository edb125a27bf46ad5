"""How runs in MLflow end: as Dagster says, whatever a step, an exit handler or a killed process left behind.

Sensors call these functions for runs that the daemon sees, the command line for those that it executes itself.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from mlops_assets.stores import liveness, runs

ALIVE_TAG = "mlops_assets/alive"
"""Tag of a Dagster run: token of the sign of life of the process that runs it."""

COMMAND = "a command of mlops-assets"
"""What holds the turn at a use case, where it is not a run of Dagster's own."""

_STATUS = {
    dg.DagsterRunStatus.SUCCESS: "FINISHED",
    dg.DagsterRunStatus.FAILURE: "FAILED",
    dg.DagsterRunStatus.CANCELED: "KILLED",
}
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _STATUS]


def close_runs(
    instance: dg.DagsterInstance, dagster_run_id: str, tracking_uri: str, use_cases: Iterable[str] | None = None
) -> tuple[runs.TrackedRun, ...]:
    """Give the MLflow runs of a Dagster run the status that Dagster gives it, and return those that changed.

    Dagster's word stands above what a parallel step or an exit handler wrote; only KILLED is kept where Dagster
    says that the run failed. Nothing changes while the Dagster run is in progress or where Dagster does not know it.
    """
    record = instance.get_run_record_by_id(dagster_run_id)
    if record is None or record.dagster_run.status not in _STATUS:
        return ()
    said = record.dagster_run.status
    end_time = int(record.end_time * 1000) if record.end_time else None
    changed = []
    for run in runs.find_runs(tracking_uri, use_cases, dagster_run_id=dagster_run_id):
        keep = run.status == "KILLED" and said is not dg.DagsterRunStatus.SUCCESS
        status = "KILLED" if keep else _STATUS[said]
        if run.status != status or run.tags.get(runs.STATUS_TAG) != said.value:
            runs.set_status(tracking_uri, run, status, {runs.STATUS_TAG: said.value}, end_time=end_time)
            changed.append(dataclasses.replace(run, status=status))
    return tuple(changed)


def reap_runs(
    instance: dg.DagsterInstance,
    tracking_uri: str | None,
    use_cases: Iterable[str] | None = None,
    *,
    signs_of_life: Path | None = None,
) -> tuple[runs.TrackedRun, ...]:
    """Close the MLflow runs that stand at RUNNING although their Dagster run is over, and return those that changed.

    Runs of a Dagster instance that is not this one are left alone: a server is shared.

    Args:
        instance: Dagster's instance.
        tracking_uri: the MLflow store; None where there is none yet.
        use_cases: whose runs; those of every use case where it is None.
        signs_of_life: folder of `alive_tags`. Dagster runs tagged there whose process was killed are ended as failed,
            because they would count as in progress for ever and hold automation back; their MLflow runs are KILLED.
    """
    killed = _bury(instance, tracking_uri, use_cases, signs_of_life) if signs_of_life else ()
    if tracking_uri is None:
        return killed
    stale = runs.find_runs(tracking_uri, use_cases, status="RUNNING")
    owners = dict.fromkeys(run.dagster_run_id for run in stale if run.dagster_run_id)
    return killed + tuple(run for owner in owners for run in close_runs(instance, owner, tracking_uri, use_cases))


@contextmanager
def alive_tags(signs_of_life: Path) -> Iterator[dict[str, str]]:
    """Yield the tags for Dagster runs that this process executes itself, and show for the block that it lives."""
    with liveness.sign_of_life(signs_of_life) as token:
        yield {ALIVE_TAG: token}


def turn_of(run: dg.DagsterRun) -> tuple[str, str]:
    """Return in whose name a run takes its turn at a use case, and what it does in words: its command's, or its own."""
    token = run.tags.get(ALIVE_TAG)
    return (token or run.run_id), (COMMAND if token else f"run {run.run_id[:8]} of Dagster")


def _bury(
    instance: dg.DagsterInstance, tracking_uri: str | None, use_cases: Iterable[str] | None, signs_of_life: Path
) -> tuple[runs.TrackedRun, ...]:
    killed: list[runs.TrackedRun] = []
    dead: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        token = run.tags.get(ALIVE_TAG)
        if token is None or not liveness.is_dead(signs_of_life, token):
            continue
        dead.add(token)
        if tracking_uri is not None:
            for tracked in runs.find_runs(tracking_uri, use_cases, dagster_run_id=run.run_id):
                runs.set_status(tracking_uri, tracked, "KILLED", {runs.STATUS_TAG: dg.DagsterRunStatus.FAILURE.value})
                killed.append(dataclasses.replace(tracked, status="KILLED"))
        instance.report_run_failed(run, "The process of this run ended without a word: killed, or the power went off")
    for token in dead:
        liveness.forget(signs_of_life, token)
    return tuple(killed)
