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

Time that this package takes in comparison with the libraries that it uses, on the 30,000 rows of `credit_default`. No
test asserts speed; this page is written by `make bench`. Both sides run in turns (A B A B) on one machine. A ratio is
that of the median wall times, with the smallest and the largest ratio of a single turn in brackets. Below 1, this
package is faster. If other programs share the machine, compare the CPU times.

## Both sides of the whole lifecycle

`plain_script.py` imports nothing from this package. One test checks this, and another compares trials, folds, defaults
and search spaces. Its results are close to those of the package but not equal, because its splits and seeds differ.

- **Both** read 30,000 rows, check rules, quarantine bad rows, write a profile and look for leaks; release the same
  seven private statistics; draw 10,000 synthetic rows from one copula per class and evaluate them (SDV's quality and
  diagnostic, a classifier two-sample test, utility beside a trivial table); run 14 trials in 3 folds with features and
  selection learned in each, the defaults of the families first, pruning, and a jackknife of 50 blocks for the choice;
  choose calibration and threshold; resample metrics and ablation 1,000 times; explain 2,000 rows with SHAP; compare
  groups with Wilson intervals; evaluate gates; log and register the model in MLflow without pickle; score two batches
  and write Evidently's page for each; write all results as JSON and as a page.
- **Only the package** stores 35 materializations with versions and hashes, evaluates its checks, writes an event log, a
  privacy ledger and a journal from which a killed search resumes; gives the reason for each bad row; verifies the
  bundle byte by byte; checks that SHAP values add up in each row; bounds all groups simultaneously; validates the
  batches as files; writes cards with charts, each number with the run that it came from. Its selection uses 299
  shuffles of the target, where the script uses a closed-form G-test.
- **Only the script** fits SDV's own beta margins. It evaluates 99 candidate thresholds, where the package evaluates
  all. It resamples in a loop over scikit-learn's metrics, as scripts usually do; the package computes all resamples at
  once. The note on the lifecycle below shows the script's time for this (evaluation).

## Measured
"""
QUICK = "**A quick run: one repetition each, which is not a measurement.**\n"
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
    return (
        f"**Target not met**: {row.what} takes {row.ratio:.2f} × ({turns}), and the target is at most {row.target:g} ×."
    )


def table(rows: Iterable[Row]) -> list[str]:
    """Return the lines of the table."""
    lines = [
        "| what | this package, s | compared with | s | wall ratio (turns) | CPU ratio | target |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        low, high = row.ratios
        cpu = "–" if row.cpu_ratio is None else f"{row.cpu_ratio:.2f}"
        ratio = f"**{row.ratio:.2f}** ({low:.2f}–{high:.2f})"
        cells = [row.what, _seconds(row.ours), row.against, _seconds(row.plain), ratio, cpu, row.verdict]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "Seconds are wall time: median (least–most, number of repetitions), then CPU time."]
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
