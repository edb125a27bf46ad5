"""The mechanisms spend what they say, are as noisy as they say, and never learn how many rows there are.

Noise is never seeded, so the limits of the statistical tests lie five or more standard errors out.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from diffprivlib.accountant import BudgetAccountant
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.privacy import mechanisms


def accountant() -> BudgetAccountant:
    return BudgetAccountant(delta=0.0)


DRAWS = {
    "count": lambda rows, spent: mechanisms.count(len(rows), 0.5, spent),
    "codes": lambda rows, spent: mechanisms.code_histogram(rows.astype(object), (0.0, 1.0, 9.0), 0.5, spent),
    "histogram": lambda rows, spent: mechanisms.number_histogram(
        rows, (0, 10), 5, step=None, epsilon=0.5, accountant=spent
    ),
    "mean": lambda rows, spent: mechanisms.mean(rows, (0, 10), 0.5, spent),
    "quantiles": lambda rows, spent: mechanisms.quantiles(
        rows, (0, 10), (0.1, 0.5), step=1.0, epsilon=0.5, accountant=spent
    ),
}


@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("rows", [0, 1, 500])
def test_the_accountant_is_charged_exactly_what_was_declared(kind, rows):
    spent = accountant()
    DRAWS[kind](np.ones(rows), spent)

    assert spent.total()[0] == pytest.approx(0.5)
    assert spent.total()[1] == 0


@pytest.mark.parametrize("kind", DRAWS)
def test_the_scale_of_the_noise_does_not_depend_on_the_number_of_rows(kind):
    few, many = (DRAWS[kind](np.ones(rows), accountant()).scale for rows in (3, 500))

    assert few == many


@pytest.mark.parametrize("kind", DRAWS)
def test_a_seeded_global_generator_does_not_make_noise_repeat(kind):
    results = set()
    state = np.random.get_state()
    for _ in range(40):
        np.random.seed(0)
        results.add(DRAWS[kind](np.linspace(0, 10, 50), accountant()).values)
    np.random.set_state(state)

    assert len(results) > 1


@pytest.mark.parametrize(("epsilon", "rows"), [(0.2, 100), (1.0, 100)])
def test_counts_have_the_variance_of_the_two_sided_geometric_distribution(epsilon, rows):
    drawn = np.array(mechanisms._noisy_counts([rows] * 20_000, epsilon))
    alpha = math.exp(-epsilon)

    assert drawn.var() == pytest.approx(2 * alpha / (1 - alpha) ** 2, rel=0.12)
    assert drawn.mean() == pytest.approx(rows, abs=5 * drawn.std() / math.sqrt(len(drawn)))


def test_neighbouring_counts_are_as_close_as_epsilon_says():
    epsilon, draws = 0.5, 10_000
    shares = [
        np.bincount(mechanisms._noisy_counts([rows] * draws, epsilon), minlength=100)[40:60] / draws
        for rows in (50, 51)
    ]

    slack = 6 * np.sqrt(shares[1] / draws)
    assert (shares[0] <= math.exp(epsilon) * (shares[1] + slack) + 6 * np.sqrt(shares[0] / draws)).all()


@given(epsilon=st.floats(0.01, 10), doubt=st.floats(0.001, 0.2))
def test_the_margin_of_a_count_is_the_least_that_covers(epsilon, doubt):
    alpha, margin = math.exp(-epsilon), mechanisms._geometric_margin(epsilon, doubt)

    def beyond(limit: int) -> float:
        return 2 * alpha ** (limit + 1) / (1 + alpha)

    assert beyond(margin) <= doubt * (1 + 1e-9)
    assert margin == 0 or beyond(margin - 1) >= doubt * (1 - 1e-9)


@pytest.mark.parametrize("kind", ["count", "mean"])
def test_the_interval_covers_the_figure_without_noise(kind):
    rows = np.linspace(0, 8, 200)
    truth = {"count": 200, "mean": rows.mean()}[kind]
    drawn = [DRAWS[kind](rows, accountant()) for _ in range(400)]
    covered = np.mean([one.low[0] <= truth <= one.high[0] for one in drawn])

    assert covered > 0.89


def test_a_mean_lies_within_its_bounds_whatever_the_noise():
    drawn = [mechanisms.mean(np.array([10.0]), (0, 10), 0.01, accountant()) for _ in range(50)]

    assert all(0 <= one.low[0] <= one.values[0] <= one.high[0] <= 10 for one in drawn)


def test_a_mean_of_many_rows_is_close():
    drawn = mechanisms.mean(np.full(100_000, 3.0), (0, 10), 1.0, accountant())

    assert drawn.values[0] == pytest.approx(3, abs=0.01)


def test_a_code_that_is_not_declared_is_not_counted():
    drawn = mechanisms.code_histogram(np.array(["a", "a", "z"] * 100, dtype=object), ("a", "b"), 10.0, accountant())

    assert drawn.labels == ("a", "b")
    assert drawn.values[0] == pytest.approx(200, abs=10)
    assert drawn.values[1] <= 10


def test_quantiles_of_equal_values_find_the_value():
    drawn = mechanisms.quantiles(
        np.full(2_000, 4.0), (0, 1_000), (0.25, 0.75), step=1.0, epsilon=2.0, accountant=accountant()
    )

    assert drawn.values == (4.0, 4.0)


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.integers(0, 10), max_size=30),
    levels=st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.5001, 0.9]), min_size=1, max_size=4),
)
def test_quantiles_are_in_order_and_within_bounds(rows, levels):
    drawn = mechanisms.quantiles(
        np.array(rows, dtype=float), (0, 10), levels, step=1.0, epsilon=0.05, accountant=accountant()
    )
    by_level = [value for _, value in sorted(zip(levels, drawn.values, strict=True))]

    assert by_level == sorted(by_level)
    assert all(value in range(11) for value in drawn.values)


def chances(rows: list[int], last: int, level: float, epsilon: float) -> np.ndarray:
    """The chance of each grid point, written down from the definition: point by point, without runs."""
    places = np.array(rows, dtype=np.int64)
    points = np.arange(last + 1)
    below = (places[None, :] < points[:, None]).sum(axis=1)
    upto = (places[None, :] <= points[:, None]).sum(axis=1)
    wanted = level * len(rows)
    utility = -np.maximum(0, np.maximum(below - wanted, wanted - upto))
    weights = np.exp(epsilon * utility / (2 * max(level, 1 - level)))
    return weights / weights.sum()


LAST = 6
TABLES = st.lists(st.integers(0, LAST), max_size=12)
LEVELS = st.sampled_from([0.05, 0.25, 0.5, 0.8])


@given(rows=TABLES, row=st.integers(0, LAST), level=LEVELS, epsilon=st.sampled_from([0.1, 1.0, 4.0]))
def test_a_row_more_or_less_changes_no_chance_of_a_quantile_by_more_than_epsilon(rows, row, level, epsilon):
    ratio = chances(rows, LAST, level, epsilon) / chances([*rows, row], LAST, level, epsilon)

    assert np.abs(np.log(ratio)).max() <= epsilon + 1e-9


@given(rows=TABLES, level=LEVELS)
def test_runs_of_points_have_the_utilities_of_their_points(rows, level):
    starts, sizes, utility = mechanisms._runs(np.array(rows, dtype=np.int64), LAST, level)
    by_point = np.repeat(utility, sizes)
    weights = np.exp(by_point / (2 * max(level, 1 - level)))

    assert starts.tolist() == np.concatenate(([0], np.cumsum(sizes)[:-1])).tolist()
    assert weights / weights.sum() == pytest.approx(chances(rows, LAST, level, 1.0))


def test_lumpy_values_are_found_without_error_on_their_own_grid():
    """Credit limits in steps of ten thousand: the same epsilon misses them by thousands on a grid of one."""
    limits = np.repeat([50_000.0, 140_000.0, 240_000.0], [4_000, 3_000, 3_000])
    fine, coarse = (
        np.array(
            [
                mechanisms.quantiles(
                    limits, (0, 1_000_000), (0.25, 0.5, 0.75), step=step, epsilon=0.3, accountant=accountant()
                ).values
                for _ in range(30)
            ]
        )
        for step in (1.0, 10_000.0)
    )
    truth = np.array([50_000.0, 140_000.0, 240_000.0])

    assert (coarse == truth).all()
    assert np.abs(fine - truth).max() < 100_000


def test_a_mean_has_the_variance_that_its_two_sums_give_half_of_that_of_a_sum_and_a_count():
    rows, epsilon = np.full(500, 4.0), 1.0
    drawn = np.array([mechanisms.mean(rows, (0, 10), epsilon, accountant()).values[0] for _ in range(4_000)])
    expected = 2 * ((10 - 4) ** 2 + (4 - 0) ** 2) / (len(rows) * epsilon) ** 2
    of_sum_and_count = (8 * (10 / 2) ** 2 + 8 * (4 - 5) ** 2) / (len(rows) * epsilon) ** 2

    assert drawn.mean() == pytest.approx(4, abs=5 * drawn.std() / math.sqrt(len(drawn)))
    assert drawn.var() == pytest.approx(expected, rel=0.15)
    assert expected <= of_sum_and_count / 2


@pytest.mark.parametrize(("bins", "step", "edges"), [(4, 30, [0, 30, 60, 90, 100]), (3, 10, [0, 40, 80, 100])])
def test_no_edge_of_a_histogram_cuts_through_the_public_grid(bins, step, edges):
    drawn = mechanisms.number_histogram(
        np.array([29.0] * 500 + [100.0] * 500), (0, 100), bins, step=step, epsilon=20.0, accountant=accountant()
    )

    assert list(drawn.edges) == edges
    assert drawn.values[np.searchsorted(edges, 30, side="right") - 1] == pytest.approx(500, abs=5)
    assert drawn.values[-1] == pytest.approx(500, abs=5)


@pytest.mark.parametrize("lower", [0.0, -0.7])
def test_a_value_on_an_edge_falls_into_the_bin_above_it_whatever_its_last_bit(lower):
    """Three steps of 0.1, three times, are 0.9000000000000001; the value 0.9 must not fall short of it."""
    on_edges = lower + np.array([0.0, 0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1, 2.4, 2.7])
    drawn = mechanisms.number_histogram(
        np.repeat(on_edges, 500), (lower, lower + 3), 10, step=0.1, epsilon=20.0, accountant=accountant()
    )

    assert drawn.values == pytest.approx([500] * 10, abs=5)


@given(value=st.floats(0, 103), step=st.sampled_from([0.1, 1.0, 7.0, 10.0]))
def test_a_value_goes_to_the_nearest_grid_point_within_the_bounds(value, step):
    (placed,) = mechanisms.on_grid(np.array([value]), (0, 103), step)

    assert placed / step == pytest.approx(round(placed / step))
    assert 0 <= placed <= 103 + 1e-9
    assert abs(placed - value) <= step / 2 + 1e-9 or placed + step > 103
