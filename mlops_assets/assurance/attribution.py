"""Attribution: the SHAP values of one fitted estimator over one feature matrix, as plain arrays.

Holds what differs between kinds of estimators: which explainer, which output, how a pipeline is unwrapped. Add a
branch to `attribute` for a new value of a family's `EXPLAINER`. `explanations.py` makes the report of them.

Sources: Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions", 2017; Lundberg et al., "From local
explanations to global understanding with explainable AI for trees", 2020 (TreeSHAP, path-dependent).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from mlops_assets.errors import PluginError

Units = Literal["log-odds", "probability"]
CHUNK = 250  # Rows between two messages of progress; a forest takes one to three seconds for as many.


@dataclass(frozen=True)
class Attribution:
    """SHAP values of the positive class.

    Attributes:
        values: shape (rows, features).
        base: expected output, from which the values of each row lead to the row's own output.
        output: the estimator's own output for each row, shape (rows,), in `units`.
        units: log-odds for estimators with a decision function, else probability; always before calibration.
        background: what the expectation is over, in words.
    """

    values: np.ndarray
    base: float
    output: np.ndarray
    units: Units
    background: str


def attribute(
    estimator: Any,
    X: pd.DataFrame,
    kind: str,
    *,
    chosen: np.ndarray,
    on_progress: Callable[[str], None] | None = None,
) -> Attribution:
    """Return the SHAP values of the chosen rows.

    Args:
        estimator: fitted binary classifier, or a scikit-learn pipeline that ends in one.
        X: all rows that the expectation of a linear model is over, float64, shape (rows, features).
        kind: the family's `EXPLAINER`: tree or linear.
        chosen: positions of the rows to explain.
        on_progress: called after each chunk of a tree model.

    Raises:
        PluginError: the kind is unknown, or preprocessing changes the number of features.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # threads speed nothing up here, and threads that wait for each other are slow
        matrix, model, origin = _unwrap(estimator, X)
        if kind == "tree":
            values, base, background = _tree(model, matrix, chosen, on_progress)
        elif kind == "linear":
            values, base, background = _linear(model, matrix, chosen)
        else:
            raise PluginError(
                "no SHAP explainer for this model type", where="EXPLAINER", expected="tree or linear", got=repr(kind)
            )
        output, units = _output(estimator, X.iloc[chosen])
    values = _to_features(values, origin, X.shape[1])
    return Attribution(values, base, output, units, background)


def _output(estimator: Any, rows: pd.DataFrame) -> tuple[np.ndarray, Units]:
    """Return the output of the estimator for rows on the scale that its explainer explains, and that scale."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(rows)), "log-odds"
    return np.asarray(estimator.predict_proba(rows))[:, 1], "probability"


def _unwrap(estimator: Any, X: pd.DataFrame) -> tuple[np.ndarray, Any, np.ndarray]:
    """Return the matrix that the last step of a pipeline sees, that step, and the feature of each of its columns.

    Explainers take no pipelines. A step may keep its columns, or put indicators of missing values behind them.
    """
    from sklearn.pipeline import Pipeline

    origin = np.arange(X.shape[1])
    if not isinstance(estimator, Pipeline):
        return X.to_numpy(dtype="float64"), estimator, origin
    matrix = np.asarray(estimator[:-1].transform(X), dtype="float64")
    for step in estimator[:-1]:
        indicator = getattr(step, "indicator_", None)
        if indicator is not None:
            origin = np.append(origin, origin[indicator.features_])
    if matrix.shape[1] != len(origin):
        raise PluginError(
            "preprocessing changes the number of features, so SHAP values no longer belong to features",
            where=type(estimator[-1]).__name__,
            expected=f"{len(origin)} columns",
            got=f"{matrix.shape[1]} columns",
            fix="encode and select in the features section, and keep empty columns in the family's imputer",
        )
    return matrix, estimator[-1], origin


def _to_features(values: np.ndarray, origin: np.ndarray, features: int) -> np.ndarray:
    """Return the values of each feature: its own column's and, added to them, those of its indicators."""
    total = values[:, :features].copy()
    for column in range(features, len(origin)):
        total[:, origin[column]] += values[:, column]
    return total


def _tree(
    model: Any, matrix: np.ndarray, chosen: np.ndarray, on_progress: Callable[[str], None] | None
) -> tuple[np.ndarray, float, str]:
    import shap

    explainer = shap.TreeExplainer(model)
    parts = []
    for start in range(0, len(chosen), CHUNK):
        # The report measures additivity: an exception would not say by how much it fails.
        found = np.asarray(explainer.shap_values(matrix[chosen[start : start + CHUNK]], check_additivity=False))
        parts.append(found[..., 1] if found.ndim == 3 else found)  # a forest has a value for each class
        if on_progress:
            on_progress(f"explained {min(start + CHUNK, len(chosen))} of {len(chosen)} rows")
    base = float(np.ravel(explainer.expected_value)[-1])
    return np.concatenate(parts), base, "the training rows, by how many took each branch"


def _linear(model: Any, matrix: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, float, str]:
    import shap

    mean = matrix.mean(axis=0)
    # Independent features need no covariance, and the explainer requires one of the right shape.
    explainer = shap.LinearExplainer(model, (mean, np.eye(len(mean))))
    values = np.asarray(explainer.shap_values(matrix[chosen]))
    return values, float(np.ravel(explainer.expected_value)[-1]), "the mean of all rows given"
