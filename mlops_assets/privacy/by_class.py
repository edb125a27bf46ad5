"""By class: a synthesizer fitted on each class of the target by itself, so that the target stays tied to the columns.

One copula over all rows joins the target to the others by a correlation only, and loses what is not monotone in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mlops_assets.data.splits import apportion
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Synthetic

LEAST_ROWS = 100
"""Fewest real rows of a class that is fitted by itself."""
MOST_CLASSES = 20
"""A target of more values is no set of classes."""

Synthesize = Callable[[pd.DataFrame, Mapping[str, Column], Synthetic], pd.DataFrame]


def synthesize_by_class(
    synthesize: Synthesize, train: pd.DataFrame, columns: Mapping[str, Column], config: Synthetic, target: str
) -> pd.DataFrame:
    """Return `config.rows` rows: each class of the target in its real share, drawn from a fit on its rows alone.

    Classes of fewer than `LEAST_ROWS` rows are fitted together, the target among the columns. Where that leaves one
    part only, or a constraint names the target, everything is fitted together. Rows come in an order drawn from the
    seed; each part has a seed of its own.

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
