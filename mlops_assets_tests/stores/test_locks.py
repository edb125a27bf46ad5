"""Turns between processes: one owner at a time, whoever shares it, and nobody after a kill."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mlops_assets.errors import MlopsAssetsError
from mlops_assets.stores.locks import holder_of, turn

HOLD = """
import sys, time
from pathlib import Path
from mlops_assets.stores.locks import turn
with turn(Path(sys.argv[1]), sys.argv[2], "a run"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the turn for the owner `other`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "credit.lock"), "other"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_owner_that_does_not_wait_is_told_in_one_sentence_who_is_at_work(tmp_path, other):
    with (
        pytest.raises(MlopsAssetsError, match=rf"^credit: a run \(process {other.pid}\) is active on it; fix: "),
        turn(tmp_path / "credit.lock", "me", "a command", wait=False),
    ):
        pass


def test_a_second_owner_waits_says_so_and_gets_the_turn_when_the_first_is_killed(tmp_path, other):
    said = []
    threading.Timer(1.0, other.kill).start()
    started = time.monotonic()
    with turn(tmp_path / "credit.lock", "me", "a command", report=said.append):
        waited = time.monotonic() - started

    assert waited > 0.9
    assert said == [f"waiting for a run (process {other.pid}), which is active on credit"]


def test_processes_of_the_same_owner_hold_the_turn_together(tmp_path, other):
    with turn(tmp_path / "credit.lock", "other", "a step", wait=False):
        pass
    assert holder_of(tmp_path / "credit.lock") == f"a run (process {other.pid})"


def test_the_turn_is_free_before_and_after(tmp_path):
    path = tmp_path / "locks" / "credit.lock"
    before = holder_of(path)
    with turn(path, "me", "a command"):
        within = holder_of(path)

    assert (before, holder_of(path)) == (None, None)
    assert within is not None
    with turn(path, "somebody else", "a command", wait=False):
        pass


def test_whoever_looks_who_is_at_work_keeps_nobody_from_the_turn(tmp_path):
    path, done = tmp_path / "credit.lock", threading.Event()
    with turn(path, "somebody", "a command"):
        pass

    def look():
        while not done.is_set():
            holder_of(path)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    try:
        for number in range(100):
            with turn(path, f"command {number}", "a command", wait=False):
                pass
    finally:
        done.set()
        for looker in lookers:
            looker.join()


def test_two_use_cases_do_not_wait_for_each_other(tmp_path, other):
    with turn(Path(tmp_path / "penguins.lock"), "me", "a command", wait=False):
        pass
