"""Lineage of derived features, and derived features that cannot be built."""

from __future__ import annotations

import pytest

from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features
from mlops_assets.use_case.lineage import derive_faults, raw_lineage

COLUMNS = {
    "age": Column(type="integer", sensitive=True),
    "debt": Column(type="number"),
    "income": Column(type="number"),
    "opened": Column(type="date"),
    "grade": Column(type="category", allowed=("a", "b")),
    "school": Column(type="category", allowed=(1, 2)),
    "note": Column(type="text"),
    "owner": Column(type="boolean"),
    "late": Column(type="category", allowed=(0, 1)),
}


def section(*derive: dict[str, object], **more: object) -> Features:
    return Features.model_validate({"derive": derive, **more})


def ratio(name: str, numerator: str, denominator: str) -> dict[str, object]:
    return {"name": name, "transform": "ratio", "numerator": numerator, "denominator": denominator}


def test_lineage_goes_through_derived_features_to_raw_columns() -> None:
    """Each output has the raw columns behind it, each once and in the order that they are met."""
    features = section(
        ratio("burden", "debt", "income"),
        ratio("burden_by_age", "burden", "age"),
        {"name": "start", "transform": "date_parts", "column": "opened", "parts": ("year", "month")},
        ratio("twice", "burden_by_age", "debt"),
    )

    assert raw_lineage(features) == {
        "burden": ("debt", "income"),
        "burden_by_age": ("debt", "income", "age"),
        "start_year": ("opened",),
        "start_month": ("opened",),
        "twice": ("debt", "income", "age"),
    }


def test_smuggled_names_each_output_and_attribute() -> None:
    """A protected attribute is found through any number of derived features, unless it is named."""
    derive = (ratio("a", "debt", "age"), ratio("b", "a", "income"), ratio("c", "debt", "income"))

    assert [(problem.path[-1], raw) for raw, problem in derive_faults(section(*derive), COLUMNS)] == [
        (0, "age"),
        (1, "age"),
    ]
    assert not list(derive_faults(section(*derive, use_sensitive=("age",)), COLUMNS))


@pytest.mark.parametrize(
    ("derive", "message"),
    [
        (
            (ratio("r", "debts", "income"),),
            "features.derive[0]: an input is neither a column nor a feature derived before it; expected a name out",
        ),
        ((ratio("r", "debts", "income"),), "income, opened, grade and 4 more; got 'debts'; did you mean 'debt'?"),
        ((ratio("r", "later", "income"), ratio("later", "debt", "income")), "got 'later'"),
        ((ratio("r", "r", "income"),), "got 'r'; derived features can use only those listed above them"),
        ((ratio("debt", "debt", "income"),), "the name 'debt' is taken by a column of the table"),
        (
            (ratio("r", "debt", "income"), ratio("r", "income", "debt")),
            "features.derive[1]: the name 'r' is taken by a derived feature before it",
        ),
        ((ratio("r", "debt", "late"),), "the target 'late' is an input"),
        ((ratio("r", "debt", "age"),), "the protected attribute 'age' would enter the model through 'r'"),
        ((ratio("r", "debt", "opened"),), "transform 'ratio' cannot read 'opened'; expected a column of numbers"),
        ((ratio("r", "debt", "grade"),), "cannot read 'grade'"),
        ((ratio("r", "debt", "note"),), "cannot read 'note'"),
        (({"name": "d", "transform": "date_parts", "column": "debt"},), "expected a column of dates; got type number"),
        (({"name": "t", "transform": "text_length", "column": "school"},), "expected a column of texts"),
        (
            (
                ratio("r", "debt", "income"),
                {"name": "d", "transform": "date_parts", "column": "r"},
            ),
            "got a number, being derived",
        ),
    ],
)
def test_what_cannot_be_built_is_said(derive: tuple[dict[str, object], ...], message: str) -> None:
    """Each fault says where it is, what is wrong and how to mend it."""
    faults = list(derive_faults(section(*derive), COLUMNS, target="late"))

    assert message in " | ".join(problem.text for _, problem in faults)


def test_all_faults_are_found_at_once() -> None:
    """A user repairs a file in one go."""
    features = section(ratio("a", "x1", "x2"), ratio("debt", "age", "opened"))

    assert [problem.path[-1] for _, problem in derive_faults(features, COLUMNS)] == [0, 0, 1, 1, 1]


def test_sound_features_have_no_faults() -> None:
    """Whole-number codes and booleans count as numbers, and texts as codes."""
    features = section(
        ratio("a", "school", "owner"),
        {"name": "b", "transform": "is_in", "column": "grade", "codes": ("a",)},
        {"name": "c", "transform": "count_where", "columns": ("grade", "note"), "operator": "==", "value": "a"},
        {"name": "d", "transform": "text_length", "column": "grade"},
        {"name": "e", "transform": "missing", "column": "opened"},
    )

    assert not list(derive_faults(features, COLUMNS, target="late"))
