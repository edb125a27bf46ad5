"""The threshold is the best one that exists by its rule, ties told apart by nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from mlops_assets.errors import DataError
from mlops_assets.training.threshold import CONFIDENCE, RESAMPLES, choose_threshold, is_selected
from mlops_assets.use_case.training import Threshold


@st.composite
def scored_rows(draw):
    """Outcomes of both classes and coarse probabilities, so that there are ties."""
    size = draw(st.integers(2, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.integers(0, 2, size).astype(np.int8)
    y[:2] = 0, 1
    return y, rng.integers(0, 9, size) / 8


def every_threshold(p: np.ndarray) -> list[float]:
    """Return one threshold for each way in which equal treatment of equal probabilities can select rows."""
    return [*np.unique(p), 1.1]


@given(scored_rows(), st.sampled_from(["binary", "macro"]))
def test_no_other_threshold_has_a_better_f1(rows, average):
    y, p = rows
    rule = "max_f1_positive" if average == "binary" else "max_f1_macro"
    choice = choose_threshold(y, p, Threshold(rule=rule))
    reachable = [t for t in every_threshold(p) if t <= 1 or p.max() < 1]
    best = max(f1_score(y, p >= t, average=average, zero_division=0.0) for t in reachable)

    assert choice.reached == pytest.approx(best)
    assert f1_score(y, p >= choice.value, average=average, zero_division=0.0) == pytest.approx(best)


@given(scored_rows(), st.floats(0.1, 10), st.floats(0.1, 10))
def test_no_other_threshold_costs_less(rows, false_positive, false_negative):
    y, p = rows
    config = Threshold(rule="cost", false_positive_cost=false_positive, false_negative_cost=false_negative)
    choice = choose_threshold(y, p, config)

    def cost(t):
        return (false_positive * ((p >= t) & (y == 0)).sum() + false_negative * ((p < t) & (y == 1)).sum()) / len(y)

    assert choice.reached == pytest.approx(cost(choice.value))
    assert choice.reached <= min(cost(t) for t in np.unique(p)) + 1e-12


@given(scored_rows(), st.floats(0, 1))
def test_no_other_threshold_selects_a_share_nearer_to_the_asked_one(rows, wanted):
    y, p = rows
    choice = choose_threshold(y, p, Threshold(rule="selection_rate", value=wanted))
    nearest = min(abs((p >= t).mean() - wanted) for t in np.unique(p))

    assert abs(choice.selected_share - wanted) <= nearest + 1e-12
    assert (p >= choice.value).mean() == choice.selected_share


@given(scored_rows(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows, random):
    y, p = rows
    order = list(range(len(y)))
    random.shuffle(order)

    assert choose_threshold(y[order], p[order], Threshold()) == choose_threshold(y, p, Threshold())


def test_a_fixed_threshold_is_taken_and_its_share_reported():
    y, p = np.array([0, 1, 1, 0], dtype=np.int8), np.array([0.1, 0.5, 0.9, 0.4])
    choice = choose_threshold(y, p, Threshold(rule="fixed", value=0.5))

    assert (choice.value, choice.selected_share, choice.reached) == (0.5, 0.5, 0.5)


def test_the_threshold_lies_midway_so_that_the_last_digit_turns_no_decision():
    choice = choose_threshold(np.array([0, 0, 1, 1], dtype=np.int8), np.array([0.1, 0.2, 0.6, 0.8]), Threshold())

    assert choice.value == pytest.approx(0.4)
    assert choice.reached == 1


def test_neighbouring_floats_are_still_told_apart():
    low = 0.3
    high = np.nextafter(low, 1)
    choice = choose_threshold(np.array([0, 1], dtype=np.int8), np.array([low, high]), Threshold())

    assert choice.value == high


def test_where_every_positive_decision_costs_too_much_nobody_is_selected():
    y, p = np.array([0, 0, 1], dtype=np.int8), np.array([0.2, 0.9, 0.3])
    choice = choose_threshold(y, p, Threshold(rule="cost", false_positive_cost=100, false_negative_cost=0.1))

    assert choice.selected_share == 0
    assert choice.value > 0.9


def test_one_class_is_refused_where_the_rule_needs_two():
    with pytest.raises(DataError, match="too few rows"):
        choose_threshold(np.ones(4, dtype=np.int8), np.linspace(0, 1, 4), Threshold())


def test_a_probability_at_the_threshold_is_a_positive_decision():
    assert is_selected(np.array([0.3, np.nextafter(0.3, 0)]), 0.3).tolist() == [True, False]


def draw_rows(seed: int, rows: int = 250) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes of known probabilities, and the probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 3.5, rows)
    return (rng.random(rows) < truth).astype(np.int8), truth


@pytest.mark.parametrize("rule", ["max_f1_macro", "max_f1_positive"])
def test_the_interval_covers_the_best_threshold_of_the_population(rule):
    """The F1 that a population of known probabilities has at each threshold is a matter of sums."""
    truth = np.sort(draw_rows(999, 400_000)[1])[::-1]
    selected, hits = np.arange(1, len(truth) + 1), np.cumsum(truth)
    positive = 2 * hits / (selected + hits[-1])
    negative = 2 * (len(truth) - selected - hits[-1] + hits) / (2 * len(truth) - selected - hits[-1])
    best = truth[np.argmax(positive + negative * (rule == "max_f1_macro"))]

    choices = [choose_threshold(*draw_rows(seed), Threshold(rule=rule), seed=seed) for seed in range(60)]
    missed = sum(not choice.low <= best <= choice.high for choice in choices)

    assert missed <= 8
    assert 0.1 < np.mean([choice.high - choice.low for choice in choices]) < 0.5


def test_the_interval_is_of_thresholds_chosen_on_resamples_and_repeats_with_its_seed():
    y, p = draw_rows(1)
    choice = choose_threshold(y, p, Threshold(), seed=2)

    assert len(choice.resampled) == RESAMPLES
    assert tuple(choice.draws) == choice.resampled
    assert (choice.low, choice.high) == pytest.approx(np.quantile(choice.resampled, [0.025, 0.975]))
    assert (choice.confidence, choice.seed) == (CONFIDENCE, 2)
    assert choice == choose_threshold(y, p, Threshold(), seed=2)
    assert choice.resampled != choose_threshold(y, p, Threshold(), seed=3).resampled


def test_a_fixed_threshold_has_no_interval():
    choice = choose_threshold(*draw_rows(1), Threshold(rule="fixed", value=0.5))

    assert (choice.low, choice.high, choice.resampled) == (None, None, ())
    assert choice.draws.size == 0


def test_one_positive_row_leaves_a_threshold_without_an_interval():
    """A third of the resamples has no positive row, so what is left would only describe the lucky ones."""
    y = np.array([1] + [0] * 39, dtype=np.int8)
    choice = choose_threshold(y, np.linspace(1, 0, 40), Threshold())

    assert (choice.low, choice.high) == (None, None)
    assert 250 < len(choice.resampled) < 400
    assert len(choice.draws) == RESAMPLES
    assert tuple(choice.draws[~np.isnan(choice.draws)]) == choice.resampled
    assert np.isnan(choice.draws[:100]).mean() == pytest.approx(np.isnan(choice.draws).mean(), abs=0.05)
