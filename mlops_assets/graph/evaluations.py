"""Evaluations of checks as the event log holds them."""

from collections.abc import Collection, Iterator

import dagster as dg

_PAGE = 100


def evaluations(instance: dg.DagsterInstance, check: dg.AssetCheckKey) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield evaluations, the newest first; executions that were planned and never came to one are passed over."""
    before: int | None = None
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(check, limit=_PAGE, cursor=before)
        for record in page:
            event = record.event.dagster_event if record.event else None
            if event is not None and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                yield event.asset_check_evaluation_data
        if len(page) < _PAGE:
            return
        before = page[-1].id


def latest_by_partition(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partitions: Collection[str | None]
) -> dict[str | None, dg.AssetCheckEvaluation]:
    """Return the latest evaluation of a check for each of these partitions; where it has none, they are `[None]`."""
    found: dict[str | None, dg.AssetCheckEvaluation] = {}
    for evaluation in evaluations(instance, check) if partitions else ():
        if evaluation.partition in partitions:
            found.setdefault(evaluation.partition, evaluation)
        if len(found) == len(partitions):
            break
    return found
