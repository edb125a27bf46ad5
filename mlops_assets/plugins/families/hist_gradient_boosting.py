"""Gradient boosting on binned features: a sum of small trees, each correcting the ones before it (Friedman 2001)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mlops_assets.plugins.declarations import Choice, Range, Scalar

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

SPACE: dict[str, Range | Choice] = {
    "learning_rate": Range(low=0.02, high=0.2, log=True),
    "max_iter": Range(low=60, high=300, log=True, whole=True),
    "max_leaf_nodes": Range(low=4, high=32, log=True, whole=True),
    "min_samples_leaf": Range(low=5, high=150, log=True, whole=True),
    "l2_regularization": Range(low=0.01, high=50.0, log=True),
    "max_features": Range(low=0.2, high=1.0),
}
DEFAULTS: dict[str, Scalar] = {
    "learning_rate": 0.05,
    "max_iter": 150,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 40,
    "l2_regularization": 5.0,
    "max_features": 0.4,
}
FIXED: dict[str, Scalar] = {"class_weight": None, "early_stopping": False, "max_bins": 255, "max_depth": None}
PARAMETERS: tuple[str, ...] = tuple(sorted([*SPACE, *FIXED, "n_iter_no_change", "tol", "validation_fraction"]))
EXPLAINER: Literal["tree", "linear"] = "tree"
_BOOSTING = "sklearn.ensemble._hist_gradient_boosting"
TYPES: dict[str, str] = {
    f"{_BOOSTING}.gradient_boosting.HistGradientBoostingClassifier": "the estimator: bins, loss and a list of trees",
    f"{_BOOSTING}.binning._BinMapper": "edges of the bins of each feature",
    f"{_BOOSTING}.predictor.TreePredictor": "arrays of a tree's nodes; holds no code",
    "sklearn._loss.loss.HalfBinomialLoss": "the loss, which turns raw sums into probabilities",
    "sklearn._loss.link.LogitLink": "link of the loss; no state but its interval",
    "sklearn._loss.link.Interval": "two ends and whether they belong to the interval",
    "_loss.CyHalfBinomialLoss": "compiled half of the loss; its constructor takes nothing",
    "numpy.random._generator.Generator": "state of the draw of candidate features after the fit",
    "sklearn.preprocessing._label.LabelEncoder": "the two classes",
}


def build(params: dict[str, Any], seed: int, threads: int) -> HistGradientBoostingClassifier:
    """Return an unfitted booster; it splits on missing values by itself.

    Categorical splits stay off: SHAP's explanation of them is off by more than a logit, without any error.

    Args:
        params: values for names of `PARAMETERS`; what is left out has the value of `DEFAULTS` or `FIXED`.
        seed: seed of the candidate features of every split, and of the bins beyond 200,000 rows.
        threads: not used: the booster runs in the threads that the caller grants to OpenMP.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    chosen = {**FIXED, **DEFAULTS, **params}
    return HistGradientBoostingClassifier(**chosen, categorical_features=None, random_state=seed)
