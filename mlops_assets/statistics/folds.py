"""Folds: rows dealt into parts, and the target rate of each code from the rows of other parts.

Holds what is the same for every cross-fit: clusters stay whole, classes are spread evenly, and no row sees its own
target. Which rows a fold of the search learns from follows `data.splits` and is in `training.cutting`.

    value of a code = (sum of the code's targets - rows of the code * overall mean) / (rows of the code + smoothing)

which is the shrunken mean of Micci-Barreca ("A preprocessing scheme for high-cardinality categorical attributes in
classification and prediction problems", SIGKDD Explorations 3(1), 2001) less the overall mean. An unknown code is 0:
it says nothing. As a difference from the mean of the same rows, the value does not give the row's fold away either.
The target is any number per row: 0 and 1, or an amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.ranking import Floats, Labels

if TYPE_CHECKING:
    import pandas as pd

Positions = npt.NDArray[np.int64]

FOLDS = 5
"""Folds of a cross-fit; fewer where there are fewer clusters."""


def deal(labels: Labels, order: Positions, parts: int) -> Positions:
    """Return the part of each unit, 0 to `parts` - 1, shape (units,): one class after the other is dealt out in turn.

    Args:
        labels: class of each unit.
        order: units in the random order in which they are dealt.
        parts: number of parts.
    """
    order = order[np.argsort(labels[order], kind="stable")]
    part = np.empty(len(labels), dtype=np.int64)
    part[order] = np.arange(len(labels)) % parts
    return part


def deal_rows(labels: Labels, clusters: Positions | None, rng: np.random.Generator, parts: int) -> Positions:
    """Return the part of each row, shape (rows,): clusters stay whole, and each class is spread evenly.

    Args:
        labels: class of each row; a cluster goes by the largest label in it.
        clusters: which rows belong together, as whole numbers; None where each row stands for itself.
        rng: order in which clusters are dealt.
        parts: number of parts at most.
    """
    positions = np.arange(len(labels)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    label = np.full(positions.max(initial=-1) + 1, labels.min(initial=0), dtype=labels.dtype)
    np.maximum.at(label, positions, labels)
    return deal(label, rng.permutation(len(label)), max(1, min(parts, len(label))))[positions]


def draw_folds(rows: int, groups: pd.Series | np.ndarray | None, seed: int) -> Positions:
    """Return the fold of each row, shape (rows,), 0 to FOLDS - 1, drawn without a look at the target.

    Rows of one group are in one fold. With a single group there is one fold, and nothing is known of any code.
    """
    import pandas as pd

    members = np.arange(rows) if groups is None else pd.factorize(groups, use_na_sentinel=False)[0]
    size = int(members.max()) + 1 if rows else 0
    return (np.random.default_rng(seed).permutation(size) % FOLDS)[members]


def shrunken(codes: Positions, target: np.ndarray, count: int, smoothing: float) -> Floats:
    """Return the value of each code, shape (count + 1,); the last is 0, for rows of no known code.

    Args:
        codes: shape (rows,), which code each row has, 0 to count - 1, or -1 for none.
        target: shape (rows,).
        count: how many codes there are; one without rows has the value 0.
        smoothing: rows of the overall mean that each code is mixed with, above 0.
    """
    known = codes >= 0
    rows = np.bincount(codes[known], minlength=count)
    sums = np.bincount(codes[known], weights=target[known], minlength=count)
    mean = target.mean() if len(target) else 0.0
    return np.append((sums - rows * mean) / (rows + smoothing), 0.0)


def cross_fitted(codes: Positions, target: np.ndarray, folds: Positions, count: int, smoothing: float) -> Floats:
    """Return for each row the value that its code has in all folds but its own, shape (rows,)."""
    values = np.zeros(len(codes))
    for fold in np.unique(folds):
        held = folds == fold
        values[held] = shrunken(codes[~held], target[~held], count, smoothing)[codes[held]]
    return values
