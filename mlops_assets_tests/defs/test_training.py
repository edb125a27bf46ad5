"""The glue of the training stage: which rows reach the search, what a model carries, what it is held against."""

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW, SPLIT, digest
from mlops_assets.data.splits import assign_splits
from mlops_assets.data.table_schema import declare
from mlops_assets.defs import features, training, tuning
from mlops_assets.defs.mlflow import MlflowResource
from mlops_assets.defs.resources import Workspace
from mlops_assets.defs.stage import Stage
from mlops_assets.defs.tuning import build_tuning
from mlops_assets.features import pipeline
from mlops_assets.stores.rows import Projection
from mlops_assets.training import folds
from mlops_assets.use_case.model import UseCase

PERSONS = 80


class Quiet(MlflowResource):
    """A store that nothing is logged to."""

    @contextmanager
    def run(self, _context, _use_case, *, about=None):
        nothing = SimpleNamespace(metadata=dict, log_model=lambda _: SimpleNamespace(model_uri="models:/none"))
        nothing.log_params = nothing.log_metrics = lambda *_: None
        nothing.log_pictures = lambda *_: {}
        nothing.log_figure = nothing.log_measured = nothing.log_file = nothing.log_decision = lambda *_: None
        yield nothing


def shown(value: Any, declared: Projection, splits: pd.DataFrame) -> Any:
    """Return what a projection shows of a value in memory, by another way than the store goes."""
    if not isinstance(value, pd.DataFrame):
        return value
    split = value[ROW].map(splits.set_index(ROW)[SPLIT]) if declared.needs_splits else None
    if declared.columns is not None:
        also = {SPLIT: split} if SPLIT in declared.columns else {}
        value = value.assign(**also)[[*declared.columns]]
    if isinstance(declared.split, tuple):
        return {name: value[split == name].reset_index(drop=True) for name in declared.split}
    return value if declared.split is None else value[split == declared.split].reset_index(drop=True)


def told_versions(instance: dg.DagsterInstance, use_case: str, **values: Any) -> dg.DagsterInstance:
    """Record tables as materialized, with the data version that their assets give them."""
    for noun, value in values.items():
        version = {"dagster/data_version": digest(value)}
        instance.report_runless_asset_event(dg.AssetMaterialization([use_case, noun], tags=version))
    return instance


class Shelf(dg.IOManager):
    """Keeps values by the noun of their asset."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def handle_output(self, context, obj) -> None:
        self.values[context.asset_key.path[-1]] = obj

    def load_input(self, context) -> Any:
        declared = Projection.declared(context.definition_metadata)
        return shown(self.values[context.asset_key.path[-1]], declared, self.values.get("splits"))


def case(method: str, **more) -> UseCase:
    """Ten near-copies of each person; nothing of one tells of another. `signal` is derived from `a` and `b`."""
    numbers = {name: {"type": "number"} for name in "abcd"}
    named = {"grouped": {"group": "person"}, "temporal": {"time": "day"}}.get(method, {})
    forest = {"random_forest": {"space": {}, "fixed": {"n_estimators": 20, "min_samples_leaf": 1}}}
    told = {
        "name": "people",
        "description": "People, ten near-copies each.",
        "owners": ("team:tests",),
        "task": {"target": "y"},
        "data": {
            "source": {"path": "people.csv"},
            "columns": {
                **numbers,
                "person": {"type": "integer", "role": "identifier"},
                "day": {"type": "integer", "role": "ignore"},
                "y": {"type": "integer", "allowed": (0, 1)},
            },
            "splits": {"method": method, **named},
        },
        "training": {"families": forest, "search": {"trials": 1}, "evaluation": {"bootstrap": 100}},
        **more,
    }
    return UseCase.model_validate(told)


def people() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    person = np.arange(PERSONS).repeat(10)
    order = rng.permutation(len(person))
    values = rng.normal(size=(PERSONS, 4))[person] + 0.01 * rng.normal(size=(len(person), 4))
    frame = pd.DataFrame(values, columns=list("abcd")).assign(person=person, y=rng.integers(0, 2, PERSONS)[person])
    frame = frame.iloc[order].reset_index(drop=True)
    return frame.assign(day=rng.integers(0, 60, len(frame))).assign(**{ROW: np.arange(len(frame))})


def made(use_case: UseCase, tmp_path, *nouns: str, frame: pd.DataFrame | None = None) -> dict[str, Any]:
    """Materialize nouns of the features and training stages; return what was stored by noun."""
    valid = people() if frame is None else frame
    shelf = Shelf(validated=valid, splits=assign_splits(valid, use_case.data.splits, use_case.task))
    built = (*features.build(use_case), *training.build(use_case))
    assets = [part for part in built if not isinstance(part, dg.AssetChecksDefinition)]
    given = [dg.AssetSpec([use_case.name, noun]) for noun in shelf.values]
    (tmp_path / "configs" / "environments").mkdir(parents=True)
    (tmp_path / "configs" / "environments" / "local.yaml").write_text("{}\n")
    workspace = Workspace(root=str(tmp_path), environment_name="local")
    resources = {"io_manager": shelf, "workspace": workspace, "mlflow": Quiet(workspace=workspace)}
    chosen = [asset.key for asset in assets if asset.key.path[-1] in nouns]
    instance = told_versions(dg.DagsterInstance.ephemeral(), use_case.name, **shelf.values)
    result = dg.materialize([*given, *assets], resources=resources, selection=chosen, instance=instance)
    assert result.success
    return shelf.values


@pytest.mark.parametrize(("method", "is_told"), [("stratified", True), ("grouped", False)])
def test_the_search_follows_the_split_and_sees_no_copy_of_a_held_person(method, is_told, tmp_path):
    """Where rows are shuffled, copies of one person on both sides give 1.00; nothing can be known of another person."""
    found = made(case(method), tmp_path, "tuning")["tuning"]

    assert found.method == method
    assert (found.value > 0.95) is is_told
    assert (found.low < 0.5 < found.high) is not is_told


def test_a_search_over_time_learns_only_from_earlier_rows(tmp_path, monkeypatch):
    frame = people()
    seen, cut = [], folds.cut_folds
    monkeypatch.setattr(folds, "cut_folds", lambda rows, *rest: seen.append((rows, cut(rows, *rest))) or seen[-1][1])
    found = made(case("temporal"), tmp_path, "tuning", frame=frame)["tuning"]
    ((rows, parts),) = seen

    assert found.method == "temporal"
    assert all(rows.day.iloc[learned].max() < rows.day.iloc[held].min() for learned, held in parts)


def test_raw_rows_of_the_training_split_reach_the_search_and_features_are_learned_in_each_fold(tmp_path, monkeypatch):
    given, learned = [], []
    real, fit = tuning.build_folds, pipeline.fit_pipeline
    monkeypatch.setattr(tuning, "build_folds", lambda rows, *a, **k: given.append((rows, k)) or real(rows, *a, **k))
    monkeypatch.setattr(pipeline, "fit_pipeline", lambda rows, *a, **k: learned.append(len(rows)) or fit(rows, *a, **k))
    use_case = case("stratified")
    values = made(use_case, tmp_path, "tuning")
    ((rows, told),) = given
    splits = values["splits"]

    assert set(rows[ROW]) == set(splits.loc[splits[SPLIT] == "train", ROW])
    assert set("abcd") <= set(rows.columns)
    assert told["splits"] == use_case.data.splits
    assert learned == [len(rows) * 2 // 3] * 3


def version(use_case: UseCase) -> str | None:
    asset = build_tuning(Stage(use_case, "training"))
    return asset.code_versions_by_key[asset.key]


def test_the_search_reads_what_the_folds_are_made_of_and_no_word_about_it():
    """A description or a bound changes no fold; the method of the split, an encoding or a feature does."""
    base = case("stratified")
    described = base.data.columns["a"].model_copy(update={"description": "A number", "min": -100.0})
    data = base.data.model_copy(update={"columns": {**base.data.columns, "a": described}})

    assert version(base.model_copy(update={"data": data})) == version(base)
    assert len({version(each) for each in (base, case("grouped"), case("temporal"))}) == 3
    assert version(case("stratified", features=DERIVED)) != version(base)
    assert version(case("stratified", features={"selection": {"method": "mutual_information"}})) != version(base)


DERIVED = {"derive": ({"name": "gap", "transform": "difference", "left": "a", "right": "b"},)}


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> dict[str, Any]:
    """Search, model and evaluation of people whose derived feature says nothing."""
    nouns = ("feature_pipeline", "features", "tuning", "model", "reference_predictions", "evaluation")
    return made(case("grouped", features=DERIVED), tmp_path_factory.mktemp("lived"), *nouns)


def test_a_model_of_raw_inputs_carries_their_pipeline_only(lived):
    searched, model, whole = lived["tuning"], lived["model"], lived["feature_pipeline"]

    assert set(whole.sets) == {"raw", "derived"}
    assert model.pipeline.names == whole.sets[searched.features]
    assert searched.keeps_baseline
    assert searched.features == "raw"
    assert not model.pipeline.derive


def test_a_model_carries_what_is_declared_of_its_table(lived):
    use_case = case("grouped", features=DERIVED)

    assert lived["model"].table == declare(use_case.data, use_case.task.target)


def test_a_served_baseline_is_held_against_itself(lived):
    report = lived["evaluation"]

    assert report.comparison.is_served
    assert report.metrics["auc_gain"].value == report.metrics["auc_gain"].high == 0
    assert [step.name for step in report.comparison.ablation] == ["raw inputs", "+ features", "+ search"]


def test_intervals_of_the_ablation_count_persons_and_not_their_copies(lived):
    """16 persons are tested: an interval of their 160 rows would be a third as wide."""
    first = lived["evaluation"].comparison.ablation[0].auc

    assert first.high - first.low > 0.3
