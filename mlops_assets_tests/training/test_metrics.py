"""Weighted metrics agree with scikit-learn, and say so where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from mlops_assets.training import metrics


@st.composite
def weighted_rows(draw):
    """Rows of coarse probabilities (so that there are ties), outcomes of both classes, and whole weights."""
    size = draw(st.integers(2, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.integers(0, 2, size).astype(np.int8)
    y[:2] = 0, 1
    weights = rng.integers(0, 4, size).astype(float)
    weights[:2] = 1
    return y, rng.integers(0, 6, size) / 5, weights


@given(weighted_rows())
def test_metrics_of_probabilities_agree_with_scikit_learn(rows):
    y, p, w = rows
    found = {name: scorer(y, p, w[None, :])[0] for name, scorer in metrics.SCORERS.items()}

    assert found["auc"] == pytest.approx(reference.roc_auc_score(y, p, sample_weight=w))
    assert found["average_precision"] == pytest.approx(reference.average_precision_score(y, p, sample_weight=w))
    assert found["brier"] == pytest.approx(reference.brier_score_loss(y, p, sample_weight=w))
    assert found["log_loss"] == pytest.approx(reference.log_loss(y, p, sample_weight=w), rel=1e-6)


@given(weighted_rows())
def test_metrics_of_decisions_agree_with_scikit_learn(rows):
    y, p, w = rows
    decision = (p >= 0.5).astype(np.int8)
    found = {name: value[0] for name, value in metrics.decision_scores(y, decision, w[None, :]).items()}

    assert found["f1_positive"] == pytest.approx(reference.f1_score(y, decision, sample_weight=w))
    assert found["f1_macro"] == pytest.approx(reference.f1_score(y, decision, sample_weight=w, average="macro"))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(y, decision, sample_weight=w))


@given(weighted_rows())
def test_a_weight_is_a_repeated_row(rows):
    y, p, w = rows
    times = w.astype(int)

    for scorer in metrics.SCORERS.values():
        weighted = scorer(y, p, w[None, :])[0]
        repeated = scorer(np.repeat(y, times), np.repeat(p, times), np.ones((1, times.sum())))[0]
        assert weighted == pytest.approx(repeated)


@given(weighted_rows())
def test_ranking_metrics_ignore_a_rising_change_of_the_scores(rows):
    y, p, w = rows

    for scorer in (metrics.auc, metrics.average_precision):
        assert scorer(y, p**3 / 2, w[None, :])[0] == pytest.approx(scorer(y, p, w[None, :])[0])


def test_one_class_leaves_ranking_metrics_undefined():
    y, p = np.zeros(5, dtype=np.int8), np.linspace(0, 1, 5)

    assert metrics.score("auc", y, p) is None
    assert metrics.score("average_precision", y, p) is None
    assert metrics.score("brier", y, p) is not None


def test_f1_of_a_class_that_neither_occurs_nor_is_chosen_is_undefined():
    y = np.zeros(5, dtype=np.int8)
    scores = metrics.decision_scores(y, y, np.ones((1, 5)))

    assert np.isnan(scores["f1_positive"][0])
    assert np.isnan(scores["f1_macro"][0])
    assert scores["accuracy"][0] == 1


def test_f1_without_a_hit_is_zero_and_not_undefined():
    y = np.array([1, 0, 0], dtype=np.int8)
    scores = metrics.decision_scores(y, 1 - y, np.ones((1, 3)))

    assert scores["f1_positive"][0] == 0


def test_log_loss_of_a_certain_error_is_large_and_finite():
    assert 30 < metrics.score("log_loss", np.array([1, 0], dtype=np.int8), np.array([0.0, 1.0])) < 40
