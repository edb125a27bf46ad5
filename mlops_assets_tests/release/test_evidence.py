"""Evidence: keys that tell figures apart, and values that are numbers or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.release.evidence import Evidence, evidence_from, gate_key
from mlops_assets.use_case.metrics import GATE_METRICS
from mlops_assets.verdicts import MetricValue


def test_every_source_lands_under_its_own_key():
    evidence = evidence_from(
        evaluation={"auc": MetricValue(0.8, 0.7, 0.9)},
        fairness={"SEX": {"tpr_gap": MetricValue(0.1)}},
        synthetic={"quality": 0.9},
        privacy={"epsilon_spent": 0.5},
        data={"valid_rows": 100, "quarantined_share": 0.01, "suspected_leaks": 2},
        about={"evaluation": "f"},
    )

    assert evidence.metrics == {
        "evaluation.auc": MetricValue(0.8, 0.7, 0.9),
        "fairness.tpr_gap[SEX]": MetricValue(0.1),
        "synthetic.quality": MetricValue(0.9),
        "privacy.epsilon_spent": MetricValue(0.5),
        "data.valid_rows": MetricValue(100.0),
        "data.quarantined_share": MetricValue(0.01),
        "data.suspected_leaks": MetricValue(2.0),
    }
    assert evidence.about == {"evaluation": "f"}


def test_what_nobody_measured_has_no_value():
    evidence = evidence_from(data={"suspected_leaks": None}, fairness={"SEX": {"tpr_gap": None}})

    assert [metric.value for metric in evidence.metrics.values()] == [None, None]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), None, MetricValue(float("nan"))])
def test_a_number_that_is_not_finite_is_no_value(number):
    assert evidence_from(synthetic={"quality": number}).metrics["synthetic.quality"].value is None


def test_an_interval_with_an_end_that_is_not_finite_is_none():
    figure = evidence_from(evaluation={"auc": MetricValue(0.8, float("nan"), 0.9)}).metrics["evaluation.auc"]

    assert figure == MetricValue(0.8)


keys = st.tuples(
    st.sampled_from([(source, metric) for source, metrics in GATE_METRICS.items() for metric in metrics]),
    st.none() | st.text(max_size=30),
)


@given(keys, keys)
def test_two_figures_never_share_a_key(first, second):
    """Whatever characters the name of an attribute holds."""
    (left, left_attribute), (right, right_attribute) = first, second

    same = gate_key(*left, left_attribute) == gate_key(*right, right_attribute)

    assert same == (first == second)


def test_evidence_survives_json():
    evidence = evidence_from(fairness={"größe [cm]": {"tpr_gap": 0.1}}, about={"fairness": "f"})
    adapter = TypeAdapter(Evidence)

    assert adapter.validate_json(adapter.dump_json(evidence)) == evidence
