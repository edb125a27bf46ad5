"""Pictures: small, the same each time, and indifferent to what columns are called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlops_assets.assurance import plots
from mlops_assets.assurance.explanations import Explanation, explain
from mlops_assets.assurance.fairness import FairnessReport, Scored, measure_fairness
from mlops_assets.assurance.plots import draw_beeswarm, draw_selection_rates
from mlops_assets.data.frames import ROW
from mlops_assets.use_case.assurance import Direction, Explanations, Fairness

PNG = b"\x89PNG\r\n\x1a\n"
ODD_NAMES = {"a number": "$x_1$ {y} 100 % " + "long " * 20, "made of two": "収入\n合計", "constant": "<b>&|"}


@pytest.fixture(scope="module")
def explanation(explained_bundle, feature_frame) -> Explanation:
    return explain(explained_bundle("logistic_regression"), feature_frame, Explanations())


@pytest.fixture(scope="module")
def fairness_report() -> FairnessReport:
    rng = np.random.default_rng(2)
    attributes = pd.DataFrame({"$a$": rng.choice(["男", "女"], 300), "b": rng.choice(["x", "y", "z"], 300)})
    classes, decisions = rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    scored = Scored(classes, rng.random(300), decisions)
    return measure_fairness(scored, attributes, {}, Fairness(), Direction(("$no$", "$yes$"), None), "f")


def draw_importance(explanation: Explanation, top: int) -> bytes:
    """Draw the features of an explanation."""
    return plots.draw_importance(explanation.report.by_feature, explanation.report, top)


def _rename(explanation: Explanation) -> Explanation:
    by_feature = {ODD_NAMES.get(name, name): value for name, value in explanation.report.by_feature.items()}
    return replace(
        explanation,
        report=replace(explanation.report, by_feature=by_feature),
        values=explanation.values.rename(columns=ODD_NAMES),
        sample=explanation.sample.rename(columns=ODD_NAMES),
    )


@pytest.mark.parametrize("draw", [draw_importance, draw_beeswarm])
def test_an_explanation_is_drawn_the_same_each_time(draw, explanation):
    picture = draw(explanation, 20)

    assert picture.startswith(PNG)
    assert picture == draw(explanation, 20)


@pytest.mark.parametrize("draw", [draw_importance, draw_beeswarm])
def test_names_of_features_are_drawn_as_they_are(draw, explanation):
    """Dollar signs, line breaks and scripts that the font lacks end in no error."""
    assert draw(_rename(explanation), 20).startswith(PNG)


@pytest.mark.parametrize("draw", [draw_importance, draw_beeswarm])
def test_only_the_strongest_features_are_drawn(draw, explanation):
    strongest, size = next(iter(explanation.report.by_feature.items()))
    report = replace(explanation.report, by_feature={strongest: size})
    alone = replace(explanation, report=report, values=explanation.values[[ROW, strongest]])

    assert draw(explanation, 1) == draw(alone, 1)


def test_selection_rates_of_groups_are_drawn(fairness_report):
    assert draw_selection_rates(fairness_report.attributes, fairness_report).startswith(PNG)
