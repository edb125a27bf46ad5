"""Ctrl-C and SIGTERM: one sentence, the exit code of the signal, nothing half-written, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mlops_assets.interrupts import Interrupts, watched
from mlops_assets_tests.conftest import USE_CASE

SAID = "stopped; the next run continues from here\n"


def _send(number: signal.Signals, kept: list[Interrupts]) -> None:
    with watched() as interrupts:
        kept.append(interrupts)
        assert not interrupts.came()
        os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_raises_and_is_told_from_the_other(number: signal.Signals, code: int) -> None:
    before, kept = signal.getsignal(number), []
    with pytest.raises(KeyboardInterrupt):
        _send(number, kept)

    assert kept[0].exit_code == code
    assert signal.getsignal(number) is before


def test_a_signal_that_another_handler_swallows_is_known_all_the_same() -> None:
    """Dagster drops what comes after the last step of a run, and gives both signals one handler."""
    with watched() as interrupts:
        signal.signal(signal.SIGTERM, lambda *_: None)
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.came()
        os.kill(os.getpid(), signal.SIGTERM)
    assert interrupts.exit_code == 143


def _interrupt(
    command: list[str], project: Path, environment: dict[str, str], number: int, trial: int
) -> tuple[int, str, str]:
    """Run a command as a terminal does, send its whole group a signal after a trial, and return how it ended."""
    process = subprocess.Popen(
        command,
        cwd=project,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    seen = []
    try:
        for line in process.stdout:
            seen.append(line)
            if f"trial {trial} of" in line:
                break
        os.killpg(process.pid, number)
        rest, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, "".join(seen) + rest, errors


@pytest.mark.slow
def test_a_run_that_is_stopped_says_one_sentence_and_the_next_one_goes_on(fresh_project, environment_of) -> None:
    """The signal goes to the whole group, Dagster's helper processes included, as Ctrl-C in a terminal does."""
    yaml = YAML()
    path = fresh_project / "configs" / f"{USE_CASE}.yaml"
    document = yaml.load(path)
    document["training"]["search"]["trials"] = 40
    yaml.dump(document, path)
    environment = environment_of(fresh_project)
    command = [sys.executable, "-m", "mlops_assets.cli", "run", USE_CASE, "--stage", "training"]

    for number, code, trial in ((signal.SIGINT, 130, 2), (signal.SIGTERM, 143, 6)):
        ended, printed, errors = _interrupt(command, fresh_project, environment, number, trial)
        assert (ended, errors) == (code, SAID), printed
        assert "FAILED" not in printed, printed
        assert "Traceback" not in printed
        assert not [p for p in (fresh_project / "data" / "generated" / USE_CASE).rglob("*") if ".tmp" in p.name]
    last = subprocess.run(
        command, cwd=fresh_project, env=environment, text=True, capture_output=True, timeout=300, check=False
    )

    assert last.returncode == 0, last.stdout + last.stderr
    assert f"{USE_CASE}/validated" not in last.stdout
    assert "trial 40 of 40" in last.stdout
    assert "trial 6 of 40" not in last.stdout
