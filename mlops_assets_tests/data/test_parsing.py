"""Texts and columns of any dtype become what was declared, and what does not fit is marked, never lost."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.data.coercion import final_dtype, parse_column
from mlops_assets.data.parsing import kind_of
from mlops_assets.use_case.data import Column


def parse(values: list[Any], dtype: Any = object, **facts: Any) -> tuple[list[Any], list[bool]]:
    parsed = parse_column(pd.Series(values, dtype=dtype), Column(**facts))
    shown = [None if pd.isna(value) else value for value in parsed.values]
    return shown, parsed.broken.tolist()


@pytest.mark.parametrize(
    ("facts", "values", "expected", "broken"),
    [
        ({"type": "integer"}, ["1", " 2 ", "x", None], [1, 2, None, None], [0, 0, 1, 0]),
        ({"type": "integer"}, [1, "2", 3.0, 2.5], [1, 2, 3, None], [0, 0, 0, 1]),
        ({"type": "integer"}, ["9" * 30, "1" * 5000, "-5"], [None, None, -5], [1, 1, 0]),
        ({"type": "integer"}, [decimal.Decimal("4"), decimal.Decimal("4.5")], [4, None], [0, 1]),
        ({"type": "number"}, ["1e3", "-inf", "nan", "."], [1000.0, -np.inf, None, None], [0, 0, 1, 1]),
        ({"type": "number"}, [None, None], [None, None], [0, 0]),
        ({"type": "boolean"}, ["TRUE", "no", "1", "maybe", None], [True, False, True, None, None], [0, 0, 0, 1, 0]),
        ({"type": "boolean"}, [None, None], [None, None], [0, 0]),
        ({"type": "category", "allowed": (1, 2)}, ["1", "2.0", "b", None], [1, 2, None, None], [0, 0, 1, 0]),
        ({"type": "category", "allowed": (1, "b")}, ["1", "b", "c", 1], [1, "b", "c", 1], [0, 0, 0, 0]),
        ({"type": "category", "allowed": ("01", "02")}, ["01", "1"], ["01", "1"], [0, 0]),
        ({"type": "text"}, ["", " a ", 7, 7.0, dt.date(2020, 1, 2)], ["", " a ", "7", "7", "2020-01-02"], [0] * 5),
        ({"type": "date"}, ["2020-02-30", "20200101", "9999-12-31", None], [None] * 4, [1, 1, 1, 0]),
    ],
)
def test_values_become_what_is_declared(facts, values, expected, broken):
    found, marked = parse(values, **facts)

    assert found == expected
    assert marked == [bool(b) for b in broken]


@pytest.mark.parametrize("text", ["2020-03-01", "2020-03-01 00:00", "2020-03-01T00:00:00", " 2020-03-01T00:00:00.000 "])
def test_dates_are_read_with_and_without_a_time(text):
    found, _ = parse([text], type="date")

    assert found == [pd.Timestamp("2020-03-01")]


@pytest.mark.parametrize(
    ("values", "dtype", "expected", "broken"),
    [
        ([1.0, 2.5, np.nan, np.inf], "float64", [1, None, None, None], [0, 1, 0, 1]),
        ([2.0**60], "float64", [None], [1]),
        ([2**63, 1], "uint64", [None, 1], [1, 0]),
        ([True, False], "bool", [None, None], [1, 1]),
        ([1, 2], "int8", [1, 2], [0, 0]),
        ([1, 2], "category", [1, 2], [0, 0]),
    ],
)
def test_whole_numbers_come_from_every_dtype_or_are_broken(values, dtype, expected, broken):
    found, marked = parse(values, dtype, type="integer")

    assert found == expected
    assert marked == [bool(b) for b in broken]


def test_whole_numbers_that_may_be_missing_must_be_exact_as_floats():
    found, marked = parse(
        ["9007199254740993", "9007199254740992", "-9223372036854775808"], type="integer", nullable=True
    )

    assert found == [None, 2**53, None]
    assert marked == [True, False, True]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1))
def test_whole_numbers_survive_as_texts(numbers):
    found, marked = parse([None if n is None else str(n) for n in numbers], type="integer")

    assert found == numbers
    assert not any(marked)


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1))
def test_numbers_survive_as_texts(numbers):
    found, marked = parse([None if x is None else repr(x) for x in numbers], type="number")

    assert found == numbers
    assert not any(marked)


@given(
    st.lists(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.dates()), max_size=8),
    st.sampled_from(["integer", "number", "boolean", "date", "text", "category"]),
)
def test_nothing_is_lost_silently(values, kind):
    """Whatever stands in a table: a value is there after parsing, or was missing before, or is marked as broken."""
    series = pd.Series(values, dtype=object)
    parsed = parse_column(series, Column(type=kind))

    assert len(parsed.values) == len(values)
    assert (parsed.values.notna().to_numpy() | series.isna().to_numpy() | parsed.broken).all()
    assert not (parsed.broken & (parsed.values.notna() | series.isna()).to_numpy()).any()


@pytest.mark.parametrize(
    ("facts", "values", "dtype"),
    [
        ({"type": "integer"}, [1, 2], "int64"),
        ({"type": "integer", "nullable": True}, [1, 2], "float64"),
        ({"type": "integer", "nullable": True}, [1, None], "float64"),
        ({"type": "number"}, [1, 2], "float64"),
        ({"type": "category", "allowed": (1, 2)}, [1, 2], "int64"),
        ({"type": "category", "allowed": (1, 2), "nullable": True}, [1, None], "object"),
        ({"type": "category", "allowed": ("a",)}, ["a", "a"], "object"),
        ({"type": "text"}, ["a", "b"], "object"),
        ({"type": "boolean"}, [True, False], "bool"),
        ({"type": "boolean", "nullable": True}, [True, False], "object"),
        ({"type": "date"}, ["2020-01-01", "2020-01-02"], "datetime64[ns]"),
    ],
)
def test_valid_values_have_the_dtype_that_later_rooms_rely_on(facts, values, dtype):
    column = Column(**facts)
    typed = final_dtype(parse_column(pd.Series(values, dtype=object), column).values, column)

    assert str(typed.dtype) == dtype
    if dtype == "object":
        assert all(value is None or isinstance(value, int | str | bool) for value in typed)


def test_a_category_is_held_as_its_codes_are():
    kinds = [kind_of(Column(type="category", allowed=codes)) for codes in [(1, 2), ("a",), (1, "a"), None]]

    assert kinds == ["integer", "text", "codes", "text"]


def test_whole_numbers_of_which_none_is_missing_are_not_copied() -> None:
    values = np.arange(5)
    parsed = parse_column(pd.Series(values, index=range(3, 8)), Column(type="integer"))

    assert parsed.values.index.equals(pd.RangeIndex(5))
    assert np.shares_memory(parsed.values.to_numpy(dtype="int64"), values)
