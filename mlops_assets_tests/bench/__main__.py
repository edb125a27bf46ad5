"""Run the bench: `python -m mlops_assets_tests.bench`, or `make bench` and `make bench WHAT=fairness`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import warnings
from pathlib import Path

from mlops_assets import settings
from mlops_assets.stores.tables import write_text
from mlops_assets_tests.bench import definitions, drift, explanations, fairness, features, lifecycle, validation
from mlops_assets_tests.bench.page import render_page
from mlops_assets_tests.bench.project import ROOT, copy_project
from mlops_assets_tests.bench.rows import Options

MEASURES = {
    "definitions": definitions.measure,
    "validation": validation.measure,
    "features": features.measure,
    "drift": drift.measure,
    "explanations": explanations.measure,
    "fairness": fairness.measure,
    "lifecycle": lifecycle.measure,
}
"""The measures in their order; the whole lifecycle, which takes minutes, comes last."""


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table; a full run also writes it to the page of the docs."""
    parser = argparse.ArgumentParser(prog="python -m mlops_assets_tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repetition each: a look, no measurement")
    parser.add_argument("--only", nargs="+", choices=MEASURES, help="which measures; then no page unless --output")
    parser.add_argument("--repeat", type=int, help="repetitions, in place of each measure's own number")
    parser.add_argument("--output", type=Path, help="page to write; of a full run docs/benchmarks.md")
    parser.add_argument("--shared", action="store_true", help="say on the page that other programs were running")
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    parser.add_argument("--date", default=today, help="date on the page (today in UTC)")
    chosen = parser.parse_args(arguments)
    settings.quiet_libraries()
    warnings.simplefilter("ignore")
    options = Options(chosen.quick, chosen.repeat, _say)
    rows = []
    with tempfile.TemporaryDirectory(prefix="mlops_assets_bench_") as folder:
        project = copy_project(Path(folder) / "project")
        for name, measure in MEASURES.items():
            if name in (chosen.only or MEASURES):
                _say(f"{name} …")
                rows += measure(project, options)
    page = render_page(rows, date=chosen.date, quick=chosen.quick, shared=chosen.shared)
    sys.stdout.write(page)
    if output := chosen.output or (None if chosen.only or chosen.quick else ROOT / "docs" / "benchmarks.md"):
        write_text(output, page)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
