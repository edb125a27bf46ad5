"""What a card says became of the model, and which checks it did not pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlops_assets.documents.cards import render_model_card
from mlops_assets.documents.collect_model import Deployed, release_evidence, verdict_line
from mlops_assets.documents.evidence import CardEvidence, CheckLine, Origin
from mlops_assets.release.evidence import evidence_from
from mlops_assets.release.gates import judge_gates
from mlops_assets.use_case.release import Gate
from mlops_assets.verdicts import MetricValue, Outcome

MODEL, OTHER = "f" * 64, "0" * 64
PLACE = Origin("awkward/evaluation", "r1", "2026-01-02T03:04:05+00:00")
PASSED = CheckLine("validated:schema", Outcome.PASSED, "fine", True, False, PLACE)
FAILED = CheckLine(
    "gate age_parity", Outcome.FAILED, "0.69 is too low", False, False, PLACE, 0.69, 0.66, 0.72, "at least 0.8"
)
DOUBTED = replace(FAILED, label="gate sex_parity", outcome=Outcome.UNCERTAIN)
IN_FORCE = Deployed("3", MODEL, "2026-01-02T03:04:05+00:00")


def _decision(auc: float = 0.8, *, blocking: bool = True, about: str = MODEL):
    gates = [Gate(name="discrimination", evidence="evaluation", metric="auc", at_least=0.7, blocking=blocking)]
    evidence = evidence_from(evaluation={"auc": MetricValue(auc, auc, auc)}, about={"evaluation": about})
    return judge_gates(gates, evidence, MODEL)


def test_a_deployment_in_spite_of_failed_checks_says_so_first():
    """The reader meets what failed before any praise."""
    words = verdict_line(_decision(), [PASSED, FAILED, DOUBTED], IN_FORCE)

    assert words == (
        "Deployed as version 3 although 2 of 3 checks did not pass. Failed: gate age_parity (not blocking). "
        "Uncertain: gate sex_parity (not blocking)."
    )


def test_a_deployment_with_nothing_against_it_counts_what_passed():
    assert verdict_line(_decision(), [PASSED, PASSED], IN_FORCE) == "Deployed as version 3: all 2 checks passed."


@pytest.mark.parametrize("deployed", [None, replace(IN_FORCE, fingerprint=OTHER)])
def test_no_deployment_is_claimed_that_did_not_happen(deployed):
    """Approval is not deployment, and another model's deployment is not this one's."""
    words = verdict_line(_decision(), [PASSED], deployed)

    assert words.startswith("Approved, and not deployed when this card was written: all 1 checks passed")
    assert not words.startswith("Deployed")


@pytest.mark.parametrize(
    ("deployed", "end"),
    [
        (None, "No model of this use case is deployed."),
        (replace(IN_FORCE, fingerprint=OTHER), "Another model was deployed last, as version 3"),
        (IN_FORCE, "This model was deployed as version 3 before"),
    ],
)
def test_a_model_that_is_held_back_says_why_and_what_was_deployed(deployed, end):
    words = verdict_line(_decision(0.6), [PASSED], deployed)

    assert words.startswith("Held back: failed: discrimination is 0.6 [0.6, 0.6], but at least 0.7 is required")
    assert end in words


def test_a_model_without_a_blocking_gate_or_about_which_nothing_is_known_is_held_back():
    assert verdict_line(_decision(blocking=False), [PASSED], None).startswith("Held back: no blocking gate")
    assert verdict_line(_decision(about=OTHER), [PASSED], None).startswith("Held back: not applicable")


def test_uncertainty_that_the_use_case_accepts_is_named_as_such():
    accepted = replace(DOUBTED, blocking=True, accepted=True)

    assert "Uncertain: gate sex_parity (accepted)." in verdict_line(_decision(), [accepted], IN_FORCE)


def test_a_card_of_nothing_is_not_judged(card_use_case):
    """Missing evidence is never a pass, and no deployment."""
    text = render_model_card(card_use_case, CardEvidence())

    assert "> **Not judged: no release decision was made from evidence.**" in text
    assert "No check was evaluated." in text


def test_every_check_is_on_the_card_with_value_and_limit_the_worst_first(card_use_case, read_page):
    """The table has a row a check, whatever its outcome, with the figure as it was judged."""
    lines = [PASSED, DOUBTED, replace(FAILED, label="a|b <script>")]
    evidence = release_evidence(PLACE, _decision(), lines, IN_FORCE)
    page = read_page(render_model_card(card_use_case, evidence, as_page=True))
    rows = page.rows[1:4]

    assert [row[0] for row in rows] == ["a|b <script>", "gate sex_parity", "validated:schema"]
    assert rows[0][1:5] == ["failed", "0.69 [0.66, 0.72]", "at least 0.8", "no"]
    assert rows[2][1:5] == ["passed", "–", "\xa0", "yes"]
    text = render_model_card(card_use_case, evidence)

    assert "> **Deployed as version 3 although" in text
    assert "Uncertain on these rows: gate sex_parity." in text.split("## Limitations")[1]


@pytest.mark.parametrize("label", ["leakage_report:no_leakage", "evaluation:not_too_good"])
@pytest.mark.parametrize(("outcome", "warned"), [("failed", True), ("uncertain", True), ("passed", False)])
def test_a_suspected_leak_is_at_the_top_of_the_card(card_use_case, label, outcome, warned):
    """Who reads two lines learns that the figures may be too good to be true."""
    line = replace(FAILED, label=label, outcome=Outcome(outcome))
    head = render_model_card(card_use_case, CardEvidence(checks=(line,))).split("## Checks")[0]

    assert ("Possible leakage, by " + label in head) is warned
