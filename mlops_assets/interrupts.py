"""Interruptions: which signal asked this process to stop, regardless of the handler that was installed.

Dagster installs its own handler while it executes, the same for SIGINT and SIGTERM, and ignores signals that arrive
after the last step of a run. Here the interpreter itself records each signal as it arrives (`signal.set_wakeup_fd`).
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Interrupts:
    """The signals received while `watched` was active; `first` is the first that asked the process to stop."""

    reader: socket.socket
    first: signal.Signals | None = None

    def came(self) -> bool:
        """Return whether a signal asked this process to stop."""
        try:
            numbers = self.reader.recv(4096)
        except BlockingIOError:
            numbers = b""
        self.first = self.first or next((s for n in numbers if (s := signal.Signals(n)) in STOPPING), None)
        return self.first is not None

    @property
    def exit_code(self) -> int:
        """128 plus the number of the signal, as in a shell: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + (self.first or signal.SIGINT)


@contextmanager
def watched() -> Iterator[Interrupts]:
    """Raise KeyboardInterrupt on SIGINT and SIGTERM within the block, and yield the record of which one arrived.

    Both handlers are set even if SIGINT was ignored, because Dagster gives SIGTERM the handler of SIGINT. Works in the
    main thread only, like all signal handling.
    """
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    before = {number: signal.signal(number, signal.default_int_handler) for number in STOPPING}
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    interrupts = Interrupts(reader)
    try:
        yield interrupts
    finally:
        interrupts.came()
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        reader.close()
        writer.close()
