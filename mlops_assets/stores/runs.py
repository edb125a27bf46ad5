"""Runs in MLflow: found by the Dagster run they belong to, opened once, closed with a status, never left to chance.

The naming standard lives here. There is one MLflow run for each Dagster run and use case: experiment `<use_case>`,
run `<use_case>/<first 8 characters of the Dagster run's id>`, tags as below, metrics `<split>/<metric>` with `/low`
and `/high` for the ends of an interval, parameters `<section>.<name>`, files below `plots/` and `reports/`.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_assets.redaction import redact
from mlops_assets.stores.locks import file_lock
from mlops_assets.stores.tracking import (
    USE_CASE_TAG,
    ensure_experiment,
    local_path,
    tracking_client,
    tracking_errors,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

DAGSTER_RUN_TAG = "dagster_run_id"
STATUS_TAG = "dagster.status"
FAILED_STEP_TAG = "dagster.failed_step"
ASSET_TAG = "dagster_asset"

_LONGEST_NAME = 250
_LONGEST_VALUE = 6000
_UNFIT = re.compile(r"[^\w\-. :]")


@dataclass(frozen=True)
class TrackedRun:
    """An MLflow run as it stands in the store.

    Attributes:
        run_id: MLflow's id of the run.
        experiment_id: MLflow's id of the experiment.
        use_case: use case that it belongs to.
        dagster_run_id: Dagster run that it belongs to; empty where it was started by something else.
        status: RUNNING, FINISHED, FAILED, KILLED or SCHEDULED.
        end_time: milliseconds since 1970, None where it never ended.
        tags: all its tags.
    """

    run_id: str
    experiment_id: str
    use_case: str
    dagster_run_id: str
    status: str
    end_time: int | None
    tags: dict[str, str]

    @property
    def failed_steps(self) -> tuple[str, ...]:
        """Steps that were marked as failed."""
        prefix = f"{FAILED_STEP_TAG}/"
        return tuple(sorted(tag.removeprefix(prefix) for tag in self.tags if tag.startswith(prefix)))


def run_name(use_case: str, dagster_run_id: str) -> str:
    """Return the name of the MLflow run of a Dagster run.

    >>> run_name("credit_default", "5f0c9a1e-77aa-4c1e-9d6e-3a2b1c0d9e8f")
    'credit_default/5f0c9a1e'
    """
    return f"{use_case}/{dagster_run_id[:8]}"


def open_run(uri: str, folder: Path, use_case: str, dagster_run_id: str, tags: Mapping[str, str]) -> TrackedRun:
    """Return the MLflow run of a Dagster run, made where there is none yet.

    Steps in parallel processes get the same one: they take turns at a lock in `folder`, and where processes on
    two machines made one each, all of them go on with the older.
    """
    client = tracking_client(uri)
    experiment = ensure_experiment(client, uri, use_case)
    with file_lock(folder / ".runs.lock"), tracking_errors(uri, "opening a run"):
        if not _search(client, [experiment], dagster_run_id):
            name = run_name(use_case, dagster_run_id)
            given = {USE_CASE_TAG: use_case, DAGSTER_RUN_TAG: dagster_run_id, **tags}
            client.create_run(experiment, tags=given, run_name=name)
        return _search(client, [experiment], dagster_run_id)[0]


def find_runs(
    uri: str,
    use_cases: Iterable[str] | None = None,
    *,
    dagster_run_id: str | None = None,
    status: str | None = None,
) -> tuple[TrackedRun, ...]:
    """Return the runs of use cases, oldest first.

    Args:
        uri: the store.
        use_cases: which; every experiment that this package made where it is None.
        dagster_run_id: only those of this Dagster run.
        status: only those that stand at this MLflow status.
    """
    if not _may_hold(uri, dagster_run_id, status):
        return ()
    client = tracking_client(uri)
    with tracking_errors(uri, "looking for runs"):
        if use_cases is None:
            found = client.search_experiments(filter_string=f"tags.`{USE_CASE_TAG}` LIKE '%'")
        else:
            found = [e for e in map(client.get_experiment_by_name, use_cases) if e and e.lifecycle_stage == "active"]
        return _search(client, [e.experiment_id for e in found], dagster_run_id, status) if found else ()


def set_status(uri: str, run: TrackedRun, status: str, tags: Mapping[str, str], *, end_time: int | None = None) -> None:
    """Give a run a status and tags; `end_time` in milliseconds since 1970, else the one it has, else now."""
    client = tracking_client(uri)
    with tracking_errors(uri, f"setting run {run.run_id} to {status}"):
        for name, value in tags.items():
            client.set_tag(run.run_id, name, value)
        client.set_terminated(run.run_id, status, end_time or run.end_time)


def mark_step_failed(uri: str, dagster_run_id: str, step_key: str, reason: str) -> tuple[TrackedRun, ...]:
    """Mark the run of the use case that a step belongs to as FAILED, and return what was marked.

    The step's key begins with its use case's name and two underscores.
    """
    runs = find_runs(uri, dagster_run_id=dagster_run_id)
    owners = [run for run in runs if step_key == run.use_case or step_key.startswith(f"{run.use_case}__")]
    longest = max((len(run.use_case) for run in owners), default=0)
    marked = tuple(run for run in owners if len(run.use_case) == longest)
    for run in marked:
        set_status(uri, run, "FAILED", failed_step(step_key, reason))
    return marked


def failed_step(step_key: str, reason: str) -> dict[str, str]:
    """Return the tag that says which step failed and why, without passwords and cut to 500 characters."""
    return {f"{FAILED_STEP_TAG}/{entity_name(step_key)}": redact(reason)[:500]}


def entity_name(*parts: object) -> str:
    """Return the parts joined by slashes as a name that MLflow takes for a metric, parameter or tag.

    What MLflow refuses becomes an underscore, and a short hash keeps such names apart from one another.

    >>> entity_name("test", "auc", "low")
    'test/auc/low'
    >>> entity_name("drift", 'share of "A/B"')
    'drift/share of _A_B_-40188a6d'
    """
    name = "/".join(_fit(str(part)) for part in parts)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 9].rstrip('. /')}-{_short_hash(name)}"


def parameter_text(value: Any) -> str:
    """Return a parameter's value as text; one that is too long for MLflow says so at its end."""
    text = str(value)
    if len(text) <= _LONGEST_VALUE:
        return text
    note = f" … ({len(text)} characters, SHA-256 {hashlib.sha256(text.encode()).hexdigest()})"
    return text[: _LONGEST_VALUE - len(note)] + note


def _fit(part: str) -> str:
    fitting = _UNFIT.sub("_", part)[:100]
    if fitting == part and part.strip(". ") == part and part:
        return part
    return f"{fitting.strip('. ')}-{_short_hash(part)}"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _may_hold(uri: str, dagster_run_id: str | None, status: str | None) -> bool:
    """Return False where a local store surely has no such run: that saves the seconds that importing MLflow takes."""
    path = local_path(uri)
    if path is None:
        return True
    questions = {
        "select 1 from tags where key = ? and value = ? limit 1": (DAGSTER_RUN_TAG, dagster_run_id),
        "select 1 from runs where status = ? and ? limit 1": (status, 1),
    }
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            return all(connection.execute(sql, values).fetchone() for sql, values in questions.items() if all(values))
    except sqlite3.Error:
        return True  # a store of another shape: MLflow itself will tell


def _search(
    client: MlflowClient, experiments: list[str], dagster_run_id: str | None = None, status: str | None = None
) -> tuple[TrackedRun, ...]:
    wanted = [f"tags.{DAGSTER_RUN_TAG} = '{dagster_run_id}'"] if dagster_run_id else []
    wanted += [f"attributes.status = '{status}'"] if status else []
    found, token = [], None
    while True:
        page = client.search_runs(
            experiments, " and ".join(wanted), order_by=["attributes.start_time ASC"], page_token=token
        )
        found += [_tracked(run) for run in page]
        token = page.token
        if not token:
            return tuple(found)


def _tracked(run: Any) -> TrackedRun:
    tags = dict(run.data.tags)
    return TrackedRun(
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        use_case=tags.get(USE_CASE_TAG, ""),
        dagster_run_id=tags.get(DAGSTER_RUN_TAG, ""),
        status=run.info.status,
        end_time=run.info.end_time,
        tags=tags,
    )
