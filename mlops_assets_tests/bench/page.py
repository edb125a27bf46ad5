"""The page: what was measured as Markdown, for the screen and for `docs/benchmarks.md`."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from mlops_assets_tests.bench.rows import Row
from mlops_assets_tests.bench.timing import Series

LIBRARIES = (
    *("dagster", "dagster-mlflow", "mlflow", "pandas", "numpy", "pandera", "scikit-learn", "optuna", "shap"),
    *("fairlearn", "evidently", "sdv", "sdmetrics", "diffprivlib", "pydantic"),
)


INTRODUCTION = """# Benchmarks

What this package costs beside the libraries it stands on, on the 30,000 rows of `credit_default`. Written by `make
bench`; speed is never asserted in a test. Contenders take turns (A B A B) on one machine. A ratio is that of the median
wall times, in brackets the smallest and the largest ratio of a single turn; below 1 this package is the faster one.
Where other programs share the machine, the ratio of CPU times is the one to read.

## Both sides of the whole lifecycle

`plain_script.py` imports nothing of this package; a test forbids it, and another compares trials, folds, defaults and
search spaces. Its figures are near those of the package, not equal: it has its own splits and seeds.

- **Both** read 30,000 rows, judge rules, set bad rows aside, write a profile and look for leaks; release the same seven
  private statistics; draw 10,000 synthetic rows from a copula a class and judge them (SDV's quality and diagnostic,
  a classifier two-sample test, utility beside a trivial table); run 14 trials in 3 folds with features and selection
  learned in each, the defaults of the families first, pruning, and a jackknife of 50 blocks behind the choice; choose
  calibration and threshold; resample metrics and ablation 1,000 times; explain 2,000 rows by SHAP; compare groups with
  Wilson intervals; judge gates; log and register the model in MLflow without a pickle; score two batches and write
  Evidently's page of each; write everything down as JSON and as a page.
- **Only the package** stores 35 materializations with versions and hashes, evaluates its checks, keeps an event log, a
  privacy ledger and a journal that a killed search resumes from; names the reason of each bad row; verifies the bundle
  byte by byte; checks that SHAP values add up in each row; bounds all groups simultaneously; validates the batches as
  files; draws cards with charts, each figure with the run that it came from. Its selection holds the target against
  299 shuffles, where the script takes a G-test in closed form.
- **Only the script** fits SDV's own beta margins, and looks at 99 candidate thresholds where the package looks at all.
  It resamples in a loop over scikit-learn's metrics, as such scripts do; the package computes all resamples at once,
  and the line on the lifecycle below says how much of the script's time that is.

## Measured
"""
QUICK = "**A quick run: one repetition each, so a look and no measurement.**\n"
SHARED = "**Other programs shared the machine: read the CPU ratios; wall times are inflated.**\n"


def render_page(rows: Sequence[Row], *, date: str, quick: bool, shared: bool = False) -> str:
    """Return the page."""
    missed = [row for row in rows if row.target is not None and row.ratio > row.target]
    notes = [f"- **{row.what}**: {words}." for row in rows if (words := "; ".join(filter(None, (row.note, row.rate))))]
    parts = [
        INTRODUCTION,
        *([QUICK] if quick else []),
        *([SHARED] if shared else []),
        *machine(date),
        "",
        *table(rows),
        "",
    ]
    parts += [*(verdict(row) for row in missed), *([""] if missed else []), *notes]
    return "\n".join(parts) + "\n"


def verdict(row: Row) -> str:
    """Return the line that says that a target is missed."""
    low, high = row.ratios
    turns = f"{low:.2f} to {high:.2f} by turns, CPU {row.cpu_ratio or 0:.2f}"
    return f"**Target not met**: {row.what} takes {row.ratio:.2f} × ({turns}), and at most {row.target:g} × is wanted."


def table(rows: Iterable[Row]) -> list[str]:
    """Return the lines of the table."""
    lines = [
        "| what | this package, s | held against | s | wall ratio (turns) | CPU ratio | target |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        low, high = row.ratios
        cpu = "–" if row.cpu_ratio is None else f"{row.cpu_ratio:.2f}"
        ratio = f"**{row.ratio:.2f}** ({low:.2f}–{high:.2f})"
        cells = [row.what, _seconds(row.ours), row.against, _seconds(row.plain), ratio, cpu, row.verdict]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Seconds are wall: median (least–most, number of repetitions), then CPU."]
    return lines


def machine(date: str) -> list[str]:
    """Return what was measured on: date, machine, versions."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"- date: {date}",
        f"- machine: {_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.system()} {platform.machine()}",
        f"- {platform.python_implementation()} {platform.python_version()}, mlops_assets {version('mlops_assets')}",
        f"- {versions}",
    ]


def _seconds(series: Series) -> str:
    low, high = series.spread
    figure = _figure
    return f"{figure(series.wall)} ({figure(low)}–{figure(high)}, {len(series.samples)}) · {figure(series.cpu)}"


def _figure(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds >= 20 else f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}"


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
