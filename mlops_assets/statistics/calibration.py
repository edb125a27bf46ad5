"""Calibration: whether probabilities are as large as the shares they stand for, for one weight a row or many.

Holds the metrics of logistic recalibration, the debiased calibration error, and observed over expected with its
interval. Maps that correct a calibration are in `training.calibration`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mlops_assets.statistics.proportions import wilson
from mlops_assets.statistics.ranking import Floats, divide
from mlops_assets.verdicts import MetricValue

BINS = 10
"""Most bins of a calibration error or curve, each with the same number of rows."""
LEAST_IN_BIN = 20
"""Fewest rows of a bin where no probabilities are equal, fewer rows making fewer bins; equal ones may halve it."""
_EDGE = 1e-6
_STEPS = 50
_TOLERANCE = 1e-10
_STEEPEST = 1e3  # Beyond this slope the classes are separated and the likelihood has no maximum.


def log_odds(p: Floats) -> Floats:
    """Return the log-odds of probabilities, kept 1e-6 away from 0 and 1: a forest does predict 0 and 1."""
    held = np.clip(p, _EDGE, 1 - _EDGE)
    return np.log(held) - np.log1p(-held)


def sigmoid(odds: Floats) -> Floats:
    """Return the probabilities of log-odds. Written by tanh, which does not overflow however large they are."""
    return 0.5 * (1 + np.tanh(0.5 * odds))


class Recalibration:
    """The logistic recalibration of probabilities on rows (Cox 1958), fitted once and resampled by one step.

    Attributes:
        slope: b in `logit P(y = 1) = a + b * logit(p)`, fitted jointly with a; 1 for calibrated probabilities, below 1
            where they are too extreme. NaN where it does not exist: one class, one distinct probability, or classes
            that the probabilities separate.
        intercept: a with b held at 1, called calibration in the large; 0 for calibrated probabilities, above 0 where
            they are too low on average. NaN with one class.
    """

    def __init__(self, y: npt.NDArray[np.int8], p: Floats) -> None:
        """Fit both to outcomes and probabilities of shape (rows,)."""
        self._y, self._odds = y.astype(np.float64), log_odds(p)
        self.slope, self._joint, self.intercept = np.nan, np.nan, np.nan
        if 0 < self._y.sum() < len(y):
            self.intercept = self._fit(np.array([0.0, 1.0]), free=slice(0, 1))[0]
            if np.ptp(self._odds) > 0:
                joint, slope = self._fit(np.array([0.0, 1.0]), free=slice(0, 2))
                self._joint, self.slope = (joint, slope) if abs(slope) < _STEEPEST else (np.nan, np.nan)
        mean = sigmoid(self._odds + self.intercept)
        self._of_intercept = self._y - mean, mean * (1 - mean)
        mean = sigmoid(self._joint + self.slope * self._odds)
        spread, error = mean * (1 - mean), self._y - mean
        terms = [spread, spread * self._odds, spread * self._odds**2, error, error * self._odds]
        self._of_slope = np.stack(terms, axis=1)

    def _fit(self, start: Floats, free: slice) -> Floats:
        """Maximise the likelihood over the `free` of intercept and slope by Newton's method with step halving."""
        design = np.stack([np.ones(len(self._y)), self._odds], axis=1)
        point, loss = start, self._loss(design @ start)
        for _ in range(_STEPS):
            mean = sigmoid(design @ point)
            part = design[:, free]
            hessian = (part * (mean * (1 - mean))[:, None]).T @ part
            if np.linalg.cond(hessian) > 1e14 or np.abs(point).max() > _STEEPEST:
                return np.full(2, np.nan)
            step = np.zeros(2)
            step[free] = np.linalg.solve(hessian, part.T @ (self._y - mean))
            while self._loss(design @ (point + step)) > loss and np.abs(step).max() > _TOLERANCE:
                step /= 2
            point = point + step
            previous, loss = loss, self._loss(design @ point)
            if np.abs(step).max() <= _TOLERANCE * (1 + np.abs(point).max()) or previous == loss:
                break
        return point

    def _loss(self, odds: Floats) -> float:
        return float((np.logaddexp(0, odds) - self._y * odds).sum())

    def resampled(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return slope and intercept on resamples, each (resamples,), for weights of shape (resamples, rows).

        One step of Newton's method from the fit on all rows, which is as good as a fit on each resample to first
        order and costs a matrix product. NaN where a resample has one class.
        """
        mixed = (weights @ self._y > 0) & (weights @ (1 - self._y) > 0)
        return (
            np.where(mixed, self._step_of_slope(weights), np.nan),
            np.where(mixed, self._step_of_intercept(weights), np.nan),
        )

    def _step_of_intercept(self, weights: Floats) -> Floats:
        error, spread = self._of_intercept
        return self.intercept + divide(weights @ error, weights @ spread)

    def _step_of_slope(self, weights: Floats) -> Floats:
        a, b, c, u, v = (weights @ self._of_slope).T
        return self.slope + divide(a * v - b * u, a * c - b * b)


class CalibrationError:
    """The debiased calibration error over bins of equally many rows.

    With r = y - p, the squared error is `sum over bins of n_b / n * (mean(r)^2 - var(r) / n_b)`: the plug-in estimate
    less what chance adds to it, which makes it unbiased for the binned squared error (the debiased l2 estimator of
    Kumar, Liang and Ma 2019, with the variance of the residual, since probabilities differ within a bin). The metric
    is its root with the sign kept: about 0 for calibrated probabilities and below 0 half of the time, where a plug-in
    error is always above.
    """

    def __init__(self, y: npt.NDArray[np.int8], p: Floats) -> None:
        """Bin outcomes and probabilities of shape (rows,)."""
        place = bin_of(p)
        member = np.eye(place.max() + 1)[place]
        residual = (y - p)[:, None]
        self._sums = np.concatenate([member, member * residual, member * residual**2], axis=1)
        ones = np.ones((1, len(p)))
        plain, self._square = self._squares(ones, debiased=False)[0], self._squares(ones)[0]
        self._shift = self._square - plain
        self.value = float(_signed_root(self._square))

    def resampled(self, weights: Floats) -> Floats:
        """Return the metric on resamples, (resamples,), for weights of shape (resamples, rows).

        The rows that were drawn from have the plug-in error, not the debiased one: resamples are shifted by the
        difference, else their interval would lie too high by the chance of the rows themselves.
        """
        return _signed_root(self._squares(weights) + self._shift)

    def _squares(self, weights: Floats, *, debiased: bool = True) -> Floats:
        rows, first, second = np.split(weights @ self._sums, 3, axis=1)
        mean = np.divide(first, rows, out=np.zeros_like(first), where=rows > 0)
        square = np.divide(second, rows, out=np.zeros_like(second), where=rows > 0)
        chance = np.divide(square - mean**2, rows - 1, out=np.zeros_like(rows), where=rows > 1)
        total = (rows * (mean**2 - chance * debiased)).sum(axis=1)
        # A bin of one row has no variance to subtract: then the error is not known.
        return np.where((rows == 1).any(axis=1) & debiased, np.nan, divide(total, rows.sum(axis=1)))


def bin_of(p: Floats) -> npt.NDArray[np.int64]:
    """Return the bin of each row, numbered from 0 without gaps, shape (rows,).

    Bins hold equally many rows, up to `BINS` of them and no more than leave `LEAST_IN_BIN` rows to each. Rows of
    equal probability share a bin; what they leave over joins a neighbour where it is less than half of that.
    """
    bins = max(1, min(BINS, len(p) // LEAST_IN_BIN))
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.unique(np.searchsorted(edges, p, side="right"), return_inverse=True)[1].reshape(-1)
    while place.max(initial=0) and (rows := np.bincount(place)).min() < LEAST_IN_BIN / 2:
        smallest = int(rows.argmin())
        # Bins from here on move down by one; the first has only an upper neighbour.
        place = place - (place >= max(smallest, 1))
    return place


def _signed_root(square: Floats) -> Floats:
    return np.sign(square) * np.sqrt(np.abs(square))


def observed_over_expected(
    y: npt.NDArray[np.int8], p: Floats, *, confidence: float, units: int | None = None
) -> MetricValue:
    """Return the outcomes that happened over those that the probabilities add up to.

    Above 1 where probabilities are too low on average. The interval is Wilson's (1927) of the share of positives,
    divided by the mean probability: with no positive row it starts at 0 and still has an upper end. It takes the
    probabilities as given and so is slightly too wide rather than too narrow.

    Args:
        y: outcomes, shape (rows,).
        p: probabilities, shape (rows,). No ratio where they add up to 0.
        confidence: coverage.
        units: how many independent rows these are worth, such as the number of persons; as many as there are where
            it is left out.
    """
    share, mean, count = float(y.mean()), float(p.mean()), len(y) if units is None else units
    if mean == 0:
        return MetricValue(None)
    low, high = wilson(share * count, count, confidence)
    return MetricValue(share / mean, low / mean, high / mean)
