"""The MLflow runs of a store, for tests that look at how they stand."""

from dataclasses import dataclass
from typing import Any

from mlops_assets.stores.runs import DAGSTER_RUN_TAG
from mlops_assets.stores.tracking import USE_CASE_TAG, tracking_client


@dataclass(frozen=True)
class TrackedRun:
    """A run; `use_case` and `dagster_run_id` are tags of it."""

    run_id: str
    use_case: str
    dagster_run_id: str
    status: str
    tags: dict[str, str]


def find_runs(uri: str, dagster_run_id: str | None = None) -> tuple[TrackedRun, ...]:
    """Return the runs of a Dagster run, or all of them, oldest first."""
    client = tracking_client(uri)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    found = tuple(_tracked(run) for run in client.search_runs(ids, order_by=["attributes.start_time ASC"]))
    return tuple(run for run in found if run.use_case and dagster_run_id in (None, run.dagster_run_id))


def _tracked(run: Any) -> TrackedRun:
    tags = dict(run.data.tags)
    return TrackedRun(run.info.run_id, tags.get(USE_CASE_TAG, ""), tags.get(DAGSTER_RUN_TAG, ""), run.info.status, tags)
