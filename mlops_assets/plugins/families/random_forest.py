"""Random forest: the mean of many deep trees, each grown on half of the rows (Breiman 2001)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mlops_assets.plugins.declarations import Choice, Range, Scalar

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

SPACE: dict[str, Range | Choice] = {
    "max_depth": Range(low=4, high=12, whole=True),
    "min_samples_leaf": Range(low=3, high=60, log=True, whole=True),
    "max_features": Range(low=0.1, high=0.4),
}
DEFAULTS: dict[str, Scalar] = {"max_depth": 9, "min_samples_leaf": 15, "max_features": 0.2}
FIXED: dict[str, Scalar] = {
    "class_weight": None,
    "criterion": "gini",
    "max_leaf_nodes": None,
    # Half of the rows a tree: a fifth less work than a full bootstrap, and no AUC lost on the reference data.
    "max_samples": 0.5,
    "min_samples_split": 2,
    "n_estimators": 80,
}
PARAMETERS: tuple[str, ...] = tuple(sorted([*SPACE, *FIXED, "ccp_alpha", "min_impurity_decrease"]))
EXPLAINER: Literal["tree", "linear"] = "tree"
TYPES: dict[str, str] = {
    "sklearn.ensemble._forest.RandomForestClassifier": "the estimator: a list of trees",
    "sklearn.tree._classes.DecisionTreeClassifier": "a tree and its parameters",
    "sklearn.tree._tree.Tree": "arrays of a tree's nodes and values; its constructor takes numbers and arrays only",
}


def build(params: dict[str, Any], seed: int, threads: int) -> RandomForestClassifier:
    """Return an unfitted forest; it splits on missing values by itself.

    Args:
        params: values for names of `PARAMETERS`; what is left out has the value of `DEFAULTS` or `FIXED`.
        seed: seed of the rows and the candidate features of every tree.
        threads: trees grown at the same time. The trees do not depend on it, but the last digit of a probability does
            while it is above 1, because votes are added as they come.
    """
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(**{**FIXED, **DEFAULTS, **params}, random_state=seed, n_jobs=threads)
