"""Encoding: what a synthesizer sees of a table, and the way back from what it draws.

A synthesizer sees columns c000, c001 … of numbers or of texts v0000, v0001 …, and never the real names and codes.
Holds the rule that no real extreme gets out: before anything is fitted, the few lowest and highest values of a
numeric column are replaced by the next one further in (`tail` says how many), so every number that bounds a margin is
reached by at least that many rows. Drawn numbers are clipped to the declared bounds, or to those ends where none are
declared. Add here what every synthesizer needs; what one library needs is in a module of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_assets.data.coercion import final_dtype
from mlops_assets.errors import DataError
from mlops_assets.privacy.normal_scores import Scale, probabilities, read, score
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Synthetic
from mlops_assets.values import as_dates, as_number, as_numbers, in_order

LEVELS = 30
"""An integer column whose declared bounds hold at most this many values is drawn as ordered levels."""


@dataclass(frozen=True)
class Style:
    """How a synthesizer wants to see a column.

    Attributes:
        scores: codes and short whole numbers as normal scores rather than as texts.
        empirical: other numbers as normal scores, too, to be mapped back by quantiles of the real ones.
        combined, compared: whether the column is in fixed combinations (texts only), in an inequality (plain
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
    kind: Literal["levels", "scores", "number", "constant"] = "number"
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
        one, values = _encode_column(train[name], Coded(name, column, key), wanted)
        coded.append(one)
        if one.kind != "constant":
            shown[key] = values
    return Encoded(_keep_order(pd.DataFrame(shown, index=range(len(train))), config, coded), tuple(coded))


def hide_extremes(numbers: np.ndarray) -> np.ndarray:
    """Return the numbers with the `tail` lowest and highest replaced by the next one further in; NaN stay."""
    known = np.sort(numbers[~np.isnan(numbers)])
    hidden = tail(len(known))
    return np.clip(numbers, known[hidden], known[-1 - hidden]) if len(known) else numbers


def _encode_column(values: pd.Series, one: Coded, style: Style) -> tuple[Coded, pd.Series]:
    column = one.column
    if column.type in ("category", "boolean"):
        return _encode_codes(values, one, style)
    numbers = as_numbers(values)
    numbers = hide_extremes(np.floor(numbers) if column.type == "date" else numbers)
    lost = np.isnan(numbers)
    known = numbers[~lost]
    distinct, codes = np.unique(known, return_inverse=True)
    low, high = (None if end is None else as_number(end) for end in (column.min, column.max))
    is_short = column.type == "integer" and low is not None and high is not None and high - low < LEVELS
    if style.combined or (is_short and not style.compared):
        return _encode_order(pd.Series(numbers), one, tuple(distinct.tolist()), style)
    if len(distinct) == 0 or (len(distinct) == 1 and not style.compared):
        constant = replace(one, kind="constant", values=tuple(distinct.tolist()), missing=float(lost.mean()))
        return constant, pd.Series(numbers)
    low, high = float(known.min()) if low is None else low, float(known.max()) if high is None else high
    plain = replace(one, low=low, high=high, digits=_digits(known, column))
    if style.compared or not style.empirical:
        return plain, pd.Series(numbers)
    places = np.full(len(numbers), -1)
    places[~lost] = codes
    shown, scale = score(places, len(distinct))
    points = min(500, max(4, len(known) // 20)) + 1  # each step of the grid covers about 20 rows or more
    return replace(plain, scale=scale, grid=np.quantile(known, np.linspace(0, 1, points))), pd.Series(shown)


def _encode_codes(values: pd.Series, one: Coded, style: Style) -> tuple[Coded, pd.Series]:
    """Encode a category by its declared codes. Without any, codes of fewer rows than `tail` become the commonest."""
    texts = pd.Series([None if lost else code for code, lost in zip(values, values.isna(), strict=True)], dtype=object)
    counts = texts.value_counts()
    if one.column.type == "boolean" or one.column.codes:
        declared: tuple[Any, ...] = one.column.codes or (False, True)
        return _encode_order(texts, one, tuple(code for code in declared if code in counts.index), style)
    common = counts.index[counts >= min(tail(len(texts)), counts.max())] if len(counts) else counts.index
    if len(common):
        texts = texts.where(texts.isna() | texts.isin(common), counts.index[0])
    return _encode_order(texts, one, tuple(in_order(common)), style)


def _encode_order(values: pd.Series, one: Coded, order: tuple[Any, ...], style: Style) -> tuple[Coded, pd.Series]:
    """Encode values as levels in an order, or as their scores; as a constant where there is only one thing to draw.

    A missing value is the first of the scores; as a text it stays missing.
    """
    lost = float(values.isna().mean())
    if not order or (len(order) == 1 and lost == 0):
        return replace(one, kind="constant", values=order, missing=lost if order else 1.0), values
    if style.combined or not style.scores:
        place = {value: f"v{number:04d}" for number, value in enumerate(order)}
        shown = pd.Series([place.get(value) for value in values.tolist()], dtype=object)
        return replace(one, kind="levels", values=order), shown
    order = (None, *order) if lost else order
    position = {value: number for number, value in enumerate(order)}
    codes = [position[None if gone else value] for value, gone in zip(values.tolist(), values.isna(), strict=True)]
    scores, scale = score(np.array(codes), len(order))
    return replace(one, kind="scores", values=order, scale=scale), pd.Series(scores)


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


def decode(drawn: pd.DataFrame, encoded: Encoded, seed: int) -> pd.DataFrame:
    """Return drawn rows under the real names, with the values and dtypes of a valid table.

    Args:
        drawn: what the synthesizer drew; any index; the constants are added here.
        encoded: what `encode` returned.
        seed: of the missing values of constants.
    """
    generator = np.random.default_rng(seed)
    result = {}
    for one in encoded.columns:
        if one.kind == "constant":
            values = np.full(len(drawn), one.values[0] if one.values else None, dtype=object)
            values[generator.random(len(drawn)) < one.missing] = None
        elif one.kind == "levels":
            place = {f"v{number:04d}": value for number, value in enumerate(one.values)}
            values = np.array([place.get(text) for text in drawn[one.key].tolist()], dtype=object)
        elif one.kind == "scores":
            assert one.scale is not None
            meanings = np.empty(len(one.values), dtype=object)
            meanings[:] = one.values
            values = meanings[read(drawn[one.key].to_numpy(dtype="float64"), one.scale)]
        else:
            values = _decode_numbers(drawn[one.key].to_numpy(dtype="float64"), one)
        held = pd.Series(values, dtype=object)
        if one.column.type in ("integer", "number", "date"):
            numbers = pd.to_numeric(held).astype("float64")
            held = as_dates(numbers) if one.column.type == "date" else numbers
        result[one.name] = final_dtype(held, one.column)
    return pd.DataFrame(result, index=range(len(drawn)))


def _decode_numbers(values: np.ndarray, one: Coded) -> np.ndarray:
    if one.grid is not None and one.scale is not None:
        values = np.interp(probabilities(values, one.scale), np.linspace(0, 1, len(one.grid)), one.grid)
    is_whole = one.column.type in ("integer", "date")
    low, high = (math.ceil(one.low), math.floor(one.high)) if is_whole else (one.low, one.high)
    return np.clip(np.round(values, one.digits), low, high)
