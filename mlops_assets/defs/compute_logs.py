"""Dagster's compute logs, whose helper processes leave Ctrl-C to the process that they help."""

import signal
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from dagster._core.storage.compute_log_manager import CapturedLogContext
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData


class QuietComputeLogManager(LocalComputeLogManager):
    """`LocalComputeLogManager` whose helpers do not take SIGINT.

    A terminal sends Ctrl-C to every process of its group, and the helpers that mirror the output of a step would die
    of it with a traceback each, before the step could say anything. They inherit the mask of signals instead that
    stands when they are started; they end when the step ends, or when its process is gone.
    """

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "QuietComputeLogManager":
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
