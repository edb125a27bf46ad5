"""The bundle: a fitted model with everything needed to use it on validated rows, as one object with one fingerprint.

Holds the refit of a search's winner, its predictions, and its reference predictions: its probabilities for the rows of
the test split, which it was not fitted on. These are stored once for each model. Its evaluation, its fairness and the
drift of every batch that it scores read them; the rows are not predicted again. `stores.bundles` stores a bundle in
files.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from platform import python_version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.errors import DataError, listing
from mlops_assets.plugins.declarations import Scalar
from mlops_assets.statistics.ranking import Floats
from mlops_assets.training.calibration import Calibrator
from mlops_assets.training.calibration_choice import fit_calibrator
from mlops_assets.training.fitting import as_labels, check_rows, check_two_classes, fit_estimator, score_rows
from mlops_assets.training.threshold import ThresholdChoice, choose_threshold, is_selected

if TYPE_CHECKING:
    import numpy.typing as npt

    from mlops_assets.data.table_schema import TableDeclaration
    from mlops_assets.features.pipeline import FeaturePipeline
    from mlops_assets.training.trials import SearchResult
    from mlops_assets.use_case.model import Task
    from mlops_assets.use_case.training import Training

PROBABILITY = "probability"
DECISION = "decision"
PACKAGES = ("mlops_assets", "scikit-learn", "numpy", "scipy", "pandas", "skops")
"""Packages whose versions a bundle states."""
FINGERPRINT = "__model__"
"""Fingerprint of the model, the same in every row of its reference predictions."""
_DIGITS = 10  # Decimals of a probability that enter the fingerprint.


@dataclass(frozen=True)
class Bundle:
    """A model and everything needed to use it.

    Attributes:
        use_case: name of the use case.
        family, params: what was fitted; `params` holds all parameters, the fixed ones among them.
        estimator: the fitted scikit-learn estimator; it takes the features of `pipeline`.
        calibrator: map from its scores to probabilities.
        threshold: rule and value by which a probability becomes a decision.
        pipeline: how validated rows become features.
        table: declaration of the rows that it takes, as of the fit.
        task: what is predicted.
        seed: seed of the fit.
        trained_on: digest of the rows it was fitted on.
        versions: of Python and `PACKAGES` at the fit.
        fingerprint: SHA-256 of all of the above but `table` and `versions`, with the probabilities of the
            calibration rows in the estimator's place: two bundles of equal fingerprint predict the same.
    """

    use_case: str
    family: str
    params: dict[str, Scalar]
    estimator: Any
    calibrator: Calibrator
    threshold: ThresholdChoice
    pipeline: FeaturePipeline
    table: TableDeclaration
    task: Task
    seed: int
    trained_on: str
    versions: dict[str, str]
    fingerprint: str


def fit_bundle(
    train_X: pd.DataFrame,
    train_y: pd.Series | npt.NDArray[np.int8],
    calibration_X: pd.DataFrame,
    calibration_y: pd.Series | npt.NDArray[np.int8],
    *,
    search_result: SearchResult,
    training: Training,
    pipeline: FeaturePipeline,
    table: TableDeclaration,
    task: Task,
    use_case: str,
    trained_on: str,
    calibration_groups: npt.NDArray[np.int64] | None = None,
) -> Bundle:
    """Refit the winner of a search on all training rows, calibrate it and choose its threshold.

    Args:
        train_X: features of the training split, shape (rows, features).
        train_y: its outcomes, shape (rows,).
        calibration_X: features of the calibration split, which only calibration and threshold see.
        calibration_y: its outcomes.
        search_result: family, parameters and seed.
        training: method of the calibration and rule of the threshold.
        pipeline: the pipeline that made the features.
        table: what is declared of the table, kept with the model.
        task: what is predicted, kept with the model.
        use_case: name of the use case.
        trained_on: digest of the training rows.
        calibration_groups: group of each calibration row as a number from 0 without gaps, where rows belong together.

    Raises:
        DataError: too few rows, one class only, or columns that are not the pipeline's.
    """
    outcome = as_labels(train_y, "the training split")
    held_outcome = as_labels(calibration_y, "the calibration split")
    check_rows(len(outcome), "the training split")
    check_two_classes(outcome, "the training split")
    train_X, calibration_X = _ordered(train_X, pipeline), _ordered(calibration_X, pipeline)
    seed = search_result.seed
    estimator = fit_estimator(train_X, outcome, family=search_result.family, params=search_result.params, seed=seed)
    scores = score_rows(estimator, calibration_X)
    method = training.calibration.method
    calibrator, crossed = fit_calibrator(held_outcome, scores, method, seed=seed, groups=calibration_groups)
    probabilities = calibrator.apply(scores)
    parts: dict[str, Any] = {
        "use_case": use_case,
        "family": search_result.family,
        "params": search_result.params,
        "calibrator": calibrator,
        "threshold": choose_threshold(held_outcome, crossed, training.threshold, seed=seed, groups=calibration_groups),
        "pipeline": pipeline,
        "task": task,
        "seed": search_result.seed,
        "trained_on": trained_on,
    }
    fingerprint = _fingerprint(parts, probabilities)
    return Bundle(**parts, table=table, estimator=estimator, versions=versions(), fingerprint=fingerprint)


def versions() -> dict[str, str]:
    """Return the versions of Python and of `PACKAGES` that are in use."""
    return {"python": python_version()} | {name: version(name) for name in PACKAGES}


def predict_features(bundle: Bundle, X: pd.DataFrame) -> Floats:
    """Return the calibrated probability of the positive class for rows of features, shape (rows,).

    Raises:
        DataError: a feature of the pipeline is not among the columns.
    """
    return bundle.calibrator.apply(score_rows(bundle.estimator, _ordered(X, bundle.pipeline)))


def predict_rows(bundle: Bundle, valid_frame: pd.DataFrame) -> pd.DataFrame:
    """Score validated rows.

    Args:
        bundle: the model.
        valid_frame: a validated table with the row number and the columns that the pipeline reads; no rows are fine.

    Returns:
        A frame of the row number (int64), `probability` (float64) and `decision` (int8, 1 where the probability is at
        or above the threshold), one row a row in the same order.

    Raises:
        DataError: a column that the pipeline reads is not there; all that are missing are named.
    """
    from mlops_assets.features.pipeline import build_features

    probability = predict_features(bundle, build_features(valid_frame, bundle.pipeline))
    decision = is_selected(probability, bundle.threshold.value).astype(np.int8)
    return pd.DataFrame({ROW: valid_frame[ROW].to_numpy(dtype=np.int64), PROBABILITY: probability, DECISION: decision})


def predict_reference(bundle: Bundle, features: pd.DataFrame) -> pd.DataFrame:
    """Return `ROW`, `PROBABILITY` and `FINGERPRINT` for rows of features that hold `ROW`, in their order."""
    probability = predict_features(bundle, features)
    return pd.DataFrame({ROW: features[ROW].to_numpy(), PROBABILITY: probability, FINGERPRINT: bundle.fingerprint})


def read_reference(reference: pd.DataFrame, fingerprint: str, rows: pd.Series) -> Floats:
    """Return the stored probabilities, shape (rows,), where they are those of this model for these rows.

    Args:
        reference: what `predict_reference` returned.
        fingerprint: of the model.
        rows: numbers of the rows that are judged.

    Raises:
        DataError: they are of another model, or of other rows.
    """
    models = reference[FINGERPRINT].unique().tolist()
    if models != [fingerprint] or not np.array_equal(reference[ROW].to_numpy(), rows.to_numpy()):
        raise DataError(
            "the stored predictions are not those of this model for these rows",
            where="reference_predictions",
            expected=f"{len(rows)} rows, model {fingerprint[:12]}",
            got=f"{len(reference)} rows, model {', '.join(str(model)[:12] for model in models)}",
            fix="mlops-assets run USE_CASE, which makes them again",
        )
    return reference[PROBABILITY].to_numpy()


def _ordered(X: pd.DataFrame, pipeline: FeaturePipeline) -> pd.DataFrame:
    missing = [name for name in pipeline.names if name not in X.columns]
    if missing:
        raise DataError(
            "features are missing",
            where="the feature matrix",
            expected=listing(pipeline.names, 30),
            got=f"no {listing(missing, 10)}",
            fix="build them with features.pipeline.build_features",
        )
    return X.loc[:, list(pipeline.names)]


def _fingerprint(parts: dict[str, Any], probabilities: Floats) -> str:
    from pydantic import TypeAdapter

    from mlops_assets.features.pipeline import FeaturePipeline

    content = {**parts, "task": parts["task"].model_dump(mode="json")}
    content["calibrator"], content["threshold"] = asdict(parts["calibrator"]), asdict(parts["threshold"])
    content["pipeline"] = TypeAdapter(FeaturePipeline).dump_python(parts["pipeline"], mode="json")
    content["probabilities"] = [round(float(value), _DIGITS) for value in probabilities]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
