"""The glue of the privacy stage: what a release is charged for, and which rows the synthetic table is judged on."""

from __future__ import annotations

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW
from mlops_assets.data.splits import assign_splits
from mlops_assets.defs import privacy
from mlops_assets.defs.resources import Workspace
from mlops_assets.stores.ledger import PrivacyLedger
from mlops_assets.use_case.model import UseCase
from mlops_assets_tests.defs.test_training import Shelf, told_versions
from mlops_assets_tests.split_rows import rows_of

USE_CASE = UseCase.model_validate(
    {
        "name": "people",
        "description": "People.",
        "owners": ("team:tests",),
        "task": {"target": "y"},
        "data": {
            "source": {"path": "people.csv"},
            "columns": {"x": {"type": "number", "min": 0, "max": 1}, "y": {"type": "integer", "allowed": (0, 1)}},
        },
        "privacy": {
            "budget": {"epsilon": 1.0},
            "statistics": ({"name": "mean_x", "kind": "mean", "column": "x", "epsilon": 0.25},),
            "synthetic": {"rows": 50},
        },
    }
)


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame({ROW: np.arange(400), "x": rng.random(400), "y": rng.integers(0, 2, 400)})


@pytest.fixture
def materialize(tmp_path, monkeypatch):
    """Make one asset of the stage from a validated table, in one instance and one folder."""
    folder = tmp_path / "project"
    (folder / "configs" / "environments").mkdir(parents=True)
    (folder / "configs" / "environments" / "local.yaml").write_text("{}\n")
    instance = dg.DagsterInstance.ephemeral()

    def make(noun: str, valid: pd.DataFrame, use_case: UseCase = USE_CASE, **more: object) -> object:
        splits = assign_splits(valid, use_case.data.splits, use_case.task)
        shelf = Shelf(validated=valid, splits=splits, **more)
        assets = [part for part in privacy.build(use_case) if not isinstance(part, dg.AssetChecksDefinition)]
        given = [dg.AssetSpec([use_case.name, name]) for name in shelf.values if name != noun]
        given = [spec for spec in given if spec.key not in {key for asset in assets for key in asset.keys}]
        resources = {
            "io_manager": shelf,
            "workspace": Workspace(root=str(folder), environment_name="local"),
            "mlflow": dg.ResourceDefinition.none_resource(),
        }
        chosen = [asset.key for asset in assets if asset.key.path[-1] == noun]
        told_versions(instance, use_case.name, validated=valid, splits=splits)
        for asset in assets:
            monkeypatch.setattr(asset, "_hook_defs", set(), raising=False)
        assert dg.materialize([*given, *assets], resources=resources, selection=chosen, instance=instance).success
        return shelf.values[noun]

    make.ledger = PrivacyLedger(folder / "data" / "generated" / "ledger" / "people.sqlite")
    return make


def test_changed_data_buys_a_new_release_and_the_same_data_returns_the_old_one(materialize, people):
    """Planted: a key without the digest of the data would publish the old figures for new people, for nothing."""
    first = materialize("private_statistics", people)
    assert materialize("private_statistics", people) == first
    assert materialize.ledger.spent() == 0.25

    people.loc[7, "x"] = 1 - people.loc[7, "x"]
    assert materialize("private_statistics", people) != first
    assert materialize.ledger.spent() == 0.5


def test_other_bounds_of_a_column_buy_a_new_release(materialize, people):
    """Planted: noise that was scaled to narrower bounds would be published for wider ones."""
    told = USE_CASE.model_dump()
    told["data"]["columns"]["x"]["max"] = 100
    first = materialize("private_statistics", people)

    assert materialize("private_statistics", people, UseCase.model_validate(told)) != first
    assert materialize.ledger.spent() == 0.5


def test_the_synthesizer_learns_from_training_rows_and_is_judged_on_rows_that_it_never_saw(
    materialize, people, monkeypatch
):
    """Planted: utility measured on the training rows would look better than it is."""
    fitted, judged = [], []
    draw, measure = privacy.synthetic.synthesize, privacy.reports.measure_synthetic
    monkeypatch.setattr(privacy.synthetic, "synthesize", lambda rows, *a: fitted.append(rows) or draw(rows, *a))
    monkeypatch.setattr(privacy.reports, "measure_synthetic", lambda *a, **k: judged.append(a[:2]) or measure(*a, **k))
    drawn = materialize("synthetic", people)
    materialize("synthetic_report", people, synthetic=drawn)
    splits = assign_splits(people, USE_CASE.data.splits, USE_CASE.task)
    train, test = (set(rows_of(people, splits, name)[ROW]) for name in ("train", "test"))

    assert set(fitted[0][ROW]) == train
    assert [set(rows[ROW]) for rows in judged[0]] == [train, test]
