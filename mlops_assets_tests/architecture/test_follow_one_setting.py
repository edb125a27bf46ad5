"""The page that follows one setting from its file to its check names what is really called, in that order."""

import importlib
import re
import shutil
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_assets.errors import ConfigError
from mlops_assets.use_case.loader import load_project, load_use_case

ROOT = Path(__file__).parents[2]
VALUE = ROOT / "configs" / "credit_default.yaml"
MOST = 25


def stops(table: int) -> list[str]:
    """Return the names in the first or second table of the page, in order."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("## Follow one setting")[1].split("\n## ")[0]
    tables = section.split("A broken value")
    return re.findall(r"^\| \d+ \| `([\w.]+)` \|", tables[table], flags=re.MULTILINE)


def called(work: Callable[[], Any]) -> list[str]:
    """Return the functions of the package that a piece of work calls, in the order of their first calls."""
    found: dict[str, None] = {}

    def note(frame: Any, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("mlops_assets."):
            found.setdefault(f"{module.removeprefix('mlops_assets.')}.{frame.f_code.co_qualname}")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return list(found)


def copy_of_the_project(folder: Path, change: Callable[[str], str] = str) -> Path:
    (folder / "configs" / "environments").mkdir(parents=True)
    shutil.copy(ROOT / "configs/environments/local.yaml", folder / "configs/environments")
    text = change(VALUE.read_text(encoding="utf-8"))
    (folder / "configs" / VALUE.name).write_text(text, encoding="utf-8")
    return folder


def is_function(name: str) -> bool:
    return not name.rsplit(".", 1)[-1][0].isupper() and name != "definitions"


def look_up(name: str) -> Any:
    """Return what a dotted name of the package stands for."""
    place, attributes = ROOT / "mlops_assets", name.split(".")
    while attributes and ((place / attributes[0]).is_dir() or (place / f"{attributes[0]}.py").is_file()):
        place /= attributes.pop(0)
    module = ".".join(place.relative_to(ROOT).parts)
    if module == "mlops_assets.definitions":  # importing it would load the project
        return module
    return reduce(getattr, attributes, importlib.import_module(module))


@pytest.mark.parametrize("name", dict.fromkeys([*stops(0), *stops(1)]))
def test_what_the_page_names_exists(name):
    assert look_up(name)


def test_the_way_is_short():
    assert 15 < len(stops(0)) <= MOST
    assert 5 < len(stops(1)) <= MOST - 11


@pytest.mark.slow
def test_a_setting_goes_the_way_that_the_page_says(tmp_path):
    """Loading, assembly, comparison and verdict call the functions of the page in its order."""
    from mlops_assets.defs import assemble, stage
    from mlops_assets.monitoring.drift import measure_drift
    from mlops_assets.monitoring.drift_record import judge_drift

    root = copy_of_the_project(tmp_path)
    file, project = root / "configs" / VALUE.name, load_project(root, "local", {})

    def work() -> None:
        config = load_use_case(file).monitoring.drift
        assemble.build_definitions(project)
        rows = pd.DataFrame({"probability": np.linspace(0, 1, 600)})
        report, _ = measure_drift(rows, rows, {}, config, (rows["probability"], rows["probability"]))
        stage.check_result(judge_drift(report), stage.dg.AssetCheckSeverity.WARN, "v")

    expected = [name for name in stops(0)[2:] if is_function(name)]
    work()  # once unobserved, because imports under observation take long
    found = called(work)

    assert [name for name in found if name in expected] == expected


def test_a_broken_setting_goes_the_way_that_the_page_says(tmp_path):
    """And ends in the line that the page shows."""
    root = copy_of_the_project(tmp_path, lambda text: re.sub(r"(?m)^(    threshold:) .*$", r"\1 high", text))
    messages: list[str] = []

    def work() -> None:
        try:
            load_use_case(root / "configs" / VALUE.name, root)
        except ConfigError as error:
            messages.extend(error.problems)

    first = stops(0)[2:11]
    expected = [name for name in [*first, *stops(1)] if is_function(name)]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    found = called(work)
    shown = re.findall(r"`(configs/credit_default\.yaml:\d+:\d+: monitoring\.drift\.threshold: wrong type)", page)

    assert len(messages) == 1
    assert [messages[0].split(";")[0]] == shown
    assert [name for name in found if name in expected] == expected
