"""The metrics that a YAML may name, with their direction and range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One metric of an evaluation.

    Attributes:
        name: its name in YAML, MLflow and reports.
        title: its name for people.
        higher_is_better: the direction of improvement; has no meaning if there is a target.
        target: the value that a perfect model has, where more is as bad as less; None for most.
    """

    name: str
    title: str
    higher_is_better: bool
    target: float | None = None

    @property
    def better(self) -> str:
        """What is good, in words: `higher`, `lower`, or the target."""
        if self.target is not None:
            return f"near {self.target:g}"
        return "higher" if self.higher_is_better else "lower"


def _by_name(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


EVALUATION = _by_name(
    Metric("auc", "area under the ROC curve", True),
    Metric("average_precision", "average precision", True),
    Metric("brier", "Brier score", False),
    Metric("log_loss", "log loss", False),
    Metric("calibration_slope", "slope of the logistic recalibration", False, target=1.0),
    Metric("calibration_intercept", "calibration in the large: intercept with slope 1", False, target=0.0),
    Metric("observed_over_expected", "positive rows over the sum of the probabilities", False, target=1.0),
    Metric("ece", "expected calibration error, l2, debiased: 0 where none shows", False, target=0.0),
    Metric("f1_positive", "F1 of the positive class", True),
    Metric("f1_macro", "macro F1, the mean over both classes", True),
    Metric("accuracy", "accuracy", True),
    Metric("auc_gain", "AUC minus the AUC of the baseline, on the same rows", True),
)

SearchMetric = Literal["auc", "average_precision", "brier", "log_loss"]

FAIRNESS = _by_name(
    Metric("demographic_parity_ratio", "smallest ratio of favourable selection rates (adverse impact)", True),
    Metric("demographic_parity_difference", "largest difference of selection rates", False),
    Metric("equalized_odds_ratio", "the smaller of the TPR and FPR ratios", True),
    Metric("equalized_odds_difference", "the larger of the TPR and FPR gaps", False),
    Metric("tpr_gap", "largest difference of true positive rates", False),
    Metric("fpr_gap", "largest difference of false positive rates", False),
)

GROUP_MEASURES = _by_name(
    Metric("selection_rate", "selection rate", True),
    Metric("base_rate", "base rate", False),
    Metric("tpr", "true positive rate", True),
    Metric("fpr", "false positive rate", False),
    Metric("ppv", "positive predictive value", True),
    Metric("auc", "area under the ROC curve", True),
    Metric("observed_over_expected", "observed over expected positives", False),
)
"""What is measured of each group of people."""

EVALUATION_COUNTS = {
    "rows": "rows of the test split",
    "positives": "rows of the test split whose outcome is positive",
}
SYNTHETIC = {
    "quality": "overall quality of sdmetrics: the mean of column shapes and column pairs",
    "column_shapes": "how alike the columns are distributed, one by one",
    "column_pairs": "how alike pairs of columns hang together",
    "diagnostic": "validity and structure of the synthetic table",
    "two_sample_auc": "AUC of a classifier that separates synthetic rows from real ones; 0.5 is best",
    "association_error": "mean error of the rate of the positive class, bin by bin of each column",
    "tstr_auc": "AUC on real rows of a model trained on synthetic rows",
    "tstr_ratio": "that AUC over the AUC of a model trained on real rows",
    "trivial_auc": "AUC on real rows of a model trained on columns drawn independently within each class",
    "tstr_gain": "tstr_auc minus trivial_auc",
}
PRIVACY = {"epsilon_spent": "epsilon spent so far on the data of this use case"}
DATA = {
    "valid_rows": "rows that satisfy every rule",
    "quarantined_share": "share of the rows that are in quarantine",
    "suspected_leaks": "columns that alone almost determine the target",
}

GATE_METRICS: dict[str, dict[str, Metric | str]] = {
    "evaluation": {**EVALUATION, **EVALUATION_COUNTS},
    "fairness": {**FAIRNESS},
    "synthetic": {**SYNTHETIC},
    "privacy": {**PRIVACY},
    "data": {**DATA},
}
"""What a gate may hold against a limit, by evidence: a metric, or what a number means that is none."""

NO_SKILL = {"auc": 0.5}
"""What a model without any skill reaches, for the metrics where that does not depend on the data."""

MODEL_EVIDENCE = ("evaluation", "fairness")
"""Evidence that describes one model; its metrics count only for the model they were measured on."""

_ANY = (float("-inf"), float("inf"))
_COUNTS = (*EVALUATION_COUNTS, "epsilon_spent", "valid_rows", "suspected_leaks")
_RANGES = {
    **dict.fromkeys(("auc_gain", "tstr_gain"), (-1.0, 1.0)),
    **dict.fromkeys(("calibration_slope", "calibration_intercept"), _ANY),
    **dict.fromkeys((*_COUNTS, "log_loss", "observed_over_expected", "tstr_ratio"), (0.0, float("inf"))),
}


def gate_range(evidence: str, metric: str) -> tuple[float, float]:
    """Return the least and the greatest value that a metric of some evidence can have; 0 to 1 for most."""
    return _RANGES.get(metric, (0.0, 1.0)) if metric in GATE_METRICS[evidence] else _ANY
