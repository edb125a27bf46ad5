"""Draft of bounds: round numbers around what a column holds, with room for rows that nobody has seen yet.

A value beyond a bound sends its row to quarantine, and bounds become public with the YAML: so they are never the
extremes of the data.
"""

from __future__ import annotations

import math

_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12)
_SMALLEST = 1e-290


def outward(low: float, high: float) -> tuple[float, float]:
    """Return round bounds around an interval, with room beyond both ends; zero where nothing is negative.

    >>> outward(21, 79), outward(2007, 2009), outward(-339603, 961664)
    ((0.0, 100.0), (1980.0, 2030.0), (-500000.0, 1200000.0))
    """
    if max(abs(low), abs(high)) < _SMALLEST:
        return (-_SMALLEST if low < 0 else 0.0), _SMALLEST if high else 1.0
    if 0 < high / 2 <= low or high <= low / 2 < 0:
        margin = max(high - low, 0.01 * max(abs(low), abs(high)))
        step = 10.0 ** math.floor(math.log10(margin))
        return _tidy(math.floor((low - margin) / step) * step), _tidy(math.ceil((high + margin) / step) * step)
    return (-_above(-low) if low < 0 else 0.0), (_above(high) if high > 0 else 0.0 if low < 0 else 1.0)


def _above(value: float) -> float:
    """Return a round number at least a fifth above a positive one."""
    value = max(1.2 * value, _SMALLEST)
    step = 10.0 ** math.floor(math.log10(value))
    return _tidy(next(digits * step for digits in _ROUND if digits * step >= value))


def _tidy(value: float) -> float:
    """Return the value without the noise of binary arithmetic in its last digits."""
    return float(f"{value:.12g}")
