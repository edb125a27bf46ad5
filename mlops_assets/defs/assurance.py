"""Assets of the assurance stage: SHAP explanations and group fairness, both on the test split."""

import hashlib
from collections.abc import Iterator, Mapping

import dagster as dg
import pandas as pd

from mlops_assets import plugins
from mlops_assets.assurance import explanations as explaining
from mlops_assets.assurance import fairness as fairnesses
from mlops_assets.assurance import plots, suspicion
from mlops_assets.assurance.comparison import AttributeFairness
from mlops_assets.assurance.explanations import ExplanationReport
from mlops_assets.assurance.fairness import FairnessReport
from mlops_assets.data.frames import ROW
from mlops_assets.data.target import binary_target
from mlops_assets.defs import metadata
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.stage import Stage, made
from mlops_assets.defs.versions import version_of
from mlops_assets.graph.stored import data_versions
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.stores.explanations import cached_explanation
from mlops_assets.training import bundle as bundles
from mlops_assets.training.bundle import Bundle
from mlops_assets.training.evaluation import EvaluationReport
from mlops_assets.training.threshold import is_selected
from mlops_assets.use_case.metrics import GROUP_MEASURES
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import WORST_FIRST, MetricValue, Outcome, Verdict


def build(use_case: UseCase) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage."""
    stage = Stage(use_case, "assurance")
    return [_explanations(stage), _fairness(stage), *_checks(stage)]


def _explanations(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    config, groups = use_case.assurance.explanations, use_case.features.groups
    families = sorted(plugins.module_name("family", name) for name in use_case.training.families)
    explained = version_of(explaining, *families, reads=(config.rows, config.seed, groups))
    descriptions = {
        "explanations": "What moves the model's score: features by mean absolute SHAP value on the test split.",
        "shap_values": "SHAP values of every explained row, one column for each feature.",
    }

    @stage.multi_asset(
        descriptions,
        kinds={"shap"},
        code=(explaining, *families),
        reads=(config, groups, use_case.task),
        ins=stage.ins("model", features=stage.rows("features", split="test")),
    )
    def explain(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        features: pd.DataFrame,
        model: Bundle,
    ) -> Iterator[dg.MaterializeResult]:
        X, rows = features.set_index(ROW), (stage.key(name) for name in ("features", "splits"))
        content = f"{explained}{model.fingerprint}{data_versions(context.instance, *rows)}"
        found, known = cached_explanation(
            mlflow.workspace.layout.explanations(use_case.name),
            hashlib.sha256(content.encode()).hexdigest()[:32],
            lambda: explaining.explain(model, X, config, groups=groups, on_progress=context.log.info),
        )
        report = found.report
        pictures = {
            "importance": plots.draw_importance(report.by_feature, report, config.top),
            "beeswarm": plots.draw_beeswarm(found, config.top),
        }
        with mlflow.run(context, use_case.name, about=model.fingerprint) as run:
            linked = run.metadata() | run.log_pictures(pictures, "shap_")
        shown = {
            **linked,
            "cached": known,
            "rows/explained": report.rows,
            "rows/test": report.of_rows,
            "units": report.output_units,
            "additivity_error": report.additivity_error,
            "importance/columns": _sizes(report.by_column),
            "importance/groups": _sizes({group.name: group.value for group in report.by_group}),
        }
        yield made(report, shown, asset_key=stage.key("explanations"))
        yield made(found.values, metadata.table(found.values), asset_key=stage.key("shap_values"))

    return explain


def _sizes(importance: Mapping[str, float]) -> dg.MetadataValue:
    head = ("name", "mean |SHAP value|")
    return dg.MetadataValue.md(markdown_table(head, tuple(importance.items()), right=head[1:]))


def _fairness(stage: Stage) -> dg.AssetsDefinition:
    use_case = stage.use_case
    attributes = list(use_case.fairness_attributes)
    config = use_case.assurance.fairness
    columns = {name: use_case.data.columns[name] for name in attributes}
    direction = use_case.direction
    measured = config.model_dump(mode="json", exclude={"limits"})

    @stage.asset(
        "fairness",
        description="Adverse impact ratio, selection rate, base rate, TPR, FPR, PPV, AUC and observed over expected of "
        "each group of each protected attribute, with intervals; groups that are too small are named and left out.",
        kinds={"json"},
        code=(fairnesses, bundles),
        reads=(measured, columns, use_case.task, direction),
        ins=stage.ins(
            "model",
            "reference_predictions",
            validated=stage.rows("validated", (use_case.task.target, *attributes), split="test"),
        ),
    )
    def fairness(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        reference_predictions: pd.DataFrame,
        validated: pd.DataFrame,
        model: Bundle,
    ) -> dg.MaterializeResult[FairnessReport]:
        y = binary_target(validated, use_case.task).set_axis(validated[ROW])
        probability = bundles.read_reference(reference_predictions, model.fingerprint, validated[ROW])
        scored = fairnesses.Scored(y, probability, is_selected(probability, model.threshold.value))
        people = validated.set_index(ROW)[attributes]
        report = fairnesses.measure_fairness(scored, people, columns, config, direction, model.fingerprint)
        drawn = any(compared.groups for compared in report.attributes.values())
        pictures = {"selection_rates": plots.draw_selection_rates(report.attributes, report)} if drawn else {}
        with mlflow.run(context, use_case.name, about=model.fingerprint) as run:
            for name, found in report.attributes.items():
                run.log_measured(f"fairness/{name}", found.metrics)
            linked = run.metadata() | run.log_pictures(pictures)
        numbers = {
            f"fairness/{name}/{metric}": found.metrics[metric].value
            for name, found in report.attributes.items()
            for metric in ("demographic_parity_ratio", "equalized_odds_difference")
        }
        shown = {
            **linked,
            **{name: number for name, number in numbers.items() if number is not None},
            **{f"groups/{name}": _groups_table(found) for name, found in report.attributes.items()},
            "selected": report.selected if report.direction_confirmed else f"{report.selected} (unconfirmed)",
            "note": report.reason or "every protected attribute was compared",
        }
        return made(report, shown)

    return fairness


def _groups_table(found: AttributeFairness) -> dg.MetadataValue:
    """Return a table of groups: selection rates with intervals, and the other measures beside them."""
    named = {f"{group.label} (n={group.n:,})": group for group in found.groups}
    beside = {"adverse impact ratio": {name: group.adverse_impact_ratio for name, group in named.items()}}
    for measure, metric in GROUP_MEASURES.items():
        if measure != "selection_rate":
            beside[metric.title] = {name: group.measures[measure] for name, group in named.items()}
    return metadata.metrics_table({name: group.measures["selection_rate"] for name, group in named.items()}, **beside)


def _checks(stage: Stage) -> list[dg.AssetChecksDefinition]:
    limits = stage.use_case.assurance.fairness.limits

    additive = stage.check(
        "explanations",
        "additive",
        description="In every row the SHAP values sum to the model's output: the explainer fits the model.",
        code=(explaining,),
    )(explaining.judge_explanations)

    @stage.check(
        "fairness",
        "within_limits",
        description="Every protected attribute is within every declared limit, by its interval.",
        severity=dg.AssetCheckSeverity.WARN,
        code=(fairnesses,),
        reads=(limits,),
    )
    def within_limits(fairness: FairnessReport) -> Verdict:
        return _worst(fairnesses.judge_fairness(fairness, limits), fairness.reason)

    @stage.check(
        "evaluation",
        "not_too_good",
        description=f"The test AUC is at most {suspicion.TOO_GOOD}; above it, a leak is likelier than a good model.",
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

    return [additive, within_limits, not_too_good, no_dominant_column]


def _worst(verdicts: tuple[Verdict, ...], reason: str) -> Verdict:
    """Return one verdict for several: the worst outcome, with the reasons of all that did not pass."""
    name = "within_limits"
    if not verdicts:
        return Verdict(name, Outcome.NOT_APPLICABLE, reason or "no limit is declared in assurance.fairness.limits")
    worst = min((verdict.outcome for verdict in verdicts), key=WORST_FIRST.index)
    reasons = [verdict.reason for verdict in verdicts if verdict.outcome is worst]
    return Verdict(name, worst, "; ".join(reasons))
