"""A bundle is fitted from the winner of a search, predicts on validated rows, and has one fingerprint."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mlops_assets import plugins
from mlops_assets.data.frames import ROW
from mlops_assets.data.table_schema import TableDeclaration
from mlops_assets.errors import DataError
from mlops_assets.features.pipeline import build_features, fit_pipeline
from mlops_assets.training.bundle import Bundle, fit_bundle, predict_features, predict_rows
from mlops_assets.training.calibration_choice import fit_calibrator
from mlops_assets.training.fitting import score_rows
from mlops_assets.training.threshold import choose_threshold
from mlops_assets.training.trials import SearchResult
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.model import Task
from mlops_assets.use_case.training import Calibration, Training

COLUMNS = {
    "größe in m": Column(type="number", nullable=True),
    'farbe "x"': Column(type="category", allowed={1: "red", 2: "blue", 3: "green"}),
    "bought": Column(type="category", allowed={0: "no", 1: "yes"}),
}
TASK = Task(target="bought", positive=1)


def draw_frame(rows: int = 260) -> pd.DataFrame:
    """Return validated rows of a table with awkward names."""
    rng = np.random.default_rng(8)
    size, colour = rng.normal(size=rows), rng.integers(1, 4, rows)
    bought = (size + (colour == 2) + rng.normal(0, 0.7, rows) > 0.6).astype(np.int64)
    size[::9] = np.nan
    return pd.DataFrame({ROW: np.arange(rows) * 3, "größe in m": size, 'farbe "x"': colour, "bought": bought})


def result_of(family: str, **params) -> SearchResult:
    """Return the result of a search that tried nothing: a family with its defaults, made small."""
    small = {"random_forest": {"n_estimators": 8}, "hist_gradient_boosting": {"max_iter": 8}}
    chosen = {**small.get(family, {}), **params}
    return SearchResult(family, chosen, 0.5, 0, "auc", True, (), 2, 200, 1, "s")


def fit_small(family: str = "logistic_regression", *, rows: slice = slice(0, 200), **changes) -> Bundle:
    """Fit a bundle on 200 rows and calibrate it on 60."""
    frame = draw_frame()
    train, held = frame.iloc[rows], frame.iloc[200:]
    inputs = ("größe in m", 'farbe "x"')
    pipeline = fit_pipeline(train, train["bought"], inputs=inputs, columns=COLUMNS, features=Features())
    told = {
        "search_result": result_of(family),
        "training": Training(),
        "pipeline": pipeline,
        "table": TableDeclaration(COLUMNS),
        "task": TASK,
        "use_case": "shop",
        "trained_on": "0" * 64,
    } | changes
    X, held_X = build_features(train, pipeline), build_features(held, pipeline)
    return fit_bundle(X, train["bought"], held_X, held["bought"], **told)


@pytest.mark.parametrize("family", plugins.names("family"))
def test_equal_fits_have_equal_fingerprints_and_predictions(family):
    first, second = fit_small(family), fit_small(family)
    X = build_features(draw_frame(), first.pipeline)

    assert first.fingerprint == second.fingerprint
    assert (predict_features(first, X) == predict_features(second, X)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"trained_on": "1" * 64},
        {"use_case": "other"},
        {"search_result": result_of("logistic_regression", C=2.0)},
        {"training": Training(calibration=Calibration(method="isotonic"))},
        {"rows": slice(0, 199)},
    ],
)
def test_whatever_changes_the_model_changes_the_fingerprint(change):
    assert fit_small(**change).fingerprint != fit_small().fingerprint


def test_rows_are_scored_in_order_with_row_number_probability_and_decision():
    bundle, frame = fit_small(), draw_frame()
    scored = predict_rows(bundle, frame)

    assert list(scored.columns) == [ROW, "probability", "decision"]
    assert [str(dtype) for dtype in scored.dtypes] == ["int64", "float64", "int8"]
    assert (scored[ROW] == frame[ROW]).all()
    assert scored["probability"].between(0, 1).all()
    assert (scored["decision"] == (scored["probability"] >= bundle.threshold.value)).all()


def test_a_probability_at_the_threshold_is_a_positive_decision():
    """As in the evaluation: with `>` a deployed model would turn away the very row that its threshold was set at."""
    bundle, frame = fit_small(), draw_frame()
    probability = predict_rows(bundle, frame)["probability"].to_numpy()
    at = replace(bundle, threshold=replace(bundle.threshold, value=float(probability[17])))

    assert predict_rows(at, frame)["decision"].iloc[17] == 1


@pytest.mark.parametrize("method", ["auto", "none", "sigmoid", "isotonic"])
def test_calibration_and_threshold_come_from_the_calibration_rows_alone(method):
    """Their outcomes are made rare here: a map or a threshold from training rows would know another share."""
    frame = draw_frame(700)
    held = frame.iloc[200:]
    kept = held[(held["bought"] == 0) | (np.arange(len(held)) % 5 == 0)]
    pipeline = fit_small().pipeline
    bundle = fit_bundle(
        build_features(frame.iloc[:200], pipeline),
        frame["bought"].iloc[:200],
        build_features(kept, pipeline),
        kept["bought"],
        search_result=result_of("logistic_regression"),
        training=Training(calibration=Calibration(method=method)),
        pipeline=pipeline,
        table=TableDeclaration(COLUMNS),
        task=TASK,
        use_case="shop",
        trained_on="0" * 64,
    )

    assert (bundle.calibrator.rows, bundle.threshold.rows) == (len(kept), len(kept))
    assert bundle.calibrator.folds == 5
    if bundle.calibrator.method != "none":
        mean = predict_features(bundle, build_features(kept, pipeline)).mean()
        assert mean == pytest.approx(kept["bought"].mean(), abs=0.03)


def test_the_threshold_is_chosen_on_cross_fitted_probabilities():
    """A step map gives its own rows probabilities that fit too well; a threshold on those would be of the rows."""
    bundle = fit_small(training=Training(calibration=Calibration(method="isotonic")))
    X = build_features(draw_frame().iloc[200:], bundle.pipeline)
    scores = bundle.estimator.predict_proba(X[list(bundle.pipeline.names)])[:, 1]
    y = draw_frame()["bought"].iloc[200:].to_numpy(dtype=np.int8)
    _, crossed = fit_calibrator(y, scores, "isotonic", seed=1)

    assert bundle.threshold == choose_threshold(y, crossed, Training().threshold, seed=1)
    assert bundle.threshold != choose_threshold(y, bundle.calibrator.apply(scores), Training().threshold, seed=1)


def test_a_row_scores_the_same_alone_and_in_a_batch():
    bundle, frame = fit_small("hist_gradient_boosting"), draw_frame()
    together = predict_rows(bundle, frame)["probability"]

    assert predict_rows(bundle, frame.iloc[[17]])["probability"].iloc[0] == together.iloc[17]


def test_no_rows_make_an_empty_table_of_the_same_types():
    bundle, frame = fit_small(), draw_frame()
    empty = predict_rows(bundle, frame.iloc[:0])

    assert len(empty) == 0
    assert (empty.dtypes == predict_rows(bundle, frame).dtypes).all()


def test_missing_columns_are_all_named_in_one_error():
    message = r"(?s)2 of 2 columns .* cannot be read.*größe in m: not in the table.*farbe .x.: not in"
    with pytest.raises(DataError, match=message):
        predict_rows(fit_small(), draw_frame()[[ROW, "bought"]])


def test_features_in_another_order_score_the_same_and_missing_ones_are_named():
    bundle = fit_small()
    X = build_features(draw_frame(), bundle.pipeline)

    assert (predict_features(bundle, X[X.columns[::-1]]) == predict_features(bundle, X)).all()
    with pytest.raises(DataError, match=r"features are missing.*got no größe in m"):
        predict_features(bundle, X.drop(columns="größe in m"))


@pytest.mark.parametrize("family", plugins.names("family"))
def test_a_fitted_model_predicts_in_one_thread(family):
    """Threads add in the order in which they come; then two predictions of one row would differ in the last digit."""
    params = fit_small(family).estimator.get_params()

    assert all(value is None for name, value in params.items() if name.endswith("n_jobs"))


def test_a_split_of_one_class_is_refused():
    frame = draw_frame().query("bought == 1")
    pipeline = fit_small().pipeline
    X = build_features(frame, pipeline)

    with pytest.raises(DataError, match="training split: a class of the target has too few rows"):
        fit_bundle(
            X,
            frame["bought"],
            X,
            frame["bought"],
            search_result=result_of("random_forest"),
            training=Training(),
            pipeline=pipeline,
            table=TableDeclaration(COLUMNS),
            task=TASK,
            use_case="s",
            trained_on="",
        )


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.1])
def test_a_model_whose_probabilities_are_none_is_refused_wherever_it_is_asked(wrong):
    """One check for search, calibration, evaluation, fairness and scoring."""
    given = np.array([[0.5, 0.5], [0.5, wrong]])
    model = SimpleNamespace(predict_proba=lambda _rows: given)

    with pytest.raises(DataError, match=r"SimpleNamespace: 1 of 2 probabilities of the model are missing or outside"):
        score_rows(model, pd.DataFrame({"a": [1.0, 2.0]}))
