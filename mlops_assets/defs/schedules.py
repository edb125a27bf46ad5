"""Jobs and schedules: one job a purpose, never one an asset, because many jobs are slow to resolve."""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from mlops_assets.graph import keys
from mlops_assets.use_case.model import UseCase

MONITORING = ("incoming", "incoming_quarantine", "incoming_report", "scored", "drift")


def jobs(use_case: UseCase) -> list[Any]:
    """Return the jobs of a use case: its whole lifecycle, and one batch through monitoring."""
    batch = dg.AssetSelection.assets(*(keys.asset_key(use_case.name, asset) for asset in MONITORING))
    tags = {"mlops_assets/use_case": use_case.name}
    return [
        dg.define_asset_job(
            keys.lifecycle_job(use_case.name),
            selection=dg.AssetSelection.key_prefixes([use_case.name]) - batch,
            description=f"Everything from the raw file of {use_case.name} to its cards.",
            tags=tags,
        ),
        dg.define_asset_job(
            keys.batch_job(use_case.name),
            selection=batch,
            description=f"One incoming batch of {use_case.name}: validated, scored and judged for drift.",
            tags=tags,
        ),
    ]


def schedules(use_case: UseCase) -> Iterable[dg.ScheduleDefinition]:
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
