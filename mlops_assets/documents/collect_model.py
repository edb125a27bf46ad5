"""Collect, model side: records of the packages training, assurance and release as evidence for cards.

One function for each record, each taking the materialization that the record came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_assets.assurance.plots import draw_importance, draw_selection_rates
from mlops_assets.documents.contents import joined
from mlops_assets.documents.evidence import CardEvidence, Cell, CheckLine, Fact, Origin, Table
from mlops_assets.errors import listing
from mlops_assets.formatting import number_text
from mlops_assets.pages.html_page import picture
from mlops_assets.use_case.metrics import GROUP_MEASURES
from mlops_assets.verdicts import WORST_FIRST, MetricValue, Outcome

if TYPE_CHECKING:
    from mlops_assets.assurance.comparison import AttributeFairness
    from mlops_assets.assurance.explanations import ExplanationReport
    from mlops_assets.assurance.fairness import FairnessReport
    from mlops_assets.data.leakage import LeakageReport
    from mlops_assets.release.gates import ReleaseDecision
    from mlops_assets.training.bundle import Bundle
    from mlops_assets.training.trials import SearchResult


_NAMED = 8


@dataclass(frozen=True)
class Deployed:
    """The last deployment that was recorded: version in the registry, model, and when."""

    version: str
    fingerprint: str
    timestamp: str


def tuning_evidence(origin: Origin, result: SearchResult) -> CardEvidence:
    """Return how many trials ran, what the chosen one reached in cross-validation, what that is, and why this one."""
    error = f"standard error {number_text(result.gain_error)}"
    meaning = f"{result.meaning}. {result.reason[:1].upper()}{result.reason[1:]}."
    return CardEvidence(
        {
            "tuning/trials": Fact(origin, len(result.trials)),
            "tuning/value": Fact(origin, MetricValue(result.value, result.low, result.high), result.metric),
            "tuning/gain": Fact(origin, result.gain, "the baseline itself" if result.gain_error is None else error),
        },
        {"tuning/meaning": Table(origin, ("",), (), detail=meaning)},
    )


def model_evidence(origin: Origin, bundle: Bundle, *, rows: int) -> CardEvidence:
    """Return what a bundle is: family, hyperparameters, features, calibration, threshold and fingerprint.

    Args:
        origin: the materialization of the bundle.
        bundle: the bundle.
        rows: rows that the estimator was fitted on.
    """
    parameters = sorted(bundle.params.items())
    facts: dict[str, Cell] = {
        "model/family": bundle.family,
        "model/features": len(bundle.pipeline.names),
        "model/rows": rows,
        "model/calibration": bundle.calibrator.method,
        "model/fingerprint": bundle.fingerprint,
        "model/threshold_rule": bundle.threshold.rule,
    }
    threshold = Fact(origin, MetricValue(bundle.threshold.value, bundle.threshold.low, bundle.threshold.high))
    detail = "" if parameters else "none: every hyperparameter has the default of its family"
    return CardEvidence(
        {**{key: Fact(origin, value) for key, value in facts.items()}, "model/threshold": threshold},
        {
            "model/parameters": Table(origin, ("Hyperparameter", "Value"), parameters, detail=detail),
            "model/calibrations": _calibrations(origin, bundle),
        },
        {origin.asset: bundle.fingerprint},
    )


def _calibrations(origin: Origin, bundle: Bundle) -> Table:
    rows = [
        (each.method, each.log_loss, each.difference, each.standard_error, each.rejected or "usable")
        for each in bundle.calibrator.candidates
    ]
    headings = ("Method", "Log loss", "Above the least", "Standard error", "Remark")
    return Table(origin, headings, rows, detail=bundle.calibrator.reason)


def leakage_evidence(origin: Origin, report: LeakageReport) -> CardEvidence:
    """Return the columns that nearly are the target, each with what it does alone."""
    rows = [
        (leak.column, leak.kind, leak.auc, leak.low, leak.rows, leak.positives, leak.is_certain)
        for leak in report.findings
    ]
    headings = ("Column", "Detected by", "AUC alone", "At least", "Rows", "Positives", "Enough rows to be sure")
    detail = "" if rows else f"none of {report.columns} columns, by {number_text(report.rows)} training rows"
    return CardEvidence(tables={"data/leakage": Table(origin, headings, rows, detail=detail)})


def fairness_evidence(origin: Origin, report: FairnessReport) -> CardEvidence:
    """Return metrics and groups of each protected attribute, and of all of them together where measured."""
    compared = dict(report.attributes)
    if report.intersection is not None:
        compared[joined(report.intersection.attributes)] = report.intersection
    evidence = CardEvidence(fingerprints={origin.asset: report.fingerprint})
    for name, attribute in compared.items():
        evidence |= _attribute_evidence(origin, name, attribute, report)
    return evidence


def explanations_evidence(origin: Origin, report: ExplanationReport, *, top: int) -> CardEvidence:
    """Return the `top` features, and the `top` raw columns, by mean absolute SHAP value."""
    columns, ranked = list(report.by_column.items())[:top], list(report.by_feature.items())
    rows, of_rows = number_text(report.rows), number_text(report.of_rows)
    detail = f"Over {rows} of {of_rows} test rows; values in {report.output_units}."
    if len(ranked) > top:
        detail += f" {len(ranked) - top} further features are not shown."
    shown = Table(origin, ("Feature", "Mean absolute SHAP value"), ranked[:top], detail=detail)
    said = f"Raw columns by mean absolute SHAP value, {report.output_units}."
    drawn = picture(draw_importance(report.by_column, report, top), "What moves the score", said)
    return CardEvidence(
        tables={
            "explanations/importance": shown,
            "explanations/columns": Table(origin, ("Raw column", "Mean absolute SHAP value"), columns),
            **_groups(origin, report),
        },
        fingerprints={origin.asset: report.fingerprint},
        charts={"importance": drawn},
    )


def _fairness_chart(name: str, attribute: AttributeFairness, report: FairnessReport) -> dict[str, str]:
    if all(group.measures["selection_rate"].value is None for group in attribute.groups):
        return {}
    said = f"Share of rows with the {'positive' if attribute.either_direction else 'favourable'} decision."
    drawn = draw_selection_rates({name: attribute}, report)
    return {f"fairness/{name}": picture(drawn, f"Selection rate by {name}", said)}


def _groups(origin: Origin, report: ExplanationReport) -> dict[str, Table]:
    rows = [(group.name, ", ".join(group.columns), group.value) for group in report.by_group]
    headings = ("Group", "Raw columns", "Mean absolute SHAP value")
    tells_more = any(len(group.columns) > 1 for group in report.by_group)
    return {"explanations/groups": Table(origin, headings, rows)} if tells_more else {}


def release_evidence(
    origin: Origin, decision: ReleaseDecision, checks: Sequence[CheckLine], deployed: Deployed | None
) -> CardEvidence:
    """Return every check with its verdict, and what became of the model.

    Args:
        origin: the materialization of the evidence that the gates were compared with.
        decision: what the gates say.
        checks: all checks of the lifecycle, the gates among them.
        deployed: the last deployment that was recorded, None where there was none.
    """
    doubted = [line.label for line in checks if line.outcome is Outcome.UNCERTAIN]
    return CardEvidence(
        fingerprints={origin.asset: decision.fingerprint},
        checks=tuple(checks),
        verdict=verdict_line(decision, checks, deployed),
        limitations=(f"Uncertain on these rows: {listing(doubted, 12)}.",) if doubted else (),
    )


def verdict_line(decision: ReleaseDecision, checks: Sequence[CheckLine], deployed: Deployed | None) -> str:
    """Return what became of the model, and which checks it did not pass."""
    if not decision.approved:
        return f"Held back: {listing(decision.reasons, _NAMED)}. {_last_deployed(decision, deployed)}"
    head = "Approved, and not deployed when this card was written"
    if deployed is not None and deployed.fingerprint == decision.fingerprint:
        head = f"Deployed as version {deployed.version}"
    count, failing = number_text(len(checks)), sum(line.outcome is not Outcome.PASSED for line in checks)
    if not failing:
        return f"{head}: all {count} checks passed."
    named = {outcome: [_named(line) for line in checks if line.outcome is outcome] for outcome in WORST_FIRST[:-1]}
    said = " ".join(f"{outcome.capitalize()}: {listing(names, _NAMED)}." for outcome, names in named.items() if names)
    return f"{head} although {failing} of {count} checks did not pass. {said}"


def _named(line: CheckLine) -> str:
    if line.accepted:
        return f"{line.label} (accepted)"
    return line.label if line.blocking else f"{line.label} (not blocking)"


def _last_deployed(decision: ReleaseDecision, deployed: Deployed | None) -> str:
    if deployed is None:
        return "No model of this use case is deployed."
    if deployed.fingerprint == decision.fingerprint:
        return f"This model was deployed as version {deployed.version} before, at {deployed.timestamp}."
    return f"Another model was deployed last, as version {deployed.version} at {deployed.timestamp}."


def _attribute_evidence(
    origin: Origin, name: str, attribute: AttributeFairness, report: FairnessReport
) -> CardEvidence:
    rows = [
        (group.label, group.n, group.positives, group.adverse_impact_ratio, *map(group.measures.get, GROUP_MEASURES))
        for group in attribute.groups
    ]
    measures = (measure.title.capitalize() for measure in GROUP_MEASURES.values())
    headings = ("Group", "Rows", "Positives", "Adverse impact ratio", *measures)
    unconfirmed = f"{name}: {attribute.details['demographic_parity_ratio']}." if attribute.either_direction else ""
    facts = {
        f"fairness/{name}/{metric}": Fact(origin, value, "" if value.value is not None else attribute.remarks(metric))
        for metric, value in attribute.metrics.items()
    }
    return CardEvidence(
        facts,
        {f"fairness/{name}": Table(origin, headings, rows, detail="; ".join(attribute.notes))},
        limitations=tuple(filter(None, (unconfirmed, _too_small(name, attribute)))),
        charts=_fairness_chart(name, attribute, report),
    )


def _too_small(name: str, attribute: AttributeFairness) -> str:
    count = attribute.unjudged_groups
    if not count:
        return ""
    named = listing((f"{group.label} ({number_text(group.n)})" for group in attribute.small_groups), 12)
    groups = f"{number_text(count)} group{'s' if count > 1 else ''}"
    return f"{name}: {groups} not judged, {number_text(attribute.unjudged_rows)} rows: {named}."
