"""The glue of calibration and threshold: whose rows they come from, and what is known of it afterwards."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.frames import ROW, SPLIT
from mlops_assets.defs import training
from mlops_assets.features.matrix import matrix
from mlops_assets.training.bundle import predict_features
from mlops_assets_tests.defs.test_training import PERSONS, case, made
from mlops_assets_tests.split_rows import rows_of

NOUNS = ("feature_pipeline", "features", "tuning", "model", "reference_predictions", "evaluation")


def live(method: str, folder: Path) -> dict[str, Any]:
    """Return a model of people, each with ten near-copies, and what was made on the way, by noun."""
    declared = {**case(method).model_dump()["training"], "calibration": {"method": "isotonic"}}
    rng = np.random.default_rng(3)
    person = np.arange(PERSONS).repeat(10)
    values = rng.normal(size=(PERSONS, 4))[person] + 0.3 * rng.normal(size=(len(person), 4))
    y = (values[:, 0] + rng.normal(size=len(person)) > 0).astype(np.int64)
    frame = pd.DataFrame(values, columns=list("abcd")).assign(person=person, y=y, day=0, **{ROW: np.arange(len(y))})
    return made(case(method, training=declared), folder, *NOUNS, frame=frame)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A model of people whose rows are kept together by the split."""
    return live("grouped", tmp_path_factory.mktemp("people"))


@pytest.mark.parametrize("method", ["stratified", "grouped"])
def test_calibration_and_threshold_are_fitted_on_the_calibration_rows_and_no_others(
    method: str, tmp_path: Path
) -> None:
    """On training rows a forest is nearly certain: a map from those would leave its scores as extreme as they are."""
    lived = live(method, tmp_path)
    model, splits = lived["model"], lived["splits"]
    X, y = matrix(*(rows_of(lived[noun], splits, "calibration") for noun in ("features", "validated")), model.task)
    rows = int((splits[SPLIT] == "calibration").sum())

    assert rows != int((splits[SPLIT] == "train").sum())
    assert (model.calibrator.rows, model.threshold.rows) == (rows, rows)
    assert predict_features(model, X).mean() == pytest.approx(y.mean(), abs=0.02)


def test_near_copies_are_counted_as_one_person(lived: dict[str, Any]) -> None:
    """In every interval of the evaluation."""
    report, splits = lived["evaluation"], lived["splits"]
    persons = lived["validated"].loc[(splits[SPLIT] == "test").to_numpy(), "person"].nunique()

    assert report.groups == persons
    assert report.rows == 10 * persons


def test_persons_are_kept_whole_in_calibration_and_threshold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: rows of one person dealt to several folds, and resampled one by one."""
    given, fit = [], training.bundles.fit_bundle
    monkeypatch.setattr(
        training.bundles, "fit_bundle", lambda *a, **k: given.append(k["calibration_groups"]) or fit(*a, **k)
    )
    lived = live("grouped", tmp_path)
    persons = lived["validated"].loc[(lived["splits"][SPLIT] == "calibration").to_numpy(), "person"]
    (groups,) = given

    assert len(groups) == len(persons)
    assert len(set(zip(persons, groups, strict=True))) == len(set(groups)) == persons.nunique()


def test_the_evaluation_knows_how_unsure_the_threshold_is(lived: dict[str, Any]) -> None:
    model, report = lived["model"], lived["evaluation"]

    assert (report.threshold.value, report.threshold.low) == (model.threshold.value, model.threshold.low)
    assert report.decisions["selected_share"].high > report.decisions["selected_share"].low
