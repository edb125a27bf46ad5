"""Values of features, folded to raw columns and to groups of them: nothing is lost and nothing is counted twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_assets.assurance.explanations import fold_to_columns, fold_to_groups, tied_columns
from mlops_assets.features.info import FeatureInfo, FeatureKind


def info(name: str, *columns: str, kind: FeatureKind = "number") -> FeatureInfo:
    return FeatureInfo(name, "", columns, kind)


FEATURES = (
    info("sex=female", "sex", kind="binary"),
    info("school=low", "school", kind="one_hot"),
    info("school=high", "school", kind="one_hot"),
    info("city", "city", kind="target"),
    info("bill", "bill"),
    info("burden", "bill", "income", kind="derived"),
    info("trend", "bill", "bill 2", "bill 3", kind="derived"),
)
VALUES = np.random.default_rng(1).normal(size=(50, len(FEATURES)))


def test_every_kind_of_encoding_folds_to_its_one_column() -> None:
    """Two-valued, one-hot and target-encoded columns are one column each, a ratio is half of each of its two."""
    folded = fold_to_columns(VALUES, FEATURES)

    assert list(folded) == ["sex", "school", "city", "bill", "income", "bill 2", "bill 3"]
    np.testing.assert_allclose(folded["sex"], VALUES[:, 0])
    np.testing.assert_allclose(folded["school"], VALUES[:, 1] + VALUES[:, 2])
    np.testing.assert_allclose(folded["city"], VALUES[:, 3])
    np.testing.assert_allclose(folded["income"], VALUES[:, 5] / 2)
    np.testing.assert_allclose(folded["bill"], VALUES[:, 4] + VALUES[:, 5] / 2 + VALUES[:, 6] / 3)


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True), min_size=1, max_size=9))
def test_in_each_row_columns_and_groups_sum_to_what_the_features_sum_to(lineages: list[list[str]]) -> None:
    """Whatever is made of what."""
    features = [info(str(position), *columns) for position, columns in enumerate(lineages)]
    values = np.random.default_rng(len(features)).normal(size=(5, len(features)))
    folded = fold_to_columns(values, features)
    tied = tied_columns(features)
    in_groups = [column for group in fold_to_groups(folded, tied) for column in group.columns]

    np.testing.assert_allclose(sum(folded.values()), values.sum(axis=1))
    assert sorted(in_groups) == sorted(folded)


def test_a_group_is_the_size_of_its_sum() -> None:
    """Declared groups first; a column of none stands for itself, and one that the model does not read is left out."""
    folded = fold_to_columns(VALUES, FEATURES)
    found = {
        group.name: group
        for group in fold_to_groups(folded, {"bills": ("bill", "bill 2", "bill 3", "bill 4"), "other": ("bill 4",)})
    }
    expected = np.abs(folded["bill"] + folded["bill 2"] + folded["bill 3"]).mean()

    assert set(found) == {"bills", "sex", "school", "city", "income"}
    assert found["bills"].columns == ("bill", "bill 2", "bill 3")
    assert found["bills"].value == pytest.approx(expected)
    assert [group.value for group in found.values()] == sorted((g.value for g in found.values()), reverse=True)


def test_columns_that_a_feature_is_made_of_together_are_tied() -> None:
    """So the value of a derived feature never straddles two groups, and equal shares do not matter."""
    assert tied_columns(FEATURES) == {"bill, income, bill 2 and 1 more": ("bill", "income", "bill 2", "bill 3")}
