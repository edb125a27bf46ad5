"""Formatting: how a number is written for people, the same on every page, in every table and every message.

Whole numbers are exact, with a comma between groups of three digits. All others have four significant digits. Add a
function here when a page needs another kind of number; do not format numbers for people anywhere else.
"""

from __future__ import annotations

import math
from numbers import Integral, Real

MISSING = "–"
_EXACT = 1e15
"""From here on floats cannot represent every whole number, so the digits of a count are not exact."""


def number_text(value: object) -> str:
    """Return a value as text: None and NaN as a dash, truth values as yes and no, other texts unchanged.

    >>> number_text(30000), number_text(0.787543), number_text(123456.7), number_text(-0.00002)
    ('30,000', '0.7875', '123,500', '-2e-05')
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    return _float_text(float(value)) if isinstance(value, Real) else str(value)


def _float_text(number: float) -> str:
    if math.isnan(number):
        return MISSING
    if abs(number) >= _EXACT:
        return f"{number:.4g}"
    short = number if number.is_integer() else float(f"{number:.4g}")
    return f"{int(short):,}" if short.is_integer() else f"{short:.4g}"


def percent_text(share: float | None) -> str:
    """Return a share between 0 and 1 as a percentage.

    >>> percent_text(0.22123), percent_text(1.0), percent_text(None)
    ('22.12 %', '100 %', '–')
    """
    return MISSING if share is None or math.isnan(share) else f"{number_text(100 * share)} %"


def interval_text(low: float | None, high: float | None) -> str:
    """Return an interval in brackets, or an empty text if an end is missing.

    >>> interval_text(0.7, 0.80004), interval_text(None, 1.0)
    ('[0.7, 0.8]', '')
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    return f"[{number_text(low)}, {number_text(high)}]"


def estimate_text(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """Return a number with its interval, if it has one.

    >>> estimate_text(0.78754, 0.77, 0.8), estimate_text(None, 0.1, 0.2)
    ('0.7875 [0.77, 0.8]', '–')
    """
    text = number_text(value)
    return text if text == MISSING else f"{text} {interval_text(low, high)}".rstrip()
