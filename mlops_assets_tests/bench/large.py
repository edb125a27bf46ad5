"""Memory and CPU of large tables: `make bench WHAT=large`, about ten minutes, and 3 GB of memory for the largest.

The shipped table is drawn again with replacement, and its amounts are moved by up to 5 %, seeded, so that rows are not
alike. Each stage runs in a process of its own, as `mlops-assets run large --stage ...` does; the peak of its resident
memory is that of the kernel (VmHWM), set back once everything was imported. The evaluation is of a fixed model, a
logistic regression that was fitted on a sample: features and outcomes of the test split are read from the store, scored
and measured.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.formatting import number_text
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets_tests.bench.project import ROOT, copy_project, environment, raw

NAME = "large"
STAGES = ("data", "features", "evaluation")
SMALL = 30_000
CASES = ((1_000_000, "parquet"), (1_000_000, "csv"), (3_000_000, "parquet"))
MEMORY, CPU = 3.0, 1.2
"""Largest ratios that are promised: to the memory of the validated table, and to the CPU of a row of the small one."""
_SAMPLE = 20_000


@dataclass(frozen=True)
class Cost:
    """What one stage took.

    Attributes:
        peak: largest resident memory beyond what was resident after the imports, in bytes.
        resident: what was, in bytes.
        cpu, wall: seconds after the imports, of all threads.
        table: `memory_usage(deep=True)` of the validated table, in bytes.
    """

    peak: int
    resident: int
    cpu: float
    wall: float
    table: int


def make_table(rows: int, seed: int = 7) -> pd.DataFrame:
    """Return the shipped table at another size: drawn with replacement, amounts moved by up to 5 %."""
    source, rng = raw().drop(columns="__row__"), np.random.default_rng(seed)
    drawn = source.iloc[rng.integers(0, len(source), rows)].reset_index(drop=True)
    for name in drawn.columns:
        if name.startswith(("BILL_AMT", "PAY_AMT")):
            drawn[name] = (drawn[name] * (0.95 + 0.1 * rng.random(rows))).astype("int64")
    return drawn.assign(ID=np.arange(1, rows + 1))


def make_project(folder: Path, rows: int, suffix: str) -> Path:
    """Return a project of one use case over such a table."""
    project = copy_project(folder, use_cases=0)
    path = project / "data" / "raw" / f"{NAME}.{suffix}"
    frame = make_table(rows)
    frame.to_parquet(path, index=False) if suffix == "parquet" else frame.to_csv(path, index=False)
    lines = (ROOT / "configs" / "credit_default.yaml").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if "sha256:" not in line)
    text = text.replace("name: credit_default\n", f"name: {NAME}\n", 1)
    text = text.replace("data/raw/credit_default.csv.gz", f"data/raw/{path.name}")
    (project / "configs" / f"{NAME}.yaml").write_text(text + "\n", encoding="utf-8")
    return project


def measure(project: Path, stage: str) -> Cost:
    """Return what a stage takes in a process of its own."""
    command = [sys.executable, "-m", "mlops_assets_tests.bench.large", "--stage", stage, "--project", str(project)]
    done = subprocess.run(  # noqa: PLW1510 (the output is shown where it fails)
        command, env=environment(project) | {"PYTHONPATH": str(ROOT)}, cwd=project, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def run_stage(project: Path, stage: str) -> Cost:
    """Run a stage in this process and return what it took."""
    _import_everything()
    work = _prepared(project, stage)
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is resident now
    resident, cpu, wall = _status("VmRSS"), _cpu(), time.perf_counter()
    work()
    cpu, wall, peak = _cpu() - cpu, time.perf_counter() - wall, _status("VmHWM")
    validated = pd.read_parquet(project / "data" / "generated" / NAME / "validated" / "validated.parquet")
    return Cost(peak - resident, resident, cpu, wall, int(validated.memory_usage(deep=True).sum()))


def _import_everything() -> None:
    import alembic.command  # noqa: F401
    import dagster._daemon.asset_daemon  # noqa: F401
    import dagster_mlflow  # noqa: F401
    import git  # noqa: F401
    import hypothesis  # noqa: F401
    import jinja2  # noqa: F401
    import matplotlib.figure  # noqa: F401
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    import pandera.pandas  # noqa: F401
    import skops.io  # noqa: F401

    import mlops_assets.cli
    import mlops_assets.runner.summary
    import mlops_assets.training.evaluation  # noqa: F401


def _prepared(project: Path, stage: str) -> Callable[[], Any]:
    from mlops_assets.runner.session import open_session
    from mlops_assets.use_case.loader import load_project

    loaded = load_project(project, "local")

    def run() -> None:
        with open_session(loaded, NAME) as session:
            outcome = session.run(stage=stage, replay=0, report=print)
            assert not outcome.failures, outcome.failures

    return _evaluation(project) if stage == "evaluation" else run


def _evaluation(project: Path) -> Callable[[], Any]:
    """Return what measures the fixed model; fitting it is not measured."""
    from mlops_assets.features.matrix import matrix
    from mlops_assets.runner.session import open_session
    from mlops_assets.training.bundle import predict_features
    from mlops_assets.training.evaluation import evaluate
    from mlops_assets.use_case.loader import load_project

    loaded, model = load_project(project, "local"), None

    def work() -> None:
        with open_session(loaded, NAME) as session:
            use_case = session.use_case
            outcome = session.rows("validated", "test", (use_case.task.target,))
            X, y = matrix(session.rows("features", "test"), outcome, use_case.task)
            p = predict_features(model, X)
            evaluate(
                y, p, np.full(len(p), y.mean()), threshold=0.5, evaluation=use_case.training.evaluation, fingerprint=""
            )

    with open_session(loaded, NAME) as session:
        model = _fitted(session)
    return work


def _fitted(session: Any) -> Any:
    """Return a bundle of a logistic regression, fitted on half of the calibration split, or less."""
    from mlops_assets import plugins
    from mlops_assets.data.table_schema import declare
    from mlops_assets.features.matrix import matrix
    from mlops_assets.features.pipeline import FeaturePipeline
    from mlops_assets.training.bundle import fit_bundle
    from mlops_assets.training.trials import SearchResult

    use_case = session.use_case
    outcome = session.rows("validated", "calibration", (use_case.task.target,))
    X, y = matrix(session.rows("features", "calibration"), outcome, use_case.task)
    parts = (
        X[: len(X) // 2][:_SAMPLE],
        y[: len(X) // 2][:_SAMPLE],
        X[len(X) // 2 :][:_SAMPLE],
        y[len(X) // 2 :][:_SAMPLE],
    )
    module = plugins.load("family", "logistic_regression")
    result = SearchResult(
        "logistic_regression", {**module.FIXED, **module.DEFAULTS}, 0.0, 0, "auc", True, (), 0, 0, 13, "bench"
    )
    return fit_bundle(
        *parts,
        search_result=result,
        training=use_case.training,
        pipeline=session.stored("feature_pipeline", FeaturePipeline),
        table=declare(use_case.data, use_case.task.target),
        task=use_case.task,
        use_case=use_case.name,
        trained_on="bench",
    )


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure every case and print the table; or one stage of a project, for a child process."""
    parser = argparse.ArgumentParser(prog="python -m mlops_assets_tests.bench.large", description=__doc__)
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--rows", type=int, help="one size only")
    parser.add_argument("--suffix", choices=("parquet", "csv"), default="parquet", help="with --rows")
    chosen = parser.parse_args()
    if chosen.stage:
        sys.stdout.write("\n" + json.dumps(asdict(run_stage(chosen.project, chosen.stage))) + "\n")
        return
    cases = ((chosen.rows, chosen.suffix),) if chosen.rows else CASES
    sys.stdout.write(render(cases) + "\n")


def render(cases: tuple[tuple[int, str], ...] = CASES) -> str:
    """Measure and return the table of the page."""
    small = {suffix: _costs(SMALL, suffix) for suffix in sorted({suffix for _, suffix in cases})}
    head = (
        "rows",
        "source",
        "stage",
        "validated, MB",
        "peak, MB",
        "memory ratio",
        "CPU, µs a row",
        "CPU ratio",
        "target",
    )
    lines = []
    for rows, suffix in cases:
        for stage, cost in _costs(rows, suffix).items():
            before = small[suffix][stage]
            memory, cpu = cost.peak / cost.table, (cost.cpu / rows) / (before.cpu / SMALL)
            met = "met" if memory <= MEMORY and cpu <= CPU else "missed"
            lines.append(
                (number_text(rows), suffix, stage, f"{cost.table / 1e6:.0f}", f"{cost.peak / 1e6:.0f}",
                 f"{memory:.2f}", f"{1e6 * cost.cpu / rows:.1f}", f"{cpu:.2f}", met)
            )  # fmt: skip
            sys.stderr.write(f"{lines[-1]}\n")
    return markdown_table(head, lines, right=head[3:8])


def _costs(rows: int, suffix: str) -> dict[str, Cost]:
    with tempfile.TemporaryDirectory(prefix="mlops_assets_large_") as folder:
        project = make_project(Path(folder) / "project", rows, suffix)
        return {stage: measure(project, stage) for stage in STAGES}


if __name__ == "__main__":
    main()
