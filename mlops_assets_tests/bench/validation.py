"""Validation of 30,000 rows, clean and dirty, beside a Pandera schema written by hand and validated lazily."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.data import validation
from mlops_assets.data.frames import ROW
from mlops_assets.use_case.data import Column, Data
from mlops_assets_tests.bench.project import raw, shipped
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import calls

DIRTY_SHARE = 0.02


def measure(project: Path, options: Options) -> list[Row]:
    """Validate the file by its column rules, by all its rules, and with one wrong value in each fiftieth row."""
    del project
    data = shipped().data
    dirty, broken = _soil(raw())
    clean = "types are parsed, rules are checked, every row becomes valid or quarantined; Pandera gets typed columns"
    warned = "the rule across columns warns in 2,115 rows, and Pandera lists a case for each of their cells"
    return [
        _compare("clean", raw(), data.model_copy(update={"rules": ()}), options, clean),
        _compare("all rules", raw(), data, options, warned),
        _compare("dirty, all rules", dirty, data, options, f"{broken:,} rows with a wrong value"),
    ]


def _compare(name: str, frame: pd.DataFrame, data: Data, options: Options, note: str) -> Row:
    schema, typed = _schema(data), _typed(frame)
    target = shipped().task.target
    found = calls(
        {
            f"validate {name}": lambda: validation.validate(frame, data, target=target),
            f"pandera {name}": lambda: _validate_plainly(schema, typed),
        },
        repeat=options.times(9),
        say=options.say,
    )
    ours, plain = found.values()
    against = "a Pandera schema of the same rules, `lazy=True`"
    what = f"validation, {len(frame):,} rows, {name}"
    return Row(what, ours, plain, against, note=note, amount=len(frame), unit="rows")


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


def _schema(data: Data) -> Any:
    import pandera.pandas as pa

    def one(column: Column) -> Any:
        checks = [pa.Check.ge(column.min)] if column.min is not None else []
        checks += [pa.Check.le(column.max)] if column.max is not None else []
        checks += [pa.Check.isin(column.codes)] if column.codes else []
        return pa.Column("int64", checks, unique=column.unique, nullable=column.nullable)

    limit = pa.Check(lambda frame: frame["BILL_AMT1"] <= frame["LIMIT_BAL"], raise_warning=True)
    columns = {name: one(column) for name, column in data.columns.items()}
    return pa.DataFrameSchema(columns, checks=[limit] if data.rules else [])


def _validate_plainly(schema: Any, frame: pd.DataFrame) -> pd.DataFrame | None:
    import pandera.errors

    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return errors.failure_cases
    return None
