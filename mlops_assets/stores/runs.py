"""Runs in MLflow as they are found and ended, and the naming standard.

There is one MLflow run for each Dagster run and use case: experiment `<use_case>`, run `<use_case>/<first 8 characters
of the Dagster run's id>`, tags as below, metrics `<split>/<metric>` with `/low` and `/high` for the ends of an
interval, parameters `<section>.<name>`, files below `plots/` and `reports/`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from mlops_assets.redaction import redact
from mlops_assets.stores.tracking import USE_CASE_TAG, tracking_client, tracking_errors

DAGSTER_RUN_TAG = "dagster_run_id"
"""Set by dagster-mlflow, which finds the run again by it."""

STATUS_TAG = "dagster.status"
FAILED_STEP_TAG = "dagster.failed_step"
ASSET_TAG = "dagster_asset"

_LONGEST_NAME = 250
_LONGEST_VALUE = 6000
_UNFIT = re.compile(r"[^\w\-. :]")


def run_name(use_case: str, dagster_run_id: str) -> str:
    """Return the name of the MLflow run of a Dagster run.

    >>> run_name("credit_default", "5f0c9a1e-77aa-4c1e-9d6e-3a2b1c0d9e8f")
    'credit_default/5f0c9a1e'
    """
    return f"{use_case}/{dagster_run_id[:8]}"


def end_runs(
    uri: str,
    dagster_run_id: str,
    status: str,
    tags: Mapping[str, str] | None = None,
    *,
    end_time: int | None = None,
    killed_stay: bool = False,
) -> int:
    """End the MLflow runs of a Dagster run, one a use case, and return how many there are.

    Args:
        uri: the store.
        dagster_run_id: the Dagster run.
        status: FINISHED, FAILED or KILLED.
        tags: further tags of the runs.
        end_time: milliseconds since 1970; now where it is None.
        killed_stay: whether those that are KILLED keep that status.
    """
    client = tracking_client(uri)
    with tracking_errors(uri, f"setting the runs of {dagster_run_id} to {status}"):
        experiments = client.search_experiments(filter_string=f"tags.`{USE_CASE_TAG}` LIKE '%'")
        ids = [experiment.experiment_id for experiment in experiments]
        found = client.search_runs(ids, f"tags.{DAGSTER_RUN_TAG} = '{dagster_run_id}'") if ids else []
        for run in found:
            for name, value in (tags or {}).items():
                client.set_tag(run.info.run_id, name, value)
            kept = killed_stay and run.info.status == "KILLED"
            client.set_terminated(run.info.run_id, "KILLED" if kept else status, end_time)
        return len(found)


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
    """Return a parameter's value as text; one that is too long for MLflow is cut, with a note at its end."""
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
