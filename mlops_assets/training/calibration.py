"""Calibration: a map from a model's scores to probabilities, as numbers.

Holds the maps and their record. Which one is used is chosen in `calibration_choice`; whether a model is calibrated in
the end is measured by `statistics.calibration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.statistics.calibration import log_odds, sigmoid
from mlops_assets.statistics.ranking import Floats

if TYPE_CHECKING:
    import numpy.typing as npt

_STEPS = 100
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Candidate:
    """A map that was compared on the calibration rows.

    Attributes:
        method: `none`, `sigmoid` or `isotonic`.
        log_loss: mean log loss of the rows in nats, each scored by a map fitted without its fold.
        difference: that minus the log loss of the method with the least.
        standard_error: of the difference, which is paired row by row; 0 for the method with the least.
        rejected: why the map cannot be used, empty where it can.
    """

    method: str
    log_loss: float
    difference: float
    standard_error: float
    rejected: str = ""


@dataclass(frozen=True)
class Calibrator:
    """A calibration map: numbers only, so that it is stored as JSON and applied anywhere.

    Attributes:
        method: `none`, `sigmoid` or `isotonic`: what is in use.
        rows: rows it was fitted on.
        slope, intercept: of the sigmoid over the log-odds of the score; None for other methods.
        scores, probabilities: knots of the isotonic map, straight lines between them; empty for other methods.
        declared: the method in the YAML, `auto` where cross-validation chooses.
        reason: in words, why this method, and how it compares with the others.
        candidates: the methods as compared by cross-validation; empty where the rows are too few to be cut.
        folds, seed: how they were cut; 0 folds where they were not.
    """

    method: str
    rows: int
    slope: float | None = None
    intercept: float | None = None
    scores: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    declared: str = ""
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    folds: int = 0
    seed: int = 0

    def apply(self, p: Floats) -> Floats:
        """Return calibrated probabilities for scores in [0, 1], shape (rows,) in and out."""
        scores = np.asarray(p, dtype=np.float64)
        if self.slope is not None and self.intercept is not None:
            return sigmoid(self.slope * log_odds(scores) + self.intercept)
        if self.scores:
            return np.interp(scores, self.scores, self.probabilities)
        return scores.copy()


def fit_map(y: npt.NDArray[np.int8], p: Floats, method: str) -> Calibrator:
    """Fit a calibration map on rows of both classes, whether or not it rises.

    `sigmoid` is Platt's map (Platt 1999) over the log-odds of the score, so that slope 1 and intercept 0 leave it as
    it is, with Platt's smoothed targets against overconfidence. `isotonic` is the best rising step map (Zadrozny and
    Elkan 2002), kept 1/(n+2) away from 0 and 1, because no number of rows proves a probability of zero. `none` changes
    nothing, and takes rows of one class too.

    Args:
        y: outcomes, shape (rows,).
        p: scores in [0, 1], shape (rows,).
        method: `none`, `sigmoid` or `isotonic`.
    """
    if method == "none":
        return Calibrator("none", len(y))
    return _fit_isotonic(y, p) if method == "isotonic" else _fit_sigmoid(y, p)


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
    """Minimise the log loss against smoothed targets by Newton's method with step halving (Lin, Lin, Weng 2007).

    One constant score has no slope to be learned: it is held at 1 and only the intercept is fitted.
    """
    positives, odds = int(y.sum()), log_odds(p)
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2))
    if np.ptp(odds) == 0:
        shift = float(log_odds(target.mean()) - odds[0])
        return Calibrator("sigmoid", len(y), slope=1.0, intercept=shift)
    design = np.stack([odds, np.ones(len(p))], axis=1)
    point = np.array([1.0, 0.0])
    loss = _soft_loss(design @ point, target)
    for _ in range(_STEPS):
        mean = sigmoid(design @ point)
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


def _soft_loss(odds: Floats, target: Floats) -> float:
    return float((np.logaddexp(0, odds) - target * odds).sum())


def fault_of(calibrator: Calibrator, p: Floats) -> str:
    """Return why a map over these scores cannot be used, or nothing where it can."""
    if calibrator.slope is not None and calibrator.slope <= 0:
        return f"its slope is {calibrator.slope:.4g}, and a calibration map must increase with the score"
    if calibrator.scores and np.ptp(p) > 0 and np.ptp(calibrator.probabilities) == 0:
        return "it is flat: outcomes do not increase with the score"
    return ""
