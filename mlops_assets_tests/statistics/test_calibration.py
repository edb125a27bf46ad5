"""Calibration figures find what they are for, are about nothing where there is nothing, and cover as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from mlops_assets.statistics.calibration import (
    BINS,
    LEAST_IN_BIN,
    CalibrationError,
    Recalibration,
    bin_of,
    log_odds,
    observed_over_expected,
    sigmoid,
)
from mlops_assets.statistics.resampling import interval, resample_rows
from mlops_assets.verdicts import MetricValue


def draw(rows: int, seed: int, *, steeper: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes of known probabilities, and probabilities that are too steep or too high by so much."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 3, rows).clip(1e-3, 1 - 1e-3)
    y = (rng.random(rows) < truth).astype(np.int8)
    return y, np.clip(sigmoid(steeper * log_odds(truth)) + shift, 0, 1)


def test_slope_and_intercept_are_the_maximum_of_the_likelihood():
    y, p = draw(400, 1, steeper=1.5)
    odds = log_odds(p)

    def loss(a, b):
        return (np.logaddexp(0, a + b * odds) - y * (a + b * odds)).sum()

    joint = minimize(lambda ab: loss(*ab), [0.0, 1.0]).x
    alone = minimize(lambda a: loss(a[0], 1.0), [0.0]).x
    found = Recalibration(y, p)

    assert found.slope == pytest.approx(joint[1], abs=1e-4)
    assert found.intercept == pytest.approx(alone[0], abs=1e-4)


def test_ten_points_on_every_probability_show_in_all_figures_but_hardly_in_the_brier_score():
    y, p = draw(6000, 2)
    _, shifted = draw(6000, 2, shift=0.1)
    before, after = ((np.mean((one - y) ** 2)) for one in (p, shifted))

    assert after - before < 0.012
    assert Recalibration(y, shifted).intercept < -0.4
    assert CalibrationError(y, shifted).value == pytest.approx(0.1, abs=0.015)
    assert observed_over_expected(y, shifted, confidence=0.95).high < 0.85


def test_too_steep_probabilities_have_a_slope_below_one():
    y, p = draw(20_000, 3, steeper=2)

    assert Recalibration(y, p).slope == pytest.approx(0.5, abs=0.03)


def test_the_squared_error_of_calibrated_probabilities_is_nothing_on_average():
    """Only the debiased one: the plug-in estimate is above nothing in every sample."""
    squares, plain, published = [], [], []
    for seed in range(400):
        error = CalibrationError(*draw(500, seed))
        squares.append(np.sign(error.value) * error.value**2)
        plain.append(error._squares(np.ones((1, 500)), debiased=False)[0])
        published.append(error.value)

    assert abs(np.mean(squares)) < 3 * np.std(squares) / 20
    assert np.mean(plain) > 10 * abs(np.mean(squares))
    assert abs(np.mean(published)) < 0.1 * np.sqrt(np.mean(plain))


@pytest.mark.parametrize(
    ("steeper", "shift", "error"), [(1.0, 0.0, 0.0), (1.4, 0.0, 0.056), (1.0, 0.1, 0.1)], ids=["good", "steep", "high"]
)
def test_intervals_cover_the_truth_about_as_often_as_they_say(steeper, shift, error):
    """200 samples of 500 rows; 95 % intervals of slope and intercept miss 10 times, the other two no more often."""
    y, p = draw(300_000, 0, steeper=steeper, shift=shift)
    fitted = Recalibration(y, p)
    truth = (fitted.slope, fitted.intercept, error, float(y.mean() / p.mean()))
    missed = np.zeros(4)
    for seed in range(200):
        y, p = draw(500, seed + 1, steeper=steeper, shift=shift)
        for place, (figure, true) in enumerate(zip(measured(y, p, seed), truth, strict=True)):
            missed[place] += not figure.low <= true <= figure.high

    assert (missed <= 20).all()
    assert (missed[:2] >= 3).all()


def measured(y: np.ndarray, p: np.ndarray, seed: int) -> tuple[MetricValue, ...]:
    """Return slope, intercept, calibration error and observed over expected with their intervals."""
    fitted, error = Recalibration(y, p), CalibrationError(y, p)
    counts = np.concatenate(list(resample_rows(len(y), resamples=250, seed=seed)))
    slope, intercept = fitted.resampled(counts)
    return (
        interval(fitted.slope, slope, 0.95),
        interval(fitted.intercept, intercept, 0.95),
        interval(error.value, error.resampled(counts), 0.95),
        observed_over_expected(y, p, confidence=0.95),
    )


def test_one_step_from_the_fit_is_nearly_a_fit_of_each_resample():
    y, p = draw(1500, 4, steeper=1.3)
    fitted = Recalibration(y, p)
    counts = np.concatenate(list(resample_rows(len(y), resamples=20, seed=0)))
    slopes, intercepts = fitted.resampled(counts)
    refitted = [
        Recalibration(np.repeat(y, times), np.repeat(p, times)) for times in (row.astype(int) for row in counts)
    ]

    assert slopes == pytest.approx([one.slope for one in refitted], abs=0.02)
    assert intercepts == pytest.approx([one.intercept for one in refitted], abs=0.01)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([1, 1, 1], [0.2, 0.5, 0.8]),
        ([0, 0, 0], [0.2, 0.5, 0.8]),
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),
    ],
    ids=["positive", "negative", "separated", "constant"],
)
def test_where_no_slope_exists_there_is_none(y, p):
    found = Recalibration(np.array(y, dtype=np.int8), np.array(p))

    assert np.isnan(found.slope)
    assert np.isnan(found.intercept) == (len(set(y)) == 1)


def test_certain_probabilities_have_figures():
    y, p = draw(400, 5)
    p = np.round(p)
    fitted = Recalibration(y, p)

    assert 0 < fitted.slope < 0.5
    assert np.isfinite([fitted.intercept, CalibrationError(y, p).value]).all()


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 10_000))
def test_bins_hold_equally_many_rows_and_never_part_equal_probabilities(rows, distinct, seed):
    p = np.random.default_rng(seed).integers(0, distinct, rows) / distinct
    place = bin_of(p)
    sizes = np.bincount(place)

    assert len(sizes) <= BINS
    assert len(sizes) == 1 or sizes.min() >= LEAST_IN_BIN / 2
    order = np.argsort(p, kind="stable")
    assert (np.diff(place[order]) >= 0).all()
    assert all(len(set(place[p == value])) == 1 for value in np.unique(p))


def test_without_ties_there_are_ten_equal_bins():
    assert np.bincount(bin_of(np.random.default_rng(0).random(1000))).tolist() == [100] * 10


def test_no_positive_row_leaves_an_upper_end_and_no_probability_no_figure():
    none = np.zeros(100, dtype=np.int8)
    figure = observed_over_expected(none, np.full(100, 0.05), confidence=0.95)

    assert (figure.value, figure.low) == (0, 0)
    assert 0.5 < figure.high < 1
    assert observed_over_expected(none, np.zeros(100), confidence=0.95) == MetricValue(None)


def test_rows_that_are_worth_fewer_have_a_wider_interval():
    y, p = draw(1000, 6)
    rows, persons = (observed_over_expected(y, p, confidence=0.95, units=units) for units in (None, 100))

    assert persons.value == rows.value
    assert persons.high - persons.low > 3 * (rows.high - rows.low)
