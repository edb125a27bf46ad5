"""Evaluation: the metrics of a model on rows it was not fitted on, with intervals, and a baseline on the same rows.

Holds the report. The baseline is in `baseline`, the metrics and their resampling are in `metrics`, the points of the
curves in `curves`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.statistics.calibration import observed_over_expected
from mlops_assets.statistics.resampling import interval
from mlops_assets.training import metrics
from mlops_assets.training.baseline import Comparison
from mlops_assets.training.curves import Curves, build_curves
from mlops_assets.training.fitting import as_labels
from mlops_assets.training.threshold import is_selected
from mlops_assets.use_case.training import Evaluation
from mlops_assets.verdicts import MetricValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


@dataclass(frozen=True)
class Confusion:
    """Rows by outcome and decision at the threshold."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


@dataclass(frozen=True)
class EvaluationReport:
    """What was measured on one split.

    Attributes:
        metrics: metric by name (`use_case.metrics.EVALUATION`); the value is None where it is undefined. Those of
            decisions are at the deployed threshold.
        baseline: the same for the baseline, without `auc_gain`. Its decisions select as many rows as the
            model's do, and all rows that tie with the last of them.
        confusion: the model's decisions against the outcomes.
        baseline_confusion: the baseline's.
        curves: points to plot, for the model and the baseline.
        threshold: a probability at or above it is a positive decision; with the interval of the thresholds that
            other calibration rows would have given, where the rule chooses it.
        decisions: `f1_positive`, `f1_macro`, `accuracy` and `selected_share` again, with intervals that
            include the uncertainty of the threshold: other calibration rows would have given another one.
        undefined: why a metric of the model has no value, by its name.
        rows, positives: size of the split, and how many outcomes are positive.
        resamples, confidence: how the intervals were made.
        fingerprint: the bundle that was measured.
        groups: how many groups of rows were resampled; None where each row stands for itself.
        comparison: what the baseline is, and the ablation; None where none was made.
    """

    metrics: dict[str, MetricValue]
    baseline: dict[str, MetricValue]
    confusion: Confusion
    baseline_confusion: Confusion
    curves: Curves
    threshold: MetricValue
    decisions: dict[str, MetricValue]
    undefined: dict[str, str]
    rows: int
    positives: int
    resamples: int
    confidence: float
    fingerprint: str
    groups: int | None = None
    comparison: Comparison | None = None


def evaluate(
    y: pd.Series | npt.NDArray[np.int8],
    p: npt.NDArray[np.float64],
    baseline_p: npt.NDArray[np.float64],
    *,
    threshold: float,
    evaluation: Evaluation,
    fingerprint: str,
    thresholds: Sequence[float] | npt.NDArray[np.float64] = (),
    comparison: Comparison | None = None,
    groups: npt.NDArray[np.int64] | None = None,
) -> EvaluationReport:
    """Measure a model and its baseline on the same rows.

    Args:
        y: outcomes, shape (rows,), 1 positive and 0 negative.
        p: calibrated probabilities of the model, shape (rows,).
        baseline_p: probabilities of the baseline, shape (rows,).
        threshold: a probability at or above it is a positive decision.
        evaluation: resamples, confidence and seed of the intervals.
        fingerprint: fingerprint of the bundle that gave `p`.
        thresholds: thresholds that the rule chose on resamples of its rows, NaN where it found none; empty where the
            threshold was declared.
        comparison: what the baseline is, from `baseline.compare`.
        groups: group of each row as a number from 0 without gaps, where rows belong together and whole groups are
            resampled.

    Raises:
        DataError: no rows, or a probability that is missing or outside [0, 1].
    """
    outcome = as_labels(y, "the rows to evaluate")
    model = _probabilities(p, len(outcome), "the model")
    other = _probabilities(baseline_p, len(outcome), "the baseline")
    decision = is_selected(model, threshold).astype(np.int8)
    other_decision = _select(other, int(decision.sum()))
    varied = np.asarray(thresholds, dtype=np.float64)
    both = {
        "model": metrics.BinaryMeasures(outcome, model, decision),
        "baseline": metrics.BinaryMeasures(outcome, other, other_decision),
    }
    varying = metrics.ThresholdMeasures(outcome, model, threshold, varied)
    differences = {"auc_gain": ("auc", "model", "baseline")}
    found = metrics.measure(
        {**both, "decisions": varying}, evaluation, len(outcome), differences=differences, groups=groups
    )
    units = len(outcome) if groups is None else int(groups.max()) + 1
    for who, probability in (("model", model), ("baseline", other)):
        ratio = found[who]["observed_over_expected"]
        # Of groups only the bootstrap knows how alike their rows are, unless it has nothing to vary.
        if groups is None or ratio.low == ratio.high:
            expected = observed_over_expected(outcome, probability, confidence=evaluation.confidence, units=units)
            found[who]["observed_over_expected"] = expected
    undefined = both["model"].undefined()
    undefined |= {name: undefined[metric] for name, (metric, *_) in differences.items() if metric in undefined}
    return EvaluationReport(
        metrics=found["model"],
        baseline=found["baseline"],
        confusion=_confusion(outcome, decision),
        baseline_confusion=_confusion(outcome, other_decision),
        curves=build_curves(outcome, model, other),
        threshold=interval(threshold, varied, evaluation.confidence) if len(varied) else MetricValue(threshold),
        decisions=found["decisions"],
        undefined=undefined,
        rows=len(outcome),
        positives=int(outcome.sum()),
        resamples=evaluation.bootstrap,
        confidence=evaluation.confidence,
        fingerprint=fingerprint,
        groups=None if groups is None else units,
        comparison=comparison,
    )


def _probabilities(p: npt.NDArray[np.float64], rows: int, who: str) -> npt.NDArray[np.float64]:
    values = np.asarray(p, dtype=np.float64)
    assert values.shape == (rows,)
    wrong = int((~((values >= 0) & (values <= 1))).sum())
    if wrong:
        raise DataError(
            f"{wrong} probabilities of {who} are missing or outside [0, 1]",
            where="evaluation",
            expected="numbers from 0 to 1",
            fix="look at the features of these rows",
        )
    return values


def _select(p: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.int8]:
    """Decide positively for the `count` highest probabilities, and for all that equal the lowest of them."""
    if count == 0:
        return np.zeros(len(p), dtype=np.int8)
    return (p >= np.sort(p)[-count]).astype(np.int8)


def _confusion(y: npt.NDArray[np.int8], decision: npt.NDArray[np.int8]) -> Confusion:
    counts = metrics.confusion_counts(y, decision, np.ones((1, len(y))))
    return Confusion(*(int(count[0]) for count in counts))
