"""Timing: a call or a process, in wall and in CPU seconds, contenders in turns.

Contenders take turns (A B A B), so that a machine that grows busy or hot slows both.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

Say = Callable[[str], None]


@dataclass(frozen=True)
class Sample:
    """One measurement.

    Attributes:
        wall: seconds on the clock.
        cpu: seconds of user and system time of the process and what it started.
        said: what a process wrote to its standard output.
    """

    wall: float
    cpu: float
    said: str = ""


@dataclass(frozen=True)
class Series:
    """The measurements of one contender."""

    samples: tuple[Sample, ...]

    @property
    def wall(self) -> float:
        """Median of the wall seconds."""
        return median(sample.wall for sample in self.samples)

    @property
    def cpu(self) -> float:
        """Median of the CPU seconds."""
        return median(sample.cpu for sample in self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """Fewest and most wall seconds."""
        walls = [sample.wall for sample in self.samples]
        return min(walls), max(walls)


def of_call(function: Callable[[], Any]) -> Sample:
    """Measure a call in this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    function()
    return Sample(time.perf_counter() - wall, time.process_time() - cpu)


def of_process(command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Sample:
    """Measure a process from its start to its end; raise RuntimeError with its last words where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        wall = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=out, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - wall
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        said = out.read().decode(errors="replace")
        if process.returncode:
            words = (said + errors.read().decode(errors="replace"))[-3000:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{words}")
    return Sample(wall, used.ru_utime + used.ru_stime, said)


def in_turns(
    contenders: Mapping[str, Callable[[], Sample]], *, repeat: int, say: Say, warm: bool = True
) -> dict[str, Series]:
    """Measure every contender `repeat` times in turns; `warm` lets each run once before that, unmeasured."""
    if warm:
        for contender in contenders.values():
            contender()
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for turn in range(repeat):
        for name, contender in contenders.items():
            samples[name].append(contender())
            found = samples[name][-1]
            say(f"  {turn + 1} of {repeat}  {name:<58} {found.wall:9.3f} s wall {found.cpu:9.3f} s CPU")
    return {name: Series(tuple(found)) for name, found in samples.items()}


def calls(functions: Mapping[str, Callable[[], Any]], *, repeat: int, say: Say) -> dict[str, Series]:
    """Measure functions of this process in turns."""
    return in_turns(
        {name: (lambda function=function: of_call(function)) for name, function in functions.items()},
        repeat=repeat,
        say=say,
    )
