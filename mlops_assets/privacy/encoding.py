"""Encoding: what a synthesizer sees of a table, and the way back from what it draws.

A synthesizer sees columns c000, c001 … of plain numbers or of texts v0000, v0001 … whatever the real names and codes
are. Holds the rule that no real extreme gets out: before anything is fitted, the few lowest and highest values of a
numeric column are replaced by the next one further in (`tail` says how many), so every number that bounds a margin is
reached by at least that many rows. Drawn numbers are clipped to the declared bounds, or to those ends where none are
declared. Add here what every synthesizer needs; what one library wants goes beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.privacy.declared import EPOCH, as_number
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Synthetic

LEVELS = 30
"""An integer column whose declared bounds hold at most this many values is drawn as ordered levels."""
_Place = tuple[str, Column, str]
"""Real name, declaration and key of a column."""


@dataclass(frozen=True)
class Coded:
    """How one column is encoded.

    Attributes:
        name, column: the real column.
        key: its name before the synthesizer.
        kind: `levels` are texts in an order, `number` is float64, `constant` is not shown to the synthesizer at all.
        values: what the levels mean, in order; the only value of a constant, nothing where all are missing.
        low, high: ends that a drawn number is clipped to.
        grid: quantiles that a normal score is mapped back by; None where the number is shown as it is.
        digits: decimal places of the real values; negative where all are whole tens, hundreds …
        missing: share of missing values (constant only; otherwise the synthesizer sees them).
    """

    name: str
    column: Column
    key: str
    kind: Literal["levels", "number", "constant"]
    values: tuple[Any, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    grid: np.ndarray | None = None
    digits: int = 6
    missing: float = 0.0


@dataclass(frozen=True)
class Encoded:
    """A table as a synthesizer sees it, with the key to it."""

    table: pd.DataFrame
    columns: tuple[Coded, ...]

    def key_of(self, name: str) -> str | None:
        """Return the synthesizer's name of a real column; None where it is a constant, which it never sees."""
        return next((c.key for c in self.columns if c.name == name and c.kind != "constant"), None)


def tail(rows: int) -> int:
    """Return how many values at either end of a numeric column are hidden: 0.1 % of the rows, but at least 5."""
    return min(max(5, math.ceil(rows / 1000)), rows // 4)


def encode(train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic, *, empirical: bool) -> Encoded:
    """Return the columns of `train` as a synthesizer sees them.

    Args:
        train: valid rows, at least 20.
        columns: the columns to show.
        config: names the constraints, whose columns need another form.
        empirical: whether numbers are shown as normal scores and mapped back by quantiles of the real ones.

    Raises:
        DataError: there are too few rows, or no columns.
    """
    if len(train) < 20 or not columns:
        raise DataError(
            "too little to synthesize from",
            where="synthetic",
            expected="at least 20 rows and one column",
            got=f"{len(train)} rows and {len(columns)} columns",
            fix="give the train split more rows, or let features be synthesized",
        )
    combined = {name for rule in config.constraints if rule.kind == "fixed_combinations" for name in rule.columns}
    compared = {name for rule in config.constraints if rule.kind == "inequality" for name in rule.columns}
    generator = np.random.default_rng(config.seed) if empirical else None
    shown: dict[str, pd.Series] = {}
    coded = []
    for number, (name, column) in enumerate(columns.items()):
        key = f"c{number:03d}"
        one, values = _encode_column(train[name], (name, column, key), name in combined, name in compared, generator)
        coded.append(one)
        if one.kind != "constant":
            shown[key] = values
    return Encoded(_keep_order(pd.DataFrame(shown, index=range(len(train))), config, coded), tuple(coded))


def hide_extremes(numbers: np.ndarray) -> np.ndarray:
    """Return the numbers with the `tail` lowest and highest replaced by the next one further in; NaN stay."""
    known = np.sort(numbers[~np.isnan(numbers)])
    hidden = tail(len(known))
    return np.clip(numbers, known[hidden], known[-1 - hidden]) if len(known) else numbers


def _encode_column(
    values: pd.Series, at: _Place, combined: bool, compared: bool, generator: np.random.Generator | None
) -> tuple[Coded, pd.Series]:
    """Encode one column; `combined` and `compared` say which constraints name it."""
    column = at[1]
    if column.type in ("category", "boolean"):
        return _encode_codes(values, at)
    numbers = hide_extremes(_as_numbers(values, column))
    known = np.unique(numbers[~np.isnan(numbers)])
    if combined or (_is_short(column) and not compared):
        return _encode_order(pd.Series(numbers), at, tuple(known.tolist()))
    if len(known) == 0 or (len(known) == 1 and not compared):
        lost = float(np.isnan(numbers).mean())
        return Coded(*at, "constant", tuple(known.tolist()), missing=lost), pd.Series(numbers)
    plain = _encode_number(numbers, at)
    if compared or generator is None:
        return plain, pd.Series(numbers)
    shown, grid = _normal_scores(numbers, generator)
    return replace(plain, grid=grid), pd.Series(shown)


def _as_numbers(values: pd.Series, column: Column) -> np.ndarray:
    if column.type == "date":
        return np.floor(((values - EPOCH) / pd.Timedelta(days=1)).to_numpy(dtype="float64"))
    return values.to_numpy(dtype="float64", na_value=np.nan)


def _is_short(column: Column) -> bool:
    ends = (column.min, column.max)
    return (
        column.type == "integer"
        and all(isinstance(end, int | float) for end in ends)
        and float(ends[1]) - float(ends[0]) < LEVELS  # type: ignore[arg-type]
    )


def _encode_codes(values: pd.Series, at: _Place) -> tuple[Coded, pd.Series]:
    """Encode a category by its declared codes. Without any, codes of fewer rows than `tail` become the commonest."""
    column = at[1]
    texts = pd.Series([None if lost else code for code, lost in zip(values, values.isna(), strict=True)], dtype=object)
    counts = texts.value_counts()
    if column.type == "boolean" or column.codes:
        declared: tuple[Any, ...] = column.codes or (False, True)
        return _encode_order(texts, at, tuple(code for code in declared if code in counts.index))
    common = counts.index[counts >= min(tail(len(texts)), counts.max())] if len(counts) else counts.index
    if len(common):
        texts = texts.where(texts.isna() | texts.isin(common), counts.index[0])
    return _encode_order(texts, at, tuple(sorted(common, key=lambda code: (str(type(code)), code))))


def _encode_order(values: pd.Series, at: _Place, order: tuple[Any, ...]) -> tuple[Coded, pd.Series]:
    """Encode values as levels in an order; as a constant where there is only one thing to draw."""
    lost = float(values.isna().mean())
    if not order or (len(order) == 1 and lost == 0):
        return Coded(*at, "constant", order, missing=lost if order else 1.0), values
    place = {value: f"v{number:04d}" for number, value in enumerate(order)}
    return Coded(*at, "levels", order), pd.Series([place.get(value) for value in values.tolist()], dtype=object)


def _normal_scores(numbers: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the normal score of each number, ties broken at random, and the quantiles that lead back."""
    from scipy.special import ndtri

    known = numbers[~np.isnan(numbers)]
    order = np.lexsort((generator.random(len(known)), known))
    scores = np.empty(len(known))
    scores[order] = ndtri((np.arange(len(known)) + 0.5) / len(known))
    shown = np.full(len(numbers), np.nan)
    shown[~np.isnan(numbers)] = scores
    points = min(500, max(4, len(known) // 20)) + 1  # each step of the grid stands for about 20 rows or more
    return shown, np.quantile(known, np.linspace(0, 1, points))


def _encode_number(numbers: np.ndarray, at: _Place) -> Coded:
    column = at[1]
    known = numbers[~np.isnan(numbers)]
    declared = [None if end is None else as_number(end) for end in (column.min, column.max)]
    low, high = (end if end is not None else float(f(known)) for end, f in zip(declared, (np.min, np.max), strict=True))
    return Coded(*at, "number", (), low, high, None, _digits(known, column))


def _digits(known: np.ndarray, column: Column) -> int:
    """Return the fewest decimal places that show every value exactly, from -6 to 6."""
    for digits in range(-6, 7):
        if np.array_equal(np.round(known, digits), known):
            return digits if column.type == "number" else min(digits, 0)
    return 12


def _keep_order(table: pd.DataFrame, config: Synthetic, coded: list[Coded]) -> pd.DataFrame:
    """Return the table with every inequality still true where hiding extremes could have bent it."""
    keys = {one.name: one.key for one in coded if one.kind == "number"}
    for rule in config.constraints:
        low, high = (keys.get(name) for name in rule.columns[:2])
        if rule.kind == "inequality" and low is not None and high is not None:
            table[high] = np.where(table[high] < table[low], table[low], table[high])
    return table
