"""Automation: what the daemon requests, when it looks, and the jobs that people start: one a purpose.

Each condition has a truth table of ticks in the tests. There is no job for each asset: many are slow to resolve.

Forms that look right and are not (a bare `check_failed()` fires at every tick; `newly_updated()` on a
partitioned check marks every partition) are why no asset spells a condition itself.
"""

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg

from mlops_assets.defs.arrivals import arrived
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.mlflow_status import UNFINISHED
from mlops_assets.errors import MlopsAssetsError
from mlops_assets.graph import keys
from mlops_assets.graph.condition import Look
from mlops_assets.graph.dagster_internals import AssetGraph, daemon_cursor
from mlops_assets.graph.plan import Planner
from mlops_assets.graph.privacy_account import account_fault
from mlops_assets.graph.stale import Outside, Plan
from mlops_assets.graph.stored import Materialized, faults
from mlops_assets.stores import registry
from mlops_assets.stores.layout import Layout
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.stores.locks import holder_of
from mlops_assets.use_case.environment import Daemon
from mlops_assets.use_case.model import UseCase

MONITORING = ("incoming", "incoming_quarantine", "incoming_report", "scored", "drift")
_Condition = dg.AutomationCondition


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


def planner_of(use_case: UseCase, graph: AssetGraph, instance: dg.DagsterInstance, mlflow: MlflowResource) -> Planner:
    """Return a planner that also sees what Dagster does not record: files, the ledger and the champion."""
    layout = mlflow.workspace.layout
    outside = Outside(
        arrived=partial(arrived, use_case, layout),
        faults=partial(_faults, use_case, layout),
        missing=partial(_missing, use_case, mlflow),
    )
    return Planner(graph, instance, use_case.name, outside)


def _faults(use_case: UseCase, layout: Layout, key: dg.AssetKey, made: Materialized) -> Iterator[str]:
    yield from faults(made, layout, use_case.name)
    if key == keys.asset_key(use_case.name, "private_statistics"):
        fault = account_fault(PrivacyLedger(layout.ledger(use_case.name)), made)
        if fault:
            yield fault


def _missing(use_case: UseCase, mlflow: MlflowResource, key: dg.AssetKey) -> str | None:
    """Return why no batch can be made from an asset that was never made; None if there is a champion all the same."""
    if key != keys.asset_key(use_case.name, "deployment"):
        return f"{key.path[-1]} was never made"
    champion = use_case.release.registry.champion
    if mlflow.has_store() and registry.find_champion(mlflow.tracking_uri(), use_case.model_name, champion):
        return None
    return "there is no champion"


def look_at(use_case: UseCase, mlflow: MlflowResource) -> Look:
    """Return how the conditions of a use case get its plan, which is the plan that the commands print.

    There is no plan, so nothing is requested, while a run or a command is active on the use case: the daemon works in
    the same rounds as a command. There is none either while two files of the inbox have the same name.
    """

    def plan(graph: AssetGraph, instance: dg.DagsterInstance) -> Plan | None:
        if at_work(instance, use_case.name) or holder_of(mlflow.workspace.layout.turn(use_case.name)):
            return None
        try:
            return planner_of(use_case, graph, instance, mlflow).plan()
        except MlopsAssetsError:
            return None  # the sensor of the inbox says why

    return Look(plan)


def at_work(instance: dg.DagsterInstance, use_case: str) -> bool:
    """Return whether a run of Dagster is queued or in progress on a use case."""
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    return any(use_case in keys.use_cases_of(run) for run in runs)


def look_ahead(
    defs: dg.Definitions, instance: dg.DagsterInstance, use_case: str
) -> tuple[set[dg.AssetKey | dg.AssetCheckKey], bool]:
    """Evaluate the automation conditions of a use case once, from where the daemon left off. Changes nothing.

    Returns the assets and checks that it would request, and whether a daemon has evaluated before, in which case
    cooldowns and earlier requests count.
    """
    graph = defs.resolve_asset_graph()
    requested: set[dg.AssetKey | dg.AssetCheckKey] = set()
    remembered = False
    for sensor, selection in zip(("automation", "batches"), _halves(use_case), strict=True):
        cursor = daemon_cursor(instance, graph, keys.scoped(use_case, sensor))
        remembered = remembered or cursor is not None
        # If no daemon has evaluated yet, the first evaluation only records the present state, so evaluate twice.
        for _ in range(1 if cursor is not None else 2):
            result = dg.evaluate_automation_conditions(defs, instance, asset_selection=selection, cursor=cursor)
            cursor = result.cursor
            requested |= {found.key for found in result.results if not found.true_subset.is_empty}
    return requested, remembered


def _halves(use_case: str) -> tuple[dg.AssetSelection, dg.AssetSelection]:
    """Return the assets of the lifecycle, and those that are made for each batch."""
    batches = dg.AssetSelection.assets(*(keys.asset_key(use_case, asset) for asset in MONITORING))
    return dg.AssetSelection.key_prefixes([use_case]) - batches, batches


def automation_sensors(use_case: UseCase, daemon: Daemon) -> Iterator[dg.SensorDefinition]:
    """Yield the sensors that evaluate the conditions: of the lifecycle and of the batches, each with its switch."""
    lifecycle, batches = _halves(use_case.name)
    sensors = {
        "automation": (lifecycle, "Requests what is stale, and retrains on drift."),
        "batches": (batches, "Scores and checks each batch that arrived or is stale."),
    }
    for name, (target, description) in sensors.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.BetaWarning)  # of `use_user_code_server`, for conditions of one's own
            yield dg.AutomationConditionSensorDefinition(
                name=keys.scoped(use_case.name, name),
                target=target,
                default_status=dg.DefaultSensorStatus.RUNNING,
                minimum_interval_seconds=daemon.interval_seconds,
                description=description,
                emit_backfills=False,
                use_user_code_server=True,
            )


def jobs(use_case: UseCase) -> list[Any]:
    """Return the jobs of a use case: its whole lifecycle, and one batch through monitoring."""
    lifecycle, batch = _halves(use_case.name)
    tags = {"mlops_assets/use_case": use_case.name}
    return [
        dg.define_asset_job(
            keys.scoped(use_case.name, "lifecycle"),
            selection=lifecycle,
            description=f"All assets from the raw file of {use_case.name} to its cards.",
            tags=tags,
        ),
        dg.define_asset_job(
            keys.scoped(use_case.name, "batch"),
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
            name=keys.scoped(use_case.name, "retraining"),
            job_name=keys.scoped(use_case.name, "lifecycle"),
            cron_schedule=automation.retrain_schedule,
            execution_timezone=automation.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Runs the whole lifecycle again.",
        )
