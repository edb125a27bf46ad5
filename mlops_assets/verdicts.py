"""Verdicts: the outcomes a check can have, and how a metric is compared with a limit.

There are four outcomes: passed; failed; uncertain, where an interval straddles the limit; not applicable, where there
is no value. Missing evidence is never a pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from mlops_assets.formatting import estimate_text, number_text

Severity = Literal["error", "warning"]
"""How serious a failed check is, as declared in the YAML."""


class Outcome(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NOT_APPLICABLE = "not applicable"


WORST_FIRST = (Outcome.FAILED, Outcome.UNCERTAIN, Outcome.NOT_APPLICABLE, Outcome.PASSED)
"""The outcomes, the most serious first."""


@dataclass(frozen=True)
class MetricValue:
    """A measured number and its interval; None where one is not available."""

    value: float | None
    low: float | None = None
    high: float | None = None


def finite_metric(value: float | None, low: float | None = None, high: float | None = None) -> MetricValue:
    """Return a metric: without a value where that is not finite, without an interval where one of its ends is not."""
    metric, *ends = (None if n is None or not math.isfinite(n) else float(n) for n in (value, low, high))
    return MetricValue(metric, *(ends if metric is not None and None not in ends else ()))


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Attributes:
        name: what was checked, unique within its report.
        outcome: one of the four outcomes.
        reason: why, in words and with the numbers; says what to do if the outcome is not a pass.
        value: the number that was checked, None if there is none.
        low, high: the ends of its interval, None if none was computed.
        limit: the limit; the lower one of two.
        upper_limit: the upper one of two limits, None if there is only one.
        limits: the limits in words, with their direction.
    """

    name: str
    outcome: Outcome
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    upper_limit: float | None = None
    limits: str = ""


def limit_words(at_least: float | None, at_most: float | None) -> str:
    """Return one limit or two in words.

    >>> limit_words(0.8, None), limit_words(0.8, 1.25)
    ('at least 0.8', 'between 0.8 and 1.25')
    """
    if at_least is not None and at_most is not None:
        return f"between {number_text(at_least)} and {number_text(at_most)}"
    return f"at least {number_text(at_least)}" if at_least is not None else f"at most {number_text(at_most)}"


def judge(
    name: str,
    measured: MetricValue | float | None,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    missing: str = "there is no evidence",
) -> Verdict:
    """Compare a metric, by its interval if it has one, with a lower limit, an upper limit, or both.

    An interval that lies entirely within the limits passes. One that lies entirely below the lower limit or entirely
    above the upper limit fails. Any other is uncertain. Without an interval the value alone decides. None and NaN are
    not applicable, for the reason `missing`.

    Raises:
        ValueError: there is no limit.
    """
    if at_least is None and at_most is None:
        raise ValueError("give at_least, at_most, or both")
    metric = measured if isinstance(measured, MetricValue) else MetricValue(measured)
    value, low, high = metric.value, metric.low, metric.high
    limit = at_least if at_least is not None else at_most
    upper_limit = at_most if at_least is not None else None
    words = limit_words(at_least, at_most)
    if value is None or math.isnan(value):
        reason = f"{name} cannot be judged: {missing}"
        return Verdict(name, Outcome.NOT_APPLICABLE, reason, limit=limit, upper_limit=upper_limit, limits=words)
    has_interval = low is not None and high is not None and not (math.isnan(low) or math.isnan(high))
    ends = (low, high) if has_interval and low is not None and high is not None else (value, value)
    outcome = _outcome(ends, -math.inf if at_least is None else at_least, math.inf if at_most is None else at_most)
    text = estimate_text(value, *(ends if has_interval else ()))
    reason = {
        Outcome.PASSED: f"{name} is {text}, required {words}",
        Outcome.FAILED: f"{name} is {text}, but {words} is required",
        Outcome.UNCERTAIN: f"{name} is {text}: its interval includes the limit ({words}); more data needed",
    }[outcome]
    left, right = ends if has_interval else (None, None)
    return Verdict(name, outcome, reason, value, left, right, limit, upper_limit, words)


def _outcome(ends: tuple[float, float], at_least: float, at_most: float) -> Outcome:
    if at_least <= ends[0] and ends[1] <= at_most:
        return Outcome.PASSED
    return Outcome.FAILED if ends[1] < at_least or ends[0] > at_most else Outcome.UNCERTAIN
