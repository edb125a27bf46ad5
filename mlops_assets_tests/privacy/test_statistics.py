"""Private statistics follow the declaration, hide what they must, and cost what they say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from diffprivlib.accountant import BudgetAccountant
from pydantic import TypeAdapter

from mlops_assets.errors import BudgetError
from mlops_assets.privacy import mechanisms
from mlops_assets.privacy.statistics import PrivateRelease, public_bounds, release_statistics, total_epsilon
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Statistic

ALL_KINDS = (
    Statistic(name="people", kind="count", epsilon=0.5),
    Statistic(name="regions_known", kind="count", column="region", epsilon=0.5),
    Statistic(name="mean_age", kind="mean", column="age", epsilon=0.5),
    Statistic(name="member_share", kind="mean", column="member", epsilon=0.5),
    Statistic(name="ages", kind="histogram", column="age", bins=4, lower=20.0, upper=60.0, epsilon=0.5),
    Statistic(name="regions", kind="histogram", column="region", epsilon=0.5),
    Statistic(name="grades", kind="histogram", column="grade", epsilon=0.5),
    Statistic(name="members", kind="histogram", column="insured?", epsilon=0.5),
    Statistic(name="starts", kind="histogram", column="start", bins=2, epsilon=0.5),
    Statistic(name="start_median", kind="quantiles", column="start", quantiles=(0.5,), epsilon=0.5),
    Statistic(name="children", kind="quantiles", column="children", epsilon=0.5),
)


@pytest.fixture(scope="module")
def release(people, people_data) -> PrivateRelease:
    return release_statistics(people, ALL_KINDS, people_data.columns)


def test_a_release_holds_every_statistic_in_order_and_its_cost(release):
    assert [statistic.name for statistic in release.statistics] == [wanted.name for wanted in ALL_KINDS]
    assert (release.epsilon, release.delta, release.neighbours) == (5.5, 0.0, "one row added or removed")


def test_a_release_survives_json(release):
    adapter = TypeAdapter(PrivateRelease)

    assert adapter.validate_json(adapter.dump_json(release)) == release


def test_labels_are_codes_bins_and_quantiles_of_the_declaration(release):
    labels = {statistic.name: statistic.labels for statistic in release.statistics}

    assert labels["regions"] == ("north", "south", "NaN")
    assert labels["grades"] == ("1", "2", "0")
    assert labels["members"] == ("False", "True")
    assert labels["ages"] == ("20 to 30", "30 to 40", "40 to 50", "50 to 60")
    assert labels["starts"] == ("2019-01-01 to 2021-07-02", "2021-07-02 to 2023-12-31")
    assert labels["children"] == ("0.25", "0.5", "0.75")


def test_a_date_is_displayed_as_a_date(release):
    (median,) = [statistic for statistic in release.statistics if statistic.name == "start_median"]

    assert "2020-01-01" < median.display[0] < "2023-01-01"
    assert (median.lower, median.upper) == (17897.0, 19722.0)


def test_missing_values_are_left_out_of_counts_and_means():
    frame = pd.DataFrame({"x": [8.0] * 2_000 + [np.nan] * 6_000})
    columns = {"x": Column(type="number", min=0, max=10, nullable=True)}
    wanted = [
        Statistic(name="known", kind="count", column="x", epsilon=1.0),
        Statistic(name="mean", kind="mean", column="x", epsilon=1.0),
    ]
    known, mean = release_statistics(frame, wanted, columns).statistics

    assert known.values[0] == pytest.approx(2_000, abs=30)
    assert mean.values[0] == pytest.approx(8, abs=0.2)


def test_values_outside_the_bounds_are_clipped_to_them():
    frame = pd.DataFrame({"x": [-500.0] * 1_000 + [500.0] * 3_000})
    columns = {"x": Column(type="number")}
    wanted = [
        Statistic(name="mean", kind="mean", column="x", lower=0.0, upper=4.0, epsilon=1.0),
        Statistic(name="bins", kind="histogram", column="x", lower=0.0, upper=4.0, bins=4, epsilon=1.0),
    ]
    mean, bins = release_statistics(frame, wanted, columns).statistics

    assert mean.values[0] == pytest.approx(3, abs=0.1)
    assert bins.values[0] == pytest.approx(1_000, abs=30)
    assert bins.values[3] == pytest.approx(3_000, abs=30)


def test_an_empty_table_and_an_empty_column_are_released_without_complaint(people, people_data):
    wanted = [*ALL_KINDS, Statistic(name="never", kind="mean", column="never known", lower=0.0, upper=1.0, epsilon=0.5)]
    release = release_statistics(people.head(0), wanted, people_data.columns)

    assert len(release.statistics) == len(wanted)


def test_two_releases_of_the_same_table_differ(people, people_data, release):
    again = release_statistics(people, ALL_KINDS, people_data.columns)

    assert [one.values for one in again.statistics] != [one.values for one in release.statistics]


def test_a_mechanism_that_spends_something_else_is_caught(people, people_data, monkeypatch):
    real = mechanisms.count
    monkeypatch.setattr(mechanisms, "count", lambda rows, epsilon, spent: real(rows, 2 * epsilon, spent))

    with pytest.raises(BudgetError, match=r"a cost other than the declared one; expected epsilon 0\.5; got 1;"):
        release_statistics(people, ALL_KINDS[:1], people_data.columns)


def test_the_library_default_accountant_is_left_alone(people, people_data):
    default = BudgetAccountant.load_default(None)
    before = len(default)
    release_statistics(people, ALL_KINDS, people_data.columns)

    assert len(default) == before


def test_the_total_adds_decimals():
    statistics = [Statistic(name=f"n{i}", kind="count", epsilon=0.1) for i in range(3)]

    assert total_epsilon(statistics) == 0.3
    assert total_epsilon([]) == 0.0


COLUMNS = {
    "income": Column(type="number"),
    "age": Column(type="integer", min=18, max=100),
    "member": Column(type="boolean"),
    "start": Column(type="date", min=dt.date(1970, 1, 2), max=dt.date(1970, 1, 31)),
}


@pytest.mark.parametrize(
    ("column", "bounds"),
    [("age", (18.0, 100.0)), ("member", (0.0, 1.0)), ("start", (1.0, 30.0)), ("income", None)],
)
def test_bounds_come_from_the_column_and_its_type(column, bounds):
    wanted = Statistic(name="a_mean", kind="mean", column=column, epsilon=0.1)

    assert public_bounds(wanted, COLUMNS[column]) == bounds


def test_bounds_of_a_statistic_win_over_those_of_its_column():
    wanted = Statistic(name="a_mean", kind="mean", column="age", epsilon=0.1, lower=20.0)

    assert public_bounds(wanted, COLUMNS["age"]) == (20.0, 100.0)
