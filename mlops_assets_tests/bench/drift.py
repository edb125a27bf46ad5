"""Drift of one batch beside Evidently's own preset with the same methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.monitoring import drift as drifts
from mlops_assets.use_case.monitoring import Drift
from mlops_assets_tests.bench.project import shipped, splits, validated
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import calls
from mlops_assets_tests.split_rows import rows_of


def measure(project: Path, options: Options) -> list[Row]:
    """Compare the held-back rows with the training rows, without and with Evidently's page."""
    del project
    use_case = shipped()
    config = use_case.monitoring.drift
    watched = drifts.watched_columns(use_case)
    columns = {name: use_case.data.columns[name] for name in watched}
    rng = np.random.default_rng(3)
    past, now = (
        frame.assign(probability=rng.beta(1.2, 4, len(frame)))
        for frame in (rows_of(validated(), splits(), part)[list(watched)] for part in ("train", "replay"))
    )
    numeric = [name for name in watched if columns[name].type in ("integer", "number")] + ["probability"]
    rows = []
    for page in (False, True):
        found = calls(
            {
                f"measure_drift, page={page}": lambda page=page: drifts.measure_drift(
                    past, now, columns, config, (past["probability"], now["probability"]), with_html=page
                ),
                f"DataDriftPreset, page={page}": lambda page=page: _preset(past, now, numeric, config, page=page),
            },
            repeat=options.times(5),
            say=options.say,
        )
        ours, plain = found.values()
        rows.append(
            Row(
                f"drift, {len(now):,} rows against {len(past):,}{', with the page' if page else ''}",
                ours,
                plain,
                "Evidently `DataDriftPreset`, the same methods",
                note=f"{len(watched)} columns and the prediction",
            )
        )
    return rows


def _preset(past: pd.DataFrame, now: pd.DataFrame, numeric: list[str], config: Drift, *, page: bool) -> Any:
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    categories = [name for name in past.columns if name not in numeric]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=categories)
    preset = DataDriftPreset(
        num_method=config.numeric_method,
        num_threshold=config.threshold,
        cat_method=config.category_method,
        cat_threshold=config.category_threshold,
    )
    snapshot = Report([preset]).run(
        Dataset.from_pandas(now, data_definition=definition), Dataset.from_pandas(past, data_definition=definition)
    )
    scores = snapshot.dict()
    return scores, snapshot.get_html_str(as_iframe=False) if page else None
