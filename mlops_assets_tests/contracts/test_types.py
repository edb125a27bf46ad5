"""mypy holds every plugin of the package against the protocol of its kind, statically."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlops_assets import plugins

REPOSITORY = Path(__file__).resolve().parents[2]
PROTOCOLS = {
    "reader": "Reader",
    "synthesizer": "Synthesizer",
    "transform": "Transform[{module}.Params]",
    "family": "Family",
    "sink": "Sink[{module}.Params]",
}


def mypy(folder: Path, lines: list[str]) -> list[str]:
    """Return what mypy says of a file of these lines."""
    (folder / "held.py").write_text("\n".join([*lines, ""]), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", REPOSITORY / "pyproject.toml", "--no-warn-unused-configs",
         "--cache-dir", REPOSITORY / ".mypy_cache", folder / "held.py"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    return ended.stdout.splitlines()


@pytest.mark.slow
def test_every_plugin_is_a_value_of_the_protocol_of_its_kind(tmp_path: Path) -> None:
    """And a plugin of another kind is not, so that the question can be answered with no."""
    modules = [(kind, plugins.module_name(kind, name)) for kind in plugins.KINDS for name in plugins.names(kind)]
    lines = ["from mlops_assets.plugins.protocols import Family, Reader, Sink, Synthesizer, Transform"]
    lines += [f"import {module}" for _, module in modules]
    lines += [f"held_{n}: {PROTOCOLS[k].format(module=m)} = {m}" for n, (k, m) in enumerate(modules)]
    wrong = "wrong: Reader = mlops_assets.plugins.sinks.file"

    assert mypy(tmp_path, lines) == ["Success: no issues found in 1 source file"]
    assert "Incompatible types in assignment" in "".join(mypy(tmp_path, [*lines, wrong]))
