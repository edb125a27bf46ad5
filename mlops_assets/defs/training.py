"""Assets of the training stage: tuning, the model bundle and its evaluation."""

import hashlib
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data.frames import digest
from mlops_assets.data.splits import rows_of
from mlops_assets.data.target import binary_target
from mlops_assets.defs import metadata
from mlops_assets.defs.automation import gated_eager, retrain_on_drift
from mlops_assets.defs.corridor import Corridor
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.versions import version_of
from mlops_assets.features import matrix as matrices
from mlops_assets.features.pipeline import FeaturePipeline
from mlops_assets.stores import tables
from mlops_assets.training import bundle as bundles
from mlops_assets.training import evaluation as evaluations
from mlops_assets.training import plots
from mlops_assets.training import search as searches
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Verdict, judge


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage."""
    corridor = Corridor(use_case, "training")
    return [_tuning(corridor), _model(corridor), _evaluation(corridor), *_checks(corridor)]


def _automation(use_case: UseCase) -> dg.AutomationCondition | None:
    automation = use_case.monitoring.automation
    if not automation.retrain_on_drift:
        return None
    drift = dg.AssetKey([use_case.name, "drift"])
    return retrain_on_drift(
        drift, dg.AssetCheckKey(drift, "no_drift"), cooldown=automation.cooldown, timezone=automation.timezone
    )


def _tuning(corridor: Corridor) -> dg.AssetsDefinition:
    use_case = corridor.use_case
    training = use_case.training
    families = tuple(plugins.module_name("family", name) for name in training.families)
    reads = (training.families, training.search, use_case.task)
    declared = version_of(searches, *families, reads=reads)

    @corridor.asset(
        "tuning",
        description=f"{training.search.trials} trials over {', '.join(training.families)}, "
        f"{training.search.folds}-fold on the training split, seeded and pruned. An interrupted search resumes.",
        kinds={"optuna", "scikitlearn"},
        code=(searches, matrices, *families),
        reads=reads,
        ins=corridor.ins("features", "validated", "splits", "feature_pipeline"),
        automation_condition=_automation(use_case),
    )
    def tuning(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        mlflow: MlflowResource,
        features: pd.DataFrame,
        validated: pd.DataFrame,
        splits: pd.DataFrame,
        feature_pipeline: FeaturePipeline,
    ) -> dg.MaterializeResult[SearchResult]:
        X, y = matrices.matrix(features, validated, splits, use_case.task, "train")
        X = X[list(_served(feature_pipeline))]
        study = hashlib.sha256(f"{declared}{digest(X)}{digest(y.to_frame())}".encode()).hexdigest()[:16]
        with mlflow.run(context, use_case.name) as run:
            result = searches.search(
                X,
                y,
                training,
                journal=workspace.layout.study(use_case.name),
                study_name=study,
                on_progress=context.log.info,
            )
            pictures = {"history": plots.plot_search(result), "parameters": plots.plot_parameters(result)}
            run.log_params({"search.family": result.family, **{f"model.{k}": v for k, v in result.params.items()}})
            run.log_metrics({f"search/best_{result.metric}": result.value, "search/trials": len(result.trials)})
            for name, png in pictures.items():
                run.log_figure(png, f"search_{name}.png")
            linked = run.metadata()
        return dg.MaterializeResult(
            value=result,
            data_version=dg.DataVersion(result.digest),
            metadata={
                **linked,
                "search/family": result.family,
                f"search/best_{result.metric}": result.value,
                "search/trials": len(result.trials),
                "search/study": study,
                "params": dg.MetadataValue.json(dict(result.params)),
                **{f"plots/{name}": metadata.picture(png, name) for name, png in pictures.items()},
            },
        )

    return tuning


def _model(corridor: Corridor) -> dg.AssetsDefinition:
    use_case = corridor.use_case
    training = use_case.training

    @corridor.asset(
        "model",
        description="The winner refitted on the whole training split, calibrated, with its threshold, the feature "
        "pipeline and the input schema: one verified bundle without any pickle.",
        kinds={"scikitlearn", "skops"},
        code=(bundles, matrices, "mlops_assets.stores.bundles"),
        reads=(training.calibration, training.threshold, training.search.seed, use_case.task, use_case.data.columns),
        ins=corridor.ins("features", "validated", "splits", "feature_pipeline", "tuning"),
        automation_condition=gated_eager(),
    )
    def model(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        features: pd.DataFrame,
        validated: pd.DataFrame,
        splits: pd.DataFrame,
        feature_pipeline: FeaturePipeline,
        tuning: SearchResult,
    ) -> dg.MaterializeResult[Bundle]:
        train_X, train_y = matrices.matrix(features, validated, splits, use_case.task, "train")
        calibration_X, calibration_y = matrices.matrix(features, validated, splits, use_case.task, "calibration")
        fitted = bundles.fit_bundle(
            train_X,
            train_y,
            calibration_X,
            calibration_y,
            search_result=tuning,
            training=training,
            pipeline=feature_pipeline.restricted(_served(feature_pipeline)),
            columns=use_case.data.columns,
            task=use_case.task,
            use_case=use_case.name,
            trained_on=digest(train_X),
        )
        with mlflow.run(context, use_case.name) as run:
            run.log_params(_facts(fitted))
            linked = run.metadata()
        return dg.MaterializeResult(
            value=fitted,
            data_version=dg.DataVersion(fitted.fingerprint),
            metadata={
                **linked,
                "model/family": fitted.family,
                "model/threshold": float(fitted.threshold.value),
                "model/features": len(fitted.pipeline.names),
                "model/fingerprint": fitted.fingerprint,
                "model/calibration": fitted.calibrator.method,
                "rows/train": len(train_X),
                "rows/calibration": len(calibration_X),
                "params": dg.MetadataValue.json(dict(fitted.params)),
                "versions": dg.MetadataValue.json(dict(fitted.versions)),
            },
        )

    return model


def _served(pipeline: FeaturePipeline) -> tuple[str, ...]:
    return pipeline.sets.get("selected", pipeline.names)


def _facts(fitted: Bundle) -> dict[str, Any]:
    return {
        "model.family": fitted.family,
        "model.threshold": fitted.threshold.value,
        "model.calibration": fitted.calibrator.method,
        "model.fingerprint": fitted.fingerprint,
    }


def _evaluation(corridor: Corridor) -> dg.AssetsDefinition:
    use_case = corridor.use_case
    training = use_case.training

    @corridor.asset(
        "evaluation",
        description="The model and its baseline on the test split, every figure with its bootstrap interval.",
        kinds={"scikitlearn", "json"},
        code=(evaluations, matrices, plugins.module_name("family", training.baseline)),
        reads=(
            training.evaluation,
            training.baseline,
            training.search.seed,
            use_case.inputs,
            use_case.features.encoding,
        ),
        ins=corridor.ins("features", "validated", "splits", "model"),
        automation_condition=gated_eager(),
    )
    def evaluation(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        features: pd.DataFrame,
        validated: pd.DataFrame,
        splits: pd.DataFrame,
        model: Bundle,
    ) -> dg.MaterializeResult[EvaluationReport]:
        X, y = matrices.matrix(features, validated, splits, use_case.task, "test")
        report = evaluations.evaluate(
            y,
            bundles.predict_features(model, X),
            _baseline(use_case, validated, splits),
            threshold=model.threshold.value,
            thresholds=model.threshold.resampled,
            evaluation=training.evaluation,
            fingerprint=model.fingerprint,
        )
        pictures = _pictures(report)
        with mlflow.run(context, use_case.name) as run:
            run.log_measured("test", report.metrics)
            run.log_measured("baseline", report.baseline)
            for name, png in pictures.items():
                run.log_figure(png, f"{name}.png")
            linked = run.metadata()
        return dg.MaterializeResult(
            value=report,
            data_version=dg.DataVersion(tables.record_digest(report)),
            metadata={
                **linked,
                **metadata.figures(report.metrics, "test"),
                "figures": metadata.figures_table(report.metrics, baseline=report.baseline),
                "rows/test": report.rows,
                "rows/positive": report.positives,
                **{f"plots/{name}": metadata.picture(png, name) for name, png in pictures.items()},
            },
        )

    return evaluation


def _baseline(use_case: UseCase, validated: pd.DataFrame, splits: pd.DataFrame) -> np.ndarray:
    train, test = rows_of(validated, splits, "train"), rows_of(validated, splits, "test")
    return evaluations.fit_baseline(
        train,
        binary_target(train, use_case.task),
        test,
        training=use_case.training,
        inputs=use_case.inputs,
        columns=use_case.data.columns,
        features=use_case.features,
    )


def _pictures(report: EvaluationReport) -> dict[str, bytes]:
    return {
        "roc": plots.plot_roc(report),
        "precision_recall": plots.plot_precision_recall(report),
        "calibration": plots.plot_calibration(report),
        "scores": plots.plot_scores(report),
    }


def _checks(corridor: Corridor) -> list[dg.AssetChecksDefinition]:
    @corridor.check(
        "evaluation",
        "beats_baseline",
        description="The AUC of the model is above that of the baseline on the same rows, its whole interval.",
        severity=dg.AssetCheckSeverity.WARN,
    )
    def beats_baseline(evaluation: EvaluationReport) -> Verdict:
        gain = evaluation.metrics["auc_gain"]
        return judge("AUC gain over the baseline", gain.value, at_least=0.0, low=gain.low, high=gain.high)

    return [beats_baseline]
