"""The bench can be run and writes its page; what it measures is never asserted."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_assets_tests.bench.page import render_page
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
    """What the graph is held against makes a model, registers it and writes its card."""
    project = sample_project_writer(tmp_path / "project")
    command = [sys.executable, "-m", "mlops_assets_tests.bench.plain_script", str(project)]
    done = subprocess.run(command, cwd=ROOT, env=environment_of(project), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout.splitlines()[-1])["fingerprint"]) == 64
    assert (project / "model_card.html").exists()
