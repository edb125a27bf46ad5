"""How strongly one column goes with a binary target: one number a column, for the profile."""

from __future__ import annotations

import numpy as np
import pandas as pd


def correlation(values: np.ndarray, positive: np.ndarray) -> float | None:
    """Return the point-biserial correlation (Pearson's with a 0/1 variable), -1 to 1.

    Args:
        values: shape (n,), numbers; rows where they are not finite are left out.
        positive: shape (n,), 0 or 1.

    Returns:
        None where fewer than three rows are left, or either side does not vary.
    """
    known = np.isfinite(values)
    x, y = values[known].astype("float64"), positive[known].astype("float64")
    if len(x) < 3:
        return None
    largest = np.abs(x).max()
    x = x / largest if largest else x  # so that squares neither overflow nor vanish
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x @ x) * (y @ y))
    if scale == 0 or np.ptp(x) == 0:
        return None
    return float(np.clip((x @ y) / scale, -1.0, 1.0))


def cramers_v(codes: pd.Series, positive: np.ndarray) -> float | None:
    """Return Cramér's V with Bergsma's correction for bias (J. Korean Stat. Soc. 42, 2013), 0 to 1.

    Args:
        codes: shape (n,), categories; rows where they are missing are left out.
        positive: shape (n,), 0 or 1.

    Returns:
        None where either side does not vary, or there are too few rows for so many codes.
    """
    labels, distinct = pd.factorize(codes)
    known = labels >= 0
    rows, k = int(known.sum()), len(distinct)
    table = np.zeros((k, 2))
    np.add.at(table, (labels[known], positive[known].astype(int)), 1)
    if rows < 3 or k < 2 or (table.sum(axis=0) == 0).any():
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi2 = float(((table - expected) ** 2 / expected).sum() / rows)
    corrected = max(0.0, phi2 - (k - 1) / (rows - 1))
    smaller_side = min(k - (k - 1) ** 2 / (rows - 1), 2 - 1 / (rows - 1)) - 1
    return min(1.0, float(np.sqrt(corrected / smaller_side))) if smaller_side > 0 else None
