"""The profile states what each column holds, and its page is safe to open anywhere."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.data.profile import Profile, build_profile, correlation, cramers_v, render_profile
from mlops_assets.data.validation import validate
from mlops_assets.use_case.model import Task

ATTACK = "<script>alert('x')</script>"

ODD = {
    "n": {"type": "integer", "min": 0},
    "x": {"type": "number", "nullable": True, "warn": ("finite",)},
    "none": {"type": "number", "nullable": True},
    "same": {"type": "number"},
    "huge": {"type": "number"},
    "one huge": {"type": "number"},
    f"größe {{x}} {ATTACK}": {"type": "category", "allowed": {"a": ATTACK}, "undocumented": ("b&",)},
    "ok": {"type": "boolean", "nullable": True},
    "day": {"type": "date", "description": ATTACK},
    "name": {"type": "text"},
    "key": {"type": "integer", "role": "identifier"},
}


@pytest.fixture
def odd(make_data):
    rows = 40
    frame = pd.DataFrame(
        {
            "n": np.arange(rows) % 5,
            "x": [np.inf, -np.inf, None, *np.linspace(-1, 1, rows - 3)],
            "none": None,
            "same": 2.5,
            "huge": np.linspace(-1.7, 1.7, rows) * 1e308,
            "one huge": 1.7e308,
            f"größe {{x}} {ATTACK}": ["a", "b&"] * (rows // 2),
            "ok": ["true", "false", None, "true"] * (rows // 4),
            "day": pd.date_range("1999-12-01", periods=rows),
            "name": [f"Secret {n}" for n in range(rows)],
            "key": np.arange(rows) + 7_654_321,
        }
    )
    data = make_data(ODD)
    return validate(frame, data, target=None).valid, data


def test_an_odd_table_has_a_profile_that_survives_json(odd):
    frame, data = odd
    profile = build_profile(frame, data, Task(target="n", positive=4))
    adapter = TypeAdapter(Profile)

    assert adapter.validate_json(adapter.dump_json(profile)) == profile
    assert profile.positive_share == 0.2
    assert [column.name for column in profile.columns] == list(ODD)


def test_each_column_is_described_as_what_it_is(odd):
    columns = {column.name: column for column in build_profile(*odd, Task(target="n", positive=4)).columns}

    assert columns["n"].numbers.counts == (8, 8, 8, 8, 8)
    assert (columns["x"].numbers.infinite, columns["x"].missing, columns["x"].numbers.maximum) == (2, 1, 1.0)
    assert columns["none"].empty
    assert columns["none"].numbers.mean is None
    assert columns["same"].constant
    assert columns["same"].numbers.counts == (40,)
    assert sum(columns["huge"].numbers.counts) == 40
    assert [(c.code, c.label, c.rows) for c in columns["ok"].codes] == [("True", "True", 20), ("False", "False", 10)]
    assert columns["day"].numbers.maximum - columns["day"].numbers.minimum == 39
    assert [(c.code, c.label) for c in columns[f"größe {{x}} {ATTACK}"].codes] == [("a", ATTACK), ("b&", "")]


def test_the_page_shows_no_value_of_identifiers_and_free_texts(odd):
    frame, data = odd
    page = render_profile(build_profile(frame, data, Task(target="n", positive=4)), data, "odd")

    assert "Secret" not in page
    assert "7,654,3" not in page
    assert "1999-12-01" in page


def test_the_page_escapes_every_name_and_asks_for_nothing_from_elsewhere(odd):
    frame, data = odd
    page = render_profile(build_profile(frame, data, Task(target="n", positive=4)), data, ATTACK)

    assert "<script" not in page
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!#)|url\(|@import|https?://", page)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_a_year_is_written_without_a_comma_and_an_amount_with_one(make_data, read_page):
    data = make_data(
        {
            "year": {"type": "integer", "calendar": True, "min": 1900},
            "amount": {"type": "integer"},
            "y": {"type": "boolean"},
        }
    )
    frame = pd.DataFrame({"year": [2004, 2005, 2006], "amount": [2004, 2005, 2006], "y": True})
    page = read_page(render_profile(build_profile(frame, data, Task(target="y", positive=1)), data, "years"))

    assert ["year", "integer", "0 %", "3", "2004", "2005", "2005", "2006", "–"] in page.rows
    assert ["amount", "integer", "0 %", "3", "2,004", "2,005", "2,005", "2,006", "–"] in page.rows
    assert "1900" in page.text
    assert "1,900" not in page.text


def test_a_table_without_rows_has_a_page_too(odd):
    frame, data = odd

    assert "0 rows" in render_profile(build_profile(frame.head(0), data, Task(target="n", positive=4)), data, "empty")


def test_the_rarer_codes_of_many_are_counted_together(make_data):
    data = make_data({"c": {"type": "category"}, "y": {"type": "integer"}})
    frame = pd.DataFrame({"c": [f"c{n}" for n in range(20)] * 2, "y": range(40)})
    column = build_profile(frame, data, Task(target="y", positive=1)).columns[0]

    assert (len(column.codes), column.other_codes, column.distinct) == (12, 16, 20)


def test_the_correlation_is_pearsons():
    rng = np.random.default_rng(5)
    positive = rng.integers(0, 2, 300)
    values = rng.normal(size=300) + positive

    assert correlation(values, positive) == pytest.approx(np.corrcoef(values, positive)[0, 1])
    assert correlation(np.where(positive == 1, 1e300, -1e300), positive) == pytest.approx(1.0)
    assert correlation(np.array([1.0, np.nan, np.inf]), np.array([0, 1, 1])) is None
    assert correlation(np.full(9, 0.1), np.arange(9) % 2) is None


def test_cramers_v_is_one_for_a_perfect_and_none_for_a_constant_column():
    positive = np.arange(100) % 2

    assert cramers_v(pd.Series(np.where(positive == 1, "a", "b")), positive) == pytest.approx(1.0)
    assert cramers_v(pd.Series(["a", "a", "b", "b"] * 25), positive) == 0.0
    assert cramers_v(pd.Series(["a"] * 100), positive) is None
    assert cramers_v(pd.Series([None] * 100, dtype=object), positive) is None
    assert cramers_v(pd.Series(range(100)), positive) is None or 0 <= cramers_v(pd.Series(range(100)), positive) <= 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1)), min_size=3, max_size=40))
def test_cramers_v_does_not_depend_on_the_names_of_the_codes(rows):
    codes, positive = pd.Series([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = cramers_v(codes, positive)
    renamed = cramers_v(codes.map({"a": "z", "b": 7, "c": "a"}), positive)

    assert found is None or 0.0 <= found <= 1.0
    assert renamed == (None if found is None else pytest.approx(found))
