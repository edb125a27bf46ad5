"""Figures that are too good to be true are said, and few rows are no proof."""

import pytest

from mlops_assets.assurance.suspicion import judge_dominance, judge_performance
from mlops_assets.verdicts import MetricValue, Outcome


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [
        (MetricValue(1.0, 0.998, 1.0), Outcome.FAILED),
        (MetricValue(0.991, 0.951, 1.0), Outcome.FAILED),
        (MetricValue(0.991, 0.8, 1.0), Outcome.UNCERTAIN),
        (MetricValue(1.0), Outcome.UNCERTAIN),
        (MetricValue(0.99, 0.985, 0.995), Outcome.PASSED),
        (MetricValue(0.79, 0.77, 0.81), Outcome.PASSED),
        (MetricValue(None), Outcome.NOT_APPLICABLE),
    ],
)
def test_a_test_auc_near_one_is_suspicious(figure, outcome):
    verdict = judge_performance(figure)

    assert verdict.outcome is outcome
    assert verdict.value == figure.value
    assert ("known only after the outcome" in verdict.reason) is (outcome in (Outcome.FAILED, Outcome.UNCERTAIN))


@pytest.mark.parametrize(
    ("importance", "outcome"),
    [
        ({"a": 81.0, "b": 10.0, "c": 9.0}, Outcome.FAILED),
        ({"a": 10.0, "b": 80.0, "c": 10.0}, Outcome.PASSED),
        ({"a": 1.0, "b": 0.0}, Outcome.FAILED),
        ({"a": 1.0}, Outcome.NOT_APPLICABLE),
        ({"a": 0.0, "b": 0.0}, Outcome.NOT_APPLICABLE),
        ({}, Outcome.NOT_APPLICABLE),
    ],
)
def test_one_column_that_carries_the_model_is_suspicious(importance, outcome):
    assert judge_dominance(importance).outcome is outcome


def test_the_column_is_named_with_its_share():
    verdict = judge_dominance({"x | y": 90.0, "b": 10.0})

    assert verdict.value == 0.9
    assert "'x | y' carries 90 % of the importance, the most of 2 columns" in verdict.reason
