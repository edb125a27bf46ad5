"""Folds are dealt evenly, keep clusters whole, and a row never sees its own target."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.statistics.folds import cross_fitted, deal, deal_rows

LABELS = st.lists(st.integers(0, 1), min_size=1, max_size=60).map(lambda found: np.array(found, dtype=np.int8))


@given(LABELS, st.integers(1, 8), st.integers(0, 9))
def test_every_class_and_all_rows_are_spread_evenly(labels, parts, seed):
    part = deal_rows(labels, None, np.random.default_rng(seed), parts)
    parts = min(parts, len(labels))

    assert set(part) == set(range(parts))
    assert np.ptp(np.bincount(part, minlength=parts)) <= 1
    for label in (0, 1):
        assert np.ptp(np.bincount(part[labels == label], minlength=parts)) <= 1


@given(LABELS, st.integers(1, 8), st.integers(0, 9))
def test_a_cluster_is_never_torn_apart(labels, parts, seed):
    clusters = np.random.default_rng(seed).integers(100, 110, len(labels))
    part = deal_rows(labels, clusters, np.random.default_rng(seed), parts)

    assert all(len(set(part[clusters == cluster])) == 1 for cluster in clusters)


def test_rows_of_their_own_are_dealt_as_clusters_of_one_row():
    labels = np.array([0, 1, 1, 0, 1], dtype=np.int8)
    alone, clustered = (deal_rows(labels, own, np.random.default_rng(3), 2) for own in (None, np.arange(5) * 7))

    assert alone.tolist() == clustered.tolist()


def test_units_are_dealt_class_by_class_in_the_given_order():
    labels = np.array([1, 0, 1, 0, 0], dtype=np.int8)

    assert deal(labels, np.array([4, 2, 3, 0, 1]), 2).tolist() == [0, 0, 1, 1, 0]


def test_the_value_of_a_row_does_not_depend_on_its_own_target():
    rng = np.random.default_rng(1)
    codes, y = rng.integers(0, 4, 30), rng.integers(0, 2, 30).astype(float)
    folds = deal_rows(y.astype(np.int8), None, rng, 5)
    usual = cross_fitted(codes, y, folds, 4, smoothing=1.0)
    for row in range(30):
        turned = y.copy()
        turned[row] = 1 - turned[row]
        assert cross_fitted(codes, turned, folds, 4, smoothing=1.0)[row] == usual[row]


def test_the_value_of_a_code_is_its_shrunken_mean_over_the_other_folds():
    codes, y, folds = np.array([0, 0, 0, 1]), np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 1, 1, 1])

    # Row 0 by rows 1 to 3: code 0 has targets 1 and 0, their overall mean is 1/3, and one more row of that mean.
    assert cross_fitted(codes, y, folds, 2, smoothing=1.0)[0] == pytest.approx((1 - 2 / 3) / 3)
