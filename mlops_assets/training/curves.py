"""Curves: a bounded number of points of the ROC, precision-recall and calibration curves, and two histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlops_assets.statistics.calibration import bin_of
from mlops_assets.statistics.ranking import Floats

if TYPE_CHECKING:
    import numpy.typing as npt

POINTS = 200
"""Most points of a curve."""
HISTOGRAM_BINS = 40
"""Bins of a histogram of probabilities, of equal width from 0 to 1."""


@dataclass(frozen=True)
class Curve:
    """Points of a curve, from left to right; empty where the curve is undefined."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class CalibrationBin:
    """Rows of similar probability: their mean probability, the share of positives among them, how many they are."""

    predicted: float
    observed: float
    rows: int


@dataclass(frozen=True)
class Curves:
    """What the plots of an evaluation are drawn from.

    Attributes:
        roc, baseline_roc: false positive rate against true positive rate.
        precision_recall, baseline_precision_recall: recall against precision.
        calibration, baseline_calibration: bins of equal size, from low to high.
        positive_histogram, negative_histogram: rows of each class in bins of the model's probability.
    """

    roc: Curve
    baseline_roc: Curve
    precision_recall: Curve
    baseline_precision_recall: Curve
    calibration: tuple[CalibrationBin, ...]
    baseline_calibration: tuple[CalibrationBin, ...]
    positive_histogram: tuple[int, ...]
    negative_histogram: tuple[int, ...]


def build_curves(y: npt.NDArray[np.int8], p: Floats, baseline_p: Floats) -> Curves:
    """Return the points of all curves for outcomes and two sets of probabilities, each of shape (rows,)."""
    roc, precision_recall = _rates(y, p)
    baseline_roc, baseline_precision_recall = _rates(y, baseline_p)
    counts = [np.histogram(p[y == label], bins=HISTOGRAM_BINS, range=(0.0, 1.0))[0].tolist() for label in (1, 0)]
    return Curves(
        roc=roc,
        baseline_roc=baseline_roc,
        precision_recall=precision_recall,
        baseline_precision_recall=baseline_precision_recall,
        calibration=calibration_bins(y, p),
        baseline_calibration=calibration_bins(y, baseline_p),
        positive_histogram=tuple(counts[0]),
        negative_histogram=tuple(counts[1]),
    )


def _rates(y: npt.NDArray[np.int8], p: Floats) -> tuple[Curve, Curve]:
    """Return the ROC and the precision-recall curve over every distinct threshold, thinned to `POINTS`."""
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    order = np.argsort(-p, kind="stable")
    last_of_ties = np.flatnonzero(np.r_[np.diff(p[order]) < 0, True])
    hits = np.cumsum(y[order] == 1)[last_of_ties]
    selected = last_of_ties + 1
    roc = precision_recall = Curve((), ())
    if positives and negatives:
        false_rate, true_rate = (selected - hits) / negatives, hits / positives
        roc = _thin(np.r_[0.0, false_rate], np.r_[0.0, true_rate])
    if positives:
        precision = hits / selected
        precision_recall = _thin(np.r_[0.0, hits / positives], np.r_[precision[0], precision])
    return roc, precision_recall


def _thin(x: Floats, y: Floats) -> Curve:
    """Keep the first, the last and at most `POINTS` points in all, spread evenly along the curve's length."""
    steps = np.abs(np.diff(x)) + np.abs(np.diff(y))
    along = np.r_[0.0, np.cumsum(steps)]
    kept = np.unique(np.searchsorted(along, np.linspace(0.0, along[-1], POINTS)).clip(0, len(x) - 1))
    kept[-1] = len(x) - 1
    return Curve(tuple(float(value) for value in x[kept]), tuple(float(value) for value in y[kept]))


def calibration_bins(y: npt.NDArray[np.int8], p: Floats) -> tuple[CalibrationBin, ...]:
    """Return the bins that the calibration error is measured over, from low to high."""
    place = bin_of(p)
    return tuple(
        CalibrationBin(float(p[place == k].mean()), float(y[place == k].mean()), int((place == k).sum()))
        for k in np.unique(place)
    )
