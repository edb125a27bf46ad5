"""SHAP values of every model family beside the same explainer of shap called directly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from mlops_assets import plugins
from mlops_assets.assurance.explanations import explain
from mlops_assets.data.table_schema import declare
from mlops_assets.features.matrix import matrix
from mlops_assets.features.pipeline import build_features
from mlops_assets.training.bundle import Bundle, fit_bundle
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.assurance import Explanations
from mlops_assets_tests.bench.features import fitted
from mlops_assets_tests.bench.project import shipped, splits, validated
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import calls
from mlops_assets_tests.split_rows import rows_of


def measure(project: Path, options: Options) -> list[Row]:
    """Explain rows of the test split by each family that the use case searches."""
    del project
    rows = []
    for family in plugins.names("family"):
        bundle, X = fit(family)
        count = min(len(X), 250 if options.quick else 1000)
        chosen = X.iloc[:count]
        config = Explanations(rows=count)
        found = calls(
            {
                f"explain {family}": lambda bundle=bundle, chosen=chosen, config=config: explain(
                    bundle, chosen, config
                ),
                f"shap {family}": _directly(bundle, chosen, plugins.load("family", family).EXPLAINER),
            },
            repeat=options.times(3),
            say=options.say,
        )
        ours, plain = found.values()
        rows.append(
            Row(
                f"SHAP, {family}, {count:,} rows",
                ours,
                plain,
                "shap called directly",
                note="includes importance, tables and the check that values add up to the output",
                amount=count,
                unit="rows",
            )
        )
    return rows


def fit(family: str) -> tuple[Bundle, Any]:
    """Return a bundle of a family's default, and the features of the test split."""
    use_case, pipeline = shipped(), fitted()
    frame = validated()
    features = build_features(frame, pipeline)
    features.insert(0, "__row__", frame["__row__"])
    parts = {
        name: matrix(*(rows_of(each, splits(), name) for each in (features, frame)), use_case.task)
        for name in ("train", "calibration", "test")
    }
    module = plugins.load("family", family)
    params = {**module.FIXED, **module.DEFAULTS}
    result = SearchResult(family, params, 0.0, 0, "auc", True, (), 0, 0, 13, "bench")
    bundle = fit_bundle(
        *parts["train"],
        *parts["calibration"],
        search_result=result,
        training=use_case.training,
        pipeline=pipeline,
        table=declare(use_case.data, use_case.task.target),
        task=use_case.task,
        use_case=use_case.name,
        trained_on="bench",
    )
    return bundle, parts["test"][0]


def _directly(bundle: Bundle, X: pd.DataFrame, kind: str) -> Callable[[], Any]:
    import shap
    from sklearn.pipeline import Pipeline

    def linear() -> Any:
        seen = estimator[:-1].transform(X) if isinstance(estimator, Pipeline) else X
        return shap.LinearExplainer(estimator[-1], seen).shap_values(seen)

    estimator = bundle.estimator
    return linear if kind == "linear" else lambda: shap.TreeExplainer(estimator).shap_values(X, check_additivity=False)
