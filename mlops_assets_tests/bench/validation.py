"""Validation of 30,000 rows, clean and dirty, beside a Pandera schema written by hand and validated lazily."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.data import validation
from mlops_assets.data.frames import ROW
from mlops_assets.use_case.data import Column
from mlops_assets_tests.bench.project import raw, shipped
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import calls

DIRTY_SHARE = 0.02


def measure(project: Path, options: Options) -> list[Row]:
    """Validate the file as it is, and with one wrong value in each fiftieth row."""
    del project
    use_case = shipped()
    clean = raw()
    dirty, broken = _soil(clean)
    schema = _schema(use_case.data.columns)
    typed = {name: _typed(frame) for name, frame in (("clean", clean), ("dirty", dirty))}
    times = options.times(9)
    rows = []
    for name, frame in (("clean", clean), ("dirty", dirty)):
        found = calls(
            {
                f"validate {name}": lambda frame=frame: validation.validate(
                    frame, use_case.data, target=use_case.task.target
                ),
                f"pandera {name}": lambda name=name: _validate_plainly(schema, typed[name]),
            },
            repeat=times,
            say=options.say,
        )
        note = "types parsed, all rules judged, every row sorted into valid or quarantined"
        rows.append(
            Row(
                f"validation, {len(frame):,} rows {name}",
                found[f"validate {name}"],
                found[f"pandera {name}"],
                "a Pandera schema of the same rules, `lazy=True`",
                note=note if name == "clean" else f"{broken:,} rows with a wrong value; Pandera only lists the cells",
                amount=len(frame),
                unit="rows",
            )
        )
    return rows


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table as a plain script would have read it: whole numbers where the file holds texts."""
    return frame.drop(columns=ROW).astype("int64")


def _soil(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    rng = np.random.default_rng(7)
    chosen = np.flatnonzero(rng.random(len(frame)) < DIRTY_SHARE)
    wrong = {"AGE": 999, "SEX": 9, "PAY_0": 77, "LIMIT_BAL": -5, "PAY_AMT1": -1}
    soiled = frame.copy()
    for name, rows in zip(wrong, np.array_split(chosen, len(wrong)), strict=True):
        is_text = not pd.api.types.is_numeric_dtype(soiled[name])
        soiled.loc[rows, name] = str(wrong[name]) if is_text else wrong[name]
    return soiled, len(chosen)


def _schema(columns: dict[str, Column]) -> Any:
    import pandera.pandas as pa

    def one(column: Column) -> Any:
        checks = [pa.Check.ge(column.min)] if column.min is not None else []
        checks += [pa.Check.le(column.max)] if column.max is not None else []
        checks += [pa.Check.isin(column.codes)] if column.codes else []
        return pa.Column("int64", checks, unique=column.unique, nullable=column.nullable)

    limit = pa.Check(lambda frame: frame["BILL_AMT1"] <= frame["LIMIT_BAL"], raise_warning=True)
    return pa.DataFrameSchema({name: one(column) for name, column in columns.items()}, checks=[limit])


def _validate_plainly(schema: Any, frame: pd.DataFrame) -> pd.DataFrame | None:
    import pandera.errors

    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return errors.failure_cases
    return None
