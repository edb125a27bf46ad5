"""What this package takes from inside Dagster. A test fails with a clear message where Dagster changes any of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

if TYPE_CHECKING:
    from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor

AssetGraph = BaseAssetGraph
"""Dagster's graph of assets and checks, as definitions resolve to it and as conditions see it."""


def version_of_partition(version: str) -> str:
    """Return what Dagster records of an input that is one partition: a hash over the versions of the partitions."""
    return hashlib.sha256(version.encode()).hexdigest()


def stale_status(
    graph: AssetGraph, instance: dg.DagsterInstance, key: dg.AssetKey, partition: str | None = None
) -> tuple[str, list[str]]:
    """Return what Dagster's own UI shows of an asset, FRESH, STALE or MISSING, with its causes."""
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    causes = [f"{cause.category.value}: {cause.reason}" for cause in resolver.get_stale_causes(key, partition)]
    return resolver.get_status(key, partition).value, causes


def daemon_cursor(instance: dg.DagsterInstance, graph: AssetGraph, sensor: str) -> AssetDaemonCursor | None:
    """Return where a sensor of automation conditions left off; None where no daemon ever evaluated it."""
    from dagster._core.definitions.run_request import InstigatorType
    from dagster._core.scheduler.instigation import SensorInstigatorData
    from dagster._daemon.asset_daemon import asset_daemon_cursor_from_instigator_serialized_cursor

    states = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    data = [state.instigator_data for state in states if state.instigator_name == sensor]
    ticked = [one for one in data if isinstance(one, SensorInstigatorData) and one.cursor]
    newest = max(ticked, key=lambda one: one.last_tick_timestamp or 0.0, default=None)
    return asset_daemon_cursor_from_instigator_serialized_cursor(newest.cursor, graph) if newest else None
