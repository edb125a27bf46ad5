"""Rates and their resamples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.assurance.rates import RATES, count_cells, rate_of, resample, spread

CELLS = np.array([[20, 10, 20, 50], [30, 30, 10, 30]])


def test_cells_are_counted_as_true_and_false_positives_and_negatives():
    y = np.array([1, 0, 1, 0, 1])
    decision = np.array([1, 1, 0, 0, 1])
    ids = np.array([0, 0, 0, 0, 1])

    found = count_cells(y, decision, ids, 2)

    assert found.tolist() == [[1, 1, 1, 1], [1, 0, 0, 0]]


def test_rates_are_shares_of_their_own_denominators():
    assert rate_of(CELLS, "selection_rate").tolist() == [0.3, 0.6]
    assert rate_of(CELLS, "tpr").tolist() == [0.5, 0.75]
    assert rate_of(CELLS, "fpr").tolist() == [10 / 60, 0.5]


def test_a_rate_over_nothing_is_no_number():
    assert np.isnan(rate_of(np.array([0, 3, 0, 4]), "tpr"))


def test_the_interval_agrees_with_the_normal_approximation():
    """With 4,000 rows the percentile interval of a share is close to share +- 1.96 standard errors."""
    draws = resample(np.array([[800, 400, 800, 2000]]), times=20_000, confidence=0.95, seed=1)
    half = 1.96 * np.sqrt(0.3 * 0.7 / 4000)

    low, high = draws.interval(draws.resampled["selection_rate"][:, 0])

    assert low == pytest.approx(0.3 - half, abs=0.001)
    assert high == pytest.approx(0.3 + half, abs=0.001)


def test_resampling_cells_agrees_with_resampling_rows():
    """The shortcut has the distribution of the textbook bootstrap, which draws rows with replacement."""
    cell = np.repeat(np.arange(8), CELLS.reshape(-1))
    rng = np.random.default_rng(2)
    tables = np.stack([np.bincount(rng.choice(cell, cell.size), minlength=8).reshape(2, 4) for _ in range(4000)])
    expected = np.nanquantile(rate_of(tables, "tpr"), [0.05, 0.5, 0.95], axis=0)

    found = resample(CELLS, times=4000, confidence=0.9, seed=3).resampled["tpr"]

    np.testing.assert_allclose(np.nanquantile(found, [0.05, 0.5, 0.95], axis=0), expected, atol=0.015)


def test_a_group_of_two_positives_has_no_measurable_true_positive_rate():
    cells = np.array([[1, 10, 1, 90], [30, 10, 30, 90]])

    draws = resample(cells, times=2000, confidence=0.95, seed=1)

    assert draws.measurable("tpr").tolist() == [False, True]
    assert draws.measurable("fpr").tolist() == [True, True]


def test_no_groups_have_no_gaps():
    draws = resample(np.empty((0, 4), dtype="int64"), times=100, confidence=0.95, seed=1)

    ratio, difference = spread(draws, "tpr")

    assert ratio.shape == difference.shape == (100,)
    assert np.isnan(ratio).all()
    assert np.isnan(difference).all()
    assert draws.interval(ratio) == (None, None)


def test_gaps_lie_between_the_smallest_and_the_largest_rate():
    draws = resample(CELLS, times=500, confidence=0.95, seed=1)
    values = draws.resampled["selection_rate"]

    ratio, difference = spread(draws, "selection_rate")

    np.testing.assert_allclose(ratio, values.min(axis=1) / values.max(axis=1))
    np.testing.assert_allclose(difference, values.max(axis=1) - values.min(axis=1))


def test_where_nobody_is_selected_there_is_a_difference_and_no_ratio():
    draws = resample(np.array([[0, 0, 20, 80], [0, 0, 30, 70]]), times=100, confidence=0.95, seed=1)

    ratio, difference = spread(draws, "selection_rate")

    assert np.isnan(ratio).all()
    assert (difference == 0).all()


cells_strategy = st.lists(st.tuples(*[st.integers(5, 200)] * 4), min_size=2, max_size=6)


@given(cells_strategy, st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_groups_changes_no_interval(rows, seed, random):
    """Groups of equal counts are among them: a name decides nothing."""
    rows = [*rows, rows[0]]
    order = list(range(len(rows)))
    random.shuffle(order)
    cells = np.array(rows)

    plain = resample(cells, times=100, confidence=0.9, seed=seed)
    turned = resample(cells[order], times=100, confidence=0.9, seed=seed)

    for rate in RATES:
        assert [gap.tolist() for gap in spread(plain, rate)] == [gap.tolist() for gap in spread(turned, rate)]
        own = plain.resampled[rate][:, plain.twins]
        assert np.array_equal(own[:, order], turned.resampled[rate][:, turned.twins])
