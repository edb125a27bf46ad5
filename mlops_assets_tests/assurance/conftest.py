"""Small tables and fitted models that the tests of this room share."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from mlops_assets import plugins
from mlops_assets.features.info import FeatureInfo


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Threads of a booster that wait for each other on busy cores would take a hundred times as long."""
    import sklearn.ensemble  # noqa: F401 - the limit reaches only the thread pools that are loaded already

    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def feature_frame() -> pd.DataFrame:
    """300 rows: a number with gaps, a one-hot pair of one column, a feature of two columns, and a constant."""
    rng = np.random.default_rng(5)
    number = rng.normal(size=300)
    is_red = (rng.random(300) < 0.4).astype("float64")
    frame = pd.DataFrame(
        {
            "a number": np.where(rng.random(300) < 0.1, np.nan, number),
            "colour=red": is_red,
            "colour=blue": 1 - is_red,
            "made of two": rng.normal(size=300),
            "constant": 1.0,
        }
    )
    return frame.set_index(np.arange(1000, 1300))


@pytest.fixture(scope="session")
def outcome(feature_frame: pd.DataFrame) -> np.ndarray:
    """Classes that depend on the number, the colour and the feature of two columns."""
    rng = np.random.default_rng(6)
    logit = feature_frame["a number"].fillna(0) + feature_frame["colour=red"] + feature_frame["made of two"]
    return (logit + rng.normal(size=300) > 0.5).astype("int8").to_numpy()


@pytest.fixture(scope="session")
def feature_infos() -> tuple[FeatureInfo, ...]:
    return (
        FeatureInfo("a number", "", ("a number",), "number"),
        FeatureInfo("colour=red", "", ("colour",), "one_hot"),
        FeatureInfo("colour=blue", "", ("colour",), "one_hot"),
        FeatureInfo("made of two", "", ("left", "right"), "derived"),
        FeatureInfo("constant", "", ("constant",), "number"),
    )


@pytest.fixture(scope="session")
def explained_bundle(feature_frame, outcome, feature_infos):
    """Return a maker of what `explain` reads of a bundle, for any family, or for an estimator in its place."""

    @cache
    def fitted(family: str) -> object:
        return plugins.load("family", family).build({}, 1, 1).fit(feature_frame, outcome)

    def make(family: str, estimator: object | None = None) -> SimpleNamespace:
        estimator = fitted(family) if estimator is None else estimator
        pipeline = SimpleNamespace(names=tuple(feature_frame.columns), features=feature_infos)
        return SimpleNamespace(family=family, estimator=estimator, pipeline=pipeline, fingerprint="f" * 64)

    return make
