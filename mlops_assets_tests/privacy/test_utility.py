"""Utility and fidelity say what they mean: planted relations are kept, lost or told apart as they should be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW
from mlops_assets.errors import DataError
from mlops_assets.privacy.synthetic import LEAST_ROWS, synthesize, synthesize_by_class
from mlops_assets.privacy.utility import associations, measure_utility, trivial_table, two_sample_auc
from mlops_assets.use_case.data import Column, Data, Source
from mlops_assets.use_case.privacy import Synthetic, SyntheticConstraint


def table(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A target that only the product of two columns tells: nothing is left of it column by column."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 2))
    return X, (X[:, 0] * X[:, 1] + 0.3 * rng.normal(size=rows) > 0).astype(np.int8)


def test_rows_of_the_same_source_cannot_be_told_apart_and_others_can():
    same = two_sample_auc(table(1500, 1)[0], table(1500, 2)[0], 0)
    other = two_sample_auc(table(1500, 1)[0], np.random.default_rng(0).uniform(-3, 3, (1500, 2)), 0)

    assert same.low < 0.5 < same.high
    assert other.low > 0.75


def test_rows_of_the_same_source_are_told_apart_no_more_often_than_the_interval_says():
    """The classifier is never judged on rows that it saw: else copies of one source would look different."""
    rng = np.random.default_rng(5)
    found = [two_sample_auc(rng.normal(size=(150, 3)), rng.normal(size=(150, 3)), seed).low for seed in range(20)]

    assert sum(low > 0.5 for low in found) <= 4


def test_the_trivial_table_keeps_columns_within_classes_and_nothing_else():
    X, y = table(4000, 3)
    drawn, target = trivial_table((X, y), 6000, 0)

    assert target.mean() == pytest.approx(y.mean(), abs=0.03)
    for label in (0, 1):
        kept = drawn[target == label]
        assert kept.mean(axis=0) == pytest.approx(X[y == label].mean(axis=0), abs=0.1)
        assert np.corrcoef(kept.T)[0, 1] == pytest.approx(0, abs=0.06)


def test_utility_is_above_the_trivial_table_where_relations_between_columns_are_kept():
    real, test = table(3000, 4), table(3000, 5)
    kept = measure_utility(table(3000, 6), real, test, 0)
    lost = measure_utility(trivial_table(real, 3000, 1), real, test, 0)

    assert kept.tstr_gain.low > 0.2
    assert kept.tstr_ratio.value == pytest.approx(1, abs=0.03)
    assert lost.tstr_gain.value == pytest.approx(0, abs=0.08)
    assert kept.tstr_gain.value == pytest.approx(kept.tstr_auc.value - kept.trivial_auc.value)


def test_associations_are_the_rates_bin_by_bin():
    code = np.repeat([0.0, 1.0, np.nan], 100)[:, None]
    real = (code, np.tile([1, 0, 0, 0], 75).astype(np.int8))
    moved = (code, np.concatenate([np.ones(100), real[1][100:]]).astype(np.int8))
    (same,) = associations(real, real, {"x": ("a", "b")}).values()
    (found,) = associations(real, moved, {"x": ("a", "b")}).values()

    assert (same.error, same.worst) == (0, 0)
    assert (found.bin, found.real, found.synthetic, found.worst) == ("a", 0.25, 1.0, 0.75)
    assert found.error == pytest.approx(0.25)


def test_a_bin_that_no_synthetic_row_reaches_counts_against_the_table_and_a_small_one_does_not():
    number = np.repeat([1.0, 2.0, 3.0], [100, 100, 10])[:, None]
    y = np.repeat([0, 1, 1], [100, 100, 10]).astype(np.int8)
    (found,) = associations((number, y), (number[:100], y[:100]), {"x": None}).values()
    (nothing,) = associations((number[200:], y[200:]), (number, y), {"x": None}).values()

    assert (found.bin, found.real, found.synthetic, found.worst) == ("2", 1.0, None, 1.0)
    assert (nothing.error, nothing.worst) == (None, None)


def test_the_worst_bin_is_one_that_was_compared_where_no_rate_differs_at_all():
    number, y = np.repeat([1.0, 2.0], [10, 100])[:, None], np.repeat([0, 1], [10, 100]).astype(np.int8)
    (found,) = associations((number, y), (number[10:], y[10:]), {"x": None}).values()

    assert (found.bin, found.real, found.synthetic, found.worst) == ("2", 1.0, 1.0, 0.0)


COLUMNS = {"x": Column(type="number"), "y": Column(type="category", allowed=("a", "b", "rare"))}


def people(rows: int = 1200, rare: int = 0) -> pd.DataFrame:
    """The target is b where x is far from the middle, on either side: no correlation tells."""
    x = np.random.default_rng(9).normal(size=rows)
    y = np.where(np.abs(x) > 0.8, "b", "a").astype(object)
    y[:rare] = "rare"
    return pd.DataFrame({"x": x, "y": y})


def drawn(frame: pd.DataFrame, **more: object) -> pd.DataFrame:
    data = Data(source=Source(path="p.csv"), columns=COLUMNS)
    return synthesize(frame.assign(**{ROW: range(len(frame))}), data, Synthetic(rows=600, seed=2, **more), "y")


def spread(rows: pd.DataFrame, label: str) -> float:
    return float(rows.loc[rows["y"] == label, "x"].abs().mean())


def test_each_class_is_fitted_by_itself_so_that_a_relation_of_no_correlation_is_kept():
    rows = drawn(people())
    together = drawn(people(), synthesizer="sdv_gaussian_copula")

    assert rows["y"].eq("b").mean() == pytest.approx(people()["y"].eq("b").mean(), abs=0.01)
    assert spread(rows, "b") > 1.5 * spread(rows, "a")
    assert spread(together, "b") < 1.5 * spread(together, "a")
    assert list(rows["y"].head(30)) != sorted(rows["y"].head(30))


def test_the_same_seed_draws_the_same_rows():
    pd.testing.assert_frame_equal(drawn(people()), drawn(people()))


@pytest.mark.parametrize(("rare", "fits"), [(0, 2), (LEAST_ROWS // 2, 3), (3, 1)])
def test_a_rare_class_is_fitted_with_its_target_and_a_handful_of_rows_never_alone(rare, fits):
    parts = []

    def synthesizer(train, columns, config):
        parts.append((len(train), list(columns)))
        return train.sample(config.rows, replace=True, random_state=config.seed).reset_index(drop=True)

    rows = synthesize_by_class(synthesizer, people(rare=rare), COLUMNS, Synthetic(rows=100, seed=1), "y")

    assert len(parts) == fits
    assert sum(count for count, _ in parts) == 1200
    assert (len(rows), list(rows.columns)) == (100, ["x", "y"])


def test_a_constraint_on_the_target_keeps_all_rows_together():
    parts = []

    def synthesizer(train, columns, config):
        parts.append(len(train))
        return train.head(config.rows)

    rule = SyntheticConstraint(kind="fixed_combinations", columns=("x", "y"))
    synthesize_by_class(synthesizer, people(), COLUMNS, Synthetic(rows=100, constraints=(rule,)), "y")

    assert parts == [1200]


def test_plain_sdv_passes_no_constraint_on_and_says_so():
    rule = SyntheticConstraint(kind="fixed_combinations", columns=("x", "y"))
    with pytest.raises(DataError, match="does not support constraints") as caught:
        drawn(people(), synthesizer="sdv_gaussian_copula", constraints=(rule,))

    assert "choose synthesizer: gaussian_copula" in str(caught.value)


@pytest.mark.parametrize(
    ("synthesizer", "fix"),
    [("gaussian_copula", "choose other marginals"), ("sdv_gaussian_copula", "choose synthesizer: gaussian_copula")],
)
def test_what_sdv_cannot_do_is_one_sentence_with_a_fix(synthesizer, fix, monkeypatch):
    from sdv.errors import SamplingError
    from sdv.single_table import GaussianCopulaSynthesizer

    def refuse(*_: object, **__: object) -> None:
        raise SamplingError("no row could be drawn\nand much more")

    monkeypatch.setattr(GaussianCopulaSynthesizer, "sample", refuse)
    with pytest.raises(DataError, match=r"SDV cannot synthesize this table \(no row could be drawn\)") as caught:
        drawn(people(), synthesizer=synthesizer)

    assert fix in str(caught.value)
