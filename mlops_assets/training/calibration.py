"""Calibration: a map from a model's scores to probabilities, learned on rows that neither fit nor search saw.

Holds the maps, as records of numbers. Choosing a threshold on top of them is `threshold`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.errors import DataError
from mlops_assets.statistics.ranking import Floats
from mlops_assets.training.labels import as_labels, check_two_classes

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_EDGE = 1e-6  # Scores are held this far off 0 and 1 before the log-odds: a forest does say 0 and 1.
_STEPS = 100
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Calibrator:
    """A calibration map: numbers only, so that it is stored as JSON and applied anywhere.

    Attributes:
        method: `none`, `sigmoid` or `isotonic`.
        slope, intercept: of the sigmoid over the log-odds of the score; None for other methods.
        scores, probabilities: knots of the isotonic map, straight lines between them; empty for other methods.
        rows: rows it was fitted on.
    """

    method: str
    rows: int
    slope: float | None = None
    intercept: float | None = None
    scores: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    def apply(self, p: Floats) -> Floats:
        """Return calibrated probabilities for scores in [0, 1], shape (rows,) in and out."""
        scores = np.asarray(p, dtype=np.float64)
        if self.slope is not None and self.intercept is not None:
            return _sigmoid(self.slope * _log_odds(scores) + self.intercept)
        if self.scores:
            return np.interp(scores, self.scores, self.probabilities)
        return scores.copy()


def fit_calibrator(y: pd.Series | npt.NDArray[np.int8], p: Floats, method: str) -> Calibrator:
    """Fit a calibration map.

    `sigmoid` is Platt's map (Platt 1999) over the log-odds of the score, so that slope 1 and intercept 0 leave it as
    it is, with Platt's smoothed targets against overconfidence. `isotonic` is the best rising step map (Zadrozny and
    Elkan 2002), held at 1/(n+2) off 0 and 1, since no number of rows proves a probability of zero. `none` changes
    nothing.

    Args:
        y: outcomes of the calibration rows, shape (rows,).
        p: the model's scores for them in [0, 1], shape (rows,).
        method: `none`, `sigmoid` or `isotonic`.

    Raises:
        DataError: no rows, or (unless the method is none) one class only.
    """
    outcome = as_labels(y, "the calibration split")
    scores = np.asarray(p, dtype=np.float64)
    if scores.shape != outcome.shape or not np.isfinite(scores).all():
        raise DataError(
            "scores do not fit the outcomes",
            where="the calibration split",
            expected=f"{len(outcome)} finite numbers",
            got=f"shape {scores.shape}",
            fix="score the calibration rows with the fitted model",
        )
    if method == "none":
        return Calibrator("none", len(outcome))
    check_two_classes(outcome, "the calibration split")
    return _fit_isotonic(outcome, scores) if method == "isotonic" else _fit_sigmoid(outcome, scores)


def _fit_isotonic(y: npt.NDArray[np.int8], p: Floats) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    least = 1 / (len(y) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip").fit(p, y)
    return Calibrator(
        "isotonic",
        len(y),
        scores=tuple(float(value) for value in fitted.X_thresholds_),
        probabilities=tuple(float(value) for value in fitted.y_thresholds_),
    )


def _fit_sigmoid(y: npt.NDArray[np.int8], p: Floats) -> Calibrator:
    """Minimise the log loss against smoothed targets by Newton's method with step halving (Lin, Lin, Weng 2007)."""
    positives = int(y.sum())
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2))
    design = np.stack([_log_odds(p), np.ones(len(p))], axis=1)
    point = np.array([1.0, 0.0])
    loss = _soft_loss(design @ point, target)
    for _ in range(_STEPS):
        mean = _sigmoid(design @ point)
        gradient = design.T @ (mean - target)
        hessian = (design * (mean * (1 - mean))[:, None]).T @ design + 1e-12 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > _TOLERANCE and _soft_loss(design @ (point - size * step), target) > loss:
            size /= 2
        point = point - size * step
        previous, loss = loss, _soft_loss(design @ point, target)
        if previous - loss <= _TOLERANCE * (1 + abs(loss)):
            break
    return Calibrator("sigmoid", len(y), slope=float(point[0]), intercept=float(point[1]))


def _log_odds(p: Floats) -> Floats:
    held = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(held) - np.log1p(-held)


def _sigmoid(log_odds: Floats) -> Floats:
    # Written by tanh, which does not overflow however large the log-odds are.
    return 0.5 * (1 + np.tanh(0.5 * log_odds))


def _soft_loss(log_odds: Floats, target: Floats) -> float:
    return float((np.logaddexp(0, log_odds) - target * log_odds).sum())
