"""A run that takes longer than the declared limit is ended by the daemon."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from mlops_assets_tests.conftest import REPOSITORY

HANGS = """
import time
import dagster as dg

@dg.asset
def hangs():
    time.sleep(600)

@dg.sensor(target=[hangs], minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def once():
    return dg.RunRequest(run_key="once")

defs = dg.Definitions(assets=[hangs], sensors=[once])
"""
LIMIT = re.compile(r"max_runtime_seconds: (\d+)")


@pytest.mark.slow
def test_the_daemon_ends_a_run_that_takes_longer_than_the_declared_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = (REPOSITORY / "dagster.yaml").read_text(encoding="utf-8")
    assert int(LIMIT.search(declared)[1]) > 3600, "a lifecycle of a large table must fit"
    short = LIMIT.sub("max_runtime_seconds: 3\n  poll_interval_seconds: 1", declared)
    (tmp_path / "dagster.yaml").write_text(short, encoding="utf-8")
    (tmp_path / "hangs.py").write_text(HANGS, encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.get() as instance, (tmp_path / "daemon.log").open("w+") as log:
        instance.get_runs()  # The store is there before the daemon looks for it.
        daemon = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", "-f", "hangs.py"],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            ended = _wait(instance, tmp_path / "daemon.log")
            reasons = [record.message for record in instance.all_logs(ended.run_id)]
        finally:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait()

    assert ended.status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
    assert any("xceed" in reason and "maximum runtime of 3" in reason for reason in reasons)


def _wait(instance: dg.DagsterInstance, log: Path) -> dg.DagsterRun:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = [run for run in instance.get_runs() if run.is_finished]
        if found:
            return found[0]
        time.sleep(1)
    raise AssertionError(f"the run was never ended:\n{log.read_text()[-3000:]}")
