"""Normal scores keep order, and what a normal distribution draws is read in the real shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from mlops_assets.privacy.normal_scores import read, score

coded = st.integers(2, 6).flatmap(
    lambda values: st.lists(st.integers(0, values - 1), max_size=60).map(lambda more: [*range(values), *more])
)


@given(codes=coded.map(np.array))
def test_scores_keep_the_order_of_their_values_there_and_back(codes):
    shown, scale = score(codes, codes.max() + 1)
    order = np.argsort(codes, kind="stable")
    back = read(shown, scale)

    assert shown.mean() == pytest.approx(0, abs=1e-9)
    assert (np.diff(shown[order]) >= 0).all()
    assert (np.diff(back[order]) >= 0).all()
    assert set(back) <= set(codes)


@given(codes=coded.map(np.array))
def test_draws_of_the_fitted_normal_are_read_in_exactly_the_real_shares(codes):
    """Scores of rare values need not be read as themselves: they are no normal sample, and draws are."""
    _, scale = score(codes, codes.max() + 1)
    levels = (np.arange(20_000) + 0.5) / 20_000
    drawn = scale.center + scale.spread * ndtri(levels)
    shares = np.bincount(read(drawn, scale), minlength=codes.max() + 1) / len(levels)

    assert shares == pytest.approx(np.bincount(codes) / len(codes), abs=1e-4)


def test_normal_draws_are_read_in_the_real_shares():
    codes = np.repeat([0, 1, 2], [700, 250, 50])
    _, scale = score(codes, 3)
    drawn = scale.center + scale.spread * np.random.default_rng(0).normal(size=100_000)
    shares = np.bincount(read(drawn, scale)) / 100_000

    assert shares == pytest.approx([0.7, 0.25, 0.05], abs=0.01)


def test_missing_codes_have_no_score():
    shown, _ = score(np.array([0, -1, 1, 1]), 2)

    assert np.isnan(shown).tolist() == [False, True, False, False]


def test_far_draws_are_read_as_the_outermost_values():
    _, scale = score(np.array([0, 1, 2]), 3)

    assert read(np.array([-1e9, 1e9]), scale).tolist() == [0, 2]
