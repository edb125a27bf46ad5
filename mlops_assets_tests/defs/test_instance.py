"""Dagster's stores on a fresh clone: many processes at once, each of which would make them."""

from __future__ import annotations

import subprocess
import sys

import pytest

OPEN = """
import sys
from mlops_assets import settings
from mlops_assets.defs.instance import open_instance
from mlops_assets.stores.layout import Layout
from mlops_assets.use_case.loader import load_project
root = settings.project_root()
layout = Layout.of(root, load_project(root, "local").environment)
print("ready", flush=True)
sys.stdin.readline()
with open_instance(layout) as instance:
    print(len(instance.get_runs()))
"""


@pytest.mark.slow
def test_processes_that_open_a_fresh_instance_at_once_all_succeed(fresh_project, environment_of):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    several = [
        subprocess.Popen([sys.executable, "-c", OPEN], cwd=fresh_project, env=environment_of(fresh_project), **pipes)
        for _ in range(4)
    ]
    for process in several:
        assert process.stdout.readline() == "ready\n"
    for process in several:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120) for process in several]

    assert [process.returncode for process in several] == [0] * 4, said
    assert [out.strip() for out, _ in said] == ["0"] * 4
