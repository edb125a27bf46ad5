"""Mistakes in private statistics are found before any budget is touched."""

from __future__ import annotations

import datetime as dt

import pytest

from mlops_assets.errors import ConfigError
from mlops_assets.privacy.declared import check_statistics, public_bounds
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Statistic

COLUMNS = {
    "income": Column(type="number"),
    "age": Column(type="integer", min=18, max=100),
    "region": Column(type="category"),
    "note": Column(type="text"),
    "member": Column(type="boolean"),
    "start": Column(type="date", min=dt.date(1970, 1, 2), max=dt.date(1970, 1, 31)),
}


def wanted(kind: str, column: str | None = None, **more) -> Statistic:
    return Statistic(name="figure", kind=kind, column=column, epsilon=0.1, **more)


@pytest.mark.parametrize(
    ("statistic", "message"),
    [
        (wanted("mean", "income"), "no public bounds for 'income'.*never taken from the data"),
        (wanted("quantiles", "income", lower=0.0), "no public bounds"),
        (wanted("mean", "age", lower=200.0), "lower bound is not below the upper one; got 200 and 100"),
        (wanted("mean"), "no column; expected the name of one, because the kind is mean"),
        (wanted("mean", "agee"), r"unknown column; expected one of income, age.*did you mean 'age'\?"),
        (wanted("mean", "region"), "'region' is a category and has no mean"),
        (wanted("quantiles", "note"), "'note' is a text and has no quantiles"),
        (wanted("histogram", "region"), "no declared codes"),
    ],
)
def test_a_statistic_that_cannot_be_released_is_named_with_the_reason(statistic, message):
    with pytest.raises(ConfigError, match=message):
        check_statistics([statistic], COLUMNS)


def test_all_mistakes_are_reported_at_once():
    statistics = [wanted("mean", "income"), wanted("histogram", "region")]

    with pytest.raises(ConfigError) as caught:
        check_statistics(statistics, COLUMNS)
    assert len(caught.value.problems) == 3  # both, and the name they share


@pytest.mark.parametrize(
    "statistic",
    [wanted("count"), wanted("count", "note"), wanted("mean", "member"), wanted("histogram", "age", lower=20.0)],
)
def test_what_can_be_released_passes(statistic):
    check_statistics([statistic], COLUMNS)


@pytest.mark.parametrize(
    ("column", "bounds"),
    [("age", (18.0, 100.0)), ("member", (0.0, 1.0)), ("start", (1.0, 30.0)), ("income", None)],
)
def test_bounds_come_from_the_column_and_its_type(column, bounds):
    found = public_bounds(wanted("mean", column), COLUMNS[column])

    assert found == bounds


def test_bounds_of_a_statistic_win_over_those_of_its_column():
    found = public_bounds(wanted("mean", "age", lower=20.0), COLUMNS["age"])

    assert found == (20.0, 100.0)
