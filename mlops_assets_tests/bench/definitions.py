"""How long `mlops_assets.definitions` takes to load in a fresh process, beside the imports nobody gets around."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from mlops_assets_tests.bench.project import copy_project, environment
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import Sample, in_turns, of_process

BARE = "import dagster, pandas"
COPIES = 50


def measure(project: Path, options: Options) -> list[Row]:
    """Load the shipped project, one use case and fifty of them."""
    one = copy_project(project.with_name("one"), use_cases=1)
    fifty = copy_project(project.with_name("fifty"), use_cases=COPIES)
    contenders: dict[str, Callable[[], Sample]] = {
        "bare": lambda: _load(project, BARE),
        "shipped": lambda: _load(project, "import mlops_assets.definitions"),
        "one": lambda: _load(one, "import mlops_assets.definitions"),
        "fifty": lambda: _load(fifty, "import mlops_assets.definitions"),
    }
    found = in_turns(contenders, repeat=options.times(9), say=options.say)
    each = (found["fifty"].wall - found["one"].wall) / (COPIES - 1)
    against = f"`{BARE}`"
    return [
        Row(
            "definitions, the shipped project",
            found["shipped"],
            found["bare"],
            against,
            target=1.3,
            note="`import mlops_assets.definitions` in a fresh process, all use cases of `configs/`, with bytecode",
        ),
        Row("definitions, 1 use case", found["one"], found["bare"], against, target=1.15),
        Row(
            f"definitions, {COPIES} use cases",
            found["fifty"],
            found["bare"],
            against,
            note=f"copies of `credit_default`; each further use case takes {each * 1000:.0f} ms",
        ),
    ]


def _load(project: Path, statement: str) -> Sample:
    return of_process([sys.executable, "-c", statement], folder=project, environment=environment(project))
