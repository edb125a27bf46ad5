"""The glue of drift: what a batch is held against, what is never watched, and what may start a retraining."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance

from mlops_assets.data.frames import ROW
from mlops_assets.defs import monitoring
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.reference import MODEL, stored_reference
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage
from mlops_assets.defs.tuning import build_tuning
from mlops_assets.errors import DataError
from mlops_assets.graph import keys
from mlops_assets.graph.condition import Look, bind
from mlops_assets.graph.stale import Plan
from mlops_assets.graph.stored import stored_metadata
from mlops_assets.monitoring.drift_record import DriftReport, judge_drift
from mlops_assets.runner.summary import _shifted_replay
from mlops_assets.stores import tables
from mlops_assets.training.bundle import FINGERPRINT, PROBABILITY, predict_rows
from mlops_assets.use_case.model import UseCase
from mlops_assets.verdicts import Outcome
from mlops_assets_tests.defs.test_training import Shelf, case, made
from mlops_assets_tests.split_rows import rows_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]
NOUNS = ("feature_pipeline", "features", "tuning", "model", "reference_predictions")
DRIFT = {"minimum_rows": 50, "threshold": 0.5, "category_threshold": 0.5}


def rows(count: int, seed: int, month: int = 8) -> pd.DataFrame:
    """Return rows that tell nothing of `y`: a forest knows its training rows by heart, and no other."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(count, 4)), columns=list("abcd"))
    frame["month"] = np.where(rng.random(count) < 0.5, month, month - 1)
    frame["person"] = 1_000_000 * seed + np.arange(count)
    return frame.assign(y=rng.integers(0, 2, count), day=0, **{ROW: np.arange(count)})


def use_case() -> UseCase:
    """Return a case in which a model reads the month, and the code of a person is a protected attribute."""
    told = case("stratified").model_dump()
    columns = told["data"]["columns"]
    columns["person"]["sensitive"] = True
    told["data"]["columns"] = {"month": {"type": "integer", "calendar": True}, **columns}
    told["training"]["calibration"] = {"method": "none"}
    return UseCase.model_validate({**told, "monitoring": {"drift": DRIFT}})


@dataclass
class World:
    """A model and what it was made of, with an instance in which batches are judged."""

    values: dict[str, Any]
    instance: dg.DagsterInstance
    folder: Path

    def __post_init__(self) -> None:
        stage = Stage(use_case(), "monitoring")
        checks = monitoring._checks(stage)
        judged = next(check for check in checks if {key.name for key in check.check_keys} == {"no_drift"})
        made_here = [monitoring._drift(stage), build_tuning(Stage(use_case(), "training"))]
        for asset in made_here:
            bind(asset, {"people": Look(lambda graph, instance: Plan((), (), (), 0))})  # nothing else is stale
        plain = [dg.AssetSpec(stage.key(noun)) for noun in ("validated", "splits")]
        parted = keys.batches(stage.use_case.name)
        batch = [dg.AssetSpec(stage.key(noun), partitions_def=parted) for noun in ("incoming", "scored")]
        workspace = Workspace(root=str(self.folder), environment_name="local")
        self.shelf = Shelf(**self.values)
        resources = {
            "io_manager": self.shelf,
            "workspace": workspace,
            "mlflow": MlflowResource(workspace=workspace),
        }
        self._keep_reference(self.values["reference_predictions"], workspace)
        # A later champion, whose predictions are nothing like those of the model that scores the batches.
        later = self.values["reference_predictions"].assign(**{PROBABILITY: 0.5, FINGERPRINT: "later"})
        self._keep_reference(later, workspace)
        assets = [*made_here, *plain, *batch]
        self.defs = dg.Definitions(assets=assets, asset_checks=[judged], resources=resources)
        self.cursor: Any = None

    def _keep_reference(self, reference: pd.DataFrame, workspace: Workspace) -> None:
        """Store predictions as their asset does, in a file of their model's own, and record them."""
        model = reference[FINGERPRINT].iloc[0]
        path = workspace.layout.artifact("people", "reference_predictions", ".parquet", model[:16])
        tables.save_table(reference, path)
        metadata = {**stored_metadata(path, workspace.layout), MODEL: model}
        made = dg.AssetMaterialization(["people", "reference_predictions"], metadata=metadata, tags={"made": "yes"})
        self.instance.report_runless_asset_event(made)

    def drift(self, name: str, frame: pd.DataFrame) -> DriftReport:
        """Judge a batch and return the record."""
        incoming = frame.drop(columns="y")
        scored = predict_rows(self.values["model"], incoming).assign(**{monitoring.MODEL_VERSION: "1"})
        self.shelf.values |= {"incoming": incoming, "scored": scored}
        self.instance.add_dynamic_partitions(keys.batches("people").name, [name])
        by = {MODEL: self.values["model"].fingerprint}
        made = dg.AssetMaterialization(["people", "scored"], metadata=by, partition=name, tags={"made": "yes"})
        self.instance.report_runless_asset_event(made)
        self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(["people", "drift"])],
            partition_key=name,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        return self.shelf.values["drift"]

    def requested(self) -> bool:
        """Return whether automation asks for a search when it looks the next time."""
        looked = dg.evaluate_automation_conditions(
            defs=self.defs,
            instance=self.instance,
            cursor=self.cursor,
            asset_selection=dg.AssetSelection.assets(["people", "tuning"]),
            evaluation_time=dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
        )
        self.cursor = looked.cursor
        return looked.get_num_requested(dg.AssetKey(["people", "tuning"])) > 0


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A forest and the rows that it was made of."""
    return made(use_case(), tmp_path_factory.mktemp("made"), *NOUNS, frame=rows(800, 1))


@pytest.fixture
def world(values: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    (tmp_path / "configs" / "environments").mkdir(parents=True)
    (tmp_path / "configs" / "environments" / "local.yaml").write_text("{}\n")
    monkeypatch.setattr(MlflowResource, "log_reports", lambda *_, **__: {})
    monkeypatch.setattr(monitoring.registry, "load_champion", lambda *_: pytest.fail("no model is loaded for drift"))
    return World(dict(values), dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)), tmp_path)


def test_the_prediction_is_held_against_rows_that_the_model_was_not_fitted_on(world: World) -> None:
    """Training predictions are bolder than those of any other rows: each batch would look like drift.

    They are those of the model that scored the batch, though a later one has its own.
    """
    batch = rows(300, 2)
    report = world.drift("august", batch)
    validated, splits, model = (world.values[noun] for noun in ("validated", "splits", "model"))
    now = predict_rows(model, batch)["probability"]
    distance = {}
    for split in ("train", "test"):
        past = predict_rows(model, rows_of(validated, splits, split))["probability"]
        distance[split] = wasserstein_distance(past, now) / float(np.std(past))

    assert distance["train"] > 1.5 * distance["test"]
    assert report.prediction.score == pytest.approx(distance["test"])
    assert report.prediction.reference_rows == len(rows_of(validated, splits, "test"))
    assert report.reference_rows == len(rows_of(validated, splits, "train"))
    assert judge_drift(report).outcome is Outcome.PASSED


def test_a_model_of_which_no_predictions_are_stored_is_said_and_nothing_else_is_compared(
    world: World, tmp_path: Path
) -> None:
    layout = Workspace(root=str(tmp_path), environment_name="local").layout

    with pytest.raises(DataError, match=r"no predictions on the test split.*--again scored:BATCH"):
        stored_reference(world.instance, layout, "people", "a model of long ago")


def test_neither_a_later_month_nor_new_identifiers_start_a_retraining_but_a_watched_column_does(world: World) -> None:
    """The model reads the month, and the person is protected: both are new in each batch, and neither is watched."""
    report = world.drift("december", rows(300, 3, month=12))

    assert set(report.excluded) == {"month", "person"}
    assert [found.column for found in report.columns] == list("abcd")
    assert judge_drift(report).outcome is Outcome.PASSED
    assert not world.requested()

    moved = rows(300, 4)
    report = world.drift("moved", moved.assign(a=moved["a"] + 3))

    assert "a" in [found.column for found in report.drifted]
    assert world.requested()


def test_the_same_batch_gives_the_same_bytes_twice(world: World) -> None:
    """Record, page and Evidently's page."""
    batch = rows(300, 5)
    seen = []
    for _ in range(2):
        record = world.folder / "drift.json"
        tables.save_record(world.drift("twice", batch), record)
        pages = sorted((world.folder / "data" / "generated").rglob("*.html"))
        found = world.instance.get_latest_data_version_record(dg.AssetKey(["people", "drift"]), partition_key="twice")
        version = found.event_log_entry.asset_materialization.tags["dagster/data_version"]
        seen.append((version, *(path.read_bytes() for path in (record, *pages))))
        for page in pages:
            page.unlink()

    assert len(seen[0]) == 4
    assert seen[0] == seen[1]


def test_the_hint_of_a_run_shifts_a_column_that_is_watched() -> None:
    """The month is the first number that the model reads; shifted, it would show nothing."""
    assert next(iter(use_case().inputs)) == "month"
    assert _shifted_replay(use_case()) == "mlops-assets replay people --shift 'a=*1.5' --run"
