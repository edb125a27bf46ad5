"""Folds: the matrices of a cross-validation, and one set of parameters evaluated on them, two folds at a time.

Encodings, derived features and selection are learned inside each fold from its own rows, once for all trials.
`cutting` decides which rows are in a fold; `search` decides which parameters to try, and when to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.statistics.folds import deal_rows
from mlops_assets.statistics.resampling import BLOCKS, replicate
from mlops_assets.training.cutting import clusters_of, cut_folds, draw_rows
from mlops_assets.training.fitting import as_labels, check_rows, fit_estimator, score_rows
from mlops_assets.training.metrics import SCORERS, score

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.plugins.declarations import Scalar
    from mlops_assets.use_case.data import Column, Splits
    from mlops_assets.use_case.features import Features
    from mlops_assets.use_case.training import Search

AT_ONCE = 2
"""Folds fitted at the same time, each in one thread. A constant, so that the result does not depend on the machine."""


@dataclass(frozen=True)
class Recipe:
    """What a feature pipeline is learned by: the raw inputs, the declared columns and the section of the YAML."""

    inputs: Sequence[str]
    columns: Mapping[str, Column]
    features: Features


@dataclass(frozen=True)
class Matrix:
    """Features of some rows, shape (rows, features), and their outcomes, shape (rows,)."""

    X: pd.DataFrame
    y: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Fold:
    """One fold: the rows it learns from, the rows it is evaluated on, and its feature sets.

    Attributes:
        learned: rows that pipeline and model learn from; encoders that look at outcomes are cross-fitted.
        held: rows that it is evaluated on.
        sets: names of features by feature set (`FeaturePipeline.sets` of the pipeline learned in this fold).
        blocks: block of each held row, for the jackknife.
    """

    learned: Matrix
    held: Matrix
    sets: Mapping[str, tuple[str, ...]]
    blocks: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Folds:
    """The rows of a search, cut into folds.

    Attributes:
        parts: the folds.
        sets: names of the feature sets that every fold has, from the plainest.
        method: how the folds are cut, as `data.splits.method`.
        metric: name of the metric that a fold is judged by.
        rows: rows that the search looks at.
        seed: seed of the cuts and of the models.
    """

    parts: tuple[Fold, ...]
    sets: tuple[str, ...]
    method: str
    metric: str
    rows: int
    seed: int


@dataclass(frozen=True)
class FoldScore:
    """The result of a fold: its score, and the score without each block of its held-out rows."""

    value: float
    replicates: tuple[float, ...]


def build_folds(
    train: pd.DataFrame,
    y: pd.Series | npt.NDArray[np.int8],
    *,
    search: Search,
    splits: Splits,
    recipe: Recipe,
    on_progress: Callable[[str], None] | None = None,
) -> Folds:
    """Cut the training rows as `splits` says, and make the feature matrices of each fold.

    Args:
        train: validated rows of the training split, raw columns.
        y: outcomes, shape (rows,), 1 positive and 0 negative.
        search: folds, metric, rows and seed.
        splits: how the rows are split; the folds follow it.
        recipe: how features are made; encodings and selection are learned anew in each fold.
        on_progress: called with one line per fold.

    Raises:
        DataError: fewer than 50 rows, rows that cannot be cut into such folds, or no feature in a fold.
    """
    outcome = as_labels(y, "the training split")
    check_rows(len(outcome), "the training split")
    if search.rows is not None and search.rows < len(outcome):
        drawn = draw_rows(train, outcome, search.rows, splits, search.seed)
        train, outcome = train.iloc[drawn], outcome[drawn]
    train = train.reset_index(drop=True)
    clusters = clusters_of(train, splits)
    parts: list[Fold] = []
    for learned, held in cut_folds(train, outcome, search.folds, splits, search.seed):
        blocks = deal_rows(outcome[held], clusters[held], np.random.default_rng([search.seed, len(parts)]), BLOCKS)
        groups = clusters[learned] if splits.method == "grouped" else None
        sides = ((train.iloc[learned], outcome[learned]), (train.iloc[held], outcome[held]))
        parts.append(_build_fold(*sides, blocks, groups, recipe))
        if on_progress:
            width = f"{parts[-1].learned.X.shape[1]} features from {len(learned)} rows, evaluated on {len(held)}"
            on_progress(f"fold {len(parts)} of {search.folds}, {splits.method}: {width}")
    return Folds(tuple(parts), _common_sets(parts), splits.method, search.metric, len(outcome), search.seed)


def _build_fold(
    learned: tuple[pd.DataFrame, npt.NDArray[np.int8]],
    held: tuple[pd.DataFrame, npt.NDArray[np.int8]],
    blocks: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64] | None,
    recipe: Recipe,
) -> Fold:
    """Learn the pipeline from one side only, and apply it to both."""
    from mlops_assets.features.pipeline import build_features, build_training_features, fit_pipeline

    rows, y = learned[0].reset_index(drop=True), learned[1]
    pipeline = fit_pipeline(
        rows, y, inputs=recipe.inputs, columns=recipe.columns, features=recipe.features, groups=groups
    )
    X = build_training_features(rows, y, pipeline, groups)
    other = build_features(held[0].reset_index(drop=True), pipeline)
    return Fold(Matrix(X, y), Matrix(other, held[1]), pipeline.sets, blocks)


def _common_sets(parts: Sequence[Fold]) -> tuple[str, ...]:
    """Return the sets that have features in every fold, of sets that are the same in every fold only the first."""
    common: list[str] = []
    for name in parts[0].sets:
        is_new = not any(all(set(part.sets[name]) == set(part.sets.get(c, ())) for part in parts) for c in common)
        if all(part.sets.get(name) for part in parts) and is_new:
            common.append(name)
    return tuple(common)


def score_folds(
    folds: Folds, family: str, params: dict[str, Scalar], features: str
) -> Generator[tuple[FoldScore, ...], None, None]:
    """Yield the scores of the folds so far after every `AT_ONCE` of them; the rest is not fitted once the caller stops.

    Each fit has one thread: two fits side by side finish sooner than one that spreads over two busy cores.

    Args:
        folds: the matrices.
        family: name of the model family.
        params: its parameters.
        features: name of the feature set.

    Raises:
        DataError: the model gives probabilities that are not numbers; and anything that the family's fit raises.
    """
    from threadpoolctl import threadpool_limits

    done: tuple[FoldScore, ...] = ()
    with threadpool_limits(limits=1), ThreadPoolExecutor(AT_ONCE) as threads:
        for start in range(0, len(folds.parts), AT_ONCE):
            wave = folds.parts[start : start + AT_ONCE]
            done += tuple(threads.map(lambda part: _score_one(folds, part, family, params, features), wave))
            yield done


def _score_one(folds: Folds, part: Fold, family: str, params: dict[str, Scalar], features: str) -> FoldScore:
    names = list(part.sets[features])
    X, y = part.learned.X[names], part.learned.y
    p = score_rows(fit_estimator(X, y, family=family, params=params, seed=folds.seed, threads=1), part.held.X[names])
    value = score(folds.metric, part.held.y, p)
    assert value is not None  # every fold has both classes, and every row a probability
    replicates = replicate(lambda weights: SCORERS[folds.metric](part.held.y, p, weights), part.blocks)
    return FoldScore(value, tuple(float(each) for each in replicates))
