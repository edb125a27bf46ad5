"""What this package takes from inside Dagster. A test fails with a clear message where Dagster changes any of it."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

if TYPE_CHECKING:
    from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
    from dagster._core.storage.compute_log_manager import CapturedLogContext
    from dagster._serdes import ConfigurableClassData

AssetGraph = BaseAssetGraph
"""Dagster's graph of assets and checks, as definitions resolve to it and as conditions see it."""


def version_of_partition(version: str) -> str:
    """Return what Dagster records of an input that is one partition: a hash over the versions of the partitions."""
    return hashlib.sha256(version.encode()).hexdigest()


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


def release_outputs(context: dg.OutputContext) -> None:
    """Let go of the values that Dagster would keep until a run in this process ends; each was written by now."""
    step = context.step_context
    for kept in (step.output_capture, step.step_output_capture):
        if kept:
            kept.clear()


class QuietComputeLogManager(LocalComputeLogManager):
    """`LocalComputeLogManager` whose helpers do not take SIGINT.

    A terminal sends Ctrl-C to every process of its group, and the helpers that mirror the output of a step would die
    of it with a traceback each, before the step could say anything. Instead, they inherit the mask of signals
    that is set when they are started; they end when the step ends, or when its process is gone.
    """

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> QuietComputeLogManager:
        """Return a manager of this class, where the one that it is made of would return its own."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Generator[CapturedLogContext, None, None]:
        """Capture the output of a step, as `LocalComputeLogManager` does."""
        with ExitStack() as stack:
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                captured = stack.enter_context(super().capture_logs(log_key))
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            yield captured
