"""Collect, model side: records of the training, assurance and release rooms as evidence for cards.

One function for each record, each taking the materialization that the record came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_assets.documents.charts import evaluation_charts, fairness_chart, importance_chart
from mlops_assets.documents.checks import Deployed, verdict_line
from mlops_assets.documents.contents import joined
from mlops_assets.documents.evidence import CardEvidence, Cell, CheckLine, Fact, Origin, fact, table
from mlops_assets.errors import listing
from mlops_assets.formatting import number_text
from mlops_assets.verdicts import Figure

if TYPE_CHECKING:
    from mlops_assets.assurance.comparison import AttributeFairness, GroupRates
    from mlops_assets.assurance.explanations import ExplanationReport
    from mlops_assets.assurance.fairness import FairnessReport
    from mlops_assets.release.gates import ReleaseDecision
    from mlops_assets.training.bundle import Bundle
    from mlops_assets.training.evaluation import EvaluationReport
    from mlops_assets.training.trials import SearchResult


def tuning_evidence(origin: Origin, result: SearchResult) -> CardEvidence:
    """Return how many trials ran and what the best one reached."""
    return CardEvidence(
        {
            "tuning/trials": fact(origin, len(result.trials)),
            "tuning/value": fact(origin, result.value, detail=f"{result.metric}, mean of {result.folds} folds"),
        }
    )


def model_evidence(origin: Origin, bundle: Bundle, *, rows: int) -> CardEvidence:
    """Return what a bundle is: family, hyperparameters, features, calibration, threshold and fingerprint.

    Args:
        origin: the materialization of the bundle.
        bundle: the bundle.
        rows: rows that the estimator was fitted on.
    """
    parameters: tuple[tuple[Cell, ...], ...] = tuple(sorted(bundle.params.items()))
    facts: dict[str, Cell] = {
        "model/family": bundle.family,
        "model/features": len(bundle.pipeline.names),
        "model/rows": rows,
        "model/calibration": bundle.calibrator.method,
        "model/fingerprint": bundle.fingerprint,
        "model/threshold": bundle.threshold.value,
        "model/threshold_rule": bundle.threshold.rule,
    }
    detail = "" if parameters else "none: every hyperparameter has the default of its family"
    return CardEvidence(
        {key: fact(origin, value) for key, value in facts.items()},
        {"model/parameters": table(origin, ("Hyperparameter", "Value"), parameters, detail=detail)},
        {origin.asset: bundle.fingerprint},
    )


def evaluation_evidence(origin: Origin, report: EvaluationReport) -> CardEvidence:
    """Return the metrics of model and baseline with their intervals, and the confusion matrix."""
    found = report.confusion
    confusion = (
        ("positive", found.true_positives, found.false_negatives),
        ("negative", found.false_positives, found.true_negatives),
    )
    facts = {f"evaluation/{name}": _fact(origin, figure) for name, figure in report.metrics.items()}
    facts |= {f"baseline/{name}": _fact(origin, figure) for name, figure in report.baseline.items()}
    facts |= {
        "evaluation/rows": fact(origin, report.rows),
        "evaluation/positives": fact(origin, report.positives),
    }
    headings = ("True class", "Decided positive", "Decided negative")
    return CardEvidence(
        facts,
        {"evaluation/confusion": table(origin, headings, confusion)},
        {origin.asset: report.fingerprint},
        charts=evaluation_charts(report),
    )


def fairness_evidence(origin: Origin, report: FairnessReport) -> CardEvidence:
    """Return figures and groups of each protected attribute, and of all of them together where measured."""
    compared = dict(report.attributes)
    if report.intersection is not None:
        compared[joined(report.intersection.attributes)] = report.intersection
    evidence = CardEvidence(fingerprints={origin.asset: report.fingerprint})
    for name, attribute in compared.items():
        evidence |= _attribute_evidence(origin, name, attribute)
    return evidence


def explanations_evidence(origin: Origin, report: ExplanationReport, *, top: int) -> CardEvidence:
    """Return the `top` features by mean absolute SHAP value."""
    ranked = sorted(report.importance.items(), key=lambda item: -item[1])
    detail = f"Over {report.rows} of {report.of_rows} test rows; values in {report.output_units}."
    if len(ranked) > top:
        detail += f" {len(ranked) - top} further features are not shown."
    shown = table(origin, ("Feature", "Mean absolute SHAP value"), tuple(ranked[:top]), detail=detail)
    return CardEvidence(
        tables={"explanations/importance": shown},
        fingerprints={origin.asset: report.fingerprint},
        charts=importance_chart(ranked[:top], report.output_units),
    )


def release_evidence(
    origin: Origin, decision: ReleaseDecision, checks: Sequence[CheckLine], deployed: Deployed | None
) -> CardEvidence:
    """Return every check with its verdict, and what became of the model.

    Args:
        origin: the materialization of the evidence that the gates were held against.
        decision: what the gates say.
        checks: all checks of the lifecycle, the gates among them.
        deployed: the last deployment that was recorded, None where there was none.
    """
    return CardEvidence(
        fingerprints={origin.asset: decision.fingerprint},
        checks=tuple(checks),
        verdict=verdict_line(decision, checks, deployed),
    )


def _fact(origin: Origin, figure: Figure) -> Fact:
    return fact(origin, figure.value, low=figure.low, high=figure.high)


def _attribute_evidence(origin: Origin, name: str, attribute: AttributeFairness) -> CardEvidence:
    rows = tuple(_group_row(group) for group in attribute.groups)
    headings = ("Group", "Rows", "Positives", "Selection rate", "True positive rate", "False positive rate")
    return CardEvidence(
        {f"fairness/{name}/{metric}": _fact(origin, figure) for metric, figure in attribute.metrics.items()},
        {f"fairness/{name}": table(origin, headings, rows, detail=" ".join(attribute.notes))},
        limitations=_too_small(name, attribute),
        charts=fairness_chart(name, attribute),
    )


def _too_small(name: str, attribute: AttributeFairness) -> tuple[str, ...]:
    small = attribute.small_groups
    if not small:
        return ()
    named = listing((f"{group.label} ({number_text(group.n)})" for group in small), 12)
    groups = f"{len(small)} group{'s' if len(small) > 1 else ''}"
    return (f"{name}: {groups} not judged, {number_text(sum(group.n for group in small))} rows: {named}.",)


def _group_row(group: GroupRates) -> tuple[Cell, ...]:
    return (group.label, group.n, group.positives, group.selection_rate, group.tpr, group.fpr)
