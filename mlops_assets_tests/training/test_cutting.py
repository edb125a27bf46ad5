"""Folds follow the split: what is together, or later, in the test split is together, or later, in cross-validation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets.errors import DataError
from mlops_assets.training.cutting import clusters_of, cut_folds, draw_rows
from mlops_assets.use_case.data import Splits

GROUPED = Splits(method="grouped", group="person")
TEMPORAL = Splits(method="temporal", time="day")


@pytest.fixture
def rows() -> tuple[pd.DataFrame, np.ndarray]:
    """400 rows of 40 persons on 25 days, in no order; each person has its outcome."""
    rng = np.random.default_rng(3)
    person = rng.permutation(np.repeat(np.arange(40), 10))
    frame = pd.DataFrame({"person": person.astype(str), "day": rng.integers(0, 25, 400)})
    return frame, (person % 3 == 0).astype(np.int8)


@pytest.mark.parametrize("splits", [Splits(), GROUPED], ids=["stratified", "grouped"])
def test_every_row_is_held_once_and_never_learned_from_in_its_own_fold(rows, splits):
    parts = cut_folds(*rows, 4, splits, 7)

    assert sorted(np.concatenate([held for _, held in parts])) == list(range(400))
    assert all(sorted([*learned, *held]) == list(range(400)) for learned, held in parts)


def test_no_group_is_in_two_folds(rows):
    frame, y = rows
    for learned, held in cut_folds(frame, y, 4, GROUPED, 7):
        assert not set(frame.person.iloc[learned]) & set(frame.person.iloc[held])
        assert abs(y[held].mean() - y.mean()) < 0.1


def test_time_runs_forward_and_no_moment_is_torn(rows):
    frame, y = rows
    parts = cut_folds(frame, y, 4, TEMPORAL, 7)

    for learned, held in parts:
        assert frame.day.iloc[learned].max() < frame.day.iloc[held].min()
    assert [len(learned) for learned, _ in parts] == sorted(len(learned) for learned, _ in parts)
    assert all(50 < len(held) < 110 for _, held in parts)
    assert frame.day.iloc[parts[-1][1]].max() == frame.day.max()


def test_equal_seeds_cut_equally(rows):
    for splits in (Splits(), GROUPED, TEMPORAL):
        first, second = (cut_folds(*rows, 3, splits, 1) for _ in range(2))

        assert all(
            np.array_equal(a, b) for one, two in zip(first, second, strict=True) for a, b in zip(one, two, strict=True)
        )


@pytest.mark.parametrize(
    ("splits", "change", "message"),
    [
        (GROUPED, {"person": "a"}, r"data.splits.group: person: too few groups.*at least 3.*got 1"),
        (TEMPORAL, {"day": 1}, r"data.splits.time: day: too few different times.*at least 4.*got 1"),
    ],
)
def test_rows_that_cannot_be_cut_so_end_in_one_clear_error(rows, splits, change, message):
    frame, y = rows
    with pytest.raises(DataError, match=message):
        cut_folds(frame.assign(**change), y, 3, splits, 1)


def test_a_fold_of_one_class_is_told_with_its_number(rows):
    frame, _ = rows
    late = (frame.day > 20).to_numpy().astype(np.int8)

    with pytest.raises(DataError, match=r"fold 1: a fold cannot be used: the training rows have one class only"):
        cut_folds(frame, late, 3, TEMPORAL, 1)


def test_a_first_window_that_is_too_small_to_learn_from_is_told():
    frame = pd.DataFrame({"day": np.arange(60)})
    with pytest.raises(DataError, match="too few rows to learn from"):
        cut_folds(frame, (np.arange(60) % 2).astype(np.int8), 4, TEMPORAL, 1)


def test_a_drawing_takes_whole_groups(rows):
    frame, y = rows
    drawn = draw_rows(frame, y, 105, GROUPED, 1)
    sizes = frame.person.iloc[drawn].value_counts()

    assert len(drawn) == 110
    assert (sizes == 10).all()


def test_a_drawing_of_single_rows_keeps_their_order_and_the_class_shares(rows):
    frame, y = rows
    drawn = draw_rows(frame, y, 100, TEMPORAL, 1)

    assert len(set(drawn)) == 100
    assert np.array_equal(drawn, np.sort(drawn))
    assert abs(y[drawn].mean() - y.mean()) < 0.01


def test_rows_of_a_group_are_one_cluster(rows):
    frame, _ = rows
    assert len(np.unique(clusters_of(frame, GROUPED))) == 40
    assert len(np.unique(clusters_of(frame, Splits()))) == 400
