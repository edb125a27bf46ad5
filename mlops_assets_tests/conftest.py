"""Shared fixtures: a small project of its own in a temporary folder, and the environment to work in it.

Add here what several folders of tests need. What one folder needs lives in that folder's `conftest.py`.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import hypothesis
import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from mlops_assets import redaction

# In CI the examples of property tests are the same in every run; on a desk they are new each time, to find more.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")

REPOSITORY = Path(__file__).resolve().parents[1]
USE_CASE = "credit_default"
RAW = f"data/raw/{USE_CASE}.csv.gz"
TARGET = "default payment next month"
ROWS = 600


_APART = ("style", "title", "sup", "desc", "footer")
"""Tags whose text is not that of the page's body."""


class Page(HTMLParser):
    """What a browser would make of a page: tags, text, policy, lists, and the cells of its tables row by row.

    A page that is not well-formed cannot be read at all.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tree = ET.fromstring(html)  # strict, other than a browser: every tag must be closed
        self.tags: list[str] = []
        self.text = ""
        self.rows: list[list[str]] = []
        self.policy = ""
        self._cell: list[str] | None = None
        self._depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._depth += tag in _APART
        if tag == "meta" and ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = str(dict(attrs)["content"])
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag in _APART
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append("".join(self._cell))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._depth:
            return
        self.text += data
        if self._cell is not None:
            self._cell.append(data)


def write_sample_project(folder: Path) -> Path:
    """Write a whole small project into `folder` and return it: 600 real rows, settings for speed, no penguins."""
    configs = folder / "configs"
    shutil.copytree(REPOSITORY / "configs", configs, ignore=shutil.ignore_patterns("penguins.yaml"))
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, folder / name)
    (folder / RAW).parent.mkdir(parents=True)
    (folder / RAW).write_bytes(_sample_bytes())
    _edit(configs / f"{USE_CASE}.yaml", _shrink)
    return folder


@cache
def _sample_bytes() -> bytes:
    """Return a seeded sample of the real file, stratified by the target, rows in their order, as csv.gz."""
    frame = pd.read_csv(REPOSITORY / RAW)
    random = np.random.default_rng(2005)
    shares = frame[TARGET].value_counts(normalize=True).sort_index()
    chosen = [
        random.choice(np.flatnonzero(frame[TARGET] == code), round(share * ROWS), replace=False)
        for code, share in shares.items()
    ]
    stream = io.BytesIO()
    frame.iloc[np.sort(np.concatenate(chosen))].to_csv(stream, index=False, compression={"method": "gzip", "mtime": 0})
    return stream.getvalue()


def _edit(path: Path, change: Callable[[Any], None]) -> None:
    yaml = YAML()
    yaml.width = 1000
    document = yaml.load(path)
    change(document)
    yaml.dump(document, path)


def _shrink(document: Any) -> None:
    """Loosen what 600 rows cannot carry, and take out what only costs time."""
    data = document["data"]
    del data["source"]["sha256"]
    data["minimum_rows"] = 100
    data["quarantine"]["maximum_share"] = 0.05
    data["splits"]["shares"] = {"train": 0.5, "calibration": 0.1, "test": 0.2, "replay": 0.2}
    document["privacy"]["synthetic"].update(rows=300, limits={"quality": 0.5, "diagnostic": 0.9, "tstr_ratio": 0.5})
    training = document["training"]
    training["families"] = {"logistic_regression": {}, "hist_gradient_boosting": {"fixed": {"max_iter": 20}}}
    training["search"].update(trials=3, folds=2)
    training["evaluation"]["bootstrap"] = 200
    document["assurance"]["explanations"]["rows"] = 50
    document["assurance"]["fairness"]["minimum_group"] = 10
    document["monitoring"]["drift"].update(threshold=0.8, category_threshold=0.5, minimum_rows=20)
    gates = {gate["name"]: gate for gate in document["release"]["gates"]}
    loosened = {"discrimination": 0.55, "not_worse_than_baseline": -0.5, "useful_decisions": 0.4, "sex_parity": 0.2}
    for name, limit in loosened.items():
        gates[name]["at_least"] = limit
    gates["calibrated_on_average"].update(at_least=0.2, at_most=5.0)
    gates["calibrated_slope"].update(at_least=-2.0, at_most=10.0)
    gates["calibrated_in_bins"]["at_most"] = 0.5
    gates["clean_data"]["at_most"] = 0.05


@pytest.fixture(autouse=True)
def _mlflow_address() -> Iterator[None]:
    """Takes back the address of MLflow that a test has set in this process and its environment."""
    yield
    if "mlflow" in sys.modules:
        sys.modules["mlflow"].set_tracking_uri(None)


@pytest.fixture(autouse=True)
def forget_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that one test hides is hidden in another: redaction holds its values for the whole process."""
    monkeypatch.setattr(redaction, "_hidden", {})
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture(scope="session")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample project that nothing has run in. It is shared: leave it as it is."""
    return write_sample_project(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def sample_project_writer() -> Callable[[Path], Path]:
    """Return `write_sample_project`, for fixtures that choose their own folder."""
    return write_sample_project


@pytest.fixture
def fresh_project(tmp_path: Path) -> Path:
    """A sample project of the test's own, to run in and to edit."""
    folder = tmp_path / "project"
    folder.mkdir()
    return write_sample_project(folder)


@pytest.fixture(scope="session")
def environment_of() -> Callable[[Path], dict[str, str]]:
    """Return a function from a project to the environment of a process that works in it, and in nothing else."""

    def environment(project: Path) -> dict[str, str]:
        foreign = ("MLOPS_ASSETS_", "DAGSTER_", "MLFLOW_", "COV_CORE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {**kept, "MLOPS_ASSETS_PROJECT": str(project), "DAGSTER_HOME": str(project), "MLOPS_ASSETS_ENV": "local"}

    return environment


@pytest.fixture(scope="session")
def read_page() -> type[Page]:
    """What a browser would make of a page."""
    return Page
