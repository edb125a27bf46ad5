"""Selection by mutual information against shuffled targets."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_assets.errors import DataError
from mlops_assets.features.info import Ranked
from mlops_assets.features.selection import BINS, binned, rank
from mlops_assets.use_case.features import Selection

SELECTION = Selection(method="mutual_information", keep=5)


@pytest.fixture
def target() -> np.ndarray:
    return (np.random.default_rng(1).random(600) < 0.3).astype("float64")


def ranked(
    columns: dict[str, np.ndarray], y: np.ndarray, selection: Selection = SELECTION, groups: np.ndarray | None = None
) -> dict[str, Ranked]:
    candidates = {name: ((name,), codes.astype("int64")) for name, codes in columns.items()}
    return {found.name: found for found in rank(candidates, y, selection, groups)}


def test_a_copy_of_the_target_has_its_entropy(target: np.ndarray) -> None:
    """I(Y; Y) = H(Y)."""
    share = target.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)

    assert ranked({"copy": target}, target)["copy"].information == pytest.approx(entropy)


@pytest.mark.parametrize("classes", [2, 3])
def test_information_is_what_scikit_learn_counts(classes: int) -> None:
    """Of any number of classes, and of codes that few rows have."""
    from sklearn.metrics import mutual_info_score

    rng = np.random.default_rng(2)
    y = rng.integers(0, classes, 500).astype("float64")
    columns = {"few": rng.integers(0, 3, 500) + y, "many": rng.integers(0, 120, 500)}
    found = ranked(columns, y)

    assert {name: found[name].information for name in columns} == pytest.approx(
        {name: mutual_info_score(codes, y) for name, codes in columns.items()}
    )


def test_being_missing_is_information(target: np.ndarray) -> None:
    """A feature that is missing exactly where the target is 1 tells all of it, with nothing filled in."""
    gap = binned(np.where(target == 1, np.nan, 3.0))
    found = ranked({"gap": gap, "copy": target}, target)

    assert found["gap"].information == pytest.approx(found["copy"].information)
    assert binned(np.full(3, np.nan)).tolist() == [0, 0, 0]


def test_bins_hold_about_as_many_rows_and_a_frequent_value_has_its_own() -> None:
    """A zero that half of the rows have is not mixed with the small numbers beside it."""
    values = np.concatenate([np.zeros(500), np.random.default_rng(3).uniform(0.001, 1, 500)])
    codes = binned(values)
    few = binned(np.array([0.5, 2.0, 0.5]))

    assert len(np.unique(codes[values == 0])) == 1
    assert not set(codes[values == 0]) & set(codes[values > 0])
    assert np.bincount(codes)[1:].max() == 500
    assert len(np.unique(codes[values > 0])) >= BINS // 2
    assert few.tolist() == [1, 2, 1]


def test_codes_that_only_few_rows_have_are_no_information(target: np.ndarray) -> None:
    """Counted naively, a number of its own for each row tells all of the target; against shuffles it tells nothing."""
    rng = np.random.default_rng(4)
    signal = np.where(rng.random(len(target)) < 0.3, target, rng.integers(0, 2, len(target)))
    columns = {"id": np.arange(len(target)), "city": rng.integers(0, 300, len(target)), "signal": signal}
    found = ranked(columns, target)

    assert found["id"].information > found["city"].information > found["signal"].information
    assert {name for name, entry in found.items() if entry.selected} == {"signal"}
    assert found["city"].chance == pytest.approx(found["city"].information, rel=0.1)


@pytest.mark.slow
def test_of_tables_of_pure_noise_hardly_any_column_is_told_from_chance() -> None:
    """Over all columns together, at most the declared 5 % of tables, whatever columns they have (600 tables).

    One more standard error is allowed. Means and spreads of the very shuffles that set the limit give 7.5 %.
    """
    rng = np.random.default_rng(5)
    rows, wrong = 400, 0
    for seed in range(600):
        y = (rng.random(rows) < 0.22).astype("float64")
        columns = {f"number {i}": binned(rng.normal(size=rows)) for i in range(10)}
        columns |= {f"codes {k}": rng.integers(0, k, rows) for k in (2, 5, 50, 400)}
        found = ranked(columns, y, SELECTION.model_copy(update={"seed": seed}))
        wrong += any(entry.above_chance for entry in found.values())

    assert wrong / 600 <= 0.05 + np.sqrt(0.05 * 0.95 / 600)


def test_a_weak_signal_is_found_among_noise() -> None:
    """The limit of 40 columns still lets through a column that is worth an AUC of about 0.6."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(1.3 - 0.35 * x))).astype("float64")
    columns = {f"noise {i}": binned(rng.normal(size=3000)) for i in range(40)} | {"x": binned(x)}
    found = ranked(columns, y)

    assert found["x"].selected
    assert sum(entry.above_chance for entry in found.values()) <= 2


def test_where_nothing_is_above_chance_those_that_tell_most_are_kept(target: np.ndarray) -> None:
    """A model needs features; that they are no better than chance is said."""
    rng = np.random.default_rng(7)
    columns = {f"noise {i}": rng.integers(0, 4, len(target)) for i in range(30)}
    found = list(ranked(columns, target).values())
    excess = sorted((entry.information - entry.chance for entry in found), reverse=True)

    assert not any(entry.above_chance for entry in found)
    assert [e.information - e.chance for e in found if e.selected] == [
        e.information - e.chance for e in found if e.information - e.chance >= excess[4]
    ]
    assert sum(entry.selected for entry in found) == 5


def test_at_most_so_many_are_kept_and_the_first_wins_a_tie(target: np.ndarray) -> None:
    """Copies of the target are all above chance; which are kept does not depend on how ties were sorted."""
    found = ranked(dict.fromkeys("abc", target), target, SELECTION.model_copy(update={"keep": 2}))

    assert [entry.above_chance for entry in found.values()] == [True, True, True]
    assert [name for name, entry in found.items() if entry.selected] == ["a", "b"]


def test_near_copies_of_a_person_are_no_independent_evidence() -> None:
    """A noise column that repeats with its person is told from chance by rows, but not by persons."""
    rng = np.random.default_rng(8)
    persons = np.repeat(np.arange(60), 20)
    noise, outcome = rng.integers(0, 6, 60)[persons], rng.integers(0, 2, 60)[persons].astype("float64")
    by_row = ranked({"noise": noise}, outcome)
    by_person = ranked({"noise": noise}, outcome, groups=persons)

    assert by_row["noise"].above_chance
    assert not by_person["noise"].above_chance


def test_an_amount_as_target_is_ranked_too() -> None:
    """Nothing here asks for two classes: many values are binned."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=800)
    found = ranked({"x": binned(x), "noise": binned(rng.normal(size=800))}, x + rng.normal(size=800))

    assert {name for name, entry in found.items() if entry.selected} == {"x"}


def test_what_a_column_tells_depends_neither_on_the_others_nor_on_the_run(target: np.ndarray) -> None:
    """Every column is held against the same shuffles."""
    noise = np.random.default_rng(4).normal(size=(3, len(target)))
    columns = {"a": binned(noise[0] + target), "b": binned(noise[1]), "c": binned(noise[2])}
    whole, part = ranked(columns, target), ranked({name: columns[name] for name in ("c", "a")}, target)

    assert [(part[n].information, part[n].chance) for n in "ac"] == [
        (whole[n].information, whole[n].chance) for n in "ac"
    ]
    assert ranked(columns, target) == whole


def test_at_most_the_declared_rows_are_looked_at(target: np.ndarray) -> None:
    """The sample is drawn with the seed, so another seed draws another."""
    codes = binned(np.random.default_rng(4).normal(size=len(target)) + target)
    scores = [
        ranked({"a": codes}, target, SELECTION.model_copy(update={"rows": 200, "seed": seed}))["a"].information
        for seed in (1, 1, 2)
    ]

    assert scores[0] == scores[1] != scores[2]


def test_one_class_cannot_be_told_from_anything() -> None:
    """A target with one value is an error, not a score of 0 for all."""
    with pytest.raises(DataError, match="the target has one value only; expected both classes; got 3 rows"):
        ranked({"a": np.arange(3)}, np.zeros(3))
