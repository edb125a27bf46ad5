"""Selection: which features tell most of the target, estimated on training rows.

Mutual information in nats. A feature with missing values is not filled in: being missing is a value of its own,
and by the chain rule (Cover and Thomas, Elements of Information Theory, 2006, theorem 2.5.2), with M telling
whether X is known,

    I(X; Y) = I(M; Y) + P(X known) I(X; Y | X known).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.use_case.features import Selection

NEIGHBOURS = 3
"""Neighbours of the estimator for continuous features; the default of scikit-learn."""
DISCRETE = 20
"""A feature of whole numbers with at most this many values is discrete, and its information is counted."""


def mutual_information(X: pd.DataFrame, y: np.ndarray, selection: Selection) -> dict[str, float]:
    """Return the mutual information of each feature with the target, in nats, never below 0.

    Discrete features are counted; continuous ones estimated from nearest neighbours (Ross, PLoS ONE 9(2), 2014, as
    in scikit-learn). Looks at `selection.rows` rows drawn with `selection.seed`, which also seeds the estimator's
    jitter, for each feature anew, so that a score does not depend on which other features there are.

    Args:
        X: shape (rows, features), float64, NaN where missing.
        y: shape (rows,), 0 and 1.
        selection: the section of the YAML.

    Raises:
        DataError: the target has one value only, so that nothing can be told of it.
    """
    rows = np.arange(len(X))
    if len(X) > selection.rows:
        rows = np.sort(np.random.default_rng(selection.seed).choice(len(X), selection.rows, replace=False))
    target = np.asarray(y)[rows]
    if len(np.unique(target)) < 2:
        raise DataError(
            "features cannot be selected, as the target has one value only",
            where="training rows",
            expected="both classes",
            got=f"{len(target)} rows of one class",
            fix="use features.selection.method: none, or rows of both classes",
        )
    values = X.to_numpy(dtype="float64")[rows]
    return {name: _information(values[:, place], target, selection.seed) for place, name in enumerate(X.columns)}


def strongest(scores: dict[str, float], keep: int) -> tuple[str, ...]:
    """Return the `keep` names of the highest scores, in the order of `scores`; of equal ones the first."""
    ranked = sorted(scores, key=lambda name: -scores[name])  # sorted is stable
    best = set(ranked[:keep])
    return tuple(name for name in scores if name in best)


def _information(values: np.ndarray, target: np.ndarray, seed: int) -> float:
    from sklearn.feature_selection import mutual_info_classif
    from sklearn.metrics import mutual_info_score

    known = ~np.isnan(values)
    of_gaps = float(mutual_info_score(known, target))
    x, y = values[known], target[known]
    if len(x) == 0 or len(np.unique(y)) < 2:
        return max(of_gaps, 0.0)
    distinct = np.unique(x)
    discrete = len(distinct) <= DISCRETE and bool(np.all(distinct == np.round(distinct)))
    if discrete:
        of_values = float(mutual_info_score(x, y))
    elif np.bincount(y.astype("int64")).min() <= NEIGHBOURS:
        of_values = 0.0  # too few known rows of a class to look for neighbours in
    else:
        column = x.reshape(-1, 1)
        (of_values,) = mutual_info_classif(
            column, y, discrete_features=False, n_neighbors=NEIGHBOURS, random_state=seed
        )
    return max(of_gaps + float(known.mean()) * float(of_values), 0.0)
