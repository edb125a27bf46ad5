"""Fairness with intervals in closed form beside fairlearn's own bootstrap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.assurance.fairness import Scored, measure_fairness
from mlops_assets.data.target import binary_target
from mlops_assets_tests.bench.project import shipped, splits, validated
from mlops_assets_tests.bench.rows import Options, Row
from mlops_assets_tests.bench.timing import in_turns, of_call
from mlops_assets_tests.split_rows import rows_of

RESAMPLES = 100


def measure(project: Path, options: Options) -> list[Row]:
    """Compare the groups of every protected attribute once each way; fairlearn's way takes half a minute."""
    del project
    use_case = shipped()
    config = use_case.assurance.fairness
    test = rows_of(validated(), splits(), "test")
    y = binary_target(test, use_case.task).to_numpy()
    rng = np.random.default_rng(5)
    decision = (rng.random(len(y)) < np.where(y == 1, 0.55, 0.15)).astype("int8")
    scored, direction = Scored(y, rng.random(len(y)), decision), use_case.direction
    names = list(use_case.fairness_attributes)
    people, columns = test[names], {name: use_case.data.columns[name] for name in names}
    groups = people.assign(AGE=np.digitize(people["AGE"], config.bins["AGE"]))
    found = in_turns(
        {
            "measure_fairness": lambda: of_call(
                lambda: measure_fairness(scored, people, columns, config, direction, "bench")
            ),
            f"MetricFrame(n_boot={RESAMPLES})": lambda: of_call(lambda: _frames(y, decision, groups)),
        },
        repeat=1,
        say=options.say,
        warm=False,
    )
    ours, plain = found.values()
    return [
        Row(
            f"fairness, {len(y):,} rows, intervals in closed form",
            ours,
            plain,
            f"fairlearn `MetricFrame(n_boot={RESAMPLES})` for each of {', '.join(names)}",
            note="seven measures with the intersection of all attributes, against three measures of single "
            f"attributes with {RESAMPLES} resamples; one repetition, including the import of fairlearn",
        )
    ]


def _frames(y: np.ndarray, decision: np.ndarray, groups: pd.DataFrame) -> list[Any]:
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

    metrics = {"selection": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate}
    return [
        MetricFrame(
            metrics=metrics,
            y_true=y,
            y_pred=decision,
            sensitive_features=groups[name],
            n_boot=RESAMPLES,
            ci_quantiles=[0.025, 0.975],
            random_state=5,
        ).by_group_ci
        for name in groups
    ]
