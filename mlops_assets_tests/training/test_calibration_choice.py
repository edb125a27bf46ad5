"""The choice of a calibration is made by rows that no map saw, says why, and takes no map that falls."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.errors import DataError
from mlops_assets.training.calibration_choice import METHODS, fit_calibrator
from mlops_assets.training.metrics import score


def draw_rows(seed: int, rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes and their true probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 2, rows)
    return (rng.random(rows) < truth).astype(np.int8), truth


def steps(p: np.ndarray) -> np.ndarray:
    """Return scores that no sigmoid mends: nearly flat, with the rise crowded into a corner."""
    return np.where(p < 0.5, 0.45 + 0.1 * p, 0.9 + 0.1 * p)


@pytest.mark.parametrize(
    ("distorted", "expected"),
    [(lambda p: p, "none"), (lambda p: p**3, "sigmoid"), (steps, "isotonic")],
    ids=["calibrated", "power", "steps"],
)
def test_the_method_is_the_one_that_the_scores_need(distorted, expected):
    chosen = [fit_calibrator(y, distorted(p), "auto", seed=seed)[0] for seed in range(5) for y, p in [draw_rows(seed)]]

    assert [one.method for one in chosen] == [expected] * 5
    assert all(one.reason.startswith(f"{expected}, chosen by the rows: cross-validated log loss") for one in chosen)
    assert {one.declared for one in chosen} == {"auto"}


def test_every_method_is_compared_whatever_is_declared():
    y, p = draw_rows(1)
    calibrator, _ = fit_calibrator(y, p, "isotonic", seed=3)

    assert [one.method for one in calibrator.candidates] == list(METHODS)
    assert (calibrator.folds, calibrator.seed, calibrator.declared) == (5, 3, "isotonic")
    assert min(one.difference for one in calibrator.candidates) == 0


def test_a_declared_method_that_is_worse_than_nothing_says_so():
    y, p = draw_rows(2, 400)
    calibrator, _ = fit_calibrator(y, p, "isotonic")

    assert calibrator.method == "isotonic"
    assert "isotonic, as declared" in calibrator.reason
    assert "none has 0.0" in calibrator.reason
    assert " less, " in calibrator.reason


def test_of_two_that_are_equally_good_the_simpler_is_taken():
    """Sigmoid is the truth, at a distance that this many rows cannot tell from none."""
    y, p = draw_rows(3, 200)
    calibrator, _ = fit_calibrator(y, p**1.05, "auto")

    assert calibrator.method == "none"


def test_log_losses_are_those_of_the_cross_fitted_probabilities():
    y, p = draw_rows(4)
    for method in METHODS:
        calibrator, crossed = fit_calibrator(y, p**2, method, seed=1)
        found = {one.method: one.log_loss for one in calibrator.candidates}

        assert found[method] == pytest.approx(score("log_loss", y, crossed))


def test_cross_fitted_probabilities_know_nothing_of_their_own_row():
    """On scores that say nothing, a map is better than the share of positives only on the rows that it saw."""
    rng = np.random.default_rng(5)
    seen, crossed = [], []
    for seed in range(20):
        y = (rng.random(300) < 0.3).astype(np.int8)
        p = rng.random(300)
        even = score("log_loss", y, np.full(300, y.mean()))
        try:
            calibrator, other = fit_calibrator(y, p, "isotonic", seed=seed)
        except DataError:
            continue
        seen.append(score("log_loss", y, calibrator.apply(p)) - even)
        crossed.append(score("log_loss", y, other) - even)

    assert len(seen) > 15
    assert max(seen) < 0
    assert np.mean(crossed) > 0


@pytest.mark.parametrize(("method", "words"), [("sigmoid", "its slope is -"), ("isotonic", "it is flat")])
def test_a_calibration_that_does_not_rise_is_refused_where_it_is_declared(method, words):
    y, p = draw_rows(6)

    with pytest.raises(DataError, match=rf"the {method} calibration is rejected: {words}.*method: auto"):
        fit_calibrator(y, 1 - p, method)


def test_auto_goes_without_a_calibration_that_does_not_rise_and_says_so():
    y, p = draw_rows(6)
    calibrator, crossed = fit_calibrator(y, 1 - p, "auto")

    assert calibrator.method == "none"
    assert "sigmoid is rejected: its slope is -" in calibrator.reason
    assert "isotonic is rejected: it is flat" in calibrator.reason
    assert (crossed == 1 - p).all()


def test_one_row_of_a_class_is_too_few_to_compare():
    y = np.array([1] + [0] * 9, dtype=np.int8)
    calibrator, crossed = fit_calibrator(y, np.linspace(1, 0.1, 10), "auto")

    assert (calibrator.method, calibrator.folds, calibrator.candidates) == ("none", 0, ())
    assert "fewer than two rows" in calibrator.reason
    assert (crossed == np.linspace(1, 0.1, 10)).all()


def test_another_seed_cuts_other_folds_and_the_same_seed_the_same():
    y, p = draw_rows(7, 300)
    first, again, other = (fit_calibrator(y, p, "sigmoid", seed=seed)[1] for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_near_copies_are_in_one_fold_and_count_once():
    """Ten copies of each of 60 rows: by rows a step map has seen nine copies of every row it is judged on."""
    y, p = draw_rows(8, 60)
    groups = np.repeat(np.arange(60), 10)
    copies = np.repeat(y, 10), np.repeat(p, 10)
    fooled, _ = fit_calibrator(*copies, "isotonic")
    honest, crossed = fit_calibrator(*copies, "isotonic", groups=groups)
    loss, error = (
        {one.method: getattr(one, name) for one in found.candidates}["isotonic"]
        for found, name in ((honest, "log_loss"), (honest, "standard_error"))
    )

    assert {one.method: one.log_loss for one in fooled.candidates}["isotonic"] < loss - 0.02
    assert error > 2 * {one.method: one.standard_error for one in fooled.candidates}["isotonic"]
    assert all(len(set(crossed[groups == group])) == 1 for group in range(60))
    assert honest.folds == 5


def test_groups_that_all_have_a_positive_row_are_cut_all_the_same():
    y = np.tile([1, 0, 0], 40).astype(np.int8)
    p = np.random.default_rng(0).random(120)

    assert fit_calibrator(y, p, "none", groups=np.repeat(np.arange(40), 3))[0].folds == 5
    assert fit_calibrator(y[:3], p[:3], "none", groups=np.zeros(3, dtype=np.int64))[0].folds == 0
