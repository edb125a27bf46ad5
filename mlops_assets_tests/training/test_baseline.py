"""The baseline and the ablation: fitted on the training rows, paired on the test rows, and nothing said twice."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from mlops_assets.errors import DataError
from mlops_assets.statistics.ranking import auc
from mlops_assets.training.baseline import Comparison, compare, judge_baseline
from mlops_assets.training.evaluation import evaluate
from mlops_assets.training.fitting import fit_estimator, score_rows
from mlops_assets.training.trials import SearchResult, TrialRecord, TrialState
from mlops_assets.use_case.training import Evaluation
from mlops_assets.verdicts import MetricValue, Outcome

QUICK = Evaluation(bootstrap=200)
SETS = {"raw": ("a", "b"), "derived": ("a", "b", "c"), "selected": ("a", "c")}


def rows(count: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Two raw columns and one derived feature that knows most."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(count, 3)), columns=list("abc"))
    y = (X["a"] + 2 * X["c"] + rng.normal(size=count) > 0).astype(np.int8)
    return X, y


def outcome(number: int, features: str) -> SearchResult:
    """A search whose baseline is a logistic regression on raw inputs and whose choice is a trial of another C."""
    params = ({"C": 0.3}, {"C": 1.0})
    trials = tuple(
        TrialRecord(place, "logistic_regression", params[place], TrialState.COMPLETE, 0.7 + place / 10, (0.7,), None, 1)
        for place in range(2)
    )
    trials = (trials[0], replace(trials[1], features=features, gain=0.1, gain_error=0.01))
    chosen = trials[number]
    more = {"features": chosen.features, "gain": 0.1 * number, "gain_error": 0.01 if number else None}
    return SearchResult(chosen.family, chosen.params, 0.8, number, "auc", True, trials, 3, 400, 1, **more)


def compared(result: SearchResult, sets=None) -> tuple[np.ndarray, np.ndarray, Comparison]:
    train, test = rows(400, 1), rows(300, 2)
    names = list((sets or SETS)[result.features])
    served = fit_estimator(train[0][names], train[1].to_numpy(), family=result.family, params=result.params, seed=1)
    p = score_rows(served, test[0][names])
    other, about = compare(train, test, p, result=result, sets=sets or SETS, evaluation=QUICK)
    return p, other, about


def test_the_baseline_is_trial_0_on_raw_inputs_fitted_on_the_training_rows():
    (X, y), (test, _) = rows(400, 1), rows(300, 2)
    _, other, about = compared(outcome(1, "derived"))
    estimator = fit_estimator(X[["a", "b"]], y.to_numpy(), family="logistic_regression", params={"C": 0.3}, seed=1)

    assert np.array_equal(other, score_rows(estimator, test[["a", "b"]]))
    assert (about.family, about.features, about.width, about.is_served) == ("logistic_regression", "raw", 2, False)


def test_the_ablation_has_a_row_for_each_step_and_its_gains_add_up():
    p, other, about = compared(outcome(1, "derived"))
    _, truth = rows(300, 2)
    ones = np.ones((1, 300))

    assert [step.name for step in about.ablation] == ["raw inputs", "+ features", "+ selection", "+ search"]
    assert [step.width for step in about.ablation] == [2, 3, 2, 3]
    assert about.ablation[0].auc.value == auc(truth.to_numpy(), other, ones)[0]
    assert about.ablation[-1].auc.value == auc(truth.to_numpy(), p, ones)[0]
    gains = [step.gain.value for step in about.ablation[1:]]
    assert sum(gains) == pytest.approx(about.ablation[-1].over_baseline.value)
    assert all(step.gain.low <= step.gain.value <= step.gain.high for step in about.ablation[1:])
    assert about.ablation[1].gain.low > 0.05


def test_without_features_and_selection_there_is_no_row_for_them():
    *_, about = compared(outcome(1, "raw"), {"raw": ("a", "b")})

    assert [step.name for step in about.ablation] == ["raw inputs", "+ search"]


def test_the_total_gain_is_the_gain_of_the_evaluation_on_the_same_resamples():
    p, other, about = compared(outcome(1, "derived"))
    report = evaluate(rows(300, 2)[1], p, other, threshold=0.5, evaluation=QUICK, fingerprint="f", comparison=about)

    assert about.ablation[-1].over_baseline == report.metrics["auc_gain"]
    assert TypeAdapter(type(report)).validate_json(TypeAdapter(type(report)).dump_json(report)) == report


def test_where_the_baseline_is_served_nothing_is_gained_and_the_words_say_so():
    p, other, about = compared(outcome(0, "raw"))
    report = evaluate(rows(300, 2)[1], p, other, threshold=0.5, evaluation=QUICK, fingerprint="f", comparison=about)
    verdict = judge_baseline(report, 0.005)

    assert about.is_served
    assert report.metrics["auc_gain"] == MetricValue(0.0, 0.0, 0.0)
    assert verdict.outcome is Outcome.PASSED
    assert "the served model is the baseline itself, so the gain is 0 by construction" in verdict.reason


@pytest.mark.parametrize(
    ("gain", "outcome"),
    [
        (MetricValue(0.001, -0.003, 0.005), Outcome.PASSED),
        (MetricValue(0.001, -0.0049, 0.005), Outcome.PASSED),
        (MetricValue(0.0, -0.006, 0.006), Outcome.UNCERTAIN),
        (MetricValue(-0.02, -0.03, -0.006), Outcome.FAILED),
        (MetricValue(None), Outcome.NOT_APPLICABLE),
    ],
)
def test_not_worse_means_that_the_lower_end_reaches_the_margin(gain, outcome):
    report = SimpleNamespace(metrics={"auc_gain": gain}, comparison=None)

    assert judge_baseline(report, 0.005).outcome is outcome


def test_whole_groups_are_resampled_where_rows_belong_together():
    """Five copies of each test row tell no more than one: intervals stay as wide as they were."""
    train, (X, y) = rows(400, 1), rows(300, 2)
    result = outcome(1, "derived")
    fivefold = (pd.concat([X] * 5, ignore_index=True), pd.concat([y] * 5, ignore_index=True))
    widths = []
    for test, groups in (((X, y), None), (fivefold, np.tile(np.arange(300), 5)), (fivefold, None)):
        p = test[0]["c"].rank(pct=True).to_numpy()
        _, about = compare(train, test, p, result=result, sets=SETS, evaluation=QUICK, groups=groups)
        widths.append(about.ablation[0].auc.high - about.ablation[0].auc.low)

    assert widths[1] == pytest.approx(widths[0], rel=0.25)
    assert widths[2] < 0.6 * widths[0]


@pytest.mark.parametrize(("there", "lacking"), [({"raw": ("a", "b")}, "derived"), ({"derived": ("c",)}, "raw")])
def test_a_feature_set_that_the_pipeline_lacks_is_told(there, lacking):
    """That of the choice, or that of the baseline."""
    with pytest.raises(DataError, match=rf"the search chose features that the pipeline does not have: '{lacking}'"):
        compare(
            rows(400, 1),
            rows(300, 2),
            np.full(300, 0.5),
            result=outcome(1, "derived"),
            sets=there,
            evaluation=QUICK,
        )
