"""The digest stands for a table's content: all of it, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.data.frames import digest


@pytest.fixture
def mixed() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [0.5, np.nan, np.inf],
            "s": ["a", None, "ü"],
            "c": pd.Series([1, "1", None], dtype=object),
            "t": pd.to_datetime(["2020-01-01", None, "2021-05-05"]),
            "b": [True, False, True],
            "i": pd.array([1, None, 2**60], dtype="Int64"),
        }
    )


def test_the_same_content_has_the_same_digest(mixed):
    copy = mixed.copy().set_index(pd.Index([7, 8, 9]))

    assert digest(mixed) == digest(copy)


def test_the_digest_is_stable_between_processes():
    """Python randomises the hash of texts in each process; the digest does not depend on it."""
    program = (
        "import pandas as pd\nfrom mlops_assets.data.frames import digest\n"
        "print(digest(pd.DataFrame({'a': ['x', None, 'y'], 'b': [1, 2, 3]})))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert found.strip() == digest(pd.DataFrame({"a": ["x", None, "y"], "b": [1, 2, 3]}))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.rename(columns={"n": "m"}),
        lambda f: f.astype({"n": "int32"}),
        lambda f: f[["x", "n", "s", "c", "t", "b", "i"]],
        lambda f: f.iloc[::-1],
        lambda f: f.iloc[:2],
        lambda f: f.assign(x=[0.5, 0.0, np.inf]),
        lambda f: f.assign(s=["a", "", "ü"]),
        lambda f: f.assign(c=pd.Series(["1", 1, None], dtype=object)),
        lambda f: f.assign(c=pd.Series([True, "1", None], dtype=object)),
        lambda f: f.assign(i=pd.array([1, None, 2**60 + 1], dtype="Int64")),
        lambda f: f.assign(t=f["t"] + pd.Timedelta(1, "ns")),
    ],
)
def test_every_change_of_content_changes_the_digest(mixed, change):
    assert digest(change(mixed)) != digest(mixed)


def test_a_digest_survives_parquet(mixed, tmp_path):
    """None and NaN are one in an object column, because parquet does not tell them apart."""
    frame = mixed.drop(columns="c").assign(s=["a", np.nan, "ü"])
    frame.to_parquet(tmp_path / "t.parquet")

    assert digest(pd.read_parquet(tmp_path / "t.parquet")) == digest(frame)


def test_texts_that_look_like_typed_values_are_told_apart():
    assert digest(pd.DataFrame({"a": pd.Series([1], dtype=object)})) != digest(pd.DataFrame({"a": ["int 1"]}))


def test_empty_tables_have_a_digest():
    assert digest(pd.DataFrame()) != digest(pd.DataFrame({"a": pd.Series([], dtype="int64")}))


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=4), st.integers(-3, 3), st.booleans()), max_size=6).flatmap(
        lambda values: st.tuples(st.just(values), st.permutations(values))
    )
)
def test_two_object_columns_have_one_digest_only_where_they_are_equal(pair):
    one, other = (pd.DataFrame({"a": pd.Series(values, dtype=object)}) for values in pair)
    same = [(type(a), a) for a in pair[0]] == [(type(b), b) for b in pair[1]]

    assert (digest(one) == digest(other)) == same
