"""Resemblance: how alike a real and a synthetic table look, column by column and pair by pair, by sdmetrics.

sdmetrics sees columns c000, c001 … and texts instead of codes, so that no real name or code can trip it. Its quality is
the mean of two properties; neither says what a model would learn from the rows, so `usefulness` stands beside it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.use_case.data import Column

ROWS = 10_000
"""Rows of either table that the quality report compares; its pairs grow slow beyond. The diagnostic sees all rows."""
_TABLE = "table"


@dataclass(frozen=True)
class Resemblance:
    """Scores between 0 and 1, where 1 is best; None where sdmetrics has none.

    Attributes:
        quality: mean of the column shapes and the column pairs.
        column_shapes: mean over columns: 1 minus Kolmogorov-Smirnov or total variation distance.
        column_pairs: mean over the pairs that are related in the real rows: correlation or contingency similarity.
        diagnostic: validity and structure: values inside the real range, or among the real codes.
        columns: shape score of each column.
        rows_compared: rows of the real and of the synthetic table behind the quality.
        pairs_compared: pairs that were related enough to be scored.
    """

    quality: float | None
    column_shapes: float | None
    column_pairs: float | None
    diagnostic: float | None
    columns: dict[str, float | None]
    rows_compared: tuple[int, int]
    pairs_compared: int


def measure_resemblance(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Mapping[str, Column], seed: int
) -> Resemblance:
    """Compare two tables by the quality and diagnostic reports of sdmetrics.

    Args:
        real: real rows, which hold `columns`.
        synthetic: synthetic rows, which do, too.
        columns: what to compare; categories and booleans as categories, everything else as numbers.
        seed: of the sample of `ROWS` rows that stands for a longer table in the quality report.
    """
    from sdmetrics.reports import DiagnosticReport, QualityReport

    keys = {name: f"c{number:03d}" for number, name in enumerate(columns)}
    plain = [_plain(table, columns, keys) for table in (real, synthetic)]
    sdtypes = {keys[n]: {"sdtype": "categorical" if _is_code(column) else "numerical"} for n, column in columns.items()}
    metadata = {"tables": {_TABLE: {"columns": sdtypes}}, "relationships": []}
    parts = [_sample(table, seed) for table in plain]
    quality, diagnostic = QualityReport(), DiagnosticReport()
    state = np.random.get_state()
    try:
        with warnings.catch_warnings():
            # sdmetrics and scipy warn of constant columns and of pairs without a score: both are in the result.
            warnings.simplefilter("ignore")
            quality.generate({_TABLE: parts[0]}, {_TABLE: parts[1]}, metadata, verbose=False)
            diagnostic.generate({_TABLE: plain[0]}, {_TABLE: plain[1]}, metadata, verbose=False)
            return _read(quality, diagnostic, keys, (len(parts[0]), len(parts[1])))
    finally:
        np.random.set_state(state)


def _read(quality: Any, diagnostic: Any, keys: dict[str, str], rows: tuple[int, int]) -> Resemblance:
    properties = quality.get_properties().set_index("Property")["Score"]
    shapes = quality.get_details("Column Shapes").set_index("Column")["Score"]
    pairs = quality.get_details("Column Pair Trends")
    met = pairs["Meets Threshold?"].eq(True) if "Meets Threshold?" in pairs else pairs["Score"].notna()
    return Resemblance(
        quality=_score(quality.get_score()),
        column_shapes=_score(properties.get("Column Shapes")),
        column_pairs=_score(properties.get("Column Pair Trends")),
        diagnostic=_score(diagnostic.get_score()),
        columns={name: _score(shapes.get(key)) for name, key in keys.items()},
        rows_compared=rows,
        pairs_compared=int((met & pairs["Score"].notna()).sum()),
    )


def _score(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _is_code(column: Column) -> bool:
    return column.type in ("category", "boolean")


def _plain(table: pd.DataFrame, columns: Mapping[str, Column], keys: Mapping[str, str]) -> pd.DataFrame:
    result = {}
    for name, column in columns.items():
        values = table[name]
        if _is_code(column):
            texts = [None if pd.isna(v) else f"{type(v).__name__[:3]} {v}" for v in values.astype(object).tolist()]
            result[keys[name]] = pd.Series(texts, dtype=object)
        elif column.type == "date":
            result[keys[name]] = pd.Series((values - pd.Timestamp(0)) / pd.Timedelta(days=1)).reset_index(drop=True)
        else:
            result[keys[name]] = values.astype("float64").reset_index(drop=True)
    return pd.DataFrame(result)


def _sample(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(table) <= ROWS:
        return table
    kept = np.sort(np.random.default_rng(seed).choice(len(table), size=ROWS, replace=False))
    return table.iloc[kept].reset_index(drop=True)
