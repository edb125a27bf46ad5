"""Similarity: how alike a real and a synthetic table look, column by column and pair by pair, by sdmetrics.

sdmetrics sees columns c000, c001 … and texts instead of codes, so that no real name or code can break it. Its quality
is the mean of two properties; neither measures what a model would learn from the rows, which `utility` does.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.use_case.data import Column
from mlops_assets.values import as_numbers, factorize

ROWS = 10_000
"""Rows of either table that the quality report compares; pairs are slow beyond that. The diagnostic sees all rows."""
PAIRS = 5000
"""About how many pairs of columns are compared; in a wider table a random sample of all pairs."""
_TABLE = "table"


@dataclass(frozen=True)
class Similarity:
    """Scores between 0 and 1, where 1 is best; None where sdmetrics has none.

    Attributes:
        quality: mean of the column shapes and the column pairs.
        column_shapes: mean over columns: 1 minus Kolmogorov-Smirnov or total variation distance.
        column_pairs: mean over the pairs that are related in the real rows: correlation or contingency similarity.
        diagnostic: validity and structure: values inside the real range, or among the real codes.
        columns: shape score of each column.
        rows_compared: rows of the real and of the synthetic table behind the quality.
        pairs: pairs of columns that there are.
        pairs_sampled: pairs that were looked at, all of them up to about `PAIRS`.
        pairs_compared: pairs among these that were related enough to be scored.
    """

    quality: float | None
    column_shapes: float | None
    column_pairs: float | None
    diagnostic: float | None
    columns: dict[str, float | None]
    rows_compared: tuple[int, int]
    pairs: int
    pairs_sampled: int
    pairs_compared: int


def measure_similarity(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    columns: Mapping[str, Column],
    seed: int,
    on_progress: Callable[[str], None] | None = None,
) -> Similarity:
    """Compare two tables by the quality and diagnostic reports of sdmetrics.

    Args:
        real: real rows, which hold `columns`.
        synthetic: synthetic rows, which do, too.
        columns: what to compare; categories and booleans as categories, everything else as numbers.
        seed: of the sample of `ROWS` rows that represents a longer table in the quality report, and of the sample of
            pairs of a wide one: its columns are dealt into blocks at random, and the pairs inside the blocks are
            looked at, so that every pair has the same chance.
        on_progress: called with one line after each block of a wide table.
    """
    from sdmetrics.reports import DiagnosticReport

    keys = {name: f"c{number:03d}" for number, name in enumerate(columns)}
    plain = [_plain(table, columns, keys) for table in (real, synthetic)]
    sdtypes = {keys[n]: {"sdtype": "categorical" if _is_code(column) else "numerical"} for n, column in columns.items()}
    parts = [_sample(table, seed) for table in plain]
    diagnostic = DiagnosticReport()
    state = np.random.get_state()
    try:
        with warnings.catch_warnings():
            # sdmetrics and scipy warn of constant columns and of pairs without a score: both are in the result.
            warnings.simplefilter("ignore")
            shapes, pairs = _details(parts, sdtypes, seed, on_progress or (lambda _line: None))
            diagnostic.generate(*({_TABLE: table} for table in plain), _metadata(sdtypes), verbose=False)
    finally:
        np.random.set_state(state)
    met = pairs["Meets Threshold?"].eq(True) & pairs["Score"].notna()
    means = _score(shapes["Score"].mean()), _score(pairs["Score"][met].mean())
    known = [mean for mean in means if mean is not None]
    of_column = dict(zip(shapes["Column"], shapes["Score"], strict=True))
    return Similarity(
        quality=sum(known) / len(known) if known else None,
        column_shapes=means[0],
        column_pairs=means[1],
        diagnostic=_score(diagnostic.get_score()),
        columns={name: _score(of_column.get(key)) for name, key in keys.items()},
        rows_compared=(len(parts[0]), len(parts[1])),
        pairs=len(keys) * (len(keys) - 1) // 2,
        pairs_sampled=len(pairs),
        pairs_compared=int(met.sum()),
    )


def _details(
    parts: Sequence[pd.DataFrame], sdtypes: Mapping[str, dict[str, str]], seed: int, say: Callable[[str], None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the score of each column and of each pair of columns that lie in one block."""
    from sdmetrics.reports import QualityReport

    shapes, pairs = [], []
    blocks = list(_blocks(list(sdtypes), seed))
    for number, block in enumerate(blocks, start=1):
        report = QualityReport()
        metadata = _metadata({key: sdtypes[key] for key in block})
        report.generate(*({_TABLE: part[block]} for part in parts), metadata, verbose=False)
        shapes.append(report.get_details("Column Shapes"))
        pairs.append(report.get_details("Column Pair Trends"))
        if len(blocks) > 1:
            say(f"compared {number} of {len(blocks)} blocks of columns")
    found = pd.concat(pairs, ignore_index=True)
    return pd.concat(shapes, ignore_index=True), found.reindex(columns=["Score", "Meets Threshold?"])


def _blocks(keys: list[str], seed: int) -> Iterator[list[str]]:
    """Yield all columns in one block, or as many random ones of equal size (to one column) as keep to `PAIRS`."""
    size = max(2, 1 + 2 * PAIRS // max(len(keys), 1))
    if size >= len(keys):
        yield keys
        return
    dealt = np.random.default_rng(seed).permutation(len(keys))
    for part in np.array_split(dealt, -(-len(keys) // size)):
        yield [keys[position] for position in np.sort(part)]


def _metadata(sdtypes: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    return {"tables": {_TABLE: {"columns": dict(sdtypes)}}, "relationships": []}


def _score(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _is_code(column: Column) -> bool:
    return column.type in ("category", "boolean")


def _plain(table: pd.DataFrame, columns: Mapping[str, Column], keys: Mapping[str, str]) -> pd.DataFrame:
    result = {}
    for name, column in columns.items():
        values = table[name]
        if _is_code(column):
            positions, codes = factorize(values)
            texts = np.array([*(f"{type(code).__name__} {code}" for code in codes), None], dtype=object)
            result[keys[name]] = pd.Series(texts[positions], dtype=object)
        else:
            result[keys[name]] = pd.Series(as_numbers(values))
    return pd.DataFrame(result)


def _sample(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(table) <= ROWS:
        return table
    kept = np.sort(np.random.default_rng(seed).choice(len(table), size=ROWS, replace=False))
    return table.iloc[kept].reset_index(drop=True)
