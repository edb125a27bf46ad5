"""Gaps: how often the verdict over several groups is wrong, and how often it is right, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.assurance.measures import group_pairs, measure_gap, share
from mlops_assets.verdicts import Outcome, judge

SAMPLES, LIMIT = 600, 0.8


def outcomes(
    sizes: list[int], rates: list[float], reference: int | None, kind: str = "ratio", limit: float = LIMIT
) -> dict[Outcome, float]:
    """Return how often each outcome comes out of samples of groups of these sizes and true rates."""
    trials, pairs = np.array(sizes, dtype="float64"), group_pairs(len(sizes), reference)
    drawn = np.random.default_rng(11).binomial(sizes, rates, (SAMPLES, len(sizes))).astype("float64")
    bound = {"at_least": limit} if kind == "ratio" else {"at_most": limit}
    found = []
    for hits in drawn:
        figure = measure_gap(kind, [share(hits / trials, trials)], pairs, 0.95)[0]
        found.append(judge("x", figure, **bound).outcome)
    return {outcome: found.count(outcome) / SAMPLES for outcome in Outcome}


FAIR = {
    "five equal groups of 120, half selected": ([120] * 5, [0.5] * 5),
    "five equal groups of 120, a fifth selected": ([120] * 5, [0.2] * 5),
    "unequal groups, four of them exactly at the limit": ([2000, 500, 200, 100, 60], [0.6] + [0.48] * 4),
    "a small group that is favoured, and large ones exactly at the limit": ([60, 2000, 500, 200], [0.6] + [0.48] * 3),
    "rare selection, exactly at the limit": ([3000, 80, 80, 80], [0.02] + [0.016] * 3),
    "selection of nearly all, exactly at the limit": ([3000, 400, 100, 60], [0.99] + [0.792] * 3),
    "twelve groups of 60": ([60] * 12, [0.3] * 12),
}


@pytest.mark.parametrize("reference", [None, 0])
@pytest.mark.parametrize(("sizes", "rates"), FAIR.values(), ids=list(FAIR))
def test_groups_that_keep_the_limit_fail_in_at_most_one_sample_of_twenty(sizes, rates, reference):
    """The bootstrap of smallest over largest failed five equal groups of 120, a fifth selected, in 54 % of samples."""
    assert outcomes(sizes, rates, reference)[Outcome.FAILED] <= 0.05


@pytest.mark.parametrize("reference", [None, 0])
def test_a_group_just_beyond_the_limit_passes_in_at_most_one_sample_of_twenty(reference):
    """True ratio 0.79: a pass would be wrong, whatever the sizes are."""
    assert outcomes([3000] * 3, [0.6, 0.6, 0.474], reference)[Outcome.PASSED] <= 0.05
    assert outcomes([800, 800], [0.95, 0.75], reference)[Outcome.PASSED] <= 0.05


@pytest.mark.parametrize("reference", [None, 0])
def test_large_gaps_fail_and_equal_large_groups_pass(reference):
    """A verdict that is always uncertain would make no false one."""
    assert outcomes([1000] * 5, [0.5, 0.5, 0.5, 0.5, 0.25], reference)[Outcome.FAILED] >= 0.99
    assert outcomes([2000] * 5, [0.5] * 5, reference)[Outcome.PASSED] >= 0.99
    assert outcomes([120] * 2, [0.6, 0.3], reference)[Outcome.FAILED] >= 0.7


def test_a_reference_at_a_disadvantage_is_found_by_the_inverse_of_the_limit():
    assert outcomes([1000] * 2, [0.25, 0.5], reference=0)[Outcome.FAILED] >= 0.99


@pytest.mark.parametrize("reference", [None, 0])
def test_differences_fail_no_fair_groups_and_find_unfair_ones(reference):
    """Rates of 0.1 apart at a limit of 0.1, equal rates, and rates that are 0.3 apart."""
    at_the_limit = outcomes([400, 200, 100, 60], [0.3, 0.4, 0.4, 0.4], reference, "difference", 0.1)
    equal = outcomes([120] * 5, [0.5] * 5, reference, "difference", 0.1)
    apart = outcomes([400] * 4, [0.3, 0.3, 0.3, 0.6], reference, "difference", 0.1)

    assert at_the_limit[Outcome.FAILED] <= 0.05
    assert equal[Outcome.FAILED] <= 0.05
    assert apart[Outcome.FAILED] >= 0.99
    assert outcomes([4000] * 4, [0.3] * 4, reference, "difference", 0.1)[Outcome.PASSED] >= 0.99


def test_a_reference_chosen_for_its_rate_is_accounted_for():
    """Half of twelve groups are exactly at the limit, so each of 36 pairs may be found beyond it by chance.

    Holding all against the group that happens to be selected most, as if it had been declared, fails 6 % of samples.
    """
    sizes, rates = [1500] * 12, [0.5] * 6 + [0.4] * 6

    assert outcomes(sizes, rates, None)[Outcome.FAILED] <= 0.05


def test_both_ends_of_the_interval_contain_the_figure():
    hits, trials = np.array([30.0, 50, 40]), np.array([100.0, 100, 100])

    for kind in ("ratio", "difference"):
        value, pair = measure_gap(kind, [share(hits / trials, trials)], group_pairs(3, None), 0.95)
        assert value.low < value.value < value.high
    assert pair == (1, 0)


def test_no_pair_is_no_figure():
    for groups in (0, 1):
        value, pair = measure_gap("ratio", [share(np.ones(groups), np.ones(groups))], group_pairs(groups, None), 0.95)
        assert (value.value, pair) == (None, None)


def test_every_pair_stands_in_both_orders_with_the_reference_alone_where_there_is_one():
    assert sorted(map(tuple, group_pairs(3, None))) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    assert sorted(map(tuple, group_pairs(3, 1))) == [(0, 1), (1, 0), (1, 2), (2, 1)]
