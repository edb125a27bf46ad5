"""The glue of the assurance stage: which rows are explained, and whose attributes a decision is counted under."""

from __future__ import annotations

import dagster as dg
import numpy as np
import pytest

from mlops_assets.data.frames import ROW
from mlops_assets.defs import assurance
from mlops_assets.defs.resources import Workspace
from mlops_assets.training.bundle import predict_features
from mlops_assets.use_case.model import UseCase
from mlops_assets_tests.defs.test_training import Quiet, Shelf, case, made, people, told_versions
from mlops_assets_tests.split_rows import rows_of


@pytest.fixture
def lived(tmp_path):
    """A use case with a protected attribute, and what its stages before this one made of shuffled rows."""
    told = case("stratified").model_dump()
    told["data"]["columns"]["group"] = {"type": "category", "allowed": ("p", "q"), "sensitive": True}
    told["assurance"]["fairness"]["minimum_group"] = 10
    use_case = UseCase.model_validate(told)
    frame = people()
    frame["group"] = np.where(np.random.default_rng(4).random(len(frame)) < 0.3, "p", "q")
    return use_case, made(
        use_case, tmp_path, "feature_pipeline", "features", "tuning", "model", "reference_predictions", frame=frame
    )


def assured(lived, tmp_path) -> Shelf:
    use_case, values = lived
    workspace, shelf = Workspace(root=str(tmp_path), environment_name="local"), Shelf(**values)
    assets = [part for part in assurance.build(use_case) if not isinstance(part, dg.AssetChecksDefinition)]
    given = [dg.AssetSpec([use_case.name, noun]) for noun in values]
    resources = {"io_manager": shelf, "workspace": workspace, "mlflow": Quiet(workspace=workspace)}
    chosen = [key for asset in assets for key in asset.keys]
    tables = {noun: values[noun] for noun in ("features", "splits")}
    instance = told_versions(dg.DagsterInstance.ephemeral(), use_case.name, **tables)
    assert dg.materialize([*given, *assets], resources=resources, selection=chosen, instance=instance).success
    return shelf


def test_rows_of_the_test_split_are_explained_and_each_decision_counts_for_the_group_of_its_own_row(lived, tmp_path):
    """Planted: training rows explained; attributes joined by position to rows in another order."""
    shelf = assured(lived, tmp_path)
    values, report = shelf.values, shelf.values["fairness"]
    test = rows_of(values["validated"], values["splits"], "test").set_index(ROW)
    features = values["features"].set_index(ROW).loc[test.index]
    flagged = predict_features(values["model"], features) >= values["model"].threshold.value
    rates = {label: flagged[(test["group"] == label).to_numpy()].mean() for label in ("p", "q")}

    assert set(values["shap_values"][ROW]) == set(test.index)
    assert values["explanations"].of_rows == len(test)
    measured = {g.label: g.measures["selection_rate"].value for g in report.attributes["group"].groups}
    assert measured == pytest.approx(rates)
    assert rates["p"] != rates["q"]
