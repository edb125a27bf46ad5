"""Few rows of a class are counted: too few stop the training, few are said."""

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW, SPLIT
from mlops_assets.data.positives import ClassCount, count_classes, judge_learnable, judge_positives
from mlops_assets.verdicts import Outcome


def counted(train: int, test: int = 500) -> dict[str, ClassCount]:
    rest = {"calibration": ClassCount(5, 100), "replay": ClassCount(0, 0)}
    return {"train": ClassCount(train, 500), "test": ClassCount(test, 900), **rest}


def test_classes_are_counted_in_each_split():
    splits = pd.DataFrame({ROW: range(6), SPLIT: ["train", "test", "train", "train", "calibration", "test"]})
    counts = count_classes(splits, np.array([1, 1, 0, 0, 1, 0]))

    assert counts == {
        "train": ClassCount(1, 2),
        "calibration": ClassCount(1, 0),
        "test": ClassCount(1, 1),
        "replay": ClassCount(0, 0),
    }


@pytest.mark.parametrize(("positives", "outcome"), [(0, Outcome.FAILED), (9, Outcome.FAILED), (10, Outcome.PASSED)])
def test_too_few_training_rows_of_a_class_fail_with_their_count(positives, outcome):
    verdict = judge_learnable(counted(positives), minimum=10, folds=3)

    assert verdict.outcome is outcome
    assert f"{positives} positive and 500 negative training rows" in verdict.reason
    assert "data.splits.minimum_positives" in verdict.reason


def test_negatives_are_counted_as_well():
    counts = {**counted(500), "train": ClassCount(500, 4)}

    assert judge_learnable(counts, minimum=10, folds=3).outcome is Outcome.FAILED


def test_too_few_training_rows_in_all_fail():
    verdict = judge_learnable({**counted(500), "train": ClassCount(20, 29)}, minimum=10, folds=3)

    assert verdict.outcome is Outcome.FAILED
    assert "20 positive and 29 negative training rows, too few to learn from" in verdict.reason
    assert "50 in all" in verdict.reason


def test_each_fold_needs_a_row_of_each_class():
    verdict = judge_learnable(counted(11), minimum=10, folds=12)

    assert verdict.outcome is Outcome.FAILED
    assert "training.search.folds" in verdict.reason


@pytest.mark.parametrize(("positives", "outcome"), [(8, Outcome.FAILED), (99, Outcome.FAILED), (100, Outcome.PASSED)])
def test_few_test_rows_of_a_class_are_said_with_their_count(positives, outcome):
    verdict = judge_positives(counted(200, positives))

    assert verdict.outcome is outcome
    assert f"test {positives} positive and 900 negative" in verdict.reason
