"""The whole lifecycle through Dagster beside the plain script that makes the same library calls."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from mlops_assets.stores.bundles import MANIFEST
from mlops_assets_tests.bench.project import NAME, ROOT, copy_project, environment
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import Sample, in_turns, of_process


def measure(project: Path, options: Options) -> list[Row]:
    """Run both from nothing, each time in a folder of its own."""
    made: dict[str, set[str]] = {"graph": set(), "script": set()}

    def graph() -> Sample:
        fresh = copy_project(project.with_name("graph"))
        sample = of_process(
            [sys.executable, "-m", "mlops_assets.cli", "run", NAME], folder=fresh, environment=environment(fresh)
        )
        manifest = next((fresh / "data" / "generated" / NAME / "model").rglob(MANIFEST))
        made["graph"].add(json.loads(manifest.read_text())["fingerprint"])
        shutil.rmtree(fresh)
        return sample

    def script() -> Sample:
        fresh = copy_project(project.with_name("script"))
        command = [sys.executable, "-m", "mlops_assets_tests.bench.plain_script", str(fresh)]
        sample = of_process(command, folder=ROOT, environment=environment(fresh))
        made["script"].add(json.loads(sample.said.splitlines()[-1])["fingerprint"])
        shutil.rmtree(fresh)
        return sample

    found = in_turns({"graph": graph, "script": script}, repeat=options.times(3), say=options.say, warm=False)
    same = made["graph"] == made["script"] and len(made["graph"]) == 1
    words = f"both made the model {made['script'].pop()[:12]}" if same else "THE TWO MADE DIFFERENT MODELS"
    return [
        Row(
            "whole lifecycle",
            found["graph"],
            found["script"],
            "a plain script of the same library calls",
            target=1.25,
            note=f"`mlops-assets run {NAME}` from nothing, 24 assets and their checks with everything stored, against "
            f"`mlops_assets_tests/bench/plain_script.py` in memory; imports included; {words}",
        )
    ]
