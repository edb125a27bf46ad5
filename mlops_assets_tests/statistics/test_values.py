"""A cell stands for one code, one number and one place in an order, whatever type holds it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.values import OPERATORS, as_dates, as_number, as_numbers, code_of, factorize, in_order, is_one_of

WHOLE = st.integers(-(2**53), 2**53)
TEXT = st.text(max_size=4)
CODE = st.one_of(WHOLE, TEXT)

COLUMNS = {
    "int64": pd.Series([1, 2, 1]),
    "int8": pd.Series([1, 2, 1], dtype="int8"),
    "float64 with a gap": pd.Series([1.0, np.nan, 2.0]),
    "Int64 with a gap": pd.Series([1, None, 2], dtype="Int64"),
    "objects": pd.Series([1, None, 2], dtype=object),
    "numpy objects": pd.Series([np.int64(1), None, np.float64(2)], dtype=object),
    "decimals": pd.Series([Decimal(1), None, Decimal(2)], dtype=object),
    "categorical": pd.Series([1, None, 2], dtype="category"),
    "booleans": pd.Series([True, False]),
    "boolean with a gap": pd.Series([True, None], dtype="boolean"),
}
TEXTS = {
    "objects": pd.Series(["1", None], dtype=object),
    "strings": pd.Series(["1", None], dtype="string"),
    "categorical": pd.Series(["1", None], dtype="category"),
}


@given(WHOLE)
def test_a_whole_number_is_one_code_in_every_type(number):
    forms = [number, float(number), np.int64(number), np.float64(number), Decimal(number)]

    assert len({code_of(form) for form in forms}) == 1


@given(CODE, CODE)
def test_two_codes_of_a_yaml_are_the_same_only_where_type_and_value_are(one, other):
    assert (code_of(one) == code_of(other)) == (type(one) is type(other) and one == other)


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)
def test_the_number_1_is_found_in_a_column_of_any_type_and_the_text_1_in_none(values):
    assert is_one_of(values, [1]).tolist()[0]
    assert is_one_of(values, ["1", "True"]).tolist() == [False] * len(values)
    assert is_one_of(values, [1.0]).tolist() == is_one_of(values, [True]).tolist() == is_one_of(values, [1]).tolist()


@pytest.mark.parametrize("values", TEXTS.values(), ids=TEXTS)
def test_the_text_1_is_found_where_it_is_written_so_and_the_number_is_not(values):
    assert is_one_of(values, ["1"]).tolist() == [True, False]
    assert is_one_of(values, [1, 1.0, True, " 1", "1 ", "01"]).tolist() == [False, False]


@pytest.mark.parametrize("gap", [None, np.nan, pd.NaT, pd.NA])
def test_a_missing_value_is_no_code_not_even_that_of_another_missing_value(gap):
    assert is_one_of(pd.Series([gap, "a"], dtype=object), ["a", "None", "nan", "NaT", "<NA>"]).tolist() == [False, True]


def test_cells_that_stand_for_one_code_have_one_position():
    positions, codes = factorize(pd.Series([1, "1", 1.0, None, True, "a", 2.5, "2.5"], dtype=object))

    assert positions.tolist() == [0, 1, 0, -1, 0, 2, 3, 3]
    assert codes == (1, "1", "a", "2.5")


@given(st.sets(CODE, max_size=8), st.lists(CODE, max_size=8))
def test_codes_have_one_order_declared_ones_first_numbers_before_texts(found, declared):
    ordered = in_order(found, declared)
    rest = ordered[len([code for code in dict.fromkeys(declared) if code in found]) :]

    assert ordered[: len(ordered) - len(rest)] == [code for code in dict.fromkeys(declared) if code in found]
    assert rest == sorted([c for c in rest if not isinstance(c, str)]) + sorted([c for c in rest if isinstance(c, str)])
    assert set(ordered) == found


@given(st.dates(dt.date(1678, 1, 1), dt.date(2261, 12, 31)))
def test_a_date_and_its_days_since_1970_lead_to_each_other(day):
    days = as_number(day)

    assert as_numbers(pd.Series([pd.Timestamp(day), pd.NaT])).tolist()[0] == days
    assert as_dates(pd.Series([days, np.nan])).tolist() == [pd.Timestamp(day), pd.NaT]


def test_a_time_of_day_is_a_part_of_a_day_and_truth_values_are_numbers():
    assert as_numbers(pd.Series([pd.Timestamp("1970-01-02 06:00")])).tolist() == [1.25]
    assert as_numbers(pd.Series([True, None], dtype=object)).tolist() == [1.0, pytest.approx(np.nan, nan_ok=True)]


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_each_operator_and_its_opposite_divide_all_pairs(one, other):
    for operator, opposite in (("<", ">="), ("<=", ">"), ("==", "!=")):
        assert OPERATORS[operator](one, other) != OPERATORS[opposite](one, other)
    assert OPERATORS["<"](one, other) == OPERATORS[">"](other, one)
