"""Groups: labels, bins, missing values and intersections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets.assurance.groups import Grouping, cross, group_rows
from mlops_assets.errors import DataError
from mlops_assets.use_case.assurance import Fairness
from mlops_assets.use_case.data import Column

PLAIN = Fairness()
MARRIAGE = Column(type="category", allowed={1: "married", 2: "single", 3: "others"}, undocumented=(0,))


def _named(grouping: Grouping) -> list[str]:
    """Return the label of each row's group."""
    return [grouping.labels[i] for i in grouping.ids]


def _series(values: list, name: str = "an attribute") -> pd.Series:
    return pd.Series(values, name=name)


def test_codes_carry_their_labels_and_an_undocumented_one_says_so():
    found = group_rows(_series([2, 0, 1, 2]), MARRIAGE, PLAIN)

    assert _named(found) == ["single", "0 (undocumented)", "married", "single"]


def test_groups_stand_in_the_order_of_the_declaration():
    found = group_rows(_series([0, 3, 2, 1]), MARRIAGE, PLAIN)

    assert found.labels == ("married", "single", "others", "0 (undocumented)")


def test_a_group_that_does_not_occur_is_not_listed():
    assert group_rows(_series([3, 3]), MARRIAGE, PLAIN).labels == ("others",)


def test_a_code_that_nobody_declared_is_a_group_of_its_own():
    assert _named(group_rows(_series([1, 8]), MARRIAGE, PLAIN)) == ["married", "8 (undeclared)"]


def test_missing_values_are_a_group():
    column = Column(type="category", allowed=("north", "south"), nullable=True)

    found = group_rows(_series(["south", None, "north"]), column, PLAIN)

    assert _named(found) == ["south", "missing", "north"]
    assert found.labels[-1] == "missing"


def test_a_code_called_missing_is_told_apart_from_missing_values():
    column = Column(type="category", allowed=("here", "missing"), nullable=True)

    assert _named(group_rows(_series(["missing", None]), column, PLAIN)) == ["missing [missing]", "missing"]


def test_two_codes_of_one_label_stay_two_groups():
    column = Column(type="category", allowed={1: "other", 2: "other"})

    assert _named(group_rows(_series([1, 2]), column, PLAIN)) == ["other [1]", "other [2]"]


def test_a_value_on_an_edge_belongs_to_the_group_above():
    config = Fairness(bins={"AGE": (25.0, 62.5)})

    found = group_rows(_series([24, 25, 62, 62.5, np.nan], "AGE"), Column(type="integer"), config)

    assert _named(found) == ["< 25", "25 to < 62.5", "25 to < 62.5", ">= 62.5", "missing"]


def test_edges_are_written_in_full():
    config = Fairness(bins={"income": (1_000_000.0, 12_345_678.0)})

    found = group_rows(_series([1.0, 2e6, 5e7], "income"), Column(type="number"), config)

    assert found.labels == ("< 1000000", "1000000 to < 12345678", ">= 12345678")


def test_a_number_of_few_values_needs_no_bins():
    found = group_rows(_series([2.0, 0.5, np.nan, 10.0]), Column(type="number"), PLAIN)

    assert found.labels == ("0.5", "2", "10", "missing")


@pytest.mark.parametrize("values", [list(range(11)), list(pd.date_range("2020-01-01", periods=11))])
def test_a_number_or_date_of_many_values_asks_for_bins(values):
    with pytest.raises(DataError, match=r"got 11 values; fix: add `assurance\.fairness\.bins: \{an attribute"):
        group_rows(_series(values), Column(type="integer"), PLAIN)


def test_truth_values_make_two_groups():
    assert group_rows(_series([True, False, None]), Column(type="boolean"), PLAIN).labels == (
        "False",
        "True",
        "missing",
    )


def test_a_column_without_a_declaration_is_grouped_by_its_values():
    assert group_rows(_series(["b", "a"]), None, PLAIN).labels == ("a", "b")


def test_an_intersection_has_one_group_a_combination_that_occurs():
    sex = Grouping(np.array([0, 1, 0]), ("male", "female"))
    region = Grouping(np.array([1, 1, 0]), ("north", "south"))

    assert _named(cross([sex, region])) == ["male & south", "female & south", "male & north"]


def test_an_intersection_keeps_combinations_apart_whose_labels_read_the_same():
    left = Grouping(np.array([0, 1]), ("a & b", "a"))
    right = Grouping(np.array([0, 1]), ("c", "b & c"))

    found = cross([left, right])

    assert len(set(found.ids)) == 2
    assert len(set(found.labels)) == 2


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column(type="category", allowed=(1, 2)), False),
        (Column(type="text"), False),
        (Column(type="number", min=0, max=3), True),
        (Column(type="integer"), True),
        (Column(type="integer", min=18, max=100), True),
        (Column(type="integer", min=1, max=10), False),
        (Column(type="integer", min=1, max=11), True),
        (Column(type="integer", allowed=(1, 50)), False),
    ],
)
def test_a_declaration_tells_whether_bins_are_needed(column, expected):
    assert PLAIN.needs_bins("x", column) is expected
    assert Fairness(bins={"x": (1.0,)}).needs_bins("x", column) is False


@pytest.mark.parametrize("edges", [(2.0, 1.0), (1.0, 1.0)])
def test_edges_must_rise(edges):
    with pytest.raises(ValueError, match="edges of bins must rise"):
        Fairness(bins={"AGE": edges})
