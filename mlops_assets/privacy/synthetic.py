"""The synthetic table: which columns are drawn, by which synthesizer, and whether every row obeys the declaration.

A synthetic table follows the distribution of real people's rows and is NOT differentially private: no epsilon is
claimed for it and none is charged. Its report measures what it is good for and how often it repeats a real row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data.frames import ROW
from mlops_assets.data.rules import column_rules
from mlops_assets.data.splits import apportion
from mlops_assets.errors import PluginError, listing
from mlops_assets.use_case.data import Column, Data
from mlops_assets.use_case.privacy import Synthetic

LEAST_ROWS = 100
"""Fewest real rows of a class that is fitted by itself."""
MOST_CLASSES = 20
"""A target of more values is not treated as classes."""

Synthesize = Callable[[pd.DataFrame, Mapping[str, Column], Synthetic], pd.DataFrame]

_LEFT_OUT_ROLES = ("identifier", "group", "ignore")
_KEPT = ("missing", "finite", "min", "max", "allowed")  # The rules that a synthesizer keeps in every row.


def synthetic_columns(data: Data, target: str) -> dict[str, Column]:
    """Return the columns that are synthesized, in the order of the YAML: the target, and every feature and time.

    Identifiers, groups and ignored columns are left out, and free texts, which no synthesizer here can draw.
    """
    return {
        name: column
        for name, column in data.columns.items()
        if column.type != "text" and (name == target or column.role not in _LEFT_OUT_ROLES)
    }


def synthesize(train: pd.DataFrame, data: Data, config: Synthetic, target: str) -> pd.DataFrame:
    """Fit the declared synthesizer on real rows and return `config.rows` synthetic ones.

    The table is not differentially private.

    Args:
        train: valid real rows of the train split.
        data: the declared columns.
        config: synthesizer, rows, constraints and seed.
        target: the column that is predicted. A synthesizer with `BY_CLASS` is fitted on each of its classes.

    Returns:
        ROW (0 to rows - 1) and the columns of `synthetic_columns`, dtypes as in a valid table, index 0 to rows - 1.

    Raises:
        DataError: there is too little to learn from, or a constraint cannot be kept.
        PluginError: the synthesizer is missing, or drew rows that the declaration forbids.
    """
    columns = synthetic_columns(data, target)
    plugin = plugins.load("synthesizer", config.synthesizer)
    rows = train[list(columns)].reset_index(drop=True)
    drawn: pd.DataFrame = (
        synthesize_by_class(plugin.synthesize, rows, columns, config, target)
        if getattr(plugin, "BY_CLASS", False)
        else plugin.synthesize(rows, columns, config)
    )
    check_synthetic(drawn, columns, config)
    drawn.insert(0, ROW, np.arange(len(drawn), dtype="int64"))
    return drawn


def synthesize_by_class(
    synthesize: Synthesize, train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic, target: str
) -> pd.DataFrame:
    """Return `config.rows` rows: each class of the target in its real share, drawn from a fit on its rows alone.

    Classes of fewer than `LEAST_ROWS` rows are fitted together, the target among the columns. Where that leaves one
    part only, or a constraint names the target, everything is fitted together. Rows come in an order drawn from the
    seed; each part has a seed of its own.

    One copula over all rows joins the target to the others by a correlation only, and loses what is not monotone in it.

    Args:
        synthesize: the synthesizer's own function.
        train: real rows of `columns`.
        columns: the columns to draw, the target among them.
        config: rows, constraints and seed.
        target: the column that is predicted; known in every row.
    """
    counts = train[target].value_counts().sort_index(key=lambda values: values.astype(str))
    large = [value for value, rows in counts.items() if rows >= LEAST_ROWS]
    bound = any(target in rule.columns for rule in config.constraints)
    few = train[~train[target].isin(large)]
    if bound or len(counts) > MOST_CLASSES or len(large) + (len(few) > 0) < 2 or 0 < len(few) < LEAST_ROWS // 5:
        return synthesize(train, columns, config)
    parts = [train[train[target] == value] for value in large] + ([few] if len(few) else [])
    others = {name: column for name, column in columns.items() if name != target}
    shares = np.array([len(part) / len(train) for part in parts])
    drawn = []
    for number, (part, rows) in enumerate(zip(parts, apportion(config.rows, shares).tolist(), strict=True)):
        if rows == 0:
            continue
        own = config.model_copy(update={"rows": rows, "seed": config.seed + number})
        alone = number < len(large)
        wanted = others if alone else columns
        found = synthesize(part[list(wanted)].reset_index(drop=True), wanted, own)
        if alone:
            found[target] = pd.Series([large[number]] * rows, dtype=train[target].dtype)
        drawn.append(found[list(columns)])
    order = np.random.default_rng(config.seed).permutation(config.rows)
    return pd.concat(drawn, ignore_index=True).iloc[order].reset_index(drop=True)


def check_synthetic(drawn: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic) -> None:
    """Raise PluginError where drawn rows have other columns, another number, or values that are not declared."""
    problems = []
    if list(drawn.columns) != list(columns) or len(drawn) != config.rows:
        got, asked = (
            f"{rows} rows of {listing(names, 10)}" for rows, names in ((len(drawn), drawn), (config.rows, columns))
        )
        problems.append(f"{got} instead of {asked}")
    else:
        problems = [problem for name, column in columns.items() if (problem := _broken(drawn[name], name, column))]
    if problems:
        raise PluginError(
            f"synthesizer {config.synthesizer!r} drew rows that the declaration forbids: {listing(problems, 3)}",
            where=f"privacy/synthesizers/{config.synthesizer}.py",
            expected="missing values, codes and bounds as in data.columns",
            fix="fix the plugin, or choose another synthesizer",
        )


def _broken(values: pd.Series, name: str, column: Column) -> str | None:
    """Return the first rule of the column that drawn values break, with how many do; None where they keep all."""
    for rule, keeps in column_rules(name, column, None):
        if rule.kind in _KEPT and rule.severity == "error":
            broken = int((~keeps(values if rule.kind == "missing" else values.dropna())).sum())
            if broken:
                return f"{broken} values of {name!r} break {rule.name} ({rule.breach})"
    return None
