"""SHAP values: they add up for every family, fold back to raw columns, and say so where they do not add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from mlops_assets import plugins
from mlops_assets.assurance.explanations import ExplanationReport, explain, judge_explanations
from mlops_assets.data.frames import ROW
from mlops_assets.errors import DataError, PluginError
from mlops_assets.use_case.assurance import Explanations
from mlops_assets.verdicts import Outcome

ALL_ROWS = Explanations()


@pytest.mark.parametrize("family", plugins.names("family"))
def test_values_of_every_family_sum_to_the_estimators_own_output(family, explained_bundle, feature_frame):
    """A family that is added is covered here without a line of test."""
    bundle = explained_bundle(family)

    found = explain(bundle, feature_frame, ALL_ROWS)
    total = found.report.base_value + found.values.drop(columns=ROW).sum(axis=1).to_numpy()
    if found.report.output_units == "log-odds":
        total = 1 / (1 + np.exp(-total))

    np.testing.assert_allclose(total, bundle.estimator.predict_proba(feature_frame)[:, 1], atol=1e-9)
    assert judge_explanations(found.report).outcome is Outcome.PASSED


@pytest.mark.parametrize("family", plugins.names("family"))
def test_the_report_is_a_record_that_survives_json(family, explained_bundle, feature_frame):
    report = explain(explained_bundle(family), feature_frame, ALL_ROWS).report

    adapter = TypeAdapter(ExplanationReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report


def test_a_linear_models_values_are_coefficient_times_distance_from_the_mean(explained_bundle, feature_frame):
    """Those of the indicator of missing values are added to the feature that it is about."""
    bundle = explained_bundle("logistic_regression")
    seen = bundle.estimator[:-1].transform(feature_frame)
    expected = bundle.estimator[-1].coef_[0] * (seen - seen.mean(axis=0))
    expected[:, 0] += expected[:, 5]

    found = explain(bundle, feature_frame, ALL_ROWS)

    np.testing.assert_allclose(found.values.drop(columns=ROW).to_numpy(), expected[:, :5], atol=1e-12)


def test_native_categorical_splits_fail_the_verdict(explained_bundle, feature_frame):
    """The explainer takes such a model without complaint, and its values are wrong."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    codes = pd.Series(np.random.default_rng(1).integers(0, 8, len(feature_frame)), index=feature_frame.index)
    frame = feature_frame.assign(**{"made of two": codes.astype("float64")})
    native = HistGradientBoostingClassifier(categorical_features=[3], max_iter=40, random_state=0)
    native.fit(frame, codes.isin([1, 4, 6]).astype("int8"))

    verdict = judge_explanations(explain(explained_bundle("hist_gradient_boosting", native), frame, ALL_ROWS).report)

    assert verdict.outcome is Outcome.FAILED
    assert "at most 1e-06 is required" in verdict.reason


def test_an_output_that_is_not_finite_cannot_be_judged(explained_bundle, feature_frame):
    report = explain(explained_bundle("hist_gradient_boosting"), feature_frame, ALL_ROWS).report
    without = ExplanationReport(**{**vars(report), "additivity_error": None})

    assert judge_explanations(without).outcome is Outcome.NOT_APPLICABLE


def test_one_hot_values_are_summed_before_their_size_is_taken(explained_bundle, feature_frame):
    found = explain(explained_bundle("logistic_regression"), feature_frame, ALL_ROWS)
    expected = found.values["colour=red"].add(found.values["colour=blue"]).abs().mean()

    assert found.report.by_column["colour"] == pytest.approx(expected)


def test_a_feature_of_several_columns_goes_to_each_in_equal_shares(explained_bundle, feature_frame):
    found = explain(explained_bundle("random_forest"), feature_frame, ALL_ROWS)

    assert found.report.by_column["left"] == pytest.approx(found.report.by_feature["made of two"] / 2)
    assert found.report.by_column["right"] == found.report.by_column["left"]


def test_what_lacked_and_what_was_there_both_count_for_the_feature(explained_bundle, feature_frame):
    """A linear model sees a missing value in two columns; the explanation is one number a feature and adds up."""
    bundle = explained_bundle("logistic_regression")
    found = explain(bundle, feature_frame, ALL_ROWS)
    coefficients = bundle.estimator[-1].coef_[0]

    assert len(coefficients) == len(feature_frame.columns) + 1
    assert list(found.values.columns) == [ROW, *feature_frame.columns]
    assert judge_explanations(found.report).outcome is Outcome.PASSED


def test_importance_is_the_mean_size_of_the_values_largest_first(explained_bundle, feature_frame):
    found = explain(explained_bundle("hist_gradient_boosting"), feature_frame, ALL_ROWS)
    sizes = list(found.report.by_feature.values())

    assert sizes == sorted(sizes, reverse=True)
    assert found.report.by_feature["a number"] == pytest.approx(found.values["a number"].abs().mean())
    assert found.report.by_feature["constant"] == 0


def test_a_sample_is_seeded_keeps_its_row_numbers_and_is_stated(explained_bundle, feature_frame):
    bundle, config = explained_bundle("hist_gradient_boosting"), Explanations(rows=40)

    first, again = explain(bundle, feature_frame, config), explain(bundle, feature_frame, config)
    everything = explain(bundle, feature_frame, ALL_ROWS).values.set_index(ROW)

    pd.testing.assert_frame_equal(first.values, again.values)
    pd.testing.assert_frame_equal(first.values.set_index(ROW), everything.loc[first.values[ROW]])
    assert (first.report.rows, first.report.of_rows) == (40, 300)
    assert first.values[ROW].is_monotonic_increasing
    assert first.values[ROW].dtype == "int64"


def test_another_seed_draws_another_sample(explained_bundle, feature_frame):
    bundle = explained_bundle("logistic_regression")

    first = explain(bundle, feature_frame, Explanations(rows=40, seed=1)).values[ROW]
    second = explain(bundle, feature_frame, Explanations(rows=40, seed=2)).values[ROW]

    assert set(first) != set(second)


def test_progress_counts_the_rows_of_a_tree_model(explained_bundle, feature_frame):
    heard: list[str] = []

    explain(explained_bundle("random_forest"), feature_frame, ALL_ROWS, on_progress=heard.append)

    assert heard == ["explained 250 of 300 rows", "explained 300 of 300 rows"]


def test_columns_in_another_order_change_nothing(explained_bundle, feature_frame):
    bundle = explained_bundle("logistic_regression")
    turned = feature_frame[feature_frame.columns[::-1]].assign(extra=0.0)

    pd.testing.assert_frame_equal(
        explain(bundle, turned, ALL_ROWS).values, explain(bundle, feature_frame, ALL_ROWS).values
    )


def test_a_missing_feature_is_named(explained_bundle, feature_frame):
    with pytest.raises(DataError, match=r"features are missing.*got no made of two"):
        explain(explained_bundle("logistic_regression"), feature_frame.drop(columns="made of two"), ALL_ROWS)


def test_an_empty_table_is_refused(explained_bundle, feature_frame):
    with pytest.raises(DataError, match="no rows to explain"):
        explain(explained_bundle("logistic_regression"), feature_frame.iloc[:0], ALL_ROWS)


def test_preprocessing_that_drops_a_feature_is_refused(explained_bundle, feature_frame, outcome):
    """Values of a narrower matrix belong to no feature, and guessing which was dropped would be worse than stopping."""
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    frame = feature_frame.fillna(0.0)
    narrowing = make_pipeline(VarianceThreshold(), LogisticRegression()).fit(frame, outcome)

    with pytest.raises(PluginError, match="expected 5 columns; got 4 columns"):
        explain(explained_bundle("logistic_regression", narrowing), frame, ALL_ROWS)


def test_a_kind_of_explainer_that_nobody_knows_is_refused(explained_bundle, feature_frame):
    from mlops_assets.assurance.attribution import attribute

    estimator = explained_bundle("logistic_regression").estimator

    with pytest.raises(PluginError, match="expected tree or linear; got 'deep'"):
        attribute(estimator, feature_frame, "deep", chosen=np.arange(3))
