"""The bench can be run and writes its page; what it measures is never asserted."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_assets import plugins
from mlops_assets_tests.bench import __main__ as bench
from mlops_assets_tests.bench import drift_power, plain_script
from mlops_assets_tests.bench.page import render_page
from mlops_assets_tests.bench.project import shipped
from mlops_assets_tests.bench.rows import Row
from mlops_assets_tests.bench.timing import Sample, Series, in_turns, of_process

ROOT = Path(__file__).parents[2]


def series(*walls: float) -> Series:
    return Series(tuple(Sample(wall, wall) for wall in walls))


def test_contenders_take_turns_after_one_unmeasured_round():
    """A machine that grows busy slows both alike."""
    order: list[str] = []

    def contender(name: str) -> Callable[[], Sample]:
        return lambda: order.append(name) or Sample(1.0, 1.0)

    found = in_turns({"a": contender("a"), "b": contender("b")}, repeat=2, say=lambda line: None)

    assert order == ["a", "b"] * 3
    assert len(found["a"].samples) == 2


def test_a_ratio_is_that_of_the_medians_and_shows_its_turns():
    """One slow repetition does not decide."""
    row = Row("x", series(2.0, 2.0, 9.0), series(1.0, 2.0, 2.0), "y")

    assert row.ratio == 1.0
    assert row.ratios == (1.0, 4.5)


@pytest.mark.parametrize(("wall", "expected"), [(1.2, "| met (≤ 1.25) |"), (1.3, "| NOT met (≤ 1.25) |")])
def test_the_page_says_whether_a_target_is_met(wall, expected):
    """A target that is missed stands in the table and in a line of its own."""
    page = render_page([Row("x", series(wall), series(1.0), "y", target=1.25)], date="2026-01-02", quick=True)

    assert expected in page
    assert ("**Target not met**: x takes 1.30 ×" in page) == (wall > 1.25)
    assert "date: 2026-01-02" in page


def test_a_process_that_fails_is_an_error_with_its_last_words(tmp_path):
    """A crash is never a fast repetition."""
    with pytest.raises(RuntimeError, match="out of luck"):
        of_process([sys.executable, "-c", "raise SystemExit('out of luck')"], folder=tmp_path, environment={})


@pytest.mark.slow
def test_a_quick_run_writes_the_page(tmp_path):
    """The cheap measures run, and each has its row."""
    page = tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "mlops_assets_tests.bench", "--quick", "--output", str(page)]
    chosen = ["--date", "2026-01-02", "--only", "definitions", "validation", "features"]
    done = subprocess.run([*command, *chosen], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert page.read_text(encoding="utf-8") == done.stdout
    for what in ("definitions, the shipped project", "definitions, 50 use cases", "validation, ", "features, "):
        assert f"| {what}" in done.stdout
    assert "both give the same numbers" in done.stdout


@pytest.mark.slow
def test_the_plain_script_lives_the_whole_lifecycle(tmp_path, sample_project_writer, environment_of):
    """What the package is held against makes as many trials, registers a model, watches two batches, writes a card."""
    project = sample_project_writer(tmp_path / "project")
    few = "script.RESAMPLES = script.THRESHOLD_RESAMPLES = 20; script.EXPLAINED, script.BLOCKS = 100, 5"
    program = f"import plain_script as script, pathlib; {few}; script.main(pathlib.Path({str(project)!r}))"
    command = [sys.executable, "-c", program]
    environment = environment_of(project)
    done = subprocess.run(
        command, cwd=ROOT / "mlops_assets_tests" / "bench", env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["trials"] == 14
    assert 0.6 < told["auc"] < 0.9
    card = json.loads((project / "plain" / "model_card.json").read_text(encoding="utf-8"))
    assert {"search", "test", "fairness", "drift", "quality", "private", "importance"} <= set(card)
    assert len(list((project / "plain").glob("drift_*.html"))) == 2


def test_the_script_and_the_use_case_search_alike():
    """As many trials and folds, the same defaults and the same spaces: nobody gains by doing less."""
    search = shipped().training.search

    assert (search.trials, search.folds) == (plain_script.TRIALS, plain_script.FOLDS)
    assert list(plain_script.FAMILIES) == list(shipped().training.families)
    for name, defaults in plain_script.FAMILIES.items():
        family = plugins.load("family", name)
        assert sorted(defaults.values()) == sorted(family.DEFAULTS.values())
        drawn = _Spaces(name)
        plain_script.suggest(drawn)
        spaces = [(space.low, space.high, space.log, space.whole) for space in family.SPACE.values()]
        assert drawn.spaces == spaces


class _Spaces:
    """Stands in for an Optuna trial and keeps what is asked of it."""

    def __init__(self, family: str) -> None:
        self.family, self.spaces = family, []

    def suggest_categorical(self, name, values):
        return self.family if name == "family" else values[0]

    def suggest_float(self, name, low, high, log=False):
        self.spaces.append((low, high, log, False))
        return low

    def suggest_int(self, name, low, high, log=False):
        self.spaces.append((low, high, log, True))
        return low


def test_a_part_of_the_bench_leaves_the_page_of_the_docs_alone(tmp_path, monkeypatch, capsys):
    """`make bench WHAT=features` prints its rows and does not cut the others from docs/benchmarks.md."""
    row = Row("x", series(1.0), series(1.0), "y")
    monkeypatch.setattr(bench, "MEASURES", {"features": lambda project, options: [row]})
    monkeypatch.setattr(bench, "copy_project", lambda folder: folder)
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench.settings, "quiet_libraries", lambda: None)
    (tmp_path / "docs").mkdir()

    bench.main(["--only", "features"])
    assert not list((tmp_path / "docs").iterdir())

    bench.main([])
    assert (tmp_path / "docs" / "benchmarks.md").read_text(encoding="utf-8").startswith("# Benchmarks")
    assert "| x |" in capsys.readouterr().out


@pytest.mark.slow
def test_the_power_of_the_drift_check_is_measured_for_every_change_and_size():
    """A limit that is halved is found in every batch, and a seeded measurement says the same twice."""
    found = drift_power.measure(1, 1, lambda line: None)
    table = drift_power.render(found)

    assert len(found) == len(drift_power.CHANGES) * len(drift_power.SIZES)
    assert all(len(cell.failed) == 1 for cell in found.values())
    assert "| LIMIT_BAL halved | 0.7" in table
    assert "| 100 % | 100 % | 100 % | LIMIT_BAL 100 % |" in table


def test_a_mixed_batch_has_the_share_that_is_told_and_rows_that_were_there():
    """Twelve points more of one code, and no row twice."""
    pool = pd.DataFrame({"SEX": [1] * 400 + [2] * 600, "row": range(1000)})
    batch = drift_power.CHANGES["SEX: 12 points more men"](pool, 500, np.random.default_rng(1))

    assert (batch["SEX"] == 1).mean() == 0.52
    assert batch["row"].is_unique
