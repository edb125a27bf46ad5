"""A project whose first run is killed and resumed, and a real daemon over it.

Each thing happens once for the module and is looked at by several tests, in the order of their file.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import InstigatorTick
from ruamel.yaml import YAML

USE_CASE = "credit_default"
TRIALS = 8
AUTOMATION = f"{USE_CASE}__automation"

T = TypeVar("T")


def _set(path: Path, *keys: str, value: object) -> None:
    yaml = YAML()
    document = node = yaml.load(path)
    for key in keys[:-1]:
        node = node.setdefault(key, {})
    node[keys[-1]] = value
    yaml.dump(document, path)


@dataclass(frozen=True)
class Place:
    """A project, its processes and what they left."""

    project: Path
    environment: dict[str, str]
    instance: dg.DagsterInstance

    def start(self, module: str, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        """Start a module as the leader of a process group of its own."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(
            command, cwd=self.project, env=self.environment, text=True, start_new_session=True, **more
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `mlops-assets` to its end."""
        command = [sys.executable, "-m", "mlops_assets.cli", *arguments]
        return subprocess.run(
            command, cwd=self.project, env=self.environment, text=True, capture_output=True, timeout=240, check=False
        )

    @property
    def generated(self) -> Path:
        return self.project / "data" / "generated"

    @property
    def inbox(self) -> Path:
        return self.project / "data" / "incoming" / USE_CASE

    def runs(self, **tags: str) -> list[dg.DagsterRun]:
        """Return the Dagster runs with these tags, the oldest first; `__` in a name stands for a slash."""
        wanted = {name.replace("__", "/"): value for name, value in tags.items()}
        return list(self.instance.get_runs(dg.RunsFilter(tags=wanted)))[::-1]

    def batch_runs(self, batch: str) -> list[dg.DagsterRun]:
        """Return the runs that automation asked for one batch."""
        return self.runs(dagster__partition=batch, dagster__sensor_name=f"{USE_CASE}__batches")

    def verdict(self, noun: str, check: str, batch: str) -> dg.AssetCheckEvaluation | None:
        """Return the latest result of a check for a batch."""
        key = dg.AssetCheckKey(dg.AssetKey([USE_CASE, noun]), check)
        for record in self.instance.event_log_storage.get_asset_check_execution_history(key, limit=100):
            event = record.event.dagster_event if record.event else None
            if event is None or event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                continue
            if event.asset_check_evaluation_data.partition == batch:
                return event.asset_check_evaluation_data
        return None

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that the file sink has taken."""
        path = self.generated / "alerts.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@dataclass(frozen=True)
class Daemon:
    """A running `dagster-daemon`."""

    place: Place
    process: subprocess.Popen[str]
    log: Path

    def wait_for(self, look: Callable[[], T], what: str, seconds: float = 150) -> T:
        """Look until there is something to see; fail with the end of the daemon's log where it does not come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := look():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.25)
        state = "ended" if self.process.poll() is not None else f"showed none in {seconds:.0f} s"
        pytest.fail(f"waited for {what}, and the daemon {state}:\n{self.log.read_text(encoding='utf-8')[-4000:]}")

    def finished(self, look: Callable[[], list[dg.DagsterRun]], what: str) -> dg.DagsterRun:
        """Return the one run that `look` finds, once it is over."""
        return self.wait_for(lambda: next((run for run in look() if run.is_finished), None), what)

    def ticks_since(self, sensor: str, moment: float) -> list[InstigatorTick]:
        """Return the finished looks of a sensor after a moment."""
        instance = self.place.instance
        state = next((state for state in instance.all_instigator_state() if state.name == sensor), None)
        if state is None:
            return []
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, after=moment)
        return [tick for tick in ticks if tick.is_completed]


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory,
    sample_project_writer: Callable[[Path], Path],
    environment_of: Callable[[Path], dict[str, str]],
) -> Iterator[Place]:
    """A project with a search that is long enough to be interrupted, looked at every five seconds."""
    project = sample_project_writer(tmp_path_factory.mktemp("loop"))
    _set(project / "configs" / f"{USE_CASE}.yaml", "training", "search", "trials", value=TRIALS)
    _set(project / "configs" / "environments" / "local.yaml", "daemon", "interval_seconds", value=5)
    environment = environment_of(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)  # dagster.yaml names its folders from the working directory
        with dg.DagsterInstance.from_config(str(project)) as instance:
            yield Place(project, environment, instance)


@dataclass(frozen=True)
class Killed:
    """A run that was killed in its search: what it had printed, its Dagster run, and its files then."""

    lines: tuple[str, ...]
    run_id: str
    unreadable: tuple[str, ...]
    tables: int

    @property
    def trials(self) -> dict[int, str]:
        """The lines of the trials that were over, by number."""
        return trials_in(self.lines)


def trials_in(lines: Iterator[str] | tuple[str, ...]) -> dict[int, str]:
    """Return the figure of each trial that the lines report, by number."""
    pattern = re.compile(rf"trial (\d+) of {TRIALS}: (\w+ on \w+ auc [0-9.]+)")
    return {int(found.group(1)): found.group(2) for line in lines if (found := pattern.search(line))}


@pytest.fixture(scope="module")
def killed(place: Place) -> Killed:
    """The first run of the project, killed with SIGKILL once two trials of its search are over."""
    process = place.start(
        "mlops_assets.cli", "run", USE_CASE, "--replay", "2", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if len(trials_in(tuple(lines))) == 2:
                break
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.readlines()
    finally:
        _end(process)
    assert process.returncode == -signal.SIGKILL, "".join(lines)
    tables = sorted((place.generated / USE_CASE).rglob("*.parquet"))
    unreadable = tuple(str(path) for path in (*tables, *place.generated.rglob("*.json")) if not _is_readable(path))
    [run] = place.runs()
    return Killed(tuple(lines), run.run_id, unreadable, len(tables))


def _is_readable(path: Path) -> bool:
    from mlops_assets.errors import IntegrityError
    from mlops_assets.stores.tables import load_table

    try:
        load_table(path) if path.suffix == ".parquet" else json.loads(path.read_bytes())
    except (IntegrityError, ValueError):
        return False
    return True


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and its whole group: politely, and then for certain."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=15)
    if process.stdout is not None:
        process.stdout.close()


@pytest.fixture(scope="module")
def resumed(place: Place, killed: Killed) -> subprocess.CompletedProcess[str]:
    """The same command again."""
    return place.command("run", USE_CASE, "--replay", "2")


@pytest.fixture(scope="module")
def daemon(place: Place, resumed: subprocess.CompletedProcess[str]) -> Iterator[Daemon]:
    """Dagster's daemon over the resumed project, once its sensors have looked."""
    assert resumed.returncode == 0, resumed.stdout
    started = time.time()
    path = place.project / "daemon.log"
    with path.open("w", encoding="utf-8") as log:
        process = place.start("dagster._daemon", "run", "-w", "workspace.yaml", stdout=log, stderr=subprocess.STDOUT)
        running = Daemon(place, process, path)
        try:
            for sensor in (AUTOMATION, f"{USE_CASE}__batches", f"{USE_CASE}__incoming", "check_alerts"):
                running.wait_for(lambda name=sensor: running.ticks_since(name, started), f"a first look of {sensor}")
            yield running
        finally:
            _end(process)
