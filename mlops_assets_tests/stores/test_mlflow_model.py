"""A registered bundle answers through MLflow as it does by itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data import validation
from mlops_assets.data.frames import ROW
from mlops_assets.data.table_schema import TableDeclaration, table_schema
from mlops_assets.errors import DataError
from mlops_assets.features.pipeline import build_features, fit_pipeline
from mlops_assets.stores import mlflow_model
from mlops_assets.stores.bundles import save_bundle
from mlops_assets.stores.logged_models import log_bundle
from mlops_assets.stores.mlflow_model import BundleModel, _load_pyfunc
from mlops_assets.stores.registry import load_champion, register_bundle
from mlops_assets.stores.tracking import tracking_client
from mlops_assets.training.bundle import fit_bundle, predict_rows
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.data import Column, Comparison
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.model import Task
from mlops_assets.use_case.training import Training

COLUMNS = {
    "weight, kg": Column(type="number", nullable=True, min=-10, max=10),
    'land "{x}"': Column(type="category", allowed=("dé", "fr")),
    "visits": Column(type="integer", min=0, max=50),
    "paid": Column(type="category", allowed=(0, 1)),
}


def draw_clients(rows=240):
    rng = np.random.default_rng(5)
    weight, visits = rng.normal(size=rows), rng.integers(0, 9, rows)
    paid = (weight + visits / 4 + rng.normal(0, 0.5, rows) > 1).astype(np.int64)
    weight[::8] = np.nan
    land = rng.choice(["dé", "fr"], rows)
    return pd.DataFrame({"weight, kg": weight, 'land "{x}"': land, "visits": visits, "paid": paid})


@pytest.fixture(scope="module")
def fitted():
    frame = draw_clients()
    frame.insert(0, ROW, range(len(frame)))
    train, held = frame.iloc[:180], frame.iloc[180:]
    inputs = tuple(name for name in COLUMNS if name != "paid")
    pipeline = fit_pipeline(train, train["paid"], inputs=inputs, columns=COLUMNS, features=Features())
    found = SearchResult("logistic_regression", {}, 0.5, 0, "auc", True, (), 2, 180, 1, "s")
    return fit_bundle(
        build_features(train, pipeline),
        train["paid"],
        build_features(held, pipeline),
        held["paid"],
        search_result=found,
        training=Training(),
        pipeline=pipeline,
        table=TableDeclaration(COLUMNS),
        task=Task(target="paid", positive=1),
        use_case="clients",
        trained_on="0" * 64,
    )


@pytest.fixture
def folder(fitted, tmp_path):
    save_bundle(fitted, tmp_path / "saved")
    return tmp_path / "saved"


def test_raw_rows_get_the_probabilities_of_the_bundle_under_their_own_index(fitted, folder):
    raw = draw_clients().set_index(pd.Index([f"client {i}" for i in range(240)]))
    shuffled = raw.sample(frac=1, random_state=1)
    expected = predict_rows(fitted, raw.reset_index(drop=True).assign(**{ROW: range(240)})).set_axis(raw.index)
    answer = _load_pyfunc(str(folder)).predict(shuffled)

    assert list(answer.columns) == ["probability", "decision"]
    assert answer.index.equals(shuffled.index)
    pd.testing.assert_series_equal(answer["probability"].sort_index(), expected["probability"].sort_index())
    assert set(answer["decision"]) == {0, 1}


@pytest.mark.parametrize(
    ("column", "value"), [("visits", 99), ("weight, kg", 11.0), ('land "{x}"', "it"), ("visits", np.nan)]
)
def test_a_row_that_breaks_a_rule_is_refused_and_never_left_out(folder, column, value):
    raw = draw_clients(20).astype({"visits": float})
    raw.loc[3, column] = value

    with pytest.raises(DataError, match="1 of 20 rows break a rule of their columns"):
        _load_pyfunc(str(folder)).predict(raw)


def test_a_missing_column_and_an_unknown_parameter_are_named(folder):
    model = _load_pyfunc(str(folder))

    with pytest.raises(DataError, match="visits"):
        model.predict(draw_clients(5).drop(columns="visits"))
    with pytest.raises(DataError, match="takes no parameters; got threshold"):
        model.predict(draw_clients(5), {"threshold": 0.3})


def test_rules_across_columns_and_the_decimal_mark_hold_for_served_rows_as_for_batches(fitted):
    rules = (
        Comparison(name="light", left="weight, kg", operator="<=", right="visits"),
        Comparison(name="odd", left="visits", operator="!=", value=3, severity="warning"),
        Comparison(name="outcome", left="paid", operator="<=", right="visits"),
    )
    model = BundleModel(replace(fitted, table=TableDeclaration(COLUMNS, rules, target="paid", decimal=",")))
    raw = draw_clients(4).drop(columns="paid").assign(**{"weight, kg": ["1,5", "2", None, "-3,25"], "visits": 3})

    assert len(model.predict(raw)) == 4
    with pytest.raises(DataError, match=r"1 of 4 rows break .*light in 1 rows: weight, kg <= visits does not hold"):
        model.predict(raw.assign(**{"weight, kg": ["4,5", "2", None, "-3,25"]}))


def test_other_columns_are_ignored_whatever_they_hold(fitted, folder):
    model, raw = _load_pyfunc(str(folder)), draw_clients(5)
    odd = raw.assign(paid="?", __row__="first", more=None)

    pd.testing.assert_frame_equal(model.predict(odd), model.predict(raw.drop(columns="paid")))


def test_the_schema_is_compiled_once_for_a_loaded_model(folder, monkeypatch):
    compiled = []
    monkeypatch.setattr(mlflow_model, "table_schema", lambda table: compiled.append(table) or table_schema(table))
    monkeypatch.setattr(validation, "table_schema", lambda table: pytest.fail("compiled for a request"))
    model = _load_pyfunc(str(folder))
    for _ in range(3):
        model.predict(draw_clients(5))

    assert [list(table.columns) for table in compiled] == [["weight, kg", 'land "{x}"', "visits"]]


def test_no_rows_give_no_answers(folder):
    assert len(_load_pyfunc(str(folder)).predict(draw_clients().head(0))) == 0


def test_mlflow_itself_loads_the_champion_and_answers_alike(fitted, make_run, store_uri, monkeypatch):
    """`mlflow.pyfunc.load_model` is what a serving tool calls; the signature lets raw rows pass."""
    run = make_run("clients")
    experiment = tracking_client(store_uri).get_run(run).info.experiment_id
    register_bundle(store_uri, "clients", log_bundle(store_uri, experiment, run, fitted), {})
    import mlflow

    mlflow.set_tracking_uri(None)  # takes back what another test has set, and the variable below with it
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    raw = draw_clients(50)
    answer = mlflow.pyfunc.load_model("models:/clients@champion").predict(raw)
    champion, version = load_champion(store_uri, "clients")
    direct = predict_rows(champion, raw.assign(**{ROW: range(50)}))

    assert version == "1"
    assert champion.fingerprint == fitted.fingerprint
    np.testing.assert_array_equal(answer["probability"], direct["probability"])
    assert answer["decision"].dtype == np.int32
