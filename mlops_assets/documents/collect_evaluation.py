"""Collect, evaluation: the report on the test split as evidence for cards.

Takes the materialization that the record came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_assets.documents.evidence import CardEvidence, Fact, Origin, Table
from mlops_assets.formatting import estimate_text, number_text
from mlops_assets.pages.html_page import picture
from mlops_assets.training import plots
from mlops_assets.use_case.metrics import EVALUATION

if TYPE_CHECKING:
    from mlops_assets.training.evaluation import EvaluationReport


def evaluation_evidence(origin: Origin, report: EvaluationReport) -> CardEvidence:
    """Return the metrics of model and baseline with their intervals, and the confusion matrix."""
    found = report.confusion
    confusion = (
        ("positive", found.true_positives, found.false_negatives),
        ("negative", found.false_positives, found.true_negatives),
    )
    facts = {
        f"evaluation/{name}": Fact(origin, value, report.undefined.get(name, ""))
        for name, value in report.metrics.items()
    }
    facts |= {f"baseline/{name}": Fact(origin, value) for name, value in report.baseline.items()}
    facts["evaluation/rows"] = Fact(origin, report.rows)
    facts["evaluation/positives"] = Fact(origin, report.positives)
    if base := report.comparison:
        words = f"{base.family} at its defaults, {number_text(base.width)} features ({base.features})"
        facts["evaluation/baseline"] = Fact(origin, words)
    headings = ("True class", "Decided positive", "Decided negative")
    return CardEvidence(
        facts,
        {
            "evaluation/confusion": Table(origin, headings, confusion),
            "evaluation/decisions": _decisions(origin, report),
            "evaluation/ablation": _ablation(origin, report),
        },
        {origin.asset: report.fingerprint},
        charts=_charts(report),
    )


def _charts(report: EvaluationReport) -> dict[str, str]:
    """Return the ROC and the calibration curve beside the baseline's, and the scores of both classes."""
    rows, threshold = f"{number_text(report.rows)} rows of the test split", report.threshold
    cut = estimate_text(threshold.value, threshold.low, threshold.high)
    bins = f"{rows} in bins of equal size; on the diagonal, predicted and observed shares are equal."
    return {
        "roc": picture(plots.plot_roc(report), "ROC curve", f"{rows}; the diagonal is chance."),
        "calibration": picture(plots.plot_calibration(report), "Calibration", bins),
        "scores": picture(plots.plot_scores(report), "Predicted probabilities", f"{rows}; the threshold is {cut}."),
    }


def _ablation(origin: Origin, report: EvaluationReport) -> Table:
    """Return what each step adds on the test split: raw inputs, features, selection, search."""
    steps = report.comparison.ablation if report.comparison else ()
    rows = [(step.name, step.family, step.width, step.auc, step.gain, step.over_baseline) for step in steps]
    headings = ("Step", "Family", "Features", "AUC", "Gain of the step", "Gain over the baseline")
    detail = "" if rows else "the steps were not compared"
    if report.comparison and report.comparison.is_served:
        detail = "The baseline itself is served, so the gain over it is 0 by construction."
    return Table(origin, headings, rows, detail=detail)


def _decisions(origin: Origin, report: EvaluationReport) -> Table:
    """Return metrics of decisions for this threshold, and for the rule that would choose others on other rows."""
    rows = [(_title(name), report.metrics.get(name), value) for name, value in report.decisions.items()]
    headings = ("Metric", "At this threshold", "With the threshold's own uncertainty")
    return Table(origin, headings, rows)


def _title(name: str) -> str:
    return EVALUATION[name].title if name in EVALUATION else name.replace("_", " ")
