"""The whole lifecycle through Dagster beside a plain script over public libraries."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from statistics import median
from typing import Any

from mlops_assets_tests.bench.project import NAME, ROOT, copy_project, environment
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import Sample, in_turns, of_process

SCRIPT = "mlops_assets_tests/bench/plain_script.py"


def measure(project: Path, options: Options) -> list[Row]:
    """Run both from nothing, each time in a folder of its own."""
    graphs: list[dict[str, Any]] = []
    scripts: list[dict[str, Any]] = []

    def graph() -> Sample:
        fresh = copy_project(project.with_name("graph"))
        command = [sys.executable, "-m", "mlops_assets.cli", "run", NAME, "--replay", "2"]
        sample = of_process(command, folder=fresh, environment=environment(fresh))
        stored = fresh / "data" / "generated" / NAME
        graphs.append({name: json.loads((stored / name / f"{name}.json").read_text()) for name in _READ})
        shutil.rmtree(fresh)
        return sample

    def script() -> Sample:
        fresh = copy_project(project.with_name("script"))
        sample = of_process([sys.executable, SCRIPT, str(fresh)], folder=ROOT, environment=environment(fresh))
        scripts.append(json.loads(sample.said.splitlines()[-1]))
        shutil.rmtree(fresh)
        return sample

    found = in_turns({"graph": graph, "script": script}, repeat=options.times(3), say=options.say, warm=False)
    return [
        Row(
            "whole lifecycle and two batches",
            found["graph"],
            found["script"],
            f"a plain script over public libraries, `{SCRIPT}`",
            target=1.25,
            note=_note(graphs, scripts),
        )
    ]


_READ = ("evaluation", "tuning")


def _note(graphs: list[dict[str, Any]], scripts: list[dict[str, Any]]) -> str:
    """Return what both did, in one sentence each."""
    areas = {round(graph["evaluation"]["metrics"]["auc"]["value"], 4) for graph in graphs}
    others = {round(script["auc"], 4) for script in scripts}
    trials = {len(graph["tuning"]["trials"]) for graph in graphs}, {script["trials"] for script in scripts}
    steps = {name: median(script["seconds"][name] for script in scripts) for name in scripts[0]["seconds"]}
    listed = ", ".join(f"{name} {seconds:.1f}" for name, seconds in steps.items())
    return "; ".join(
        (
            f"`mlops-assets run {NAME} --replay 2` from nothing against the script, imports included",
            f"test AUC {_told(areas)} and {_told(others)}, trials {_told(trials[0])} and {_told(trials[1])}",
            f"CPU seconds of the script: {listed}",
        )
    )


def _told(values: set[Any]) -> str:
    """Return the one value of all repetitions, or all of them."""
    return " / ".join(str(value) for value in sorted(values))
