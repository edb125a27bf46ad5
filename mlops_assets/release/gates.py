"""Gates: whether a model may be deployed, decided from evidence alone and explained in words.

Holds the judgement and its rendering. A gate is declared in YAML (`release.gates`), its metric comes from
`evidence.py`; add here only what changes how metrics become a decision.

An interval that straddles the limit does not show that a model is bad. Accepting it is sound only where a bad model
would have been detected. So a gate requires two numbers: how many positives it was measured with, and how probable it
was that the gate fails a model whose true value must not pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from mlops_assets.errors import ReleaseError, listing
from mlops_assets.formatting import estimate_text, number_text
from mlops_assets.pages.markdown_text import escape, markdown_table
from mlops_assets.release.evidence import Evidence, gate_key
from mlops_assets.statistics.proportions import normal_quantile
from mlops_assets.use_case.metrics import EVALUATION_COUNTS, MODEL_EVIDENCE
from mlops_assets.use_case.release import AcceptUncertain, Gate
from mlops_assets.verdicts import MetricValue, Outcome, Verdict, judge

NO_GATE = "no blocking gate is declared, and without one nothing is deployed; add one to `release.gates`"


@dataclass(frozen=True)
class ReleaseDecision:
    """What the gates say of one model.

    Attributes:
        approved: whether it may be deployed.
        verdicts: one a gate, named as the gate, in the order of the YAML.
        blocking: names of the gates that can keep a model from deployment.
        accepted: names of the blocking gates that are uncertain and accepted nevertheless.
        held_by: names of the blocking gates that keep this model from deployment.
        reasons: in words, why it is not approved; empty where it is.
        fingerprint: the model.
    """

    approved: bool
    verdicts: tuple[Verdict, ...]
    blocking: tuple[str, ...]
    accepted: tuple[str, ...]
    held_by: tuple[str, ...]
    reasons: tuple[str, ...]
    fingerprint: str


def judge_gates(gates: Sequence[Gate], evidence: Evidence, fingerprint: str) -> ReleaseDecision:
    """Compare the evidence with every gate, and decide.

    A model is approved where there is at least one blocking gate and each of them passed, or is uncertain and may be
    accepted (`weigh`). Missing evidence holds a model back, and so does evidence about another model. A gate that
    does not block is judged and reported, and decides nothing.

    Args:
        gates: gates of the YAML, each with a limit or two.
        evidence: metrics, and the models that they are about.
        fingerprint: model that is to be deployed.
    """
    judged = [(gate, *_weighed(gate, judge_gate(gate, evidence, fingerprint), evidence)) for gate in gates]
    blocking = [found for found in judged if found[0].blocking]
    holding = [(gate, v) for gate, v, accepted in blocking if not accepted and v.outcome is not Outcome.PASSED]
    reasons = tuple(f"{verdict.outcome}: {verdict.reason}" for _, verdict in holding)
    return ReleaseDecision(
        approved=bool(blocking) and not holding,
        verdicts=tuple(verdict for _, verdict, _ in judged),
        blocking=tuple(gate.name for gate, _, _ in blocking),
        accepted=tuple(gate.name for gate, _, accepted in blocking if accepted),
        held_by=tuple(gate.name for gate, _ in holding),
        reasons=reasons if blocking else (NO_GATE,),
        fingerprint=fingerprint,
    )


def _weighed(gate: Gate, verdict: Verdict, evidence: Evidence) -> tuple[Verdict, bool]:
    """Return a verdict that says whether it is accepted where it is uncertain, and whether it is."""
    accept = gate.accept_uncertain
    if verdict.outcome is not Outcome.UNCERTAIN or isinstance(accept, bool):
        return verdict, False
    accepted, why = weigh(gate, accept, verdict, evidence)
    return replace(verdict, reason=f"{verdict.reason}; {why}"), accepted


def judge_gate(gate: Gate, evidence: Evidence, fingerprint: str) -> Verdict:
    """Compare one gate's metric with its limit; not applicable where there is none about this model.

    A metric of a model that must have an interval and has none is not evidence: its uncertainty is unknown.
    """
    key = gate_key(gate.evidence, gate.metric, gate.attribute)
    measured, note = evidence.metrics.get(key, MetricValue(None)), evidence.notes.get(key, "")
    of = f" of {gate.attribute}" if gate.attribute is not None else ""
    missing = _mismatch(gate, evidence, fingerprint)
    needs_interval = gate.evidence in MODEL_EVIDENCE and gate.metric not in EVALUATION_COUNTS
    if not missing and measured.value is not None and measured.low is None and needs_interval:
        missing = f"{gate.metric}{of} has no interval, so its uncertainty is unknown; more rows are needed"
    if missing:
        measured = MetricValue(None)
    verdict = judge(
        gate.name,
        measured,
        at_least=gate.at_least,
        at_most=gate.at_most,
        missing=missing or note or f"{gate.evidence} has no value for {gate.metric}{of}",
    )
    if not note or measured.value is None:
        return verdict
    return replace(verdict, reason=f"{verdict.reason} ({note})")


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
        return False, f"not accepted: it is not recorded how many positives {gate.evidence} was measured on"
    power = power_to_fail(gate, verdict, confidence)
    enough = positives >= accept.minimum_positives and power >= accept.minimum_power
    return enough, (
        f"{'accepted' if enough else 'not accepted'}: {number_text(positives)} positives, at least "
        f"{number_text(accept.minimum_positives)} required; power {number_text(round(power, 3))} to fail a model of "
        f"{number_text(gate.unacceptable)}, at least {number_text(accept.minimum_power)} required"
    )


def _mismatch(gate: Gate, evidence: Evidence, fingerprint: str) -> str:
    """Return why the source of a gate does not speak of this model, or nothing where it does."""
    if gate.evidence not in MODEL_EVIDENCE:
        return ""
    about = evidence.about.get(gate.evidence)
    if about is None:
        return f"it is not recorded which model {gate.evidence} was measured on; materialize {gate.evidence} again"
    if about != fingerprint:
        return (
            f"{gate.evidence} was measured on model {about[:12]}, and this one is {fingerprint[:12]}; "
            f"materialize {gate.evidence} again"
        )
    return ""


def check_deployable(decision: ReleaseDecision, fingerprint: str) -> None:
    """Check that exactly this model is approved.

    Raises:
        ReleaseError: the decision is about another model, or it is not an approval.
    """
    if decision.fingerprint != fingerprint:
        raise ReleaseError(
            "the release decision is about another model",
            where="deployment",
            expected=f"a decision about {fingerprint[:12]}",
            got=f"one about {decision.fingerprint[:12]}",
            fix="materialize release_decision again",
        )
    if not decision.approved:
        raise ReleaseError(
            f"the gates do not approve this model: {listing(decision.reasons, 20)}",
            where="deployment",
            expected="every blocking gate passed",
            got=f"held by {listing(decision.held_by, 20)}" if decision.held_by else "no blocking gate",
            fix="improve the model, or change `release.gates` and say why in the pull request",
        )


def render_decision(decision: ReleaseDecision) -> str:
    """Return the decision as a Markdown table, one row a gate, below one line that says what was decided."""
    head = "**Approved.**" if decision.approved else f"**Not approved.** {escape('; '.join(decision.reasons))}"
    headings = ("gate", "outcome", "metric", "limit", "blocking", "why")
    return f"{head}\n\n{markdown_table(headings, [_row(decision, v) for v in decision.verdicts], right=('metric',))}\n"


def _row(decision: ReleaseDecision, verdict: Verdict) -> tuple[object, ...]:
    outcome = f"{verdict.outcome} (accepted)" if verdict.name in decision.accepted else str(verdict.outcome)
    measured = estimate_text(verdict.value, verdict.low, verdict.high)
    return (verdict.name, outcome, measured, verdict.limits, verdict.name in decision.blocking, verdict.reason)
