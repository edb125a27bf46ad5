"""The outlook: what the automation conditions of a use case would request at this moment, without a daemon."""

from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import SensorInstigatorData
from dagster._daemon.asset_daemon import asset_daemon_cursor_from_instigator_serialized_cursor

from mlops_assets.graph import keys


@dataclass(frozen=True)
class Outlook:
    """What automation would do.

    Attributes:
        requested: assets that it would request.
        remembered: whether a daemon has looked before, so that cooldowns and answered requests count.
    """

    requested: frozenset[dg.AssetKey]
    remembered: bool


def look_ahead(defs: dg.Definitions, instance: dg.DagsterInstance, use_case: str) -> Outlook:
    """Evaluate the automation conditions of a use case once, from where the daemon left off. Changes nothing.

    Where no daemon ever looked, the first look takes what is there as given, and so it looks twice.
    """
    selection = dg.AssetSelection.key_prefixes([use_case])
    remembered = _remembered(instance, keys.automation_sensor(use_case))
    cursor = None
    if remembered is not None:
        cursor = asset_daemon_cursor_from_instigator_serialized_cursor(remembered, defs.resolve_asset_graph())
    requested: set[dg.AssetKey] = set()
    for _ in range(1 if remembered else 2):
        result = dg.evaluate_automation_conditions(defs, instance, asset_selection=selection, cursor=cursor)
        cursor = result.cursor
        wanted = selection.resolve(defs.resolve_asset_graph())
        requested |= {key for key in wanted if result.get_num_requested(key)}
    return Outlook(frozenset(requested), remembered is not None)


def _remembered(instance: dg.DagsterInstance, sensor: str) -> str | None:
    states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    found = [state for state in states if state.instigator_name == sensor]
    newest = max(found, key=lambda state: _ticked(state.instigator_data), default=None)
    data = newest.instigator_data if newest else None
    return data.cursor if isinstance(data, SensorInstigatorData) else None


def _ticked(data: object) -> float:
    return (data.last_tick_timestamp or 0.0) if isinstance(data, SensorInstigatorData) else 0.0
