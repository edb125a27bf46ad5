"""Target encoding: a code becomes how far the target of its training rows lies from that of all, shrunken.

    value of a code = (sum of the code's targets - rows of the code * overall mean) / (rows of the code + smoothing)

which is the shrunken mean of Micci-Barreca ("A preprocessing scheme for high-cardinality categorical attributes in
classification and prediction problems", SIGKDD Explorations 3(1), 2001) less the overall mean. An unknown code is 0:
it tells nothing. Training rows get the value that the other folds give (cross-fitting), so that no row sees its own
target; as a difference from the mean of those same folds, the value does not tell which fold a row is in either.

The target is any number a row: 0 and 1, or an amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5
"""Folds of the cross-fitting; fewer where there are fewer groups."""


def shrunken(positions: np.ndarray, target: np.ndarray, codes: int, smoothing: float) -> np.ndarray:
    """Return the value of each code, shape (codes + 1,), float64; the last is 0, for rows of no known code.

    Args:
        positions: shape (rows,), which code each row has, 0 to codes - 1, or -1 for none.
        target: shape (rows,), float64.
        codes: how many there are; one without rows has the value 0.
        smoothing: rows of the overall mean that each code is mixed with, above 0.
    """
    import numpy as np

    known = positions >= 0
    counts = np.bincount(positions[known], minlength=codes)
    sums = np.bincount(positions[known], weights=target[known], minlength=codes)
    mean = target.mean() if len(target) else 0.0
    return np.append((sums - counts * mean) / (counts + smoothing), 0.0)


def cross_fitted(
    positions: np.ndarray, target: np.ndarray, folds: np.ndarray, codes: int, smoothing: float
) -> np.ndarray:
    """Return for each row the value that its code has in all folds but its own, shape (rows,)."""
    import numpy as np

    values = np.zeros(len(positions))
    for fold in np.unique(folds):
        held = folds == fold
        values[held] = shrunken(positions[~held], target[~held], codes, smoothing)[positions[held]]
    return values


def draw_folds(rows: int, groups: np.ndarray | None, seed: int) -> np.ndarray:
    """Return the fold of each row, shape (rows,), 0 to FOLDS - 1, drawn without a look at the target.

    Rows of one group are in one fold. With a single group there is one fold, and nothing is known of any code.
    """
    import numpy as np
    import pandas as pd

    members = np.arange(rows) if groups is None else pd.factorize(groups, use_na_sentinel=False)[0]
    size = int(members.max()) + 1 if rows else 0
    of_member = np.random.default_rng(seed).permutation(size) % FOLDS
    return of_member[members]
