"""Encoding: what a synthesizer sees of a table, and the way back from what it draws.

A synthesizer sees columns c000, c001 … of numbers or of texts v0000, v0001 … whatever the real names and codes are.
Holds the rule that no real extreme gets out: before anything is fitted, the few lowest and highest values of a
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
from mlops_assets.privacy.normal_scores import Scale, score
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Synthetic
from mlops_assets.values import as_number, as_numbers, in_order

LEVELS = 30
"""An integer column whose declared bounds hold at most this many values is drawn as ordered levels."""
_Place = tuple[str, Column, str]
"""Real name, declaration and key of a column."""


@dataclass(frozen=True)
class Style:
    """How a synthesizer wants to see a column.

    Attributes:
        scores: codes and short whole numbers as normal scores rather than as texts.
        empirical: other numbers as normal scores, too, to be mapped back by quantiles of the real ones.
        combined, compared: whether the column stands in fixed combinations (texts only), in an inequality (plain
            numbers only).
    """

    scores: bool = False
    empirical: bool = False
    combined: bool = False
    compared: bool = False


@dataclass(frozen=True)
class Coded:
    """How one column is encoded.

    Attributes:
        name, column: the real column.
        key: its name before the synthesizer.
        kind: `levels` are texts in an order, `scores` their normal scores, `number` is float64, and a `constant` is not
            shown to the synthesizer at all.
        values: what levels or scores mean, in order; the only value of a constant, nothing where all are missing.
        low, high: ends that a drawn number is clipped to.
        scale: how normal scores are read; None where there are none.
        grid: quantiles that scores of numbers are mapped back by.
        digits: decimal places of the real values; negative where all are whole tens, hundreds …
        missing: share of missing values (constant only; otherwise the synthesizer sees them).
    """

    name: str
    column: Column
    key: str
    kind: Literal["levels", "scores", "number", "constant"]
    values: tuple[Any, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    scale: Scale | None = None
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


def encode(train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic, style: Style) -> Encoded:
    """Return the columns of `train` as a synthesizer sees them.

    Args:
        train: valid rows, at least 20.
        columns: the columns to show.
        config: names the constraints, whose columns need another form.
        style: which form the other columns have.

    Raises:
        DataError: there are too few rows, or no columns.
    """
    if len(train) < 20 or not columns:
        raise DataError(
            "too few rows or columns to synthesize from",
            where="synthetic",
            expected="at least 20 rows and one column",
            got=f"{len(train)} rows and {len(columns)} columns",
            fix="give the train split more rows, or declare columns with role feature",
        )
    combined = {name for rule in config.constraints if rule.kind == "fixed_combinations" for name in rule.columns}
    compared = {name for rule in config.constraints if rule.kind == "inequality" for name in rule.columns}
    shown: dict[str, pd.Series] = {}
    coded = []
    for number, (name, column) in enumerate(columns.items()):
        key = f"c{number:03d}"
        wanted = replace(style, combined=name in combined, compared=name in compared)
        one, values = _encode_column(train[name], (name, column, key), wanted)
        coded.append(one)
        if one.kind != "constant":
            shown[key] = values
    return Encoded(_keep_order(pd.DataFrame(shown, index=range(len(train))), config, coded), tuple(coded))


def hide_extremes(numbers: np.ndarray) -> np.ndarray:
    """Return the numbers with the `tail` lowest and highest replaced by the next one further in; NaN stay."""
    known = np.sort(numbers[~np.isnan(numbers)])
    hidden = tail(len(known))
    return np.clip(numbers, known[hidden], known[-1 - hidden]) if len(known) else numbers


def _encode_column(values: pd.Series, at: _Place, style: Style) -> tuple[Coded, pd.Series]:
    column = at[1]
    if column.type in ("category", "boolean"):
        return _encode_codes(values, at, style)
    numbers = as_numbers(values)
    numbers = hide_extremes(np.floor(numbers) if column.type == "date" else numbers)
    known, codes = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
    if style.combined or (_is_short(column) and not style.compared):
        return _encode_order(pd.Series(numbers), at, tuple(known.tolist()), style)
    if len(known) == 0 or (len(known) == 1 and not style.compared):
        lost = float(np.isnan(numbers).mean())
        return Coded(*at, "constant", tuple(known.tolist()), missing=lost), pd.Series(numbers)
    plain = _encode_number(numbers, at)
    if style.compared or not style.empirical:
        return plain, pd.Series(numbers)
    places = np.full(len(numbers), -1)
    places[~np.isnan(numbers)] = codes
    shown, scale = score(places, len(known))
    points = min(500, max(4, len(codes) // 20)) + 1  # each step of the grid stands for about 20 rows or more
    grid = np.quantile(numbers[~np.isnan(numbers)], np.linspace(0, 1, points))
    return replace(plain, scale=scale, grid=grid), pd.Series(shown)


def _is_short(column: Column) -> bool:
    ends = (column.min, column.max)
    return (
        column.type == "integer"
        and all(isinstance(end, int | float) for end in ends)
        and float(ends[1]) - float(ends[0]) < LEVELS  # type: ignore[arg-type]
    )


def _encode_codes(values: pd.Series, at: _Place, style: Style) -> tuple[Coded, pd.Series]:
    """Encode a category by its declared codes. Without any, codes of fewer rows than `tail` become the commonest."""
    column = at[1]
    texts = pd.Series([None if lost else code for code, lost in zip(values, values.isna(), strict=True)], dtype=object)
    counts = texts.value_counts()
    if column.type == "boolean" or column.codes:
        declared: tuple[Any, ...] = column.codes or (False, True)
        return _encode_order(texts, at, tuple(code for code in declared if code in counts.index), style)
    common = counts.index[counts >= min(tail(len(texts)), counts.max())] if len(counts) else counts.index
    if len(common):
        texts = texts.where(texts.isna() | texts.isin(common), counts.index[0])
    return _encode_order(texts, at, tuple(in_order(common)), style)


def _encode_order(values: pd.Series, at: _Place, order: tuple[Any, ...], style: Style) -> tuple[Coded, pd.Series]:
    """Encode values as levels in an order, or as their scores; as a constant where there is only one thing to draw.

    A missing value is the first of the scores; as a text it stays missing.
    """
    lost = float(values.isna().mean())
    if not order or (len(order) == 1 and lost == 0):
        return Coded(*at, "constant", order, missing=lost if order else 1.0), values
    if style.combined or not style.scores:
        place = {value: f"v{number:04d}" for number, value in enumerate(order)}
        return Coded(*at, "levels", order), pd.Series([place.get(value) for value in values.tolist()], dtype=object)
    order = (None, *order) if lost else order
    position = {value: number for number, value in enumerate(order)}
    codes = [position[None if gone else value] for value, gone in zip(values.tolist(), values.isna(), strict=True)]
    shown, scale = score(np.array(codes), len(order))
    return Coded(*at, "scores", order, scale=scale), pd.Series(shown)


def _encode_number(numbers: np.ndarray, at: _Place) -> Coded:
    column = at[1]
    known = numbers[~np.isnan(numbers)]
    declared = [None if end is None else as_number(end) for end in (column.min, column.max)]
    low, high = (end if end is not None else float(f(known)) for end, f in zip(declared, (np.min, np.max), strict=True))
    return Coded(*at, "number", (), low, high, digits=_digits(known, column))


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
