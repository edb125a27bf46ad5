"""Contrasts of two independent shares agree with published methods and hold where a count is 0."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.statistics.proportions import (
    Estimate,
    difference_interval,
    normal_quantile,
    ratio_interval,
    wilson_bounds,
)

Z = normal_quantile(0.025)


def shares(hits: list[int], trials: list[int], z: float = Z) -> Estimate:
    above, below = np.array(hits, dtype="float64"), np.array(trials, dtype="float64")
    return Estimate(above / below, *wilson_bounds(above, below, z))


def test_the_difference_of_shares_is_newcombes():
    """56 of 70 against 48 of 80: the example of Newcombe 1998, method 10."""
    low, high = difference_interval(shares([56], [70]), shares([48], [80]))

    assert (low[0], high[0]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_the_ratio_is_about_the_score_interval():
    """Against statsmodels' score interval of Koopman, of Miettinen and Nurminen."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    cases = [(30, 80, 40, 90), (300, 1000, 600, 1000), (95, 100, 480, 500), (5, 90, 9, 80)]
    for x, n, y, m in cases:
        expected = confint_proportions_2indep(x, n, y, m, compare="ratio", method="score")

        low, high = ratio_interval(shares([x], [n]), shares([y], [m]))

        assert (low[0], high[0]) == pytest.approx(expected, rel=0.03)


def test_the_ratio_turned_over_has_the_interval_turned_over():
    first, second = shares([30, 9], [80, 60]), shares([40, 50], [90, 60])

    low, high = ratio_interval(first, second)
    turned = ratio_interval(second, first)

    np.testing.assert_allclose(turned[0], 1 / high)
    np.testing.assert_allclose(turned[1], 1 / low)


def test_counts_of_zero_leave_the_ratio_open_and_never_undefined():
    """0 of 20 against 10 of 20, the other way round, and 0 against 0."""
    low, high = ratio_interval(shares([0, 10, 0], [20, 20, 20]), shares([10, 0, 0], [20, 20, 20]))

    assert low[0] == 0
    assert 0.2 < high[0] < 1
    assert low[1] > 1
    assert high[1] == np.inf
    assert (low[2], high[2]) == (0, np.inf)


def test_what_is_undefined_stays_so():
    nothing = Estimate(np.array([np.nan]), np.array([np.nan]), np.array([np.nan]))

    assert np.isnan(ratio_interval(nothing, shares([1], [2]))).all()
    assert np.isnan(difference_interval(nothing, shares([1], [2]))).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [((60, 0.5), (60, 0.5)), ((400, 0.1), (400, 0.2)), ((100, 0.9), (2000, 0.95)), ((300, 0.03), (300, 0.05))],
)
def test_intervals_of_ratio_and_difference_cover(first, second):
    """Each end misses in 2.5 % of samples, give or take what counts allow; 8,000 samples."""
    rng = np.random.default_rng(3)
    x, y = rng.binomial(*first, 8000), rng.binomial(*second, 8000)
    a, b = (shares(list(c), [n] * 8000) for c, (n, _) in ((x, first), (y, second)))

    for wanted, (low, high) in (
        (first[1] / second[1], ratio_interval(a, b)),
        (first[1] - second[1], difference_interval(a, b)),
    ):
        assert np.mean(high < wanted) <= 0.04
        assert np.mean(low > wanted) <= 0.04
        assert np.mean((low <= wanted) & (wanted <= high)) >= 0.93
