"""Cross-validation says what the test split says: with repeated persons, with time, and with columns of pure noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlops_assets.statistics.ranking import auc
from mlops_assets.training.fitting import fit_estimator, score_rows
from mlops_assets.use_case.data import Splits
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.training import Family, Search, Training

FOREST = Training(
    families={"random_forest": Family(space={}, fixed={"n_estimators": 40, "min_samples_leaf": 1})},
    search=Search(trials=1, folds=3, seed=3),
)
BOOSTING = Training(
    families={"hist_gradient_boosting": Family(space={}, fixed={"max_iter": 40, "min_samples_leaf": 20})},
    search=Search(trials=1, folds=3, seed=3),
)
LINEAR = Training(
    families={"logistic_regression": Family(space={}, fixed={"C": 1.0})}, search=Search(trials=3, folds=3)
)


def of_test(result, train, y, test, truth) -> tuple[float, float]:
    """Fit the choice on all training rows; return its test AUC and its error, as if rows were alone."""
    estimator = fit_estimator(train, y, family=result.family, params=result.params, seed=result.seed)
    value = float(auc(truth, score_rows(estimator, test), np.ones((1, len(truth))))[0])
    return value, float(np.sqrt(value * (1 - value) / min(truth.sum(), (1 - truth).sum())))


def persons(count: int, copies: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Near-copies of each person, whose outcome is a coin: nothing can be learned of another person."""
    rng = np.random.default_rng(seed)
    of_person = rng.normal(size=(count, 6)).repeat(copies, axis=0)
    X = pd.DataFrame(of_person + 0.01 * rng.normal(size=of_person.shape), columns=list("abcdef"))
    X["person"] = np.repeat(np.arange(count), copies) + 1000 * seed
    return X, rng.integers(0, 2, count).repeat(copies).astype(np.int8)


def test_ten_near_copies_of_each_person_tell_nothing_of_another_person(tmp_path, run_search):
    """Shuffled folds, which have copies of one person on both sides, give 1.00 where the truth is 0.50."""
    X, y = persons(120, 10, 1)
    others, truth = persons(60, 10, 2)
    inputs = list("abcdef")
    shuffled = run_search(X[inputs], y, FOREST, journal=tmp_path / "shuffled")
    grouped = run_search(X, y, FOREST, splits=Splits(method="grouped", group="person"), journal=tmp_path / "grouped")
    value, _ = of_test(grouped, X[inputs], y, others[inputs], truth)

    assert shuffled.value > 0.99
    assert grouped.low < 0.5 < grouped.high
    assert abs(value - grouped.value) < 3 * np.hypot(grouped.trials[0].standard_error, 0.5 / np.sqrt(30))
    assert grouped.trials[0].standard_error > 0.03  # of 120 persons, not of 1,200 rows


def test_a_rule_that_changes_with_time_is_judged_on_later_rows(tmp_path, run_search):
    """Each month has its own rule, so that what is learned in a month tells nothing of the next one."""
    rng = np.random.default_rng(6)
    month = np.sort(rng.integers(0, 40, 3000))
    slope = rng.normal(size=(40, 4))[month]
    X = pd.DataFrame(rng.normal(size=(3000, 4)), columns=list("abcd")).assign(clock=month.astype(float))
    y = ((X[list("abcd")] * slope).sum(axis=1) + 0.3 * rng.normal(size=3000) > 0).to_numpy().astype(np.int8)
    train, inputs = month < 28, [*"abcd", "clock"]
    shuffled = run_search(X[train], y[train], BOOSTING, journal=tmp_path / "shuffled")
    frame = X[train].assign(time=month[train])
    temporal = run_search(
        frame, y[train], BOOSTING, splits=Splits(method="temporal", time="time"), journal=tmp_path / "temporal"
    )
    value, error = of_test(temporal, X.loc[train, inputs], y[train], X.loc[~train, inputs], y[~train])

    assert shuffled.value > temporal.value + 0.1
    assert abs(temporal.value - value) < abs(shuffled.value - value)
    assert abs(temporal.value - value) < 4 * np.hypot(error, temporal.trials[0].standard_error) + 0.1


def test_selection_among_columns_of_noise_gains_nothing_in_cross_validation(tmp_path, run_search):
    """Selected on all rows, the best 20 of 300 columns of noise give 0.61."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(600, 300)), columns=[f"x{number}" for number in range(300)])
    y = rng.integers(0, 2, 600).astype(np.int8)
    strength = np.abs((X.to_numpy() - X.to_numpy().mean(axis=0)).T @ (y - y.mean()))
    peeked = run_search(X.iloc[:, np.argsort(-strength)[:20]], y, LINEAR, journal=tmp_path / "peeked")
    selection = {"method": "mutual_information", "keep": 20}
    features = Features.model_validate({"selection": selection})
    honest = run_search(X, y, LINEAR, features=features, journal=tmp_path / "honest")

    assert peeked.low > 0.55
    for trial in honest.trials:
        assert abs(trial.value - 0.5) < 2.6 * trial.standard_error
    assert {trial.features for trial in honest.trials} >= {"raw"}
