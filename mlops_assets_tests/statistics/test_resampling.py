"""Resamples are draws with replacement from one stream of random numbers, whatever the size of a chunk."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.statistics.resampling import interval, resample_rows
from mlops_assets.verdicts import MetricValue


def all_counts(**changes) -> np.ndarray:
    """Return all counts of 60 resamples of 20 rows."""
    arguments = {"rows": 20, "resamples": 60, "seed": 4} | changes
    return np.concatenate(list(resample_rows(arguments.pop("rows"), **arguments)))


@pytest.mark.parametrize("cells", [1, 20, 7 * 20, 10_000])
def test_the_size_of_a_chunk_changes_no_draw(cells):
    assert (all_counts(cells=cells) == all_counts()).all()


def test_no_two_chunks_repeat_each_other():
    """One seed for every chunk would make all chunks the same, and every interval one of a few draws."""
    chunks = list(resample_rows(20, resamples=60, seed=4, cells=10 * 20))

    assert len(chunks) == 6
    assert len({chunk.tobytes() for chunk in chunks}) == 6
    assert len(np.unique(all_counts(), axis=0)) == 60


def test_every_resample_draws_as_many_rows_as_there_are():
    counts = all_counts(resamples=2000)

    assert (counts.sum(axis=1) == 20).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(20), abs=0.12)
    assert counts.var() == pytest.approx(19 / 20, abs=0.05)


def test_another_seed_draws_other_rows_and_the_same_seed_the_same():
    assert (all_counts(seed=4) == all_counts()).all()
    assert (all_counts(seed=5) != all_counts()).any()


def test_rows_of_one_group_are_drawn_together():
    groups = np.repeat(np.arange(5), 4)
    counts = all_counts(groups=groups)

    assert (counts.reshape(60, 5, 4) == counts.reshape(60, 5, 4)[:, :, :1]).all()
    assert (counts.sum(axis=1) == 20).all()


def test_near_copies_make_a_wide_interval_and_only_whole_groups_show_it():
    """Forty copies of each of 50 values know no more than 50 rows: the mean varies as that of 50."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(50), 40)
    values = rng.normal(size=50)[groups]
    spread = {
        name: np.std(np.concatenate([c @ values / c.sum(axis=1) for c in resample_rows(2000, resamples=400, **how)]))
        for name, how in {"rows": {"seed": 1}, "groups": {"seed": 1, "groups": groups}}.items()
    }

    assert spread["groups"] == pytest.approx(values.std() / np.sqrt(50), rel=0.15)
    assert spread["rows"] < spread["groups"] / 5


def test_an_interval_holds_the_middle_of_the_draws():
    assert interval(0.5, np.arange(101) / 100, 0.9) == MetricValue(0.5, pytest.approx(0.05), pytest.approx(0.95))


def test_nothing_measured_is_no_figure_and_too_few_defined_draws_are_no_interval():
    draws = np.where(np.arange(100) < 6, np.nan, 1.0)

    assert interval(float("nan"), draws, 0.95) == MetricValue(None)
    assert interval(1.0, draws, 0.95) == MetricValue(1.0)
    assert interval(1.0, draws[2:], 0.95) == MetricValue(1.0, 1.0, 1.0)
