"""Power: whether an uncertain gate had the evidence that accepting it takes.

An interval that straddles the limit does not show that a model is bad. Accepting it is sound only where a bad model
would have been found out, so that is what is asked: with how many positives was it measured, and how probable was it
that the gate fails a model whose true value is one that must not pass?
"""

from __future__ import annotations

from statistics import NormalDist

from mlops_assets.formatting import number_text
from mlops_assets.release.evidence import Evidence
from mlops_assets.statistics.proportions import normal_quantile
from mlops_assets.use_case.release import AcceptUncertain, Gate
from mlops_assets.verdicts import Verdict


def power_to_fail(gate: Gate, verdict: Verdict, confidence: float) -> float:
    """Return the probability that the gate fails a model whose true value is `gate.unacceptable`.

    The gate fails where the whole interval lies beyond the limit. The metric is taken as normal around its true value
    with the standard error that the interval has, half its width over its normal quantile.

    Args:
        gate: a gate that says what is unacceptable.
        verdict: its verdict, with an interval.
        confidence: coverage of the interval.

    Raises:
        ValueError: the gate does not say what is unacceptable, or the verdict has no interval.
    """
    if gate.unacceptable is None or verdict.low is None or verdict.high is None:
        raise ValueError("power needs an unacceptable value and an interval")
    below = float("-inf") if gate.at_least is None else gate.at_least - gate.unacceptable
    above = float("-inf") if gate.at_most is None else gate.unacceptable - gate.at_most
    distance = max(below, above)
    z = normal_quantile((1 - confidence) / 2)
    error = (verdict.high - verdict.low) / 2 / z
    if error == 0:
        return float(distance > 0)
    return NormalDist().cdf(distance / error - z)


def weigh(gate: Gate, accept: AcceptUncertain, verdict: Verdict, evidence: Evidence) -> tuple[bool, str]:
    """Return whether an uncertain verdict may be accepted, and in words why or why not."""
    confidence, positives = evidence.confidence.get(gate.evidence), evidence.positives.get(gate.evidence)
    if confidence is None or positives is None:
        return False, f"not accepted: nobody says how many positives {gate.evidence} was measured on"
    power = power_to_fail(gate, verdict, confidence)
    enough = positives >= accept.minimum_positives and power >= accept.minimum_power
    return enough, (
        f"{'accepted' if enough else 'not accepted'}: {number_text(positives)} positives, at least "
        f"{number_text(accept.minimum_positives)} required; power {number_text(round(power, 3))} to fail a model of "
        f"{number_text(gate.unacceptable)}, at least {number_text(accept.minimum_power)} required"
    )
