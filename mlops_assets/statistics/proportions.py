"""Proportions: intervals that hold for few rows and at 0 and 1."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided score interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927).

    Args:
        successes: how many of `n`, 0 to `n`; need not be whole.
        n: number of independent rows; without any, the interval is 0 to 1.
        confidence: between 0 and 1.
    """
    if n <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, z2 = successes / n, z * z / n
    centre = share + z2 / 2
    half = z * math.sqrt(max(0.0, share * (1 - share)) / n + z2 / (4 * n))
    low, high = (centre - half) / (1 + z2), (centre + half) / (1 + z2)
    return max(0.0, min(low, share)), min(1.0, max(high, share))  # rounding must not move an end past the share
