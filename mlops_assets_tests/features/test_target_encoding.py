"""Target encoding: what a code is worth, and that no row is told its own target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from mlops_assets.errors import DataError
from mlops_assets.features.encoding import Encoder, encode, encode_training, fit_encoder
from mlops_assets.features.pipeline import build_features, build_training_features, fit_pipeline
from mlops_assets.statistics.folds import FOLDS, draw_folds
from mlops_assets.statistics.ranking import auc
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Encoding, Features

CATEGORY = Column(type="category", nullable=True)
TARGET = Encoding(method="target")


def fit(codes: pd.Series, y: np.ndarray, smoothing: float = 20.0) -> Encoder:
    return fit_encoder(codes, y, "city", CATEGORY, Encoding(method="target", smoothing=smoothing))


def area(y: np.ndarray, p: np.ndarray) -> float:
    return float(auc(y.astype("int8"), p, np.ones((1, len(y))))[0])


def test_a_code_is_the_shrunken_distance_of_its_mean_from_that_of_all() -> None:
    """By hand: 4 rows of a, 3 of them positive; overall 4 of 8. An unseen code is 0, missing a code of its own."""
    codes = pd.Series(["a", "a", "a", "a", "b", "b", None, None], dtype=object)
    y = np.array([1.0, 1, 1, 0, 0, 0, 1, 0])
    encoder = fit(codes, y, smoothing=2.0)
    made = encode(pd.Series(["a", "b", None, "new"], dtype=object), encoder)["city"]

    assert made.tolist() == pytest.approx([(3 - 4 * 0.5) / 6, (0 - 2 * 0.5) / 4, 0.0, 0.0])
    assert TypeAdapter(Encoder).validate_json(TypeAdapter(Encoder).dump_json(encoder)) == encoder


def test_a_row_is_never_told_its_own_target() -> None:
    """Whatever a training row's own target is, its own encoded value is the same to the last bit."""
    rng = np.random.default_rng(3)
    codes, y = pd.Series(rng.choice(list("abcdefgh"), 80)), rng.integers(0, 2, 80).astype("float64")
    encoder = fit(codes, y)
    usual = encode_training(codes, encoder, y, None)["city"]
    for row in range(80):
        turned = y.copy()
        turned[row] = 1 - turned[row]
        assert encode_training(codes, encoder, turned, None)["city"][row] == usual[row]


def test_rows_of_a_group_are_told_nothing_of_one_another() -> None:
    """A group is left out whole: a code that one group alone has is worth 0 in training."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(50), 6)
    codes = pd.Series(np.char.add("person ", groups.astype(str)))
    y = np.repeat(rng.integers(0, 2, 50), 6).astype("float64")
    encoder = fit(codes, y)
    folds = draw_folds(len(y), groups, seed=1)

    assert (encode_training(codes, encoder, y, groups)["city"] == 0.0).all()
    assert area(y, encode_training(codes, encoder, y, None)["city"]) > 0.9
    assert pd.Series(folds).groupby(groups).nunique().max() == 1
    assert len(set(folds)) == FOLDS
    assert len(set(draw_folds(4, np.zeros(4), seed=1))) == 1


def test_a_column_of_noise_codes_is_worth_nothing_in_training_and_in_test() -> None:
    """5,000 random codes, 12,000 rows: encoded by all rows training looks nearly solved, cross-fitted not at all."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(5)
    codes = pd.Series(np.char.add("code ", rng.integers(0, 5000, 16_000).astype(str)))
    y = (rng.random(16_000) < 0.22).astype("float64")
    train, test = codes[:12_000], codes[12_000:]
    encoder = fit(train, y[:12_000])
    fitted = encode_training(train, encoder, y[:12_000], None)["city"]
    model = HistGradientBoostingClassifier(max_iter=50, max_leaf_nodes=8, random_state=0)
    model.fit(fitted.reshape(-1, 1), y[:12_000])
    held = encode(test, encoder)["city"]

    assert area(y[:12_000], encode(train, encoder)["city"]) > 0.8
    assert area(y[:12_000], fitted) == pytest.approx(0.5, abs=0.02)
    assert area(y[12_000:], model.predict_proba(held.reshape(-1, 1))[:, 1]) == pytest.approx(0.5, abs=0.03)


def test_a_column_of_many_codes_that_tell_something_is_worth_it() -> None:
    """300 codes with rates of their own: what training rows are told is worth what new rows are told."""
    rng = np.random.default_rng(6)
    rates = rng.beta(2, 6, 300)
    codes = rng.integers(0, 300, 16_000)
    y = (rng.random(16_000) < rates[codes]).astype("float64")
    names = pd.Series(codes).astype(str)
    encoder = fit(names[:12_000], y[:12_000])
    learned = area(y[:12_000], encode_training(names[:12_000], encoder, y[:12_000], None)["city"])
    held = area(y[12_000:], encode(names[12_000:], encoder)["city"])

    assert held > 0.65
    assert learned == pytest.approx(held, abs=0.03)


def test_the_pipeline_cross_fits_training_rows_alone() -> None:
    """Other rows get the values of all training rows; a single row gets the bits that it gets in a batch."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"city": rng.choice([f"c{i}" for i in range(40)], 500), "x": rng.normal(size=500)})
    y = (rng.random(500) < 0.3).astype("int8")
    columns = {"city": CATEGORY, "x": Column(type="number")}
    made = fit_pipeline(frame, y, inputs=("city", "x"), columns=columns, features=Features())
    learned, built = build_training_features(frame, y, made), build_features(frame, made)
    singly = pd.concat([build_features(frame.iloc[[row]], made) for row in range(20)])
    only_x = made.restricted(("x",))

    assert made.features[0].kind == "target"
    assert (learned["city"] != built["city"]).mean() > 0.9
    pd.testing.assert_series_equal(learned["x"], built["x"])
    pd.testing.assert_frame_equal(learned, build_training_features(frame, y, made), check_exact=True)
    pd.testing.assert_frame_equal(built.iloc[:20], singly, check_exact=True)
    pd.testing.assert_frame_equal(learned[["x"]], build_training_features(frame, y, only_x), check_exact=True)
    assert learned.index.equals(frame.index)


def test_other_rows_than_those_of_the_fit_are_refused_as_training_rows() -> None:
    """Cross-fitting over rows that the encoder never saw would be told as training."""
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    made = fit_pipeline(frame, np.zeros(3), inputs=("x",), columns={"x": Column(type="number")}, features=Features())
    with pytest.raises(DataError, match="not the rows that the pipeline was fitted on; expected 3 rows; got 2 rows"):
        build_training_features(frame.iloc[:2], np.zeros(2), made)
