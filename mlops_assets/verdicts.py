"""Verdicts: the outcomes a check can have, and how a figure is held against a limit.

Three outcomes and one shade: passed, failed, not applicable; uncertain where an interval straddles the limit.
Missing evidence is never a pass: without a value the verdict is not applicable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Verdict:
    """One judged question.

    Attributes:
        name: what was judged, unique within its report.
        outcome: one of the four outcomes.
        reason: why, in words and with the figures; says what to do where the outcome is not a pass.
        value: the figure that was judged, None where there is none.
        low, high: the ends of its interval, None where none was computed.
        limit: the limit it was held against.
    """

    name: str
    outcome: Outcome
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None


def judge(
    name: str,
    value: float | None,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    low: float | None = None,
    high: float | None = None,
    missing: str = "there is no evidence for it",
) -> Verdict:
    """Hold `value`, or its interval where one is given, against exactly one limit.

    An interval wholly on the right side passes, wholly on the wrong side fails, and is uncertain in between.
    Without an interval the value alone decides. None and NaN are not applicable, for the reason `missing`.
    """
    if (at_least is None) == (at_most is None):
        raise ValueError("give exactly one of at_least and at_most")
    limit = at_least if at_least is not None else at_most
    assert limit is not None
    words = f"at least {limit:g}" if at_least is not None else f"at most {limit:g}"
    if value is None or math.isnan(value):
        return Verdict(name, Outcome.NOT_APPLICABLE, f"{name} cannot be judged: {missing}", limit=limit)
    has_interval = low is not None and high is not None and not (math.isnan(low) or math.isnan(high))
    ends = (low, high) if has_interval and low is not None and high is not None else (value, value)
    good = [end >= limit if at_least is not None else end <= limit for end in ends]
    outcome = Outcome.PASSED if all(good) else Outcome.UNCERTAIN if any(good) else Outcome.FAILED
    figure = f"{value:.4g}" + (f" [{ends[0]:.4g}, {ends[1]:.4g}]" if has_interval else "")
    reason = {
        Outcome.PASSED: f"{name} is {figure}, required {words}",
        Outcome.FAILED: f"{name} is {figure}, but {words} is required",
        Outcome.UNCERTAIN: f"{name} is {figure}: its interval straddles the limit ({words}); more data would tell",
    }[outcome]
    if not has_interval:
        return Verdict(name, outcome, reason, value, limit=limit)
    return Verdict(name, outcome, reason, value, ends[0], ends[1], limit)


@dataclass(frozen=True)
class Figure:
    """A measured number and its interval, None where the number or the interval cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None
