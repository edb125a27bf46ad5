"""False alarms and power of the drift check as it ships: `make bench WHAT=drift_power`, about ten minutes.

The credit table is split anew `SPLITS` times, a model is fitted on each training split, and batches are drawn without
replacement from rows that neither the model nor the reference of the prediction has seen. So the shares hold for
another table of the same population, not for one lucky split. Seeded: the same table, the same figures.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets import settings
from mlops_assets.data.splits import assign_splits
from mlops_assets.formatting import number_text
from mlops_assets.monitoring.drift import measure_drift, watched_columns
from mlops_assets.monitoring.drift_record import judge_drift
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.verdicts import Outcome
from mlops_assets_tests.bench.project import shipped, validated
from mlops_assets_tests.split_rows import rows_of

SIZES = (500, 1500, 3000)
SPLITS = 10
BATCHES = 10

Draw = Callable[[pd.DataFrame, int, np.random.Generator], pd.DataFrame]
"""Makes a batch of so many rows out of rows that were held back."""


@dataclass
class Cell:
    """What was found in the batches of one size under one change."""

    failed: list[bool] = field(default_factory=list)
    auc: list[float] = field(default_factory=list)
    named: Counter[str] = field(default_factory=Counter)


def _plain(pool: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    return pool.iloc[rng.choice(len(pool), rows, replace=False)].reset_index(drop=True)


def _changed(**changes: Callable[[pd.Series, np.random.Generator], Any]) -> Draw:
    def draw(pool: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
        batch = _plain(pool, rows, rng)
        return batch.assign(**{name: change(batch[name], rng) for name, change in changes.items()})

    return draw


def _mixed(column: str, value: int, share: Callable[[float], float]) -> Draw:
    """Draw so many rows with one value of a column that their share is as told; both kinds are real rows."""

    def draw(pool: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
        chosen = pool[column].astype(int) == value
        wanted = round(rows * share(float(chosen.mean())))
        return pd.concat(
            [_plain(pool[chosen], wanted, rng), _plain(pool[~chosen], rows - wanted, rng)], ignore_index=True
        )

    return draw


CHANGES: dict[str, Draw] = {
    "none: every failure is a false alarm": _plain,
    "AGE + 1 year (0.11 standard deviations)": _changed(AGE=lambda age, _: age + 1),
    "AGE + 3 years (0.33 standard deviations)": _changed(AGE=lambda age, _: age + 3),
    "LIMIT_BAL halved": _changed(LIMIT_BAL=lambda limit, _: limit // 2),
    "PAY_0 shuffled among the rows": _changed(PAY_0=lambda status, rng: rng.permutation(status.to_numpy())),
    "SEX: 12 points more men": _mixed("SEX", 1, lambda share: share + 0.12),
    "default rate 30 % in place of 22 %": _mixed("default payment next month", 1, lambda _: 0.3),
}


def measure(splits: int, batches: int, say: Callable[[str], None]) -> dict[tuple[str, int], Cell]:
    """Return what was found for each change and size, in `splits` x `batches` batches each."""
    found = {(change, rows): Cell() for change in CHANGES for rows in SIZES}
    for seed in range(splits):
        say(f"split {seed + 1} of {splits} …")
        for change, rows, auc, report in _of_split(seed, batches):
            cell = found[change, rows]
            cell.failed.append(judge_drift(report).outcome is Outcome.FAILED)
            cell.auc.append(auc)
            cell.named.update(one.column for one in report.drifted)
    return found


def _of_split(seed: int, batches: int) -> Iterator[tuple[str, int, float, Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    case, valid = shipped(), validated()
    inputs, target = list(case.inputs), case.task.target
    splits = assign_splits(valid, case.data.splits.model_copy(update={"seed": seed}), case.task)
    train, test = (rows_of(valid, splits, name) for name in ("train", "test"))
    pool = pd.concat([rows_of(valid, splits, name) for name in ("calibration", "replay")], ignore_index=True)
    model = HistGradientBoostingClassifier(random_state=seed)
    model.fit(train[inputs].astype("float64"), train[target].astype(int))
    columns = {name: case.data.columns[name] for name in watched_columns(case)}
    expected = pd.Series(model.predict_proba(test[inputs].astype("float64"))[:, 1])
    for number, (change, draw) in enumerate(CHANGES.items()):
        for rows in SIZES:
            rng = np.random.default_rng([seed, number, rows])
            for _ in range(batches):
                batch = draw(pool, rows, rng)
                p = model.predict_proba(batch[inputs].astype("float64"))[:, 1]
                predictions = expected, pd.Series(p)
                report, _ = measure_drift(train, batch, columns, case.monitoring.drift, predictions)
                yield change, rows, float(roc_auc_score(batch[target].astype(int), p)), report


def render(found: dict[tuple[str, int], Cell]) -> str:
    """Return the table: share of batches that fail, by change and size."""
    sizes = [f"{number_text(rows)} rows" for rows in SIZES]
    headings = ("Change", "AUC", *sizes, f"Columns named, {sizes[-1]}")
    rows = []
    for change in CHANGES:
        largest = found[change, SIZES[-1]]
        named = ", ".join(
            f"{name} {round(100 * count / len(largest.failed))} %" for name, count in largest.named.most_common(3)
        )
        shares = (f"{round(100 * float(np.mean(found[change, rows].failed)))} %" for rows in SIZES)
        rows.append((change, f"{np.mean(largest.auc):.3f}", *shares, named or "nothing"))
    return markdown_table(headings, rows, right=headings[1:-1])


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m mlops_assets_tests.bench.drift_power", description=__doc__)
    parser.add_argument("--splits", type=int, default=SPLITS, help="how often the table is split anew")
    parser.add_argument("--batches", type=int, default=BATCHES, help="batches of each kind, of each split")
    chosen = parser.parse_args(arguments)
    settings.quiet_libraries()
    warnings.simplefilter("ignore")
    found = measure(chosen.splits, chosen.batches, lambda line: print(line, file=sys.stderr, flush=True))
    date = dt.datetime.now(tz=dt.UTC).date().isoformat()
    sys.stdout.write(f"{render(found)}\n\n{date}, {chosen.splits * chosen.batches} batches of each kind\n")


if __name__ == "__main__":
    main()
