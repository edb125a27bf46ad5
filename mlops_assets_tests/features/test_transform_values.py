"""What each transform computes, on numbers that can be checked by hand."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mlops_assets import plugins
from mlops_assets.features.derive import derive

NAN = float("nan")
MONTHS = ("m1", "m2", "m3", "m4")


def computed(transform: str, table: dict[str, list[object]], **params: object) -> dict[str, list[float]]:
    model = plugins.load("transform", transform).Params
    made = derive(pd.DataFrame(table), [model(name="made", transform=transform, **params)])
    return {name: values.tolist() for name, values in made.items()}


def by_month(*rows: tuple[float, ...]) -> dict[str, list[object]]:
    return {name: [row[position] for row in rows] for position, name in enumerate(MONTHS)}


def assert_same(expected: list[float], got: list[float]) -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def test_ratio_by_zero_is_missing() -> None:
    """A ratio is missing where the denominator is zero or either side is missing."""
    made = computed("ratio", {"a": [6.0, 1.0, 1.0, NAN], "b": [-3.0, 0.0, NAN, 2.0]}, numerator="a", denominator="b")

    assert_same([-2.0, NAN, NAN, NAN], made["made"])


def test_difference_subtracts_right_from_left() -> None:
    """The difference of a missing value is missing."""
    made = computed("difference", {"a": [5, 1], "b": [2.0, NAN]}, left="a", right="b")

    assert_same([3.0, NAN], made["made"])


def test_product_squares_a_column_that_is_listed_twice() -> None:
    """Columns are multiplied as often as they are listed."""
    made = computed("product", {"a": [3.0, NAN], "b": [2.0, 1.0]}, columns=("a", "a", "b"))

    assert_same([18.0, NAN], made["made"])


def test_trend_is_the_slope_a_step_over_what_is_known() -> None:
    """A gap keeps its place in time; one known value has no slope."""
    table = by_month((1, 3, 5, 7), (1, NAN, NAN, 7), (NAN, 4, NAN, NAN), (NAN,) * 4, (2, 1, 2, 1))
    made = computed("trend", table, columns=MONTHS)

    assert_same([2.0, 2.0, NAN, NAN, -0.2], made["made"])


@settings(max_examples=40, deadline=None)
@given(arrays.arrays("float64", (3, 6), elements=st.floats(-1e6, 1e6)))
def test_trend_agrees_with_a_least_squares_fit(values: np.ndarray) -> None:
    """The closed form is the slope of numpy's polynomial fit."""
    names = tuple(f"c{position}" for position in range(6))
    made = computed("trend", {name: values[:, i].tolist() for i, name in enumerate(names)}, columns=names)

    np.testing.assert_allclose(made["made"], np.polyfit(np.arange(6), values.T, 1)[0], atol=1e-6)


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("mean", [2.5, 3.0, NAN, 5.0]),
        ("sum", [10.0, 6.0, NAN, 5.0]),
        ("min", [1.0, 1.0, NAN, 5.0]),
        ("max", [4.0, 5.0, NAN, 5.0]),
        ("range", [3.0, 4.0, NAN, 0.0]),
        ("median", [2.5, 3.0, NAN, 5.0]),
        ("std", [math.sqrt(5 / 3), math.sqrt(8), NAN, NAN]),
    ],
)
def test_aggregate_is_over_known_values(statistic: str, expected: list[float]) -> None:
    """Missing values are left out; a row without any is missing, and one value has no deviation."""
    table = by_month((4, 1, 2, 3), (NAN, 5, NAN, 1), (NAN,) * 4, (NAN, NAN, 5, NAN))
    made = computed("aggregate", table, statistic=statistic, columns=MONTHS)

    assert_same(expected, made["made"])


@pytest.mark.parametrize("statistic", ["mean", "sum", "min", "max", "median", "std"])
@settings(max_examples=20, deadline=None)
@given(values=arrays.arrays("float64", (4, 9), elements=st.one_of(st.just(NAN), st.floats(-1e6, 1e6))))
def test_aggregate_agrees_with_pandas(statistic: str, values: np.ndarray) -> None:
    """The figures are those of the library that everyone would check them with."""
    names = tuple(f"c{position}" for position in range(9))
    frame = pd.DataFrame(values, columns=list(names))
    made = computed("aggregate", frame.to_dict("list"), statistic=statistic, columns=names)
    options = {"min_count": 1} if statistic == "sum" else {}

    np.testing.assert_allclose(made["made"], getattr(frame, statistic)(axis=1, **options), rtol=1e-6, atol=1e-6)


def test_count_where_leaves_missing_columns_out() -> None:
    """A missing value never meets a condition; where nothing is known the count is missing."""
    table = by_month((1, 2, 0, -1), (NAN, 1, NAN, NAN), (NAN,) * 4)
    late = computed("count_where", table, columns=MONTHS, operator=">=", value=1)
    changed = computed("count_where", table, columns=MONTHS, operator="!=", value=1)

    assert_same([2.0, 1.0, NAN], late["made"])
    assert_same([3.0, 0.0, NAN], changed["made"])


def test_a_condition_on_texts_compares_codes() -> None:
    """Texts are compared with == and !=; a missing text is neither."""
    table = {"a": ["late", "paid", None], "b": ["late", None, None]}
    same = computed("count_where", table, columns=("a", "b"), operator="==", value="late")
    other = computed("count_where", table, columns=("a", "b"), operator="!=", value="late")

    assert_same([2.0, 0.0, NAN], same["made"])
    assert_same([0.0, 1.0, NAN], other["made"])


def test_recency_counts_back_from_the_last_column() -> None:
    """0 is the newest column; the number of columns says never."""
    table = by_month((0, 0, 0, 1), (1, 1, 0, 0), (0, 0, 0, 0), (2, NAN, NAN, NAN), (NAN,) * 4)
    made = computed("recency", table, columns=MONTHS, operator=">=", value=1)

    assert_same([0.0, 2.0, 4.0, 3.0, NAN], made["made"])


def test_longest_run_is_broken_by_a_gap() -> None:
    """A column that is missing ends a run."""
    table = by_month((1, 1, 0, 1), (1, NAN, 1, 0), (0, 0, 0, 0), (1, 1, 1, 1), (NAN,) * 4)
    made = computed("longest_run", table, columns=MONTHS, operator=">=", value=1)

    assert_same([2.0, 1.0, 0.0, 4.0, NAN], made["made"])


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    """The index counts the edges at or below the value."""
    made = computed("bin", {"a": [-5.0, 0.0, 9.99, 10.0, NAN]}, column="a", edges=(0.0, 10.0))

    assert_same([0.0, 1.0, 1.0, 2.0, NAN], made["made"])


def test_log_says_what_happens_at_zero_and_below() -> None:
    """Only the signed logarithm has an answer for every number."""
    table = {"a": [math.e - 1, 0.0, -(math.e - 1), -0.5, NAN]}

    assert_same([1.0, 0.0, -1.0, -math.log(1.5), NAN], computed("log", table, column="a")["made"])
    assert_same([1.0, 0.0, NAN, math.log(0.5), NAN], computed("log", table, column="a", method="log1p")["made"])
    assert_same([math.log(math.e - 1), NAN, NAN, NAN, NAN], computed("log", table, column="a", method="log")["made"])


def test_clip_needs_only_one_bound() -> None:
    """An open side stays open, and missing stays missing."""
    made = computed("clip", {"a": [-9.0, 9.0, NAN]}, column="a", low=0.0)

    assert_same([0.0, 9.0, NAN], made["made"])


def test_coalesce_takes_the_first_known() -> None:
    """The order of the columns is the order of preference."""
    made = computed("coalesce", {"a": [1.0, NAN, NAN], "b": [2.0, 2.0, NAN]}, columns=("a", "b"))

    assert_same([1.0, 2.0, NAN], made["made"])


def test_compare_is_missing_where_a_side_is_missing() -> None:
    """Even != knows nothing of a missing value."""
    table = {"a": [1.0, 2.0, NAN], "b": [2.0, 2.0, 2.0]}

    assert_same([1.0, 0.0, NAN], computed("compare", table, left="a", operator="<", right="b")["made"])
    assert_same([1.0, 0.0, NAN], computed("compare", table, left="a", operator="!=", right="b")["made"])


def test_cyclic_brings_december_next_to_january() -> None:
    """The end of the period meets its start."""
    made = computed("cyclic", {"a": [0.0, 3.0, 12.0, NAN]}, column="a", period=12)

    assert_same([0.0, 1.0, 0.0, NAN], made["made_sin"])
    assert_same([1.0, 0.0, 1.0, NAN], made["made_cos"])


def test_date_parts_follow_iso_8601() -> None:
    """Monday is 1, and the first days of January can belong to week 52 of the year before."""
    dates = pd.to_datetime(["2023-01-01T17:30", "2024-02-29", None], format="ISO8601")
    parts = ("year", "quarter", "month", "week", "day", "day_of_year", "day_of_week", "weekend", "hour")
    made = computed("date_parts", {"a": list(dates)}, column="a", parts=parts)

    assert list(made) == [f"made_{part}" for part in parts]
    assert [values[0] for values in made.values()] == [2023, 1, 1, 52, 1, 1, 7, 1, 17]
    assert [values[1] for values in made.values()] == [2024, 1, 2, 9, 29, 60, 4, 0, 0]
    assert all(math.isnan(values[2]) for values in made.values())


def test_days_between_can_be_negative() -> None:
    """Days count from start to end, with their fraction."""
    table = {
        "a": list(pd.to_datetime(["2024-01-01", "2024-01-02", None])),
        "b": list(pd.to_datetime(["2024-03-01T12:00", "2024-01-01", "2024-01-01"], format="ISO8601")),
    }
    made = computed("days_between", table, start="a", end="b")

    assert_same([60.5, -1.0, NAN], made["made"])


@pytest.mark.parametrize("dtype", ["int64", "float64", "object"])
def test_is_in_finds_whole_numbers_in_any_dtype(dtype: str) -> None:
    """The code 1 is the same whatever dtype its column came in, and never the text "1"."""
    table = pd.DataFrame({"a": pd.Series([1, 2], dtype=dtype)})
    model = plugins.load("transform", "is_in").Params
    numbers = derive(table, [model(name="made", column="a", codes=(1,))])["made"]
    texts = derive(table, [model(name="made", column="a", codes=("1",))])["made"]

    assert numbers.tolist() == [1.0, 0.0]
    assert texts.tolist() == [0.0, 0.0]


def test_missing_is_known_of_any_type() -> None:
    """Being missing is never missing."""
    assert computed("missing", {"a": ["x", None]}, column="a")["made"] == [0.0, 1.0]
    assert computed("missing", {"a": [1.0, NAN]}, column="a")["made"] == [0.0, 1.0]


def test_text_length_counts_characters_or_words() -> None:
    """An empty text has length 0; a missing one has none."""
    table = {"a": ["née là", "", None]}

    assert_same([6.0, 0.0, NAN], computed("text_length", table, column="a")["made"])
    assert_same([2.0, 0.0, NAN], computed("text_length", table, column="a", unit="words")["made"])


def test_loading_the_configuration_imports_neither_pandas_nor_numpy() -> None:
    """Every transform is imported with the configuration models, and none brings a heavy library along."""
    program = (
        "import sys, mlops_assets.use_case.model, mlops_assets.use_case.lineage;"
        "print(sorted({'pandas', 'numpy', 'sklearn', 'scipy', 'dagster'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"
