"""The `features:` sections that ship, on rows of the data that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from mlops_assets.features.pipeline import build_features, fit_pipeline
from mlops_assets.use_case.lineage import derive_faults
from mlops_assets.use_case.model import UseCase

ROOT = Path(__file__).resolve().parents[2]


def as_strict(value: Any) -> Any:
    """Return what strict models take: lists as tuples."""
    if isinstance(value, dict):
        return {key: as_strict(item) for key, item in value.items()}
    return tuple(map(as_strict, value)) if isinstance(value, list) else value


def shipped(name: str, rows: int) -> tuple[UseCase, pd.DataFrame, pd.Series]:
    text = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    use_case = UseCase.model_validate(as_strict(YAML(typ="safe").load(text)))
    frame = pd.read_csv(ROOT / use_case.data.source.path, nrows=rows)
    frame = frame[frame[use_case.task.target].notna()]
    return use_case, frame, frame[use_case.task.target].isin(use_case.task.positives).astype("int8")


@pytest.fixture(scope="module")
def credit() -> tuple[UseCase, pd.DataFrame, pd.Series]:
    return shipped("credit_default", 600)


def test_the_first_client_has_the_features_that_can_be_worked_out_by_hand(credit) -> None:
    """Client 1: limit 20,000, bill 3,913, late by two months in September and August, never before."""
    use_case, frame, y = credit
    unselected = use_case.features.model_copy(
        update={"selection": use_case.features.selection.model_copy(update={"method": "none"})}
    )
    made = fit_pipeline(frame, y, inputs=use_case.inputs, columns=use_case.data.columns, features=unselected)
    first = build_features(frame.iloc[:1], made).iloc[0]

    assert first["utilisation_1"] == pytest.approx(3913 / 20000)
    assert first["payment_ratio_1"] == 0
    assert first["mean_bill"] == pytest.approx((3913 + 3102 + 689) / 6)
    assert first["months_late"] == 2
    assert first["months_since_late"] == 0
    assert first["worst_status"] == 2
    assert first["log_limit"] == pytest.approx(np.log1p(20000))
    assert first["EDUCATION=university"] == 1
    assert np.isnan(first["payment_ratio_5"])


def test_the_model_of_the_credit_case_never_sees_a_protected_attribute(credit) -> None:
    """Sex, marital status and age are neither inputs nor behind a derived feature."""
    use_case, frame, y = credit
    made = fit_pipeline(frame, y, inputs=use_case.inputs, columns=use_case.data.columns, features=use_case.features)

    assert not list(derive_faults(use_case.features, use_case.data.columns, use_case.task.target))
    assert not {"SEX", "MARRIAGE", "AGE", "ID", use_case.task.target} & set(made.required_columns)
    assert "PAY_0" in made.sets["selected"]
    assert len(made.sets["selected"]) < len(made.names)


def test_the_penguins_need_no_code_of_their_own() -> None:
    """Text categories and missing measurements go through the same functions."""
    use_case, frame, y = shipped("penguins", 400)
    made = fit_pipeline(frame, y, inputs=use_case.inputs, columns=use_case.data.columns, features=use_case.features)
    built = build_features(frame, made)

    assert {"species=Adelie", "island=Biscoe", "body_mass_g", "bill_shape"} <= set(made.names)
    assert "year" not in made.required_columns
    assert built["species=Gentoo"].sum() == (frame["species"] == "Gentoo").sum()
