"""Ranking metrics of many weights at once are those of scikit-learn, one weight at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from mlops_assets.statistics import ranking


@pytest.mark.parametrize(
    ("ours", "theirs"), [(ranking.auc, roc_auc_score), (ranking.average_precision, average_precision_score)]
)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=40), st.integers(0, 99))
def test_a_weighted_metric_is_that_of_scikit_learn(ours, theirs, rows, seed):
    scores, y = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows], dtype=np.int8)
    weights = np.random.default_rng(seed).integers(0, 4, (3, len(rows))).astype(float)

    for weight, found in zip(weights, ours(y, scores, weights), strict=True):
        if len(set(y[weight > 0].tolist())) == 2:
            assert found == pytest.approx(theirs(y, scores, sample_weight=weight))
        elif ours is ranking.auc or not y[weight > 0].any():
            assert np.isnan(found)
