"""Intervals of proportions hold for few rows and at the ends."""

import math

import numpy as np
import pytest

from mlops_assets.statistics.proportions import (
    auc_interval,
    normal_quantile,
    wilson,
    wilson_bounds,
)

Z = normal_quantile(0.025)


def test_the_interval_is_that_of_the_published_formula():
    """Ten of twenty, by hand with z = 1.959964."""
    assert wilson(10, 20) == pytest.approx((0.299298, 0.700702), abs=1e-6)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (0, 1), (3.5, 7)])
def test_the_interval_holds_the_share_and_stays_a_proportion(successes, n):
    low, high = wilson(successes, n)

    assert 0 <= low <= successes / n <= high <= 1
    assert low < high


def test_without_rows_there_is_no_interval():
    assert np.isnan(wilson(0, 0)).all()


def test_it_covers_the_true_share_about_as_often_as_it_says():
    """On average over shares, which is what the score interval promises; 20 rows."""
    shares = np.linspace(0.02, 0.98, 49)
    ends = np.array([wilson(k, 20) for k in range(21)])
    drawn = np.random.default_rng(1).binomial(20, shares[:, None], size=(49, 2000))
    covered = (ends[drawn, 0] <= shares[:, None]) & (shares[:, None] <= ends[drawn, 1])

    assert covered.mean() == pytest.approx(0.95, abs=0.01)


def test_many_shares_at_once_are_the_same_as_each_alone():
    hits, trials = np.array([0.0, 3, 12]), np.array([12.0, 12, 12])

    low, high = wilson_bounds(hits, trials, Z)

    assert list(zip(low, high, strict=True)) == [pytest.approx(wilson(h, 12)) for h in hits]
    assert low[0] == 0
    assert high[2] == 1


def test_a_share_of_no_rows_is_no_number_among_many():
    low, high = wilson_bounds(np.zeros(1), np.zeros(1), Z)

    assert np.isnan([low[0], high[0]]).all()


@pytest.mark.parametrize(("positives", "negatives"), [(8, 40), (20, 80), (40, 10), (100, 400)])
@pytest.mark.parametrize("area", [0.7, 0.85])
def test_the_interval_of_an_area_covers_the_true_one(positives, negatives, area):
    """Normal scores of equal spread, 2,000 tables each."""
    rng = np.random.default_rng(6)
    shift = math.sqrt(2) * -normal_quantile(area)
    above = rng.normal(shift, 1, (2000, positives, 1)) > rng.normal(0, 1, (2000, 1, negatives))
    found = above.mean(axis=(1, 2))

    low, high = auc_interval(found, np.full(2000, float(positives)), np.full(2000, float(negatives)), Z)

    assert np.mean((low <= area) & (area <= high)) >= 0.93


def test_a_perfect_area_of_few_rows_is_not_certain():
    low, high = auc_interval(np.array([1.0, 0.0, np.nan]), np.array([5.0, 5, 5]), np.array([20.0, 20, 0]), Z)

    assert 0.5 < low[0] < 0.9
    assert high[0] == 1
    assert low[1] == 0
    assert np.isnan([low[2], high[2]]).all()
