"""The feature table: training rows as a model learns from them, all others as it will see them."""

from __future__ import annotations

import dagster as dg
import numpy as np
import pandas as pd

from mlops_assets.data.frames import ROW, SPLIT
from mlops_assets.defs import assurance, features
from mlops_assets.defs.features import all_features
from mlops_assets.features.pipeline import build_features, build_training_features, fit_pipeline
from mlops_assets.use_case.model import UseCase

SECTIONS = {
    "name": "cities",
    "description": "A column of many codes, over persons that come again.",
    "owners": ("team:tests",),
    "task": {"target": "y", "positive": 1},
    "data": {
        "source": {"path": "cities.csv"},
        "columns": {
            "person": {"type": "integer", "role": "identifier"},
            "city": {"type": "category"},
            "y": {"type": "integer"},
        },
        "splits": {"method": "grouped", "group": "person"},
    },
}


def test_training_rows_are_cross_fitted_with_persons_kept_whole_and_others_are_not() -> None:
    """Each row of the table stands at its place, whatever the order of the splits."""
    rng = np.random.default_rng(1)
    persons = rng.integers(0, 100, 400)
    validated = pd.DataFrame(
        {
            ROW: np.arange(400) * 2,
            "person": persons,
            "city": np.array([f"c{i}" for i in range(30)], dtype=object)[persons % 30],
            "y": rng.integers(0, 2, 400),
        }
    )
    split = np.where(persons < 60, "train", "test")
    use_case = UseCase.model_validate(SECTIONS)
    train = validated[split == "train"]
    made = fit_pipeline(train, train["y"], inputs=("city",), columns=use_case.data.columns, features=use_case.features)
    table = all_features(use_case, validated.assign(**{SPLIT: split}), made)
    learned = build_training_features(train, train["y"], made, train["person"])

    assert made.features[0].kind == "target"
    assert table[split == "train"].equals(learned)
    assert table[split == "test"].equals(build_features(validated[split == "test"], made))
    assert not learned.equals(build_training_features(train, train["y"], made))


def versions(sections: dict[str, object]) -> dict[str, str | None]:
    """Return the code version of every asset of the features and assurance stages."""
    use_case = UseCase.model_validate(sections)
    assets = [*features.build(use_case), *assurance.build(use_case)]
    return {
        spec.key.path[-1]: spec.code_version
        for definition in assets
        if isinstance(definition, dg.AssetsDefinition) and not isinstance(definition, dg.AssetChecksDefinition)
        for spec in definition.specs
    }


def test_groups_of_columns_make_explanations_stale_and_no_feature() -> None:
    """Only what reads a key is made again when it is edited."""
    usual, grouped = versions(SECTIONS), versions({**SECTIONS, "features": {"groups": {"place": ("city",)}}})

    assert {noun for noun in usual if usual[noun] != grouped[noun]} == {"explanations", "shap_values"}
