"""Intervals of proportions hold for few rows and at the ends."""

import numpy as np
import pytest

from mlops_assets.statistics.proportions import wilson


def test_the_interval_is_that_of_the_published_formula():
    """Ten of twenty, by hand with z = 1.959964."""
    assert wilson(10, 20) == pytest.approx((0.299298, 0.700702), abs=1e-6)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (0, 1), (3.5, 7)])
def test_the_interval_holds_the_share_and_stays_a_proportion(successes, n):
    low, high = wilson(successes, n)

    assert 0 <= low <= successes / n <= high <= 1
    assert low < high


def test_without_rows_nothing_is_known():
    assert wilson(0, 0) == (0.0, 1.0)


def test_it_covers_the_true_share_about_as_often_as_it_says():
    """On average over shares, which is what the score interval promises; 20 rows."""
    shares = np.linspace(0.02, 0.98, 49)
    ends = np.array([wilson(k, 20) for k in range(21)])
    drawn = np.random.default_rng(1).binomial(20, shares[:, None], size=(49, 2000))
    covered = (ends[drawn, 0] <= shares[:, None]) & (shares[:, None] <= ends[drawn, 1])

    assert covered.mean() == pytest.approx(0.95, abs=0.01)
