"""Automation: what the daemon requests, when it looks, and the jobs that people start: one a purpose.

Each condition has a truth table of ticks in the tests. There is no job for each asset: many are slow to resolve.

Forms that look right and are not (a bare `check_failed()` fires at every tick; `newly_updated()` on a
partitioned check marks every partition) are why no asset spells a condition itself.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import dagster as dg

from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.outside import outside_of
from mlops_assets.errors import MlopsAssetsError
from mlops_assets.graph import keys
from mlops_assets.graph.condition import Look
from mlops_assets.graph.dagster_internals import AssetGraph
from mlops_assets.graph.plan import Planner
from mlops_assets.graph.stale import Plan
from mlops_assets.stores.locks import holder_of
from mlops_assets.use_case.environment import Daemon
from mlops_assets.use_case.model import UseCase

MONITORING = ("incoming", "incoming_quarantine", "incoming_report", "scored", "drift")
_Condition = dg.AutomationCondition
_FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _FINISHED]


def retrain_on_drift(
    drift: dg.AssetKey, check: dg.AssetCheckKey, *, cooldown: str, timezone: str
) -> dg.AutomationCondition:
    """Return a condition that starts a search when a batch fails its drift check.

    It fires once for each batch whose check newly fails, also where the check had failed before the first tick;
    it stays silent while nothing changes, while the target is in progress, and after any update of the target
    until the next tick of the cooldown. It is reset by its own request, not by any handling, so a failure that
    arrives together with a manual retraining is kept and fires after the cooldown.

    Args:
        drift: the report, partitioned by batch; it may lie downstream of the target.
        check: the drift check of the report, partitioned as well.
        cooldown: cron expression; after an update no request before its next tick.
        timezone: IANA time zone of the cooldown.
    """
    failed = _Condition.any_checks_match(_Condition.check_failed()).allow(dg.AssetSelection.checks(check))
    fails_newly = _Condition.asset_matches(drift, failed.newly_true()).with_label("a batch newly fails its drift check")
    # A batch that fails in the very tick after a request would be swallowed by its reset: it holds the reset off.
    answered = _Condition.newly_requested() & ~fails_newly
    pending = fails_newly.since(answered).with_label("drift since the last request")
    cooling = _Condition.newly_updated().since(_Condition.cron_tick_passed(cooldown, timezone))
    return (pending & ~_Condition.in_progress() & ~cooling.with_label(f"updated since {cooldown}")).with_label(
        "retrain on drift"
    )


def look_at(use_case: UseCase, mlflow: MlflowResource) -> Look:
    """Return the look that the conditions of a use case take at its plan: the one that the commands print.

    There is none, so that nothing is requested, while a run or a command is at work on the use case: the daemon goes
    in the same rounds as a command. Nor is there one while two files of the inbox claim the same name.
    """

    def plan(graph: AssetGraph, instance: dg.DagsterInstance) -> Plan | None:
        layout = mlflow.workspace.layout
        if at_work(instance, use_case.name) or holder_of(layout.turn(use_case.name)):
            return None
        try:
            return Planner(graph, instance, use_case.name, outside_of(use_case, layout, mlflow)).plan()
        except MlopsAssetsError:
            return None  # the sensor of the inbox says why

    return Look(plan)


def at_work(instance: dg.DagsterInstance, use_case: str) -> bool:
    """Return whether a run of Dagster is queued or in progress on a use case."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    return any(use_case in keys.use_cases_of(run) for run in runs)


def automation_sensors(use_case: UseCase, daemon: Daemon) -> Iterator[dg.SensorDefinition]:
    """Yield the sensors that evaluate the conditions: of the lifecycle and of the batches, each with its switch."""
    everything = dg.AssetSelection.key_prefixes([use_case.name])
    batches = dg.AssetSelection.assets(*(keys.asset_key(use_case.name, asset) for asset in MONITORING))
    told = {
        keys.automation_sensor(use_case.name): (everything - batches, "Requests what is stale, and retrains on drift."),
        keys.batch_sensor(use_case.name): (batches, "Scores and judges each batch that arrived or is stale."),
    }
    for name, (target, description) in told.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)  # of `use_user_code_server`, for conditions of one's own
            yield dg.AutomationConditionSensorDefinition(
                name=name,
                target=target,
                default_status=dg.DefaultSensorStatus.RUNNING,
                minimum_interval_seconds=daemon.interval_seconds,
                description=description,
                emit_backfills=False,
                use_user_code_server=True,
            )


def jobs(use_case: UseCase) -> list[Any]:
    """Return the jobs of a use case: its whole lifecycle, and one batch through monitoring."""
    batch = dg.AssetSelection.assets(*(keys.asset_key(use_case.name, asset) for asset in MONITORING))
    tags = {"mlops_assets/use_case": use_case.name}
    return [
        dg.define_asset_job(
            keys.lifecycle_job(use_case.name),
            selection=dg.AssetSelection.key_prefixes([use_case.name]) - batch,
            description=f"All assets from the raw file of {use_case.name} to its cards.",
            tags=tags,
        ),
        dg.define_asset_job(
            keys.batch_job(use_case.name),
            selection=batch,
            description=f"One incoming batch of {use_case.name}: validated, scored and checked for drift.",
            tags=tags,
        ),
    ]


def schedules(use_case: UseCase) -> Iterator[dg.ScheduleDefinition]:
    """Yield the retraining schedule, where the YAML declares one."""
    automation = use_case.monitoring.automation
    if automation.retrain_schedule is not None:
        yield dg.ScheduleDefinition(
            name=f"{use_case.name}__retraining",
            job_name=keys.lifecycle_job(use_case.name),
            cron_schedule=automation.retrain_schedule,
            execution_timezone=automation.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Runs the whole lifecycle again.",
        )
