"""Small tables with a signal, for the tests of the training room."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest

from mlops_assets.plugins.declarations import Choice
from mlops_assets.training.folds import Folds, Recipe, build_folds
from mlops_assets.training.search import search
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.data import Column, Splits
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.training import Family, Search, Training


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Keep OpenMP at one thread: on small tables and shared cores its threads only wait for each other."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def table() -> tuple[pd.DataFrame, np.ndarray]:
    """240 rows of four features, one of them with missing values and one of heavy tails, and their outcomes."""
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(240, 4)), columns=["a b", "größe", 'q"{x}', "tail"])
    y = (X["a b"] + 0.5 * X["größe"] + rng.normal(size=240) > 0.4).to_numpy().astype(np.int8)
    X.loc[::7, 'q"{x}'] = np.nan
    X["tail"] = np.exp(3 * X["tail"])
    return X, y


@pytest.fixture(scope="session")
def quick() -> Training:
    """Two families that are fitted in milliseconds, seven trials, two folds."""
    return Training(
        families={
            "logistic_regression": Family(),
            "hist_gradient_boosting": Family(
                space={"max_leaf_nodes": Choice(choices=(2, 4)), "learning_rate": Choice(choices=(0.05, 0.1, 0.2))},
                fixed={"max_iter": 5, "l2_regularization": 1.0, "max_features": 1.0, "min_samples_leaf": 10},
            ),
        },
        search=Search(trials=7, folds=3, seed=3),
    )


def cut(
    X: pd.DataFrame, y, training: Training, splits: Splits | None = None, features: Features | None = None
) -> Folds:
    """Cut a table of numbers into folds; a column that `splits` names is no input."""
    splits = splits or Splits()
    named = (splits.group, splits.time)
    columns = {name: Column(type="date" if X[name].dtype.kind == "M" else "number") for name in X.columns}
    inputs = tuple(name for name in X.columns if name not in named)
    recipe = Recipe(inputs, columns, features or Features())
    return build_folds(X, y, search=training.search, splits=splits, recipe=recipe)


@pytest.fixture(scope="session")
def fold_cutter() -> Callable[..., Folds]:
    """Return `cut`."""
    return cut


@pytest.fixture(scope="session")
def run_search() -> Callable[..., SearchResult]:
    """Return a function that cuts a table of numbers into folds and searches over them."""

    def run(X, y, training, *, splits=None, features=None, version="v1", **more) -> SearchResult:
        return search(cut(X, y, training, splits, features), training, version=version, **more)

    return run
