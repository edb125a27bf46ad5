"""Logistic regression on ranks: imputed, mapped to quantiles, scaled, then a linear model of the log-odds.

Mapping each feature to its quantile keeps one huge bill from bending the whole line, and needs no bounds. A missing
value becomes the median, and a column of its own says that it was missing wherever training had any: a ratio without a
denominator is not taken for an ordinary one. The explanation adds what both columns say to the feature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mlops_assets.plugins.declarations import Choice, Range, Scalar

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

SPACE: dict[str, Range | Choice] = {"C": Range(low=0.001, high=10.0, log=True)}
DEFAULTS: dict[str, Scalar] = {"C": 0.3}
FIXED: dict[str, Scalar] = {
    "class_weight": None,
    "fit_intercept": True,
    "max_iter": 2000,
    # No more quantiles than the smallest fold that a search accepts has rows.
    "quantiles": 25,
    "tol": 1e-4,
}
PARAMETERS: tuple[str, ...] = ("C", "class_weight", "fit_intercept", "max_iter", "quantiles", "tol")
EXPLAINER: Literal["tree", "linear"] = "linear"
TYPES: dict[str, str] = {
    "sklearn.pipeline.Pipeline": "the estimator: its steps in order",
    "sklearn.impute._base.SimpleImputer": "step: medians of the training rows",
    "sklearn.impute._base.MissingIndicator": "step: which features training rows lacked",
    "sklearn.preprocessing._data.QuantileTransformer": "step: quantiles of the training rows",
    "sklearn.preprocessing._data.StandardScaler": "step: mean and scale of the training rows",
    "sklearn.linear_model._logistic.LogisticRegression": "step: the coefficients",
}


def build(params: dict[str, Any], seed: int, threads: int) -> Pipeline:
    """Return an unfitted pipeline of imputer with indicators, quantile map, scaler and L2-penalised regression.

    Args:
        params: values for names of `PARAMETERS`; what is left out has the value of `DEFAULTS` or `FIXED`.
        seed: not used: with every row seen by the quantile map nothing here is random.
        threads: not used: the solver runs in the threads that the caller grants to BLAS.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import QuantileTransformer, StandardScaler

    linear = {**FIXED, **DEFAULTS, **params}
    quantiles = linear.pop("quantiles")
    return Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True)),
            ("quantile", QuantileTransformer(n_quantiles=quantiles, subsample=None)),
            ("scale", StandardScaler()),
            ("model", LogisticRegression(**linear)),
        ]
    )
