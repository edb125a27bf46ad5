"""Encoding hides real extremes, and decoding leads back to declared values and dtypes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.errors import DataError
from mlops_assets.privacy.encoding import Style, decode, encode, hide_extremes, tail
from mlops_assets.privacy.synthetic import synthetic_columns
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Synthetic

numbers = st.lists(st.one_of(st.integers(-50, 50).map(float), st.just(np.nan)), min_size=1, max_size=80).map(np.array)


@given(values=numbers)
def test_what_bounds_a_column_is_reached_by_as_many_rows_as_the_tail_says(values):
    hidden = hide_extremes(values)
    known, kept = values[~np.isnan(values)], hidden[~np.isnan(hidden)]

    assert (np.isnan(values) == np.isnan(hidden)).all()
    if len(known):
        assert (known >= kept.max()).sum() > tail(len(known))
        assert (known <= kept.min()).sum() > tail(len(known))


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.integers(-(10**6), 10**6), min_size=20, max_size=60))
def test_numbers_shown_as_they_are_come_back_with_their_extremes_hidden(values):
    train = pd.DataFrame({"x": np.array(values, dtype="int64"), "y": np.arange(len(values))})
    encoded = encode(train, {"x": Column(type="integer"), "y": Column(type="integer")}, Synthetic(), Style())
    back = decode(encoded.table, encoded, seed=0)

    assert back["x"].tolist() == hide_extremes(train["x"].to_numpy(float)).tolist()
    assert back["x"].dtype == "int64"


def test_the_synthesizer_sees_neither_real_names_nor_codes(people, people_data):
    encoded = encode(people, synthetic_columns(people_data, "defaults"), Synthetic(), Style())

    assert all(name == f"c{int(name[1:]):03d}" for name in encoded.table.columns)
    texts = encoded.table.select_dtypes(object).stack().unique()
    assert all(str(text).startswith("v00") for text in texts)


@pytest.mark.parametrize("style", [Style(), Style(scores=True)])
def test_codes_booleans_and_missing_values_come_back_as_they_were(people, people_data, style):
    columns = {
        name: column
        for name, column in synthetic_columns(people_data, "defaults").items()
        if column.type in ("category", "boolean") or name in ("constant", "never known")
    }
    encoded = encode(people, columns, Synthetic(), style)
    back = decode(encoded.table, encoded, seed=0)

    pd.testing.assert_frame_equal(back, people[list(columns)])


def test_normal_scores_come_back_close_to_the_numbers(people):
    encoded = encode(people[["age"]], {"age": Column(type="integer")}, Synthetic(), Style(scores=True, empirical=True))
    back = decode(encoded.table, encoded, seed=0)

    assert encoded.table["c000"].std() == pytest.approx(1, abs=0.05)
    assert np.abs(back["age"] - people["age"]).quantile(0.9) <= 4


def test_numbers_are_rounded_as_the_real_ones_are():
    train = pd.DataFrame({"thousands": np.arange(40) * 1000, "cents": np.arange(40) / 4})
    columns = {"thousands": Column(type="integer"), "cents": Column(type="number")}
    encoded = encode(train, columns, Synthetic(), Style())
    back = decode(encoded.table + 0.2345, encoded, seed=0)

    assert (back["thousands"] % 1000 == 0).all()
    assert np.array_equal(back["cents"], back["cents"].round(2))


def test_rare_codes_that_nobody_declared_become_the_commonest():
    train = pd.DataFrame({"x": pd.Series(["common"] * 30 + ["other"] * 8 + ["only one"], dtype=object)})
    encoded = encode(train, {"x": Column(type="category")}, Synthetic(), Style())

    assert encoded.columns[0].values == ("common", "other")
    assert decode(encoded.table, encoded, seed=0)["x"].tolist().count("common") == 31


def test_too_few_rows_are_refused(people, people_data):
    with pytest.raises(DataError, match="at least 20 rows and one column; got 19 rows"):
        encode(people.head(19), people_data.columns, Synthetic(), Style())
