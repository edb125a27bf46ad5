"""Calibration maps are rising, stored as numbers, and leave alone what is calibrated already."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from mlops_assets.errors import DataError
from mlops_assets.training.calibration import Calibrator, fault_of, fit_map
from mlops_assets.training.calibration_choice import fit_calibrator
from mlops_assets.training.metrics import score

METHODS = ("none", "sigmoid", "isotonic")


def draw_rows(seed: int, rows: int = 400, power: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes of known probabilities, and scores that are those probabilities to a power."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 2, rows)
    return (rng.random(rows) < truth).astype(np.int8), truth**power


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 1000), rows=st.integers(20, 200))
def test_probabilities_rise_with_the_score_and_stay_between_zero_and_one(method, seed, rows):
    y, p = draw_rows(seed, rows)
    y[:2] = 0, 1
    calibrator = fit_map(y, p, method)
    grid = calibrator.apply(np.linspace(0, 1, 50))

    assert ((grid >= 0) & (grid <= 1)).all()
    if not fault_of(calibrator, p):
        assert (np.diff(grid) >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_calibrator_survives_json_bit_by_bit(method):
    y, p = draw_rows(1)
    calibrator = fit_calibrator(y, p, method)[0]
    adapter = TypeAdapter(Calibrator)
    again = adapter.validate_json(adapter.dump_json(calibrator))

    assert again == calibrator
    assert (again.apply(p) == calibrator.apply(p)).all()


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_scores_that_are_off_are_brought_back(method):
    y, p = draw_rows(2, 4000, power=3)
    held_y, held_p = draw_rows(3, 4000, power=3)
    calibrated = fit_calibrator(y, p, method)[0].apply(held_p)

    assert score("log_loss", held_y, calibrated) < score("log_loss", held_y, held_p) - 0.1


def test_a_sigmoid_leaves_calibrated_scores_nearly_as_they_are():
    y, p = draw_rows(4, 20_000)
    calibrator = fit_calibrator(y, p, "sigmoid")[0]

    assert calibrator.slope == pytest.approx(1, abs=0.05)
    assert calibrator.intercept == pytest.approx(0, abs=0.05)


def test_the_sigmoid_is_the_minimum_of_platts_loss():
    y, p = draw_rows(5, 300, power=2)
    odds = np.log(p.clip(1e-6, 1 - 1e-6)) - np.log1p(-p.clip(1e-6, 1 - 1e-6))
    n = y.sum()
    target = np.where(y == 1, (n + 1) / (n + 2), 1 / (len(y) - n + 2))
    found = minimize(lambda ab: (np.logaddexp(0, ab[0] * odds + ab[1]) - target * (ab[0] * odds + ab[1])).sum(), [1, 0])
    calibrator = fit_calibrator(y, p, "sigmoid")[0]

    assert [calibrator.slope, calibrator.intercept] == pytest.approx(found.x, abs=1e-3)


def test_scores_that_separate_the_classes_do_not_run_away():
    """Without smoothed targets the slope of a perfect score has no end."""
    y = np.repeat([0, 1], 50).astype(np.int8)
    calibrated = fit_calibrator(y, y * 1.0, "sigmoid")[0].apply(np.array([0.0, 1.0]))

    assert calibrated == pytest.approx([1 / 52, 51 / 52], abs=1e-6)


def test_isotonic_is_scikit_learns_and_never_certain():
    y, p = draw_rows(6)
    n = len(y)
    expected = IsotonicRegression(y_min=1 / (n + 2), y_max=1 - 1 / (n + 2), out_of_bounds="clip").fit(p, y).predict(p)
    calibrated = fit_calibrator(y, p, "isotonic")[0].apply(p)

    assert calibrated == pytest.approx(expected)
    assert 0 < calibrated.min() <= calibrated.max() < 1


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_one_constant_score_becomes_the_share_of_positives(method):
    y = np.array([1, 0, 0, 0] * 25, dtype=np.int8)
    calibrator, _ = fit_calibrator(y, np.full(100, 0.7), method)

    assert calibrator.apply(np.array([0.7])) == pytest.approx([0.25], abs=0.01)
    assert calibrator.apply(np.array([0.6])) <= calibrator.apply(np.array([0.7]))


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_one_class_is_refused(method):
    with pytest.raises(DataError, match="calibration split: a class of the target has too few rows"):
        fit_calibrator(np.ones(5, dtype=np.int8), np.linspace(0, 1, 5), method)
