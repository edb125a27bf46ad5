"""Feature building beside the same features written by hand in pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlops_assets.data.target import binary_target
from mlops_assets.features.pipeline import FeaturePipeline, build_features, fit_pipeline
from mlops_assets_tests.bench.plain_script import add_features
from mlops_assets_tests.bench.project import shipped, splits, validated
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import calls
from mlops_assets_tests.split_rows import rows_of


def measure(project: Path, options: Options) -> list[Row]:
    """Build all features of all valid rows both ways, after making sure that both are the same numbers."""
    del project
    frame, pipeline = validated(), fitted()
    ours, plain = build_features(frame, pipeline), add_features(frame)[list(pipeline.names)]
    same = bool(np.allclose(ours.to_numpy(), plain.to_numpy(), equal_nan=True))
    found = calls(
        {"build_features": lambda: build_features(frame, pipeline), "pandas": lambda: add_features(frame)},
        repeat=options.times(15),
        say=options.say,
    )
    return [
        Row(
            f"features, {len(frame):,} rows × {len(pipeline.names)}",
            found["build_features"],
            found["pandas"],
            "the same features by hand in pandas",
            note="both give the same numbers" if same else "THE TWO GIVE DIFFERENT NUMBERS",
            amount=len(frame),
            unit="rows",
        )
    ]


def fitted() -> FeaturePipeline:
    """Return the pipeline, fitted on the training split."""
    use_case = shipped()
    train = rows_of(validated(), splits(), "train")
    return fit_pipeline(
        train,
        binary_target(train, use_case.task),
        inputs=use_case.inputs,
        columns=use_case.data.columns,
        features=use_case.features,
    )
