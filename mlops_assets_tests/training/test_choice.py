"""The choice: the baseline is the best default, and it stays unless a paired gain exceeds its standard error."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.training.folds import FoldScore
from mlops_assets.training.trials import Ended, TrialState, build_records, choose, find_baseline

NOISE = np.random.default_rng(1).normal(0, 1, (2, 50))


def trial(value: float, family: str = "a", *, own_noise: float = 0.0, state=TrialState.COMPLETE) -> Ended:
    """A trial of two folds; its replicates move with the rows, and by `own_noise` on their own."""
    own = np.random.default_rng(int(value * 1e6)).normal(0, own_noise, (2, 50))
    folds = tuple(FoldScore(value, tuple(value + 0.002 * noise + own[fold])) for fold, noise in enumerate(NOISE))
    return Ended(family, "raw", {}, state, folds if state is not TrialState.FAILED else (), None, 1.0)


def chosen(*trials: Ended, baseline: int = 0, higher: bool = True):
    records = build_records(trials, baseline, higher_is_better=higher)
    return choose(records, higher_is_better=higher), records


def test_the_baseline_is_the_best_candidate_or_the_declared_one():
    candidates = [trial(0.70, "a"), trial(0.72, "b"), trial(0.72, "c"), trial(0.9, "d", state=TrialState.FAILED)]

    assert find_baseline(candidates, "auto", higher_is_better=True) == 1
    assert find_baseline(candidates, "auto", higher_is_better=False) == 0
    assert find_baseline(candidates, "c", higher_is_better=True) == 2
    assert find_baseline(candidates, "d", higher_is_better=True) is None


def test_the_baseline_is_trial_0_and_the_others_keep_their_order():
    _, records = chosen(trial(0.70, "a"), trial(0.72, "b"), trial(0.71, "c"), baseline=1)

    assert [record.family for record in records] == ["b", "a", "c"]
    assert [record.number for record in records] == [0, 1, 2]
    assert [record.gain for record in records] == pytest.approx([0, -0.02, -0.01])


def test_a_gain_within_one_standard_error_leaves_the_baseline():
    best, records = chosen(trial(0.70), trial(0.701, own_noise=0.001))

    assert 0 < records[1].gain < records[1].gain_error
    assert best.number == 0


def test_a_gain_beyond_one_standard_error_is_taken_though_each_value_is_less_certain_than_that():
    """Paired: both move with the held rows, so that their difference is known far better than either."""
    best, records = chosen(trial(0.70), trial(0.701, own_noise=0.00002))

    assert records[1].gain_error < records[1].gain < records[1].standard_error
    assert best.number == 1


def test_the_best_of_those_that_exceed_their_error_is_chosen_and_not_an_uncertain_better_one():
    best, _ = chosen(trial(0.70), trial(0.705, own_noise=0.00002), trial(0.706, own_noise=0.01))

    assert best.number == 1


def test_a_lower_loss_is_a_gain():
    best, records = chosen(trial(0.50), trial(0.48, own_noise=0.0001), trial(0.52), higher=False)

    assert [record.gain for record in records] == pytest.approx([0, 0.02, -0.02])
    assert best.number == 1


def test_pruned_and_failed_trials_are_never_chosen_and_have_no_gain():
    best, records = chosen(trial(0.70), trial(0.9, state=TrialState.PRUNED), trial(0.9, state=TrialState.FAILED))

    assert best.number == 0
    assert all(record.gain is None and record.gain_error is None for record in records[1:])


def test_a_gain_whose_error_is_unknown_is_no_reason_to_change():
    """Missing evidence is never a pass."""
    lucky = Ended("a", "raw", {}, TrialState.COMPLETE, tuple(FoldScore(0.9, (0.9, np.nan)) for _ in range(2)), None, 1)
    plain = Ended("a", "raw", {}, TrialState.COMPLETE, tuple(FoldScore(0.7, (0.7, 0.7)) for _ in range(2)), None, 1)

    assert chosen(plain, lucky)[0].number == 0
