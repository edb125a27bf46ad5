"""The jackknife: standard errors that repeated samples confirm, of differences and of clustered rows too."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.statistics.folds import deal_rows
from mlops_assets.statistics.ranking import auc, average_precision
from mlops_assets.statistics.resampling import BLOCKS, replicate, standard_error


def own(rows: int) -> np.ndarray:
    return np.arange(rows)


def blocks_of(y: np.ndarray, clusters: np.ndarray, seed: int = 1) -> np.ndarray:
    return deal_rows(y.astype(np.int8), clusters, np.random.default_rng(seed), BLOCKS)


def test_the_error_of_a_mean_is_the_textbook_one_where_each_row_is_a_block():
    x = np.random.default_rng(1).normal(size=40)
    found = replicate(lambda weights: weights @ x / weights.sum(axis=1), blocks_of(np.zeros(40), own(40)))

    assert standard_error(found) == pytest.approx(x.std(ddof=1) / np.sqrt(40))


def test_blocks_keep_clusters_whole_and_spread_the_classes():
    clusters = np.random.default_rng(2).permutation(np.repeat(np.arange(200), 3))
    y = (clusters % 4 == 0).astype(np.int8)
    blocks = blocks_of(y, clusters)

    assert len(np.unique(blocks)) == 50
    assert all(len(np.unique(blocks[clusters == cluster])) == 1 for cluster in range(200))
    assert np.ptp(np.bincount(blocks, weights=y)) <= 3


def test_a_small_chunk_of_weights_changes_nothing(monkeypatch):
    y = np.random.default_rng(3).integers(0, 2, 300).astype(np.int8)
    p, blocks = np.random.default_rng(4).random(300), blocks_of(y, own(300))
    whole = replicate(lambda weights: auc(y, p, weights), blocks)
    monkeypatch.setattr("mlops_assets.statistics.resampling._WEIGHTS", 900)

    assert np.array_equal(replicate(lambda weights: auc(y, p, weights), blocks), whole)


@pytest.mark.parametrize("found", [np.array([0.5]), np.array([0.5, np.nan, 0.6])])
def test_there_is_no_error_from_one_replicate_or_an_undefined_one(found):
    assert standard_error(found) is None


@pytest.mark.parametrize("metric", [auc, average_precision])
def test_the_error_of_a_figure_and_of_a_paired_difference_is_what_repeated_samples_show(metric):
    """Over 300 samples the mean squared standard error is the variance of the figure, within a sixth."""
    rng = np.random.default_rng(5)
    values, errors = [], []
    for _ in range(300):
        y = (rng.random(400) < 0.25).astype(np.int8)
        signal = y + rng.normal(0, 1.2, 400)
        p, other = signal + rng.normal(0, 0.3, 400), signal + rng.normal(0, 0.5, 400)
        blocks = blocks_of(y, own(400), seed=0)
        one, two = (replicate(lambda weights, y=y, x=x: metric(y, x, weights), blocks) for x in (p, other))
        ones = np.ones((1, 400))
        first, second = float(metric(y, p, ones)[0]), float(metric(y, other, ones)[0])
        values.append((first, first - second))
        errors.append((standard_error(one), standard_error(one - two)))
    ratio = np.sqrt((np.array(errors) ** 2).mean(axis=0)) / np.std(values, axis=0)

    assert np.abs(ratio - 1).max() < 0.17


def test_rows_of_one_person_count_as_one():
    """Ten copies of each of 100 persons: the error is that of 100 rows, not of 1,000."""
    rng = np.random.default_rng(6)
    y = rng.integers(0, 2, 100).astype(np.int8).repeat(10)
    p = (y[::10] + rng.normal(0, 2, 100)).repeat(10)
    persons = np.arange(100).repeat(10)
    alone, together = (
        standard_error(replicate(lambda weights: auc(y, p, weights), blocks_of(y, clusters)))
        for clusters in (own(1000), persons)
    )

    assert together > 2.5 * alone
