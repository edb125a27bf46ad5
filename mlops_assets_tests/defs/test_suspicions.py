"""What is suspicious is looked for where it must be: on training rows, in columns that a model sees, by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW, SPLIT
from mlops_assets.data.leakage import LeakageReport
from mlops_assets.defs import suspicions
from mlops_assets.defs.resources import Workspace
from mlops_assets.use_case.model import UseCase
from mlops_assets_tests.defs.test_training import Quiet, Shelf

ROWS = 400
Y = (np.arange(ROWS) % 4 == 0).astype("int64")
TRAIN = np.arange(ROWS) < 240
VALIDATED = pd.DataFrame(
    {
        ROW: np.arange(ROWS) * 3,
        "person": np.arange(ROWS) // 8,
        "leak": Y,
        "known_in_test": np.where(TRAIN, np.arange(ROWS) % 3, Y),
        "excluded": Y,
        "protected": Y,
        "behind": np.where(Y == 1, 5.0, 7.0),
        "y": np.where(Y == 1, "late", "on time"),
    }
)
SPLITS = pd.DataFrame({ROW: VALIDATED[ROW], SPLIT: np.where(TRAIN, "train", "test")})


def use_case(**splits: Any) -> UseCase:
    number = {"type": "integer"}
    columns = dict.fromkeys(("person", "leak", "known_in_test", "excluded"), number)
    return UseCase.model_validate(
        {
            "name": "case",
            "description": "Columns that know too much.",
            "owners": ("team:tests",),
            "task": {"target": "y", "positive": ("late", "never")},
            "data": {
                "source": {"path": "case.csv"},
                "columns": {
                    **columns,
                    "person": {"type": "integer", "role": "group"},
                    "protected": {"type": "integer", "sensitive": True},
                    "behind": {"type": "number", "role": "ignore"},
                    "y": {"type": "category", "allowed": ("on time", "late", "never")},
                },
                "splits": splits,
            },
            "features": {
                "exclude": ("excluded",),
                "derive": ({"name": "log_behind", "transform": "log", "column": "behind"},),
            },
        }
    )


def body(definitions: list[Any], kind: type, name: str) -> Callable[..., Any]:
    """Return the function of an asset or check."""
    found = next(d for d in definitions if type(d) is kind and name in d.node_def.name)
    return found.node_def.compute_fn.decorated_fn


def report_of(case: UseCase, validated: pd.DataFrame = VALIDATED) -> LeakageReport:
    asset = next(part for part in suspicions.build(case) if not isinstance(part, dg.AssetChecksDefinition))
    shelf, workspace = Shelf(validated=validated, splits=SPLITS), Workspace(root=".", environment_name="local")
    resources = {"io_manager": shelf, "mlflow": Quiet(workspace=workspace), "workspace": workspace}
    assert dg.materialize(
        [*(dg.AssetSpec([case.name, noun]) for noun in shelf.values), asset], resources=resources
    ).success
    return shelf.values["leakage_report"]


def test_leaks_are_looked_for_on_training_rows_and_in_what_a_model_sees() -> None:
    """Also behind derived features; not in what is excluded or protected, nor on rows that are held out."""
    report = report_of(use_case())

    assert [leak.column for leak in report.findings] == ["leak", "behind"]
    assert (report.rows, report.positives) == (240, 60)
    assert report.columns == 3


def test_persons_are_kept_whole_where_the_splits_keep_them_whole() -> None:
    """A code that stands for a person then tells nothing of other persons, and is no leak."""
    person = VALIDATED["person"].to_numpy()
    outcome = np.random.default_rng(3).integers(0, 2, ROWS)[person]
    told = VALIDATED.assign(
        leak=person % 7, behind=person % 5, known_in_test=person * 7 % 53, y=np.where(outcome == 1, "late", "on time")
    )

    assert [leak.column for leak in report_of(use_case(), told).findings] == ["known_in_test"]
    assert report_of(use_case(method="grouped", group="person"), told).findings == ()


@pytest.mark.parametrize(("minimum", "passed"), [(60, True), (61, False)])
def test_the_positive_training_rows_are_counted_against_the_declared_minimum(minimum: int, passed: bool) -> None:
    checks = suspicions.build(use_case(minimum_positives=minimum))
    result = body(checks, dg.AssetChecksDefinition, "learnable")(splits=SPLITS, validated=VALIDATED)

    assert result.passed is passed
    assert "60 positive and 180 negative training rows" in result.description


def test_few_positive_test_rows_are_said_and_stop_nothing() -> None:
    result = body(suspicions.build(use_case()), dg.AssetChecksDefinition, "enough_positives")(
        splits=SPLITS, validated=VALIDATED
    )

    assert not result.passed
    assert result.severity is dg.AssetCheckSeverity.WARN
    assert "test 40 positive and 120 negative" in result.description
