"""Keys: the names that assets, groups, jobs and partitions have in Dagster. Nothing else spells them."""

import dagster as dg

STAGES = ("data", "privacy", "features", "training", "assurance", "release", "monitoring", "documents")

STAGE_TAG = "mlops_assets/stage"
"""Tag of every asset: the stage that it belongs to."""
CHECK_VERSION = "mlops_assets/check_version"
"""Metadata of every check and of each of its evaluations: the version of its code and limits."""

CODE, DATA, INPUT = "dagster/code_version", "dagster/data_version", "dagster/input_data_version/"
"""Tags of materializations and observations: the versions that Dagster records."""


def input_tag(key: dg.AssetKey) -> str:
    """Return the tag in which a materialization records the version of an input that it was made from."""
    return INPUT + key.to_user_string()


def asset_key(use_case: str, asset: str) -> dg.AssetKey:
    """Return `<use_case>/<asset>`."""
    return dg.AssetKey([use_case, asset])


def scoped(use_case: str, name: str) -> str:
    """Return `<use_case>__<name>`: the name of anything but an asset that a use case has in Dagster.

    Groups are named by the stage, so that the collapsed lineage shows one box for each. The jobs are `lifecycle` (every
    unpartitioned asset) and `batch` (one incoming batch), the sensors `automation` (requests what is stale in the
    lifecycle), `batches` (the same for batches) and `incoming`, and the schedule is `retraining`.
    """
    return f"{use_case}__{name}"


def use_cases_of(run: dg.DagsterRun) -> set[str]:
    """Return the use cases that a run touches."""
    found = {*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())}
    return {key.path[0] for key in found} or {run.job_name.rpartition("__")[0]}


def batches(use_case: str) -> dg.DynamicPartitionsDefinition:
    """Return the partitions of a use case's incoming batches."""
    return dg.DynamicPartitionsDefinition(name=scoped(use_case, "batches"))
