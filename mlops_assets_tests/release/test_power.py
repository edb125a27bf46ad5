"""Power: an uncertain gate is accepted only where it could have failed a model that must not pass."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.release.evidence import Evidence, evidence_from
from mlops_assets.release.gates import judge_gate, judge_gates, power_to_fail
from mlops_assets.use_case.release import Gate
from mlops_assets.verdicts import MetricValue, Outcome, Verdict

MODEL = "a" * 64


def _gate(**more) -> Gate:
    accept = {"minimum_positives": 50, "minimum_power": 0.8, **more.pop("accept", {})}
    return Gate(**{"name": "auc", "evidence": "evaluation", "metric": "auc", "accept_uncertain": accept, **more})


def _evidence(figure: MetricValue, positives: int | None) -> Evidence:
    return evidence_from(
        evaluation={"auc": figure},
        about={"evaluation": MODEL},
        confidence={"evaluation": 0.95},
        positives=None if positives is None else {"evaluation": positives},
    )


def test_seven_positives_and_a_wide_interval_are_not_accepted():
    """The model of 1 hit and 99 false alarms that was approved: an AUC of 0.68, perhaps 0.42, perhaps 0.87."""
    decision = judge_gates([_gate(at_least=0.55)], _evidence(MetricValue(0.68, 0.42, 0.87), 7), MODEL)

    assert not decision.approved
    assert decision.accepted == ()
    assert "not accepted: 7 positives, at least 50 required" in decision.reasons[0]
    assert "power 0.064 to fail a model of 0.5, at least 0.8 required" in decision.reasons[0]


@pytest.mark.parametrize(
    ("figure", "positives", "accepted"),
    [
        (MetricValue(0.81, 0.78, 0.84), 400, True),
        (MetricValue(0.81, 0.78, 0.84), 49, False),
        (MetricValue(0.81, 0.62, 0.95), 400, False),
    ],
)
def test_both_positives_and_power_are_needed(figure, positives, accepted):
    gate = _gate(at_least=0.8, accept={"unacceptable": 0.75})

    decision = judge_gates([gate], _evidence(figure, positives), MODEL)

    assert decision.verdicts[0].outcome is Outcome.UNCERTAIN
    assert decision.approved is accepted
    assert decision.accepted == (("auc",) if accepted else ())


def test_evidence_that_does_not_say_its_positives_is_not_accepted():
    decision = judge_gates([_gate(at_least=0.8)], _evidence(MetricValue(0.81, 0.78, 0.84), None), MODEL)

    assert not decision.approved
    assert "it is not recorded how many positives evaluation was measured on" in decision.reasons[0]


def test_true_is_no_acceptance():
    gate = _gate(at_least=0.8).model_copy(update={"accept_uncertain": True})

    assert not judge_gates([gate], _evidence(MetricValue(0.81, 0.78, 0.84), 400), MODEL).approved


@pytest.mark.parametrize(
    ("limits", "unacceptable"),
    [({"at_least": 0.8}, 0.72), ({"at_most": 0.8}, 0.86), ({"at_least": 0.7, "at_most": 0.8}, 0.85)],
)
def test_power_is_how_often_the_gate_fails_an_unacceptable_model(limits, unacceptable):
    """Simulated: figures around the unacceptable value, with the standard error that the interval has."""
    gate, error = _gate(accept={"unacceptable": unacceptable}, **limits), 0.025
    figures = np.random.default_rng(4).normal(unacceptable, error, 4000)
    failed = [
        judge_gate(gate, _evidence(MetricValue(v, v - 1.96 * error, v + 1.96 * error), 99), MODEL).outcome
        is Outcome.FAILED
        for v in figures
    ]
    verdict = Verdict("auc", Outcome.UNCERTAIN, "", 0.8, 0.8 - 1.96 * error, 0.8 + 1.96 * error)

    assert power_to_fail(gate, verdict, 0.95) == pytest.approx(np.mean(failed), abs=0.02)


def test_an_interval_of_no_width_has_all_the_power():
    verdict = Verdict("auc", Outcome.UNCERTAIN, "", 0.8, 0.8, 0.8)

    assert power_to_fail(_gate(at_least=0.8), verdict, 0.95) == 1


def test_power_of_nothing_is_refused():
    with pytest.raises(ValueError, match="an unacceptable value and an interval"):
        power_to_fail(_gate(at_least=0.8), Verdict("auc", Outcome.UNCERTAIN, "", 0.8), 0.95)
