"""Checks of what is too good to be true: on the evaluation, and on the explanations."""

import dagster as dg

from mlops_assets.assurance import suspicion
from mlops_assets.assurance.explanations import ExplanationReport
from mlops_assets.defs.stage import Stage
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import MetricValue, Outcome, Verdict


def build(use_case: UseCase) -> list[dg.AssetChecksDefinition]:
    """Return the checks."""
    stage = Stage(use_case, "assurance")

    @stage.check(
        "evaluation",
        "not_too_good",
        description=f"The test AUC is at most {suspicion.TOO_GOOD}; above it a leak is likelier than a good model.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(suspicion,),
    )
    def not_too_good(evaluation: EvaluationReport) -> Verdict:
        return suspicion.judge_performance(evaluation.metrics.get("auc", MetricValue(None)))

    @stage.check(
        "explanations",
        "no_dominant_column",
        description=f"No raw column carries more than {suspicion.DOMINANT:.0%} of the SHAP importance.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(suspicion,),
    )
    def no_dominant_column(explanations: ExplanationReport) -> Verdict:
        by_column = suspicion.judge_dominance(explanations.by_column)
        by_feature = suspicion.judge_dominance(explanations.by_feature)  # a ratio, whose columns have half of it each
        hidden = by_column.outcome is Outcome.PASSED and by_feature.outcome is Outcome.FAILED
        return by_feature if hidden else by_column

    return [not_too_good, no_dominant_column]
