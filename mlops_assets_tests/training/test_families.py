"""Every model family meets the contract of its kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets import plugins
from mlops_assets.features.pipeline import build_features, fit_pipeline
from mlops_assets.plugins.declarations import Choice
from mlops_assets.training.parameters import family_space
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.training import Family

FAMILIES = plugins.names("family")
SMALL = {"random_forest": {"n_estimators": 8}, "hist_gradient_boosting": {"max_iter": 8}}


def fit_small(name: str, X: pd.DataFrame, y: np.ndarray, seed: int = 0, threads: int = 1) -> np.ndarray:
    """Fit a small model of a family and return its probabilities of the same rows."""
    estimator = plugins.load("family", name).build(SMALL.get(name, {}), seed, threads).fit(X, y)
    return estimator.predict_proba(X)


@pytest.mark.parametrize("name", FAMILIES)
def test_probabilities_lie_between_zero_and_one_with_missing_values(name, table):
    X, y = table
    p = fit_small(name, X.iloc[:200], y[:200])

    assert p.shape == (200, 2)
    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_equal_seeds_give_equal_models_with_any_number_of_threads(name, table):
    """Up to the order in which threads add the votes of trees, which is the last digit."""
    X, y = table

    assert fit_small(name, X, y, threads=2) == pytest.approx(fit_small(name, X, y, threads=1), abs=1e-14)


@pytest.mark.parametrize("name", FAMILIES)
def test_one_thread_gives_the_same_bits_again(name, table):
    X, y = table

    assert (fit_small(name, X, y) == fit_small(name, X, y)).all()


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("shape", ["empty", "constant", "single", "heavy", "separable"])
def test_awkward_features_are_fitted_without_a_warning(name, shape, table):
    """A column all missing or constant, a table of one column, huge values, and a perfect feature are all ordinary."""
    X, y = table
    frame = {
        "empty": X.assign(empty=np.nan),
        "constant": X.assign(constant=3.0),
        "single": X[["a b"]],
        "heavy": X.assign(tail=X["tail"] * 1e12),
        "separable": X.assign(perfect=y * 2.0 - 1),
    }[shape]

    assert np.isfinite(fit_small(name, frame, y)).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_missing_values_that_training_did_not_have_are_scored(name, table):
    X, y = table
    estimator = plugins.load("family", name).build(SMALL.get(name, {}), 0, 1).fit(X.fillna(0.0), y)

    assert np.isfinite(estimator.predict_proba(X.assign(tail=np.nan))).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_module_is_whole(name):
    """Every searched and fixed name is a parameter, no name is both, and each default lies inside its range."""
    plugin = plugins.load("family", name)
    space = family_space(name, Family())

    assert plugin.EXPLAINER in ("tree", "linear")
    assert set(plugin.SPACE) | set(plugin.FIXED) <= set(plugin.PARAMETERS)
    assert not set(plugin.SPACE) & set(plugin.FIXED)
    assert space.defaults == plugin.DEFAULTS
    for key, domain in plugin.SPACE.items():
        inside = domain.choices if isinstance(domain, Choice) else None
        value = plugin.DEFAULTS[key]
        assert value in inside if inside else domain.low <= value <= domain.high


@pytest.mark.parametrize("name", FAMILIES)
def test_every_parameter_reaches_the_model(name):
    """A parameter that is declared and does nothing would be searched for nothing."""
    plugin = plugins.load("family", name)
    default = plugin.build({}, 0, 1)

    for key in plugin.PARAMETERS:
        changed = plugin.build({key: 0.123}, 0, 1)
        assert repr(changed.get_params()) != repr(default.get_params()), key


def test_boosting_never_splits_on_categories():
    """SHAP explains categorical splits wrongly without any error, so that the family keeps them off."""
    estimator = plugins.load("family", "hist_gradient_boosting").build({}, 0, 1)

    assert estimator.get_params()["categorical_features"] is None


@pytest.mark.parametrize("name", FAMILIES)
def test_a_signal_in_the_zero_denominators_of_a_ratio_reaches_every_family(name):
    """A row without a denominator is not taken for a row with the median ratio; linear models need to be told."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"paid": rng.lognormal(size=3000), "billed": rng.lognormal(size=3000)})
    frame.loc[rng.random(3000) < 0.3, "billed"] = 0.0
    y = (rng.random(3000) < np.where(frame["billed"] == 0, 0.6, 0.2)).astype("int8")
    columns = {column: Column(type="number") for column in frame}
    section = {"derive": ({"name": "rate", "transform": "ratio", "numerator": "paid", "denominator": "billed"},)}
    pipeline = fit_pipeline(frame, y, inputs=(), columns=columns, features=Features.model_validate(section))
    p = fit_small(name, build_features(frame, pipeline), y)[:, 1]
    undefined = (frame["billed"] == 0).to_numpy()

    assert pipeline.names == ("rate",)
    assert p[undefined].mean() > p[~undefined].mean() + 0.1
