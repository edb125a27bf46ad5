"""The synthetic table obeys the declaration, repeats with its seed, and shows no real extreme."""

from __future__ import annotations

import types

import numpy as np
import pandas as pd
import pytest

from mlops_assets import plugins
from mlops_assets.data.frames import ROW
from mlops_assets.errors import DataError, PluginError
from mlops_assets.privacy import sdv_table
from mlops_assets.privacy.encoding import Style, encode
from mlops_assets.privacy.synthetic import check_synthetic, synthesize, synthetic_columns
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.privacy import Synthetic, SyntheticConstraint

MARGINALS = ("empirical", "norm", "beta", "truncnorm", "gamma", "uniform")
INEQUALITY = SyntheticConstraint(kind="inequality", columns=("start", "end"))
COMBINATIONS = SyntheticConstraint(kind="fixed_combinations", columns=("city", "country"))


def table_of(**columns: list) -> pd.DataFrame:
    frame = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    frame.insert(0, ROW, range(len(frame)))
    return frame


def declared(**columns: Column) -> Data:
    return Data(source=Source(path="x.csv"), columns=columns)


@pytest.fixture(scope="module")
def drawn(people, people_data) -> pd.DataFrame:
    return synthesize(people, people_data, Synthetic(rows=400), "defaults")


def test_identifiers_and_texts_are_left_out_and_rows_are_numbered(drawn, people_data):
    assert list(drawn.columns) == [ROW, *(name for name in people_data.columns if name not in ("id", "note"))]
    assert drawn[ROW].tolist() == list(range(400))


def test_dtypes_are_those_of_a_valid_table(drawn, people):
    assert {name: people[name].dtype for name in drawn.columns} == drawn.dtypes.to_dict()


def test_missing_values_keep_their_share(drawn, people):
    shares = drawn.isna().mean() - people[list(drawn.columns)].isna().mean()

    assert shares.abs().max() < 0.1
    assert drawn["never known"].isna().all()


def test_codes_keep_their_share(drawn, people):
    for name in ("grade", "region", "insured?", "member"):
        shares = [frame[name].astype(str).value_counts(normalize=True) for frame in (drawn, people)]

        assert shares[0].sub(shares[1], fill_value=0).abs().max() < 0.1


@pytest.mark.parametrize("marginals", MARGINALS)
def test_every_family_of_margins_draws_valid_rows(people, people_data, marginals):
    config = Synthetic(rows=50, marginals=marginals)
    rows = synthesize(people, people_data, config, "defaults")

    check_synthetic(rows.drop(columns=ROW), synthetic_columns(people_data, "defaults"), config)


@pytest.mark.parametrize("marginals", ["empirical", "norm"])
def test_the_same_seed_draws_the_same_rows_whatever_was_drawn_before(people, people_data, marginals):
    configs = [Synthetic(rows=60, marginals=marginals, seed=seed) for seed in (1, 1, 2)]
    first, again, other = (synthesize(people, people_data, config, "defaults") for config in configs)

    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_the_global_generator_of_numpy_is_given_back_as_it_was(people, people_data):
    before = np.random.get_state()[1].copy()
    synthesize(people, people_data, Synthetic(rows=30), "defaults")

    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize("marginals", MARGINALS)
def test_a_single_extreme_value_never_shows_where_no_bound_is_declared(marginals):
    generator = np.random.default_rng(0)
    wealth = np.append(generator.uniform(0, 100, 299), 1e9)
    frame = table_of(wealth=wealth.tolist(), y=generator.integers(0, 2, 300).tolist())
    data = declared(wealth=Column(type="number"), y=Column(type="category", allowed=(0, 1)))
    rows = synthesize(frame, data, Synthetic(rows=2_000, marginals=marginals), "y")

    assert rows["wealth"].max() <= np.sort(wealth)[-6]


def test_constraints_are_kept_by_every_row(people, people_data, capfd):
    config = Synthetic(rows=300, constraints=(INEQUALITY, COMBINATIONS))
    rows = synthesize(people, people_data, config, "defaults")

    assert (rows["end"].isna() | (rows["start"] <= rows["end"])).all()
    assert set(zip(rows["city"], rows["country"], strict=True)) == {("p", "F"), ("q", "F"), ("r", "D")}
    assert len(rows) == 300
    assert "".join(capfd.readouterr()) == ""


def test_a_constraint_that_real_rows_break_is_refused(people, people_data):
    config = Synthetic(constraints=(SyntheticConstraint(kind="inequality", columns=("end", "start")),))

    with pytest.raises(DataError, match=r"real rows have 'end' above 'start'.*drop the constraint"):
        synthesize(people, people_data, config, "defaults")


def test_bounds_that_leave_no_room_for_a_constraint_are_refused():
    generator = np.random.default_rng(0)
    low = generator.uniform(0, 9, 100)
    frame = table_of(low=low.tolist(), high=(low + 1).tolist(), y=[0, 1] * 50)
    data = declared(
        low=Column(type="number", min=50, max=60),
        high=Column(type="number", min=0, max=10),
        y=Column(type="category", allowed=(0, 1)),
    )
    config = Synthetic(rows=20, constraints=(SyntheticConstraint(kind="inequality", columns=("low", "high")),))

    with pytest.raises(DataError, match="only 0 of 20 rows satisfy the constraints"):
        synthesize(frame, data, config, "y")


def test_rows_of_several_draws_have_the_dtypes_of_a_valid_table():
    """Planted: only the first of two draws has a missing code, and half of it breaks the inequality."""
    columns = {
        "low": Column(type="number", min=0, max=9),
        "high": Column(type="number", min=0, max=9),
        "code": Column(type="category", allowed=(1, 2), nullable=True),
    }
    rule = SyntheticConstraint(kind="inequality", columns=("low", "high"))
    config = Synthetic(rows=10, constraints=(rule,))
    train = pd.DataFrame({"low": [1.0, 2.0] * 20, "high": [3.0, 4.0] * 20, "code": [1, 2, None, 1] * 10})
    encoded = encode(train, columns, config, Style())
    first = pd.DataFrame({"c000": [1.0, 1.0, 9.0, 9.0], "c001": 5.0, "c002": [None, "v0000", "v0001", "v0001"]})
    draws = iter([first, first.iloc[[1] * 8]])
    synthesizer = types.SimpleNamespace(sample=lambda num_rows: {sdv_table.TABLE: next(draws).head(num_rows)})

    rows = sdv_table._draw_kept(synthesizer, encoded, config)
    assert rows["code"].tolist() == [None] + [1] * 9
    assert rows.dtypes.tolist() == [np.float64, np.float64, object]


def test_a_table_of_constants_is_drawn():
    frame = table_of(x=[3] * 30, flag=[True] * 30, y=[1] * 30)
    data = declared(x=Column(type="integer"), flag=Column(type="boolean"), y=Column(type="category", allowed=(0, 1)))
    rows = synthesize(frame, data, Synthetic(rows=40), "y")

    assert rows.drop(columns=ROW).drop_duplicates().to_numpy().tolist() == [[3, True, 1]]
    assert len(rows) == 40


def test_a_table_of_categories_only_keeps_their_relation():
    codes = np.random.default_rng(1).choice(["a", "b"], 400).tolist()
    frame = table_of(x=codes, y=[int(code == "a") for code in codes])
    data = declared(x=Column(type="category", allowed=("a", "b")), y=Column(type="category", allowed=(0, 1)))
    rows = synthesize(frame, data, Synthetic(rows=500), "y")

    assert ((rows["x"] == "a") == (rows["y"] == 1)).mean() == 1


@pytest.mark.parametrize(
    ("values", "column", "message"),
    [
        ([1.0, None], Column(type="number"), "1 values of 'x' break x.missing"),
        (
            ["a", "z"],
            Column(type="category", allowed=("a",)),
            r"break x.allowed \(the value is none of 'a'\)",
        ),
        ([1.0, 11.0], Column(type="number", max=10), "1 values of 'x' break x.max"),
        ([1.0, -1.0], Column(type="number", min=0), "1 values of 'x' break x.min"),
        ([1.0, np.inf], Column(type="number"), "1 values of 'x' break x.finite"),
    ],
)
def test_a_plugin_that_draws_what_is_not_declared_is_caught(values, column, message):
    with pytest.raises(PluginError, match=message):
        check_synthetic(pd.DataFrame({"x": values}), {"x": column}, Synthetic(rows=10).model_copy(update={"rows": 2}))


def test_a_plugin_that_draws_too_few_rows_is_caught(people, people_data, monkeypatch):
    lazy = types.SimpleNamespace(synthesize=lambda train, columns, config: train.head(3))
    monkeypatch.setattr(plugins, "load", lambda kind, name: lazy)

    with pytest.raises(PluginError, match=r"3 rows of .* instead of 50 rows"):
        synthesize(people, people_data, Synthetic(rows=50), "defaults")
