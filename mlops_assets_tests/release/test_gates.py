"""Gates: the truth table of the decision, what counts as evidence, and how a decision reads."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.errors import ReleaseError
from mlops_assets.release.evidence import Evidence, evidence_from
from mlops_assets.release.gates import ReleaseDecision, check_deployable, judge_gate, judge_gates, render_decision
from mlops_assets.use_case.release import Gate
from mlops_assets.verdicts import MetricValue, Outcome

MODEL, OTHER = "a" * 64, "b" * 64
ABOUT = {"evaluation": MODEL, "fairness": MODEL}
FIGURES = {
    Outcome.PASSED: MetricValue(0.9, 0.85, 0.95),
    Outcome.FAILED: MetricValue(0.6, 0.55, 0.65),
    Outcome.UNCERTAIN: MetricValue(0.81, 0.75, 0.87),
    Outcome.NOT_APPLICABLE: MetricValue(None),
}
ACCEPT = {"minimum_positives": 50, "minimum_power": 0.8, "unacceptable": 0.6}
SURE = Gate(name="sure", evidence="data", metric="valid_rows", at_least=1)


def _gate(name: str = "discrimination", **more) -> Gate:
    return Gate(**{"name": name, "evidence": "evaluation", "metric": "auc", "at_least": 0.8, **more})


def _evidence(figure: MetricValue, about: dict[str, str] = ABOUT) -> Evidence:
    return evidence_from(
        evaluation={"auc": figure, "positives": 60},
        data={"valid_rows": 10},
        about=about,
        confidence={"evaluation": 0.95},
        positives={"evaluation": 60},
    )


def _sure(value: float) -> MetricValue:
    return MetricValue(value, value, value)


@pytest.mark.parametrize(
    ("outcome", "blocking", "accept_uncertain"), list(product(Outcome, (True, False), (ACCEPT, False)))
)
def test_the_truth_table_of_one_gate_beside_a_gate_that_passes(outcome, blocking, accept_uncertain):
    """A blocking gate lets through what passed, and what is uncertain where it says so; another lets all through."""
    gate = _gate(blocking=blocking, accept_uncertain=accept_uncertain)
    lets_through = (
        not blocking or outcome is Outcome.PASSED or (outcome is Outcome.UNCERTAIN and bool(accept_uncertain))
    )

    decision = judge_gates([gate, SURE], _evidence(FIGURES[outcome]), MODEL)

    assert decision.verdicts[0].outcome is outcome
    assert decision.approved is lets_through
    assert decision.held_by == (() if lets_through else ("discrimination",))
    assert len(decision.reasons) == (0 if lets_through else 1)
    assert decision.accepted == (
        ("discrimination",) if blocking and accept_uncertain and outcome is Outcome.UNCERTAIN else ()
    )


@pytest.mark.parametrize("outcome", list(Outcome))
def test_without_a_blocking_gate_nothing_is_approved(outcome):
    decision = judge_gates([_gate(blocking=False)], _evidence(FIGURES[outcome]), MODEL)

    assert not decision.approved
    assert decision.held_by == ()
    assert "no blocking gate is declared" in decision.reasons[0]


def test_without_any_gate_nothing_is_approved():
    assert not judge_gates([], _evidence(FIGURES[Outcome.PASSED]), MODEL).approved


@given(st.lists(st.tuples(st.sampled_from(list(Outcome)), st.booleans(), st.booleans()), max_size=6))
def test_one_gate_that_holds_is_enough_whatever_the_others_say(rows):
    """Approval is the conjunction over the blocking gates, with at least one of them."""
    sources = list(range(len(rows)))
    gates = [
        Gate(
            name=f"g{i}",
            evidence="evaluation",
            metric=f"m{i}",
            at_least=0.8,
            blocking=b,
            accept_uncertain=ACCEPT if u else False,
        )
        for i, (_, b, u) in zip(sources, rows, strict=True)
    ]
    figures = {f"m{i}": FIGURES[rows[i][0]] for i in sources}
    evidence = replace(_evidence(MetricValue(None)), metrics=evidence_from(evaluation=figures).metrics)
    good = [o is Outcome.PASSED or (u and o is Outcome.UNCERTAIN) for o, b, u in rows if b]

    decision = judge_gates(gates, evidence, MODEL)

    assert decision.approved is (bool(good) and all(good))
    assert decision.approved is not bool(decision.reasons)


def test_two_gates_of_one_name_do_not_hide_each_other():
    failing, passing = _gate(at_least=0.99), _gate(at_least=0.1)

    decision = judge_gates([failing, passing], _evidence(_sure(0.9)), MODEL)

    assert not decision.approved
    assert len(decision.verdicts) == 2


def test_a_gate_without_evidence_is_not_applicable_and_says_what_is_missing():
    gate = Gate(name="parity", evidence="fairness", attribute="SEX", metric="tpr_gap", at_most=0.1)

    verdict = judge_gate(gate, _evidence(MetricValue(0.9)), MODEL)

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "fairness has no value for tpr_gap of SEX" in verdict.reason


def test_evidence_about_another_model_is_no_evidence():
    """A model refitted after its evaluation must not be released on the figures of the one before it."""
    decision = judge_gates([_gate()], _evidence(MetricValue(0.9), about={"evaluation": OTHER}), MODEL)

    assert not decision.approved
    assert decision.verdicts[0].outcome is Outcome.NOT_APPLICABLE
    assert "was measured on model bbbbbbbbbbbb, and this one is aaaaaaaaaaaa" in decision.reasons[0]


def test_evidence_about_nobody_knows_which_model_is_no_evidence():
    decision = judge_gates([_gate()], _evidence(MetricValue(0.9), about={}), MODEL)

    assert not decision.approved
    assert "it is not recorded which model evaluation was measured on" in decision.reasons[0]


def test_a_figure_about_a_model_without_an_interval_is_no_evidence():
    """Where too few rows are left to say how sure a figure is, its value alone must not pass."""
    verdict = judge_gate(_gate(), _evidence(MetricValue(0.99)), MODEL)

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "auc has no interval" in verdict.reason


def test_a_gate_on_the_number_of_positives_needs_no_interval():
    gate = _gate(metric="positives", at_least=50)

    assert judge_gate(gate, _evidence(MetricValue(None)), MODEL).outcome is Outcome.PASSED
    assert (
        judge_gate(gate.model_copy(update={"at_least": 61}), _evidence(MetricValue(None)), MODEL).outcome
        is Outcome.FAILED
    )


def test_a_note_of_the_evidence_is_told_with_the_verdict():
    """Groups that were not judged, and why there is no figure."""
    gate = Gate(name="parity", evidence="fairness", attribute="AGE", metric="tpr_gap", at_most=0.1)
    notes = {"fairness.tpr_gap[AGE]": "2 groups not judged, 135 rows"}
    found = evidence_from(fairness={"AGE": {"tpr_gap": MetricValue(0.05, 0.01, 0.09)}}, about=ABOUT, notes=notes)
    lacking = evidence_from(fairness={"AGE": {"tpr_gap": None}}, about=ABOUT, notes=notes)

    assert judge_gate(gate, found, MODEL).reason.endswith("(2 groups not judged, 135 rows)")
    assert judge_gate(gate, lacking, MODEL).reason == "parity cannot be judged: 2 groups not judged, 135 rows"


def test_evidence_about_data_needs_no_model():
    assert judge_gates([SURE], evidence_from(data={"valid_rows": 5}), MODEL).approved


def test_fairness_gates_read_the_figure_of_their_own_attribute():
    gate = Gate(name="parity", evidence="fairness", attribute="AGE", metric="tpr_gap", at_most=0.1)
    evidence = evidence_from(fairness={"SEX": {"tpr_gap": _sure(0.01)}, "AGE": {"tpr_gap": _sure(0.5)}}, about=ABOUT)

    assert judge_gate(gate, evidence, MODEL).outcome is Outcome.FAILED


@pytest.mark.parametrize(("value", "expected"), [(0.8, Outcome.PASSED), (0.7999, Outcome.FAILED)])
def test_a_figure_on_the_limit_passes(value, expected):
    assert judge_gate(_gate(), _evidence(_sure(value)), MODEL).outcome is expected


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (MetricValue(1.0, 0.9, 1.1), Outcome.PASSED),
        (MetricValue(1.0, 0.8, 1.25), Outcome.PASSED),
        (MetricValue(0.7, 0.65, 0.75), Outcome.FAILED),
        (MetricValue(1.4, 1.3, 1.5), Outcome.FAILED),
        (MetricValue(0.85, 0.75, 0.95), Outcome.UNCERTAIN),
        (MetricValue(1.2, 1.1, 1.3), Outcome.UNCERTAIN),
        (MetricValue(1.0, 0.5, 2.0), Outcome.UNCERTAIN),
        (MetricValue(1.26, 1.26, 1.26), Outcome.FAILED),
        (MetricValue(None), Outcome.NOT_APPLICABLE),
    ],
)
def test_a_gate_with_two_limits_needs_the_whole_interval_between_them(figure, expected):
    """A slope of 1.4 is as wrong as one of 0.7, and an interval wider than both limits tells nothing."""
    verdict = judge_gate(_gate(at_most=1.25), _evidence(figure), MODEL)

    assert verdict.outcome is expected
    assert (verdict.limit, verdict.upper_limit) == (0.8, 1.25)
    if expected is Outcome.FAILED:
        assert "but between 0.8 and 1.25 is required" in verdict.reason


def test_the_table_shows_both_limits():
    text = render_decision(judge_gates([_gate(at_most=1.25)], _evidence(_sure(1.0)), MODEL))

    assert "| passed | 1 [1, 1] | between 0.8 and 1.25 | yes |" in text


def test_an_approved_model_may_be_deployed():
    decision = judge_gates([_gate()], _evidence(_sure(0.9)), MODEL)

    assert check_deployable(decision, MODEL) is None


def test_a_model_that_is_held_is_refused_with_the_reasons():
    decision = judge_gates([_gate()], _evidence(_sure(0.6)), MODEL)

    with pytest.raises(ReleaseError, match=r"discrimination is 0\.6 .*, but at least 0\.8 is required.*held by discr"):
        check_deployable(decision, MODEL)


def test_a_model_without_a_blocking_gate_is_refused():
    with pytest.raises(ReleaseError, match="no blocking gate"):
        check_deployable(judge_gates([], evidence_from(), MODEL), MODEL)


def test_an_approval_of_another_model_is_refused():
    decision = judge_gates([_gate()], _evidence(MetricValue(0.9)), MODEL)

    with pytest.raises(ReleaseError, match=r"about another model.*got one about aaaaaaaaaaaa"):
        check_deployable(decision, OTHER)


def test_the_decision_survives_json():
    decision = judge_gates([_gate(), SURE], _evidence(FIGURES[Outcome.UNCERTAIN]), MODEL)
    adapter = TypeAdapter(ReleaseDecision)

    assert adapter.validate_json(adapter.dump_json(decision)) == decision


def test_the_table_has_one_row_a_gate():
    gates = [_gate(accept_uncertain=ACCEPT), _gate("watched", at_least=0.99, blocking=False), SURE]

    lines = render_decision(judge_gates(gates, _evidence(FIGURES[Outcome.UNCERTAIN]), MODEL)).splitlines()

    assert lines[0] == "**Approved.**"
    assert lines[3].split("|")[3].strip() == "---:", "metrics stand to the right"
    assert lines[4].startswith("| discrimination | uncertain (accepted) | 0.81 [0.75, 0.87] | at least 0.8 | yes | ")
    assert lines[5].startswith("| watched | failed | 0.81 [0.75, 0.87] | at least 0.99 | no | ")
    assert lines[6].startswith("| sure | passed | 10 | at least 1 | yes | ")


def test_the_table_of_a_model_that_is_held_begins_with_the_reasons():
    text = render_decision(judge_gates([_gate()], _evidence(FIGURES[Outcome.NOT_APPLICABLE]), MODEL))

    assert text.startswith("**Not approved.** not applicable: discrimination cannot be judged")
    assert "| – | at least 0.8 | yes |" in text


def test_names_of_columns_cannot_break_out_of_the_table():
    decision = judge_gates([_gate()], _evidence(MetricValue(0.6)), MODEL)
    hostile = replace(decision.verdicts[0], reason="a|b\n<script>alert(1)</script>\\|")

    last = render_decision(replace(decision, verdicts=(hostile,))).splitlines()[-1]

    assert last.endswith(r"| a\|b &lt;script&gt;alert(1)&lt;/script&gt;\\\| |")
