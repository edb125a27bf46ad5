"""Charts of a card, from the records that its tables are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_assets.formatting import estimate_text, number_text
from mlops_assets.pages.charts import Estimate, Line, bar_chart, classes_chart, curve_chart, interval_chart

if TYPE_CHECKING:
    from mlops_assets.assurance.comparison import AttributeFairness
    from mlops_assets.training.curves import CalibrationBin, Curve
    from mlops_assets.training.evaluation import EvaluationReport


def evaluation_charts(report: EvaluationReport) -> dict[str, str]:
    """Return the ROC and the calibration curve beside the baseline's, and the scores of both classes."""
    curves, rows = report.curves, f"{number_text(report.rows)} rows of the test split"
    charts, threshold = {}, report.threshold
    if curves.roc.x:
        charts["roc"] = curve_chart(
            "ROC curve",
            f"{rows}; the diagonal is chance.",
            [_line("model", curves.roc), _line("baseline", curves.baseline_roc)],
            x_label="false positive rate",
            y_label="true positive rate",
        )
    if curves.calibration:
        charts["calibration"] = curve_chart(
            "Calibration",
            f"{rows} in bins of equal size; on the diagonal, probabilities are what they say.",
            [_bins("model", curves.calibration), _bins("baseline", curves.baseline_calibration)],
            x_label="mean predicted probability",
            y_label="share of positives",
            dots=True,
        )
        charts["scores"] = classes_chart(
            "Predicted probabilities",
            f"{rows}; the threshold is {estimate_text(threshold.value, threshold.low, threshold.high)}.",
            [("negatives", curves.negative_histogram), ("positives", curves.positive_histogram)],
            x_label="predicted probability",
        )
    return charts


def importance_chart(bars: Sequence[tuple[str, float]], units: str) -> dict[str, str]:
    """Return the raw columns that move the score most, as bars."""
    title = "What moves the score"
    description = f"Raw columns by mean absolute SHAP value, {units}."
    return {"importance": bar_chart(title, description, bars)} if bars else {}


def fairness_chart(name: str, attribute: AttributeFairness) -> dict[str, str]:
    """Return the selection rates of the groups of one attribute with their intervals."""
    rates = [(group.label, group.measures["selection_rate"]) for group in attribute.groups]
    rows = [Estimate(label, rate.value, rate.low, rate.high) for label, rate in rates]
    title, favoured = f"Selection rate by {name}", not attribute.either_direction
    told = f"Share of rows with the {'favourable' if favoured else 'positive'} decision."
    chart = interval_chart(title, told, rows, x_label="selection rate")
    return {f"fairness/{name}": chart} if rows else {}


def _line(label: str, curve: Curve) -> Line:
    return Line(label, curve.x, curve.y)


def _bins(label: str, bins: Sequence[CalibrationBin]) -> Line:
    return Line(label, [each.predicted for each in bins], [each.observed for each in bins])
