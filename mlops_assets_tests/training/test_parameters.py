"""The space of a family is the plugin's, changed by what the YAML says."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mlops_assets.plugins.declarations import Choice, Range
from mlops_assets.training.parameters import family_space
from mlops_assets.use_case.training import Family, Threshold


def test_a_fixed_parameter_leaves_the_search():
    space = family_space("logistic_regression", Family(fixed={"C": 1.0}))

    assert "C" not in space.space
    assert space.fixed["C"] == 1.0


def test_a_searched_parameter_is_no_longer_held():
    space = family_space("random_forest", Family(space={"n_estimators": Range(low=10, high=50, whole=True)}))

    assert "n_estimators" not in space.fixed
    assert space.defaults["n_estimators"] == 50


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (Range(low=1.0, high=10.0), 1.0),
        (Range(low=0.001, high=0.1, log=True), 0.1),
        (Choice(choices=(5.0, 7.0)), 5.0),
        (Choice(choices=(5.0, 0.3)), 0.3),
    ],
)
def test_the_default_moves_to_the_nearest_value_of_a_declared_space(domain, expected):
    space = family_space("logistic_regression", Family(space={"C": domain}))

    assert space.defaults == {"C": expected}


def test_a_parameter_without_a_default_starts_in_the_middle():
    space = family_space("hist_gradient_boosting", Family(space={"tol": Range(low=0.0001, high=1, log=True)}))

    assert space.defaults["tol"] == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Range(low=2, high=1), "low must be below high"),
        (lambda: Range(low=0, high=1, log=True), "starts above 0"),
        (lambda: Range(low=0.5, high=2, whole=True), "whole ends"),
        (lambda: Family(space={"C": Choice(choices=(1.0,))}, fixed={"C": 1.0}), "searched or fixed"),
        (lambda: Threshold(rule="fixed"), "needs a value"),
        (lambda: Threshold(rule="cost", value=0.5), "finds the threshold by itself"),
    ],
)
def test_a_contradiction_in_the_section_is_refused(make, message):
    with pytest.raises(ValidationError, match=message):
        make()
