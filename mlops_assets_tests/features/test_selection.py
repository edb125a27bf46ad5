"""Selection by mutual information."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets.errors import DataError
from mlops_assets.features.selection import mutual_information, strongest
from mlops_assets.use_case.features import Selection

SELECTION = Selection(method="mutual_information", keep=2)


@pytest.fixture
def target() -> np.ndarray:
    return (np.random.default_rng(1).random(600) < 0.3).astype("int8")


def test_a_copy_of_the_target_has_its_entropy(target: np.ndarray) -> None:
    """Discrete information is exact: I(Y; Y) = H(Y)."""
    share = target.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    scores = mutual_information(pd.DataFrame({"copy": target.astype("float64")}), target, SELECTION)

    assert scores["copy"] == pytest.approx(entropy)


def test_being_missing_is_information(target: np.ndarray) -> None:
    """A feature that is missing exactly where the target is 1 tells all of it, with nothing filled in."""
    only_gap = np.where(target == 1, np.nan, 3.0)
    copy = target.astype("float64")
    scores = mutual_information(pd.DataFrame({"gap": only_gap, "copy": copy}), target, SELECTION)

    assert scores["gap"] == pytest.approx(scores["copy"])


def test_gaps_and_values_add_up_by_the_chain_rule(target: np.ndarray) -> None:
    """Marking the gaps of a discrete feature by a code of their own gives the same score."""
    rng = np.random.default_rng(2)
    values = (target + rng.integers(0, 3, len(target))).astype("float64")
    gaps = rng.random(len(target)) < 0.2 + 0.3 * target
    frame = pd.DataFrame({"gap": np.where(gaps, np.nan, values), "coded": np.where(gaps, -1.0, values)})
    scores = mutual_information(frame, target, SELECTION)

    assert scores["gap"] == pytest.approx(scores["coded"])


def test_a_feature_that_tells_more_scores_higher(target: np.ndarray) -> None:
    """Continuous features are ranked by how much they tell."""
    noise = np.random.default_rng(3).normal(size=(2, len(target)))
    frame = pd.DataFrame({"noise": noise[0], "signal": 3 * target + noise[1]})
    scores = mutual_information(frame, target, SELECTION)

    assert scores["signal"] > 0.3
    assert 0 <= scores["noise"] < 0.05


def test_a_score_depends_neither_on_the_other_features_nor_on_the_run(target: np.ndarray) -> None:
    """Seeded for each feature anew: adding or reordering features changes no score."""
    noise = np.random.default_rng(4).normal(size=(3, len(target)))
    frame = pd.DataFrame({"a": noise[0] + target, "b": noise[1], "c": noise[2]})
    whole = mutual_information(frame, target, SELECTION)
    reordered = mutual_information(frame[["c", "a"]], target, SELECTION)

    assert reordered == {"c": whole["c"], "a": whole["a"]}


def test_at_most_the_declared_rows_are_looked_at(target: np.ndarray) -> None:
    """The sample is drawn with the seed, so another seed draws another."""
    frame = pd.DataFrame({"a": np.random.default_rng(4).normal(size=len(target)) + target})
    scores = [
        mutual_information(frame, target, SELECTION.model_copy(update={"rows": 200, "seed": seed}))["a"]
        for seed in (1, 1, 2)
    ]

    assert scores[0] == scores[1] != scores[2]


@pytest.mark.parametrize("known", [0, 1, 3, 5])
def test_few_known_values_do_not_fail(target: np.ndarray, known: int) -> None:
    """Where neighbours cannot be found only the gaps tell something."""
    values = np.full(len(target), np.nan)
    values[:known] = np.random.default_rng(8).normal(size=known)
    scores = mutual_information(pd.DataFrame({"a": values}), target, SELECTION)

    assert 0 <= scores["a"] < 0.05


def test_one_class_cannot_be_told_from_anything() -> None:
    """A target with one value is an error, not a score of 0 for all."""
    with pytest.raises(DataError, match="the target has one value only; expected both classes; got 3 rows"):
        mutual_information(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), np.zeros(3), SELECTION)


def test_the_strongest_keep_their_order_and_the_first_wins_a_tie() -> None:
    """What is kept does not depend on how ties were sorted."""
    scores = {"a": 0.1, "b": 0.3, "c": 0.1, "d": 0.2}

    assert strongest(scores, 3) == ("a", "b", "d")
    assert strongest(scores, 99) == ("a", "b", "c", "d")
