"""The asset `tuning`: the search, on folds of the raw training rows."""

from types import ModuleType
from typing import Any

import dagster as dg
import pandas as pd

from mlops_assets import plugins
from mlops_assets.data.target import binary_target
from mlops_assets.defs.automation import retrain_on_drift
from mlops_assets.defs.features import transform_modules
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.stage import Stage, made
from mlops_assets.defs.versions import version_of
from mlops_assets.features import pipeline as pipelines
from mlops_assets.graph import keys
from mlops_assets.pages.markdown_text import markdown_table
from mlops_assets.training import cutting, plots
from mlops_assets.training import search as searches
from mlops_assets.training.folds import Recipe, build_folds
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.model import UseCase


def _automation(use_case: UseCase) -> dg.AutomationCondition | None:
    automation = use_case.monitoring.automation
    if not automation.retrain_on_drift:
        return None
    drift = keys.asset_key(use_case.name, "drift")
    check = dg.AssetCheckKey(drift, "no_drift")
    return retrain_on_drift(drift, check, cooldown=automation.cooldown, timezone=automation.timezone)


def build_tuning(stage: Stage) -> dg.AssetsDefinition:
    """Return the asset."""
    use_case = stage.use_case
    training = use_case.training
    features, splits_config = use_case.features, use_case.data.splits
    modules: tuple[ModuleType | str, ...]
    modules = (searches, cutting, pipelines, *transform_modules(use_case), *family_modules(use_case))
    reads = (training.families, training.search, training.baseline, *_learned_from(use_case))
    declared = version_of(*modules, reads=reads)
    columns = (*use_case.model_columns, use_case.task.target, splits_config.column)

    @stage.asset(
        "tuning",
        description=f"{training.search.trials} trials over {', '.join(training.families)} and the feature sets, in "
        f"{training.search.folds} folds of the training split ({cutting.WORDS[splits_config.method]}); encodings and "
        "selection are learned in each fold. Trial 0 is the baseline. An interrupted search resumes.",
        kinds={"optuna", "scikitlearn"},
        code=modules,
        reads=reads,
        ins=stage.ins(train=stage.rows("validated", columns, split="train")),
        automation=_automation(use_case),
    )
    def tuning(
        context: dg.AssetExecutionContext,
        mlflow: MlflowResource,
        train: pd.DataFrame,
    ) -> dg.MaterializeResult[SearchResult]:
        y = binary_target(train, use_case.task)
        recipe, say = Recipe(use_case.inputs, use_case.data.columns, features), context.log.info
        journal = mlflow.workspace.layout.study(use_case.name)
        with mlflow.run(context, use_case.name) as run:
            folds = build_folds(train, y, search=training.search, splits=splits_config, recipe=recipe, on_progress=say)
            result = searches.search(folds, training, journal=journal, version=declared, on_progress=say)
            pictures = {"history": plots.plot_search(result), "parameters": plots.plot_parameters(result)}
            run.log_params(
                {
                    "search.family": result.family,
                    "search.features": result.features,
                    "search.baseline": result.baseline.family,
                    "search.cross_validation": result.meaning,
                    **{f"model.{key}": value for key, value in result.params.items()},
                }
            )
            run.log_metrics(_search_metrics(result))
            shown = run.metadata() | _shown(result) | run.log_pictures(pictures, "search_")
        return made(result, shown, version=result.digest)

    return tuning


def _learned_from(use_case: UseCase) -> tuple[Any, ...]:
    """Return what the matrices of the folds depend on, without descriptions of columns and features."""
    features, splits = use_case.features, use_case.data.splits
    columns = {
        name: (column.type, column.sensitive, column.codes, column.labels)
        for name, column in use_case.data.columns.items()
    }
    derived = tuple(params.model_dump(mode="json", exclude={"description"}) for params in features.derive)
    learned = (use_case.inputs, columns, derived, features.encoding, features.selection, features.use_sensitive)
    return (*learned, use_case.task, splits.method, splits.group, splits.time)


def family_modules(use_case: UseCase) -> tuple[str, ...]:
    """Return the modules of the families that a use case names: they are loaded by name, so no import shows them."""
    return tuple(plugins.module_name("family", name) for name in use_case.training.families)


def _shown(result: SearchResult) -> dict[str, Any]:
    return {
        **_search_metrics(result),
        "search/family": result.family,
        "search/features": result.features,
        "search/meaning": result.meaning,
        "search/reason": result.reason,
        "baseline/family": result.baseline.family,
        "baseline/candidates": dg.MetadataValue.md(_candidates(result)),
        "params": dg.MetadataValue.json(dict(result.params)),
    }


def _search_metrics(result: SearchResult) -> dict[str, float]:
    baseline = result.baseline.value
    found = {
        f"search/cv_{result.metric}": result.value,
        f"search/cv_{result.metric}_low": result.low,
        f"search/cv_{result.metric}_high": result.high,
        f"search/baseline_cv_{result.metric}": baseline,
        "search/gain": result.gain,
        "search/gain_error": result.gain_error,
        "search/trials": len(result.trials),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def _candidates(result: SearchResult) -> str:
    """Return a table of the families at their defaults, which the baseline was chosen among."""
    head = ("family at its defaults", "features", result.metric, "")
    rows = [
        (t.family, t.features, "failed" if t.value is None else t.value, "" if t.number else "baseline")
        for t in result.trials[: result.candidates]
    ]
    return str(markdown_table(head, rows, right=head[2:3]))
