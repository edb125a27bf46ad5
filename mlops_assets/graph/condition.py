"""The automation condition: the daemon requests what the plan calls runnable, each reason once."""

import json
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from mlops_assets.graph.dagster_internals import AssetGraph
from mlops_assets.graph.stale import Plan


class Look:
    """The plan of one use case, made once for each tick of automation.

    Args:
        plan: returns the plan; None while a run or a command is active on the use case: nothing may be requested then.
    """

    def __init__(self, plan: Callable[[AssetGraph, dg.DagsterInstance], Plan | None]) -> None:
        self._plan = plan
        self._seen: tuple[weakref.ref[Any], Plan | None] | None = None

    def at(self, view: Any) -> Plan | None:
        """Return the plan at the tick that this view of the graph belongs to."""
        if self._seen is None or self._seen[0]() is not view:
            self._seen = (weakref.ref(view), self._plan(view.asset_graph, view.instance))
        return self._seen[1]


class ToMake(dg.AutomationCondition):
    """True for what a plan calls runnable: an asset, a partition of one, or a check that is stale by itself.

    A request is made once for each mark of a plan: what was requested and failed is requested again when anything that
    the plan is based on has changed, and not at every tick. A check is requested together with its asset, because
    Dagster does not run a check that has a condition of its own along with its asset.

    Attributes:
        look: at the plan. Assets are defined before the project's folders are known: `bind` sets it.
    """

    look: Look

    @property
    def name(self) -> str:
        """Name in the UI."""
        return "stale"

    @property
    def description(self) -> str:
        """Text in the UI."""
        return "stale as `mlops-assets plan` says, runnable now, and not requested before for the same reason"

    def evaluate(self, context: Any) -> dg.AutomationResult:
        """Return what is to be requested of one asset or check, and remember it."""
        requested_before: dict[str, str] = json.loads(context.cursor or "{}")
        plan = self.look.at(context.asset_graph_view)
        if plan is None:
            return dg.AutomationResult(context, self._riding(context, set()), cursor=context.cursor)
        stale = {str(one.partition): one for one in plan.everything if one.entity == context.key}
        whole = context.candidate_subset  # a file may arrive before its partition is made
        known = set(whole.expensively_compute_partition_keys()) if whole.is_partitioned else {None}
        due = {
            name: one
            for name, one in stale.items()
            if one.is_runnable and one.partition in known and requested_before.get(name) != one.mark
        }
        remembered = {name: mark for name, mark in requested_before.items() if name in stale}
        remembered |= {name: one.mark for name, one in due.items()}
        true = self._riding(context, {one.partition for one in due.values()})
        return dg.AutomationResult(context, true, cursor=json.dumps(remembered, sort_keys=True))

    def _riding(self, context: Any, partitions: set[str | None]) -> Any:
        """Return the subset of these partitions, and for a check those that its asset is requested for."""
        whole = context.candidate_subset
        if not whole.is_partitioned:
            found = whole if partitions else context.get_empty_subset()
        else:
            found = whole.compute_intersection_with_partition_keys(partitions)
        if isinstance(context.key, dg.AssetCheckKey):
            asset = context.request_subsets_by_key.get(context.key.asset_key)
            if asset is not None and not asset.is_empty:
                keys = asset.expensively_compute_partition_keys() if asset.is_partitioned else set()
                also = whole.compute_intersection_with_partition_keys(keys) if whole.is_partitioned else whole
                found = found.compute_union(also)
        return found


def bind(definition: dg.AssetsDefinition, looks: Mapping[str, Look]) -> None:
    """Give the conditions of an asset or check the plan of its use case, by the first part of its key."""
    conditions: list[tuple[dg.AssetKey, Any]] = [(spec.key, spec.automation_condition) for spec in definition.specs]
    conditions += [(spec.asset_key, spec.automation_condition) for spec in definition.check_specs]
    for key, whole in conditions:
        for condition in _all(whole):
            if isinstance(condition, ToMake):
                condition.look = looks[key.path[0]]


def _all(condition: dg.AutomationCondition | None) -> list[dg.AutomationCondition]:
    if condition is None:
        return []
    return [condition, *(found for child in condition.children for found in _all(child))]
