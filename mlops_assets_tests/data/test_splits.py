"""Every row gets exactly one split, the same one each time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.data.frames import ROW, SPLIT, SPLITS
from mlops_assets.data.splits import assign_splits, judge_splits
from mlops_assets.errors import DataError
from mlops_assets.use_case.data import Shares, Splits
from mlops_assets.use_case.model import Task
from mlops_assets.verdicts import Outcome

TASK = Task(target="y", positive=1)


def table(rows: int, **columns: Any) -> pd.DataFrame:
    quarter = (np.arange(rows) % 4 == 0).astype(int)
    return pd.DataFrame({ROW: np.arange(rows) * 3, "y": quarter, **columns})


def sizes(assigned: pd.DataFrame) -> dict[str, int]:
    return {str(name): int(n) for name, n in assigned[SPLIT].value_counts().items()}


@settings(max_examples=50, deadline=None)
@given(rows=st.integers(80, 300), seed=st.integers(0, 2**32 - 1), live=st.sampled_from([0.0, 0.1, 0.3]))
def test_stratified_splits_cover_every_row_and_keep_the_classes(rows, seed, live):
    config = Splits(seed=seed, shares=Shares(train=0.6 - live, calibration=0.2, test=0.2, replay=live))
    frame = table(rows)
    assigned = assign_splits(frame, config, TASK)
    rates = frame["y"].groupby(assigned[SPLIT]).mean()

    assert assigned[ROW].tolist() == frame[ROW].tolist()
    assert judge_splits(frame, assigned, config).outcome is Outcome.PASSED
    assert sizes(assigned)["test"] == pytest.approx(0.2 * rows, abs=2)
    assert (rates - frame["y"].mean()).abs().max() < 0.12
    assert ("replay" in set(assigned[SPLIT])) == (live > 0)


@settings(max_examples=30, deadline=None)
@given(groups=st.integers(30, 80), rows=st.integers(200, 300), seed=st.integers(0, 1000))
def test_grouped_splits_keep_every_group_whole(groups, rows, seed):
    config = Splits(method="grouped", group="g", seed=seed)
    frame = table(rows, y=np.arange(rows) % 2, g=np.random.default_rng(seed).integers(0, groups, rows).astype(str))
    assigned = assign_splits(frame, config, TASK)
    torn = assigned[SPLIT].groupby(frame["g"]).nunique()

    assert torn.max() == 1
    assert judge_splits(frame, assigned, config).outcome is Outcome.PASSED
    assert sizes(assigned)["train"] == pytest.approx(0.6 * rows, abs=max(frame["g"].value_counts()))


@settings(max_examples=30, deadline=None)
@given(moments=st.integers(8, 100), rows=st.integers(200, 300), seed=st.integers(0, 1000))
def test_temporal_splits_never_tear_a_moment_and_run_forward(moments, rows, seed):
    config = Splits(method="temporal", time="t")
    days = np.random.default_rng(seed).integers(0, moments, rows)
    frame = table(rows, y=np.arange(rows) % 2, t=pd.Timestamp("2020-01-01") + pd.to_timedelta(days, "D"))
    assigned = assign_splits(frame, config, TASK)
    spans = [frame["t"][(assigned[SPLIT] == name).to_numpy()] for name in SPLITS]

    assert all(early.max() < late.min() for early, late in pairwise(spans))
    assert judge_splits(frame, assigned, config).outcome is Outcome.PASSED


@pytest.mark.parametrize("config", [Splits(), Splits(method="grouped", group="g"), Splits(method="temporal", time="g")])
def test_the_same_seed_gives_the_same_splits(config):
    frame = table(200, g=np.arange(200) // 3)

    pd.testing.assert_frame_equal(assign_splits(frame, config, TASK), assign_splits(frame, config, TASK))


@pytest.mark.parametrize("config", [Splits(seed=2), Splits(method="grouped", group="g", seed=2)])
def test_another_seed_gives_other_splits(config):
    frame = table(200, g=np.arange(200) // 3)
    other = assign_splits(frame, config.model_copy(update={"seed": 1}), TASK)

    assert not assign_splits(frame, config, TASK).equals(other)


def test_the_oldest_rows_train_and_the_newest_are_held_back():
    frame = table(200, t=np.arange(200)[::-1])
    assigned = assign_splits(frame, Splits(method="temporal", time="t"), TASK)

    assert assigned[SPLIT].iloc[0] == "replay"
    assert assigned[SPLIT].iloc[-1] == "train"
    assert sizes(assigned) == {"train": 120, "calibration": 20, "test": 40, "replay": 20}


@pytest.mark.parametrize(
    ("frame", "config", "message"),
    [
        (table(200, y=0), Splits(), "train, calibration, test would have a single class of 'y'"),
        (table(3), Splits(), "would be empty"),
        (table(200, g=["one"] * 200), Splits(method="grouped", group="g"), "calibration, test, replay would be empty"),
        (table(200, g=[None] + ["a"] * 199), Splits(method="grouped", group="g"), "1 of 200 rows have no value"),
        (table(200, t=[1, 2] * 100), Splits(method="temporal", time="t"), "cannot be cut by 2 different times"),
    ],
)
def test_splits_that_cannot_be_made_are_refused(frame, config, message):
    with pytest.raises(DataError, match=message):
        assign_splits(frame, config, TASK)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (lambda s: pd.concat([s, s.iloc[[0]]]), "1 rows are assigned twice"),
        (lambda s: s.iloc[1:], "1 rows are in no split"),
        (lambda s: s.assign(**{ROW: s[ROW] + 1}), "200 assigned rows are not in the table"),
        (lambda s: s.assign(**{SPLIT: "train"}), "splits are empty: calibration, replay, test"),
        (lambda s: s.assign(**{SPLIT: s[SPLIT].replace("test", "tset")}), "splits without a share are used: tset"),
    ],
)
def test_tables_that_do_not_fit_fail(tamper, message):
    frame = table(200)
    verdict = judge_splits(frame, tamper(assign_splits(frame, Splits(), TASK)), Splits())

    assert verdict.outcome is Outcome.FAILED
    assert message in verdict.reason


def test_a_torn_group_fails():
    frame = table(200, g=np.arange(200) // 2)
    verdict = judge_splits(frame, assign_splits(frame, Splits(), TASK), Splits(method="grouped", group="g"))

    assert verdict.outcome is Outcome.FAILED
    assert "groups are in more than one split" in verdict.reason


def test_time_that_runs_backwards_fails():
    frame = table(200, t=np.arange(200))
    verdict = judge_splits(frame, assign_splits(frame, Splits(), TASK), Splits(method="temporal", time="t"))

    assert verdict.outcome is Outcome.FAILED
    assert "before train ends at" in verdict.reason
