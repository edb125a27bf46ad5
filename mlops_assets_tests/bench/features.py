"""Feature building beside the same features written by hand in pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from mlops_assets.data.splits import rows_of
from mlops_assets.data.target import binary_target
from mlops_assets.features.pipeline import FeaturePipeline, build_features, fit_pipeline
from mlops_assets_tests.bench.project import shipped, splits, validated
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import calls

STATUS = ["PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0"]
BILLS = [f"BILL_AMT{month}" for month in range(6, 0, -1)]
PAYMENTS = [f"PAY_AMT{month}" for month in range(6, 0, -1)]


def measure(project: Path, options: Options) -> list[Row]:
    """Build all features of all valid rows both ways, after making sure that both are the same numbers."""
    del project
    frame, pipeline = validated(), fitted()
    ours, plain = build_features(frame, pipeline), by_hand(frame)[list(pipeline.names)]
    same = bool(np.allclose(ours.to_numpy(), plain.to_numpy(), equal_nan=True))
    found = calls(
        {"build_features": lambda: build_features(frame, pipeline), "pandas": lambda: by_hand(frame)},
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


def by_hand(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the features as one would write them in a notebook."""
    made = frame[["LIMIT_BAL", *STATUS, *BILLS, *PAYMENTS]].astype("float64")
    labels = {1: "graduate school", 2: "university", 3: "high school"}
    for code, label in labels.items():
        made[f"EDUCATION={label}"] = (frame["EDUCATION"] == code).astype("float64")
    for month in range(1, 7):
        made[f"utilisation_{month}"] = frame[f"BILL_AMT{month}"] / frame["LIMIT_BAL"].replace(0, np.nan)
    for month in range(1, 6):
        made[f"payment_ratio_{month}"] = frame[f"PAY_AMT{month}"] / frame[f"BILL_AMT{month + 1}"].replace(0, np.nan)
    steps = np.arange(6) - 2.5
    for name, columns in (("bill_trend", BILLS), ("payment_trend", PAYMENTS), ("status_trend", STATUS)):
        made[name] = frame[columns].mul(steps, axis=1).sum(axis=1) / (steps**2).sum()
    made["mean_bill"] = frame[BILLS].mean(axis=1)
    made["mean_payment"] = frame[PAYMENTS].mean(axis=1)
    made["worst_status"] = frame[STATUS].max(axis=1).astype("float64")
    late = frame[STATUS] >= 1
    made["months_late"] = late.sum(axis=1).astype("float64")
    backwards = late.iloc[:, ::-1].to_numpy()
    made["months_since_late"] = np.where(backwards.any(axis=1), backwards.argmax(axis=1), 6).astype("float64")
    made["log_limit"] = np.log1p(frame["LIMIT_BAL"])
    return made
