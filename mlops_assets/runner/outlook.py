"""The outlook: what the automation conditions of a use case would request at this moment, without a daemon."""

from dataclasses import dataclass

import dagster as dg

from mlops_assets.graph import keys
from mlops_assets.graph.dagster_internals import daemon_cursor


@dataclass(frozen=True)
class Outlook:
    """What automation would do.

    Attributes:
        requested: assets and checks that it would request.
        remembered: whether a daemon has looked before, so that cooldowns and answered requests count.
    """

    requested: frozenset[dg.AssetKey | dg.AssetCheckKey]
    remembered: bool


def look_ahead(defs: dg.Definitions, instance: dg.DagsterInstance, use_case: str) -> Outlook:
    """Evaluate the automation conditions of a use case once, from where the daemon left off. Changes nothing."""
    graph = defs.resolve_asset_graph()
    everything = dg.AssetSelection.key_prefixes([use_case])
    of_batches = dg.AssetSelection.assets(*(k for k in everything.resolve(graph) if graph.get(k).is_partitioned))
    requested: set[dg.AssetKey | dg.AssetCheckKey] = set()
    remembered = False
    for sensor, selection in (
        (keys.automation_sensor(use_case), everything - of_batches),
        (keys.batch_sensor(use_case), of_batches),
    ):
        cursor = daemon_cursor(instance, graph, sensor)
        remembered = remembered or cursor is not None
        # Where no daemon ever looked, the first look takes what is there as given, and so it looks twice.
        for _ in range(1 if cursor is not None else 2):
            result = dg.evaluate_automation_conditions(defs, instance, asset_selection=selection, cursor=cursor)
            cursor = result.cursor
            requested |= {found.key for found in result.results if not found.true_subset.is_empty}
    return Outlook(frozenset(requested), remembered)
