"""The asset `evaluation`: the model and its baseline on the test split, and the check that compares them."""

from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW
from mlops_assets.data.splits import groups_of
from mlops_assets.defs import metadata
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.stage import Stage, Tables, made
from mlops_assets.defs.tuning import family_modules
from mlops_assets.features import matrix as matrices
from mlops_assets.features.pipeline import FeaturePipeline
from mlops_assets.formatting import estimate_text
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.training import baseline as baselines
from mlops_assets.training import evaluation as evaluations
from mlops_assets.training import plots
from mlops_assets.training.bundle import Bundle, read_reference
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import MetricValue, Verdict


def build_evaluation(stage: Stage) -> dg.AssetsDefinition:
    """Return the asset."""
    use_case = stage.use_case
    training = use_case.training

    @stage.asset(
        "evaluation",
        description="The model and its baseline on the test split, every metric with its bootstrap interval, and what "
        "features, selection and search are worth there.",
        kinds={"scikitlearn", "json"},
        code=(evaluations, baselines, matrices, *family_modules(use_case)),
        reads=(training.evaluation, use_case.task, use_case.data.splits.grouping),
        ins=stage.ins(
            "feature_pipeline",
            "tuning",
            "model",
            "reference_predictions",
            features=stage.rows("features", split=("train", "test")),
            validated=stage.rows("validated", outcome(use_case), split=("train", "test")),
        ),
    )
    def evaluation(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        features: Tables,
        validated: Tables,
        feature_pipeline: FeaturePipeline,
        tuning: SearchResult,
        model: Bundle,
        reference_predictions: pd.DataFrame,
    ) -> dg.MaterializeResult[EvaluationReport]:
        train, test = (matrices.matrix(features[name], validated[name], use_case.task) for name in ("train", "test"))
        groups = clusters(use_case, validated["test"])
        p = read_reference(reference_predictions, model.fingerprint, validated["test"][ROW])
        baseline_p, comparison = baselines.compare(
            train, test, p, result=tuning, sets=feature_pipeline.sets, evaluation=training.evaluation, groups=groups
        )
        report = evaluations.evaluate(
            test[1],
            p,
            baseline_p,
            threshold=model.threshold.value,
            thresholds=model.threshold.draws,
            evaluation=training.evaluation,
            fingerprint=model.fingerprint,
            comparison=comparison,
            groups=groups,
        )
        with mlflow.run(context, use_case.name, about=model.fingerprint) as run:
            run.log_measured("test", report.metrics)
            run.log_measured("baseline", report.baseline)
            run.log_measured("decisions", report.decisions)
            linked = run.metadata() | run.log_pictures(_pictures(report))
        return made(report, linked | _shown(report))

    return evaluation


def _shown(report: EvaluationReport) -> dict[str, Any]:
    """Return the metrics, decisions under an unsure threshold, the threshold, and why a metric was not measured."""
    threshold = report.threshold
    shown = {
        **metadata.metrics(report.metrics, "test"),
        "metrics": metadata.metrics_table(report.metrics, baseline=report.baseline),
        "decisions": metadata.metrics_table(report.decisions),
        "threshold": dg.MetadataValue.text(estimate_text(threshold.value, threshold.low, threshold.high)),
        "ablation": _ablation(report),
        "rows/test": report.rows,
        "rows/positive": report.positives,
    }
    return shown | ({"undefined": dg.MetadataValue.json(dict(report.undefined))} if report.undefined else {})


def _ablation(report: EvaluationReport) -> dg.MetadataValue:
    comparison = report.comparison
    assert comparison is not None
    head = ("step", "family", "features", "AUC", "gain of the step", "gain over the baseline")
    rows = [
        (step.name, step.family, step.width, *(_estimate(each) for each in (step.auc, step.gain, step.over_baseline)))
        for step in comparison.ablation
    ]
    return dg.MetadataValue.md(f"{markdown_table(head, rows, right=head[2:])}\n\n{comparison.reason}")


def _estimate(metric: MetricValue | None) -> str:
    return "" if metric is None else estimate_text(metric.value, metric.low, metric.high)


def _pictures(report: EvaluationReport) -> dict[str, bytes]:
    return {
        "roc": plots.plot_roc(report),
        "precision_recall": plots.plot_precision_recall(report),
        "calibration": plots.plot_calibration(report),
        "scores": plots.plot_scores(report),
    }


def build_checks(stage: Stage) -> list[dg.AssetChecksDefinition]:
    """Return the check of the baseline."""
    margin = stage.use_case.training.baseline_margin

    @stage.check(
        "evaluation",
        "not_worse_than_baseline",
        description=f"The AUC of the model is not below that of the baseline by more than {margin:g} on the same rows: "
        "the whole interval of the gain.",
        code=(baselines,),
        reads=(margin,),
        severity=dg.AssetCheckSeverity.WARN,
    )
    def not_worse_than_baseline(evaluation: EvaluationReport) -> Verdict:
        return baselines.judge_baseline(evaluation, margin)

    return [not_worse_than_baseline]


def outcome(use_case: UseCase) -> tuple[str | None, ...]:
    """Return the outcome column, and the column that groups rows which belong together."""
    return (use_case.task.target, use_case.data.splits.grouping)


def clusters(use_case: UseCase, rows: pd.DataFrame) -> np.ndarray | None:
    """Return the group of each row, as numbers from 0; None if the rows are independent."""
    groups = groups_of(rows, use_case.data.splits)
    return None if groups is None else pd.factorize(groups)[0].astype(np.int64)
