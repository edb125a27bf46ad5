"""How shifts are read and applied, and how held-back rows become batches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.errors import DataError
from mlops_assets.monitoring.replay import Shift, build_batches, parse_shift
from mlops_assets.use_case.data import Column

REPLAY_COLUMNS = {
    "id": Column(type="integer", role="identifier", unique=True),
    "credit = limit": Column(type="integer", min=0, max=1000),
    "age": Column(type="integer", nullable=True),
    "rate": Column(type="number"),
    "sex": Column(type="category", allowed={1: "male", 2: "female"}),
    "self": Column(type="category", allowed=("a", "b")),
    "owner": Column(type="boolean"),
    "since": Column(type="date"),
    "target": Column(type="category", allowed=(0, 1)),
}


def _live(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "__row__": np.arange(rows) + 100,
            "id": np.arange(rows),
            "credit = limit": rng.integers(0, 1001, rows),
            "age": rng.integers(18, 90, rows).astype(float),
            "rate": rng.random(rows),
            "sex": rng.integers(1, 3, rows),
            "self": rng.choice(["a", "b"], rows),
            "owner": rng.random(rows) < 0.5,
            "since": pd.Timestamp("2020-01-31") + pd.to_timedelta(np.arange(rows), unit="D"),
            "target": rng.integers(0, 2, rows),
        }
    )
    frame.loc[frame.index[::7], "age"] = np.nan
    return frame


def _one(*shifts: str, rows: int = 40) -> pd.DataFrame:
    parsed = [parse_shift(text) for text in shifts]
    (batch,), _ = build_batches(_live(rows), 1, parsed, 3, REPLAY_COLUMNS, target="target")
    return batch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LIMIT_BAL=*1.5", Shift("LIMIT_BAL", "multiply", 1.5)),
        ("AGE=+10", Shift("AGE", "add", 10.0)),
        ("AGE=-3", Shift("AGE", "add", -3.0)),
        ("a = b=set:high risk", Shift("a = b", "set", "high risk")),
        ("default payment next month=missing:0.3", Shift("default payment next month", "missing", 0.3)),
        ("x=set:", Shift("x", "set", "")),
    ],
)
def test_shift_is_read_from_its_text(text, expected):
    """The last `=` parts column and change, so names may hold `=` and spaces."""
    assert parse_shift(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "AGE", "=+1", "AGE=", "AGE=10", "AGE=*", "AGE=*x", "AGE=+nan", "AGE=*inf", "AGE=missing:0", "AGE=missing:2"],
)
def test_shift_that_cannot_be_read_names_the_forms(text):
    """The message shows every form and the text that was got."""
    with pytest.raises(DataError, match=r"a shift cannot be read; expected one of COLUMN=\*1\.5.*got"):
        parse_shift(text)


@settings(max_examples=40)
@given(rows=st.integers(1, 60), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_batches_are_disjoint_complete_even_and_repeatable(rows, seed, data):
    """Each live row is in exactly one batch, sizes differ by one at most, and a seed gives the same batches."""
    count = data.draw(st.integers(1, rows))
    live = _live(rows)
    batches, _ = build_batches(live, count, [], seed, REPLAY_COLUMNS)
    again, _ = build_batches(live, count, [], seed, REPLAY_COLUMNS)

    assert sorted(pd.concat(batches)["id"]) == list(range(rows))
    assert max(map(len, batches)) - min(map(len, batches)) <= 1
    assert all(left.equals(right) for left, right in zip(batches, again, strict=True))


def test_batch_looks_like_the_raw_file_without_the_target():
    """Bookkeeping columns and the target are left out; types are those of the file."""
    batch = _one()

    assert list(batch.columns) == [name for name in REPLAY_COLUMNS if name != "target"]
    assert str(batch["age"].dtype) == "Int64"
    assert str(batch["id"].dtype) == "int64"


def test_live_rows_are_left_as_they_are():
    """A shift changes the batches, not the caller's table."""
    live = _live()
    build_batches(live, 2, [parse_shift("rate=*2")], 0, REPLAY_COLUMNS)

    pd.testing.assert_frame_equal(live, _live())


def test_integers_stay_integers_and_within_the_declared_bounds():
    """A multiplied integer is rounded, and held at the bound that validation would enforce."""
    batch = _one("credit = limit=*1.5")
    expected = (_live()["credit = limit"] * 1.5).clip(0, 1000).round().astype("int64")

    assert sorted(batch["credit = limit"]) == sorted(expected)
    assert str(batch["credit = limit"].dtype) == "int64"


def test_effects_say_how_many_values_are_held_at_the_bounds():
    """What clipping did to the shift is not kept quiet."""
    over = int((_live()["credit = limit"] * 1.5 > 1000).sum())
    _, effects = build_batches(_live(), 2, [parse_shift("credit = limit=*1.5")], 0, REPLAY_COLUMNS)

    assert over > 0
    assert f"{over} of 40 values are clipped to the declared bounds" in effects[0]


def test_effects_warn_that_missing_values_will_be_quarantined():
    """A column that may not be missing loses its rows to quarantine, which is said beforehand."""
    shifts = [parse_shift("rate=missing:0.5"), parse_shift("age=missing:0.5")]
    _, (required, nullable) = build_batches(_live(), 2, shifts, 0, REPLAY_COLUMNS)

    assert "will be quarantined" in required
    assert "quarantined" not in nullable


def test_missing_shift_removes_about_its_share():
    """The share is drawn by the seed, row by row."""
    batch = _one("sex=missing:0.3", rows=1000)

    assert batch["sex"].isna().mean() == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    ("shift", "column", "value"),
    [
        ("sex=set:2", "sex", 2),
        ("self=set:b", "self", "b"),
        ("owner=set:True", "owner", True),
        ("rate=set:0.25", "rate", 0.25),
    ],
)
def test_set_gives_every_row_the_value_in_the_type_of_the_column(shift, column, value):
    """A code is found by its text, whatever its type."""
    assert set(_one(shift)[column].tolist()) == {value}


def test_dates_move_by_days():
    """A summand of a date is a number of days."""
    assert _one("since=+10")["since"].min() == pd.Timestamp("2020-02-10")


@pytest.mark.parametrize(
    ("shift", "message"),
    [
        ("agee=+1", "did you mean 'age'"),
        ("target=set:1", "batches do not have"),
        ("sex=+1", r"type category cannot be shifted.*expected set:VALUE or missing:SHARE"),
        ("since=*2", r"\+DAYS"),
        ("sex=set:3", r"expected one of 1, 2"),
        ("credit = limit=set:5000", "a whole number from 0 to 1000"),
        ("id=set:1.5", "a whole number"),
        ("rate=set:high", "a number"),
        ("since=set:soon", "YYYY-MM-DD"),
        ("rate=*1e308", "numbers up to"),
    ],
)
def test_shift_that_a_column_cannot_take_is_refused(shift, message):
    """Each refusal names the column and says what it could take."""
    live = _live().assign(rate=1e3)

    with pytest.raises(DataError, match=message):
        build_batches(live, 1, [parse_shift(shift)], 0, REPLAY_COLUMNS, target="target")


@pytest.mark.parametrize("count", [0, 41, -1])
def test_number_of_batches_that_the_rows_do_not_carry_is_refused(count):
    """No batch is ever empty."""
    with pytest.raises(DataError, match="expected 1 to 40 batches"):
        build_batches(_live(), count, [], 0, REPLAY_COLUMNS)
