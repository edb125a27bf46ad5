"""When two codes are the same is decided once: every place that compares them says the same of the same cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlops_assets.assurance.groups import group_rows
from mlops_assets.data.rules import column_rules, hold_against
from mlops_assets.data.target import binary_target
from mlops_assets.features.encoding import Encoder, encode
from mlops_assets.privacy import mechanisms
from mlops_assets.privacy.synthetic_report import as_matrix
from mlops_assets.use_case.assurance import Fairness
from mlops_assets.use_case.cross_checks.scope import unknown_code
from mlops_assets.use_case.data import Column, Comparison
from mlops_assets.use_case.model import Task

WHOLE = {
    "int64": pd.Series([1, 2, 1], name="x"),
    "float64": pd.Series([1.0, 2.0, 1.0], name="x"),
    "Int64": pd.Series([1, 2, 1], name="x", dtype="Int64"),
    "objects": pd.Series([1, 2, 1], name="x", dtype=object),
    "numpy objects": pd.Series([np.int64(1), np.float64(2), np.int8(1)], name="x", dtype=object),
    "categorical": pd.Series([1, 2, 1], name="x", dtype="category"),
}
TEXTS = {
    "objects": pd.Series(["1", "2", "1"], name="x", dtype=object),
    "strings": pd.Series(["1", "2", "1"], name="x", dtype="string"),
    "categorical": pd.Series(["1", "2", "1"], name="x", dtype="category"),
}
BOTH = [(values, 1, "1") for values in WHOLE.values()] + [(values, "1", 1) for values in TEXTS.values()]


def target(values: pd.Series, code: object) -> list[bool]:
    return binary_target(values.to_frame(), Task(target="x", positive=code)).astype(bool).tolist()


def rule(values: pd.Series, code: object) -> list[bool]:
    rules = column_rules("x", Column(type="category", allowed=(code,)), None)
    return next(keeps for rule, keeps in rules if rule.kind == "allowed")(values).tolist()


def when(values: pd.Series, code: object) -> list[bool]:
    comparison = Comparison(name="r", left="y", operator=">", value=0.0, when={"x": (code,)})
    return hold_against(values.to_frame().assign(y=1.0), comparison)[0].tolist()


def matrix(values: pd.Series, code: object) -> list[bool]:
    return (as_matrix(values.to_frame(), {"x": Column(type="category")}, {"x": (code,)})[:, 0] == 0).tolist()


def encoder(values: pd.Series, code: object) -> list[bool]:
    return (encode(values, Encoder("x", "ordinal", ("x",), codes=(code,)))["x"] == 0).tolist()


def transform(values: pd.Series, code: object) -> list[bool]:
    from mlops_assets.plugins.transforms import is_in

    params = is_in.Params(name="f", column="x", codes=(code,))
    return is_in.apply(values.to_frame(), params)["f"].astype(bool).tolist()


def group(values: pd.Series, code: object) -> list[bool]:
    found = group_rows(values, Column(type="category", allowed={code: "wanted"}), Fairness(reference={"x": code}))
    labelled = [found.labels[place] == "wanted" for place in found.ids]
    assert labelled == (found.ids == (-1 if found.reference is None else found.reference)).tolist()
    return labelled


PLACES = [target, rule, when, matrix, encoder, transform, group]


@pytest.mark.parametrize("place", PLACES, ids=[place.__name__ for place in PLACES])
@pytest.mark.parametrize(("values", "same", "other"), BOTH, ids=[*WHOLE, *(f"text {name}" for name in TEXTS)])
def test_a_code_is_found_whatever_type_holds_it_and_its_look_alike_is_not(place, values, same, other):
    assert place(values, same) == [True, False, True]
    assert place(values, other) == [False, False, False]


@pytest.mark.parametrize(("values", "same", "other"), BOTH, ids=[*WHOLE, *(f"text {name}" for name in TEXTS)])
def test_a_private_histogram_counts_the_declared_codes_alone(values, same, other, monkeypatch):
    from diffprivlib.accountant import BudgetAccountant

    monkeypatch.setattr(mechanisms, "_noisy_counts", lambda counts, _epsilon: list(counts))

    assert mechanisms.code_histogram(values, (other, same), 1.0, BudgetAccountant()).values == (0.0, 2.0)


@pytest.mark.parametrize(
    ("value", "hint"), [(1, None), ("1", "write 1"), (True, "write 1"), (" 1", ""), (3, "")], ids=repr
)
def test_a_yaml_names_a_code_as_it_is_declared_and_is_told_how_otherwise(value, hint):
    problems = list(unknown_code(("here",), value, Column(type="category", allowed=(1, 2)), "the column"))

    assert len(problems) == (0 if hint is None else 1)
    assert not hint or problems[0].hint == hint
