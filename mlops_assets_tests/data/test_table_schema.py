"""The schema of the stored table lets every valid table pass as Parquet holds it, and sees every planted breach."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_assets.data.frames import digest
from mlops_assets.data.source import read_file
from mlops_assets.data.table_schema import declare, declare_batch, table_schema
from mlops_assets.data.validation import validate, validate_batch
from mlops_assets.stores.tables import load_table, save_table
from mlops_assets.use_case.data import Column, Comparison, Data, Source
from mlops_assets.use_case.loader import load_use_case

ROOT = Path(__file__).parents[2]
BIG = 2**53 + 1
FACTS: dict[str, dict[str, Any]] = {
    "key": {"type": "integer", "unique": True, "min": 0},
    "count": {"type": "integer", "nullable": True, "max": 100},
    "ratio": {"type": "number", "min": -1.5, "max": 1.5},
    "loss": {"type": "number", "nullable": True},
    "sex": {"type": "category", "allowed": {1: "male", 2: "female"}, "undocumented": (9,)},
    "grade": {"type": "category", "allowed": (1, 2, 3), "nullable": True},
    "land": {"type": "category", "allowed": ("dé", "fr"), "nullable": True},
    "mixed": {"type": "category", "allowed": (1, "1", "a"), "nullable": True},
    "note": {"type": "text", "pattern": "[a-z]*"},
    "paid": {"type": "boolean"},
    "seen": {"type": "boolean", "nullable": True},
    "day": {"type": "date", "min": dt.date(2000, 1, 1), "max": dt.date(2030, 12, 31)},
    "late": {"type": "date", "nullable": True},
    "old": {"type": "integer", "role": "ignore", "max": 3},
    "code": {"type": "category", "allowed": (1, 2), "role": "ignore"},
    "y": {"type": "category", "allowed": (0, 1)},
}
RULES = (
    Comparison(name="order", left="ratio", operator="<=", right="loss"),
    Comparison(name="cap", left="count", operator="<=", value=50, when={"mixed": (1,)}),
    Comparison(name="odd", left="count", operator="!=", value=13, severity="warning"),
)
DATA = Data(source=Source(path="t.csv"), columns={n: Column(**facts) for n, facts in FACTS.items()}, rules=RULES)
GOOD: dict[str, list[Any]] = {
    "key": [1, BIG, 2**62],
    "count": [1, None, 60],
    "ratio": [0.5, -1.5, 1.5],
    "loss": [1.0, None, 1.5],
    "sex": [1, 2, 1],
    "grade": [1, None, 3],
    "land": ["dé", None, "fr"],
    "mixed": [1, "a", None],
    "note": ["", "ab", "z"],
    "paid": [True, False, True],
    "seen": [True, None, False],
    "day": ["2000-01-01", "2030-12-31 23:59", "2020-05-05"],
    "late": ["2000-01-01", None, "2020-05-05T10:00:00.000000001"],
    "old": [1, 999, None],
    "code": [1, None, 77],
    "y": [0, 1, 1],
}


def frame_of(**values: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in {**GOOD, **values}.items()})


def stored(valid: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return a table as anybody reads it who knows nothing of this package."""
    save_table(valid, folder / "validated.parquet")
    return pd.read_parquet(folder / "validated.parquet")


@pytest.fixture
def good(tmp_path: Path) -> pd.DataFrame:
    found = validate(frame_of(), DATA, target="y")
    assert len(found.valid) == 3
    return stored(found.valid, tmp_path)


def test_a_valid_table_of_every_type_passes_as_it_is_stored(good):
    assert table_schema(declare(DATA, "y")).validate(good)["key"].tolist() == GOOD["key"]
    assert str(good["grade"].dtype) == "Int64", "whole numbers are numbers in Parquet, also beside missing ones"


def test_mixed_codes_are_codes_again_in_what_the_schema_returns(good):
    assert table_schema(declare(DATA, "y")).validate(good)["mixed"].tolist() == [1, "a", None]


def test_what_is_loaded_is_what_was_validated(tmp_path):
    valid = validate(frame_of(), DATA, target="y").valid
    save_table(valid, tmp_path / "t.parquet")

    assert digest(load_table(tmp_path / "t.parquet")) == digest(valid)
    table_schema(declare(DATA, "y")).validate(valid)


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_of_no_rows_or_one_passes(good, rows):
    table_schema(declare(DATA, "y")).validate(good.head(rows))


BREACHES: dict[str, tuple[str, Any]] = {
    "key.min": ("key", -1),
    "key.unique": ("key", BIG),
    "count.max": ("count", 101.0),
    "count.type": ("count", 1.5),
    "ratio.min": ("ratio", -1.6),
    "ratio.max": ("ratio", 1.6),
    "ratio.finite": ("ratio", -np.inf),
    "not_nullable": ("ratio", np.nan),
    "sex.allowed": ("sex", 3),
    "grade.allowed": ("grade", 4),
    "land.allowed": ("land", "it"),
    "mixed.allowed": ("mixed", "2"),
    "note.pattern": ("note", "A"),
    "note.missing": ("note", None),
    "dtype('str')": ("note", 7),
    "day.min": ("day", pd.Timestamp("1999-12-31")),
    "day.max": ("day", pd.Timestamp("2031-01-01")),
    "seen.type": ("seen", "yes"),
    "order": ("loss", 0.4),
    "cap": ("count", 51.0),
    "field_uniqueness": ("__row__", 1),
    "y.allowed": ("y", 2),
}


@pytest.mark.parametrize(("name", "planted"), BREACHES.items(), ids=BREACHES)
def test_a_planted_breach_of_any_rule_fails(good, name, planted):
    column, value = planted
    good.loc[0, column] = value

    with pytest.raises(pa.errors.SchemaErrors) as caught:
        table_schema(declare(DATA, "y")).validate(good, lazy=True)
    assert name in set(caught.value.failure_cases["check"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame.drop(columns="land"),
        lambda frame: frame.assign(extra=1),
        lambda frame: frame.astype({"key": str}),
        lambda frame: frame.astype({"day": str}),
        lambda frame: frame.astype({"paid": "int64"}),
        lambda frame: frame.astype({"sex": "float64"}),
    ],
    ids=["no column", "another column", "texts for numbers", "texts for dates", "numbers for truths", "floats"],
)
def test_a_table_of_other_columns_or_types_fails(good, spoil):
    with pytest.raises(pa.errors.SchemaErrors):
        table_schema(declare(DATA, "y")).validate(spoil(good), lazy=True)


def test_a_rule_that_only_warns_warns(good):
    good.loc[2, "count"] = 13.0

    with pytest.warns(pa.errors.SchemaWarning, match="odd"):
        table_schema(declare(DATA, "y")).validate(good)


@pytest.mark.parametrize("outcome", [[0, None, 1], None])
def test_a_stored_batch_passes_its_own_schema(tmp_path, outcome):
    raw = frame_of(y=outcome) if outcome else frame_of().drop(columns="y")
    found = validate_batch(raw, DATA, "y")

    assert len(found.valid) == 3
    table_schema(declare_batch(DATA, "y", raw.columns)).validate(stored(found.valid, tmp_path))


CELLS = st.one_of(
    st.none(),
    st.integers(-5, 120),
    st.sampled_from([BIG, -BIG, 2**63, 1.5, float("inf"), "a", "1", "fr", "A", "?", True, "yes", "2001-01-01"]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_a_table_holds_what_validation_keeps_passes(tmp_path, data):
    """Each cell is a good one or any other; the columns differ in type, in `nullable` and in what only warns."""
    facts = {
        name: {
            **column,
            "nullable": data.draw(st.booleans(), name),
            "warn": data.draw(st.sampled_from([(), ("missing",), ("type",)])),
        }
        for name, column in FACTS.items()
    }
    rows = data.draw(st.integers(1, 6))
    cells = {
        n: st.one_of(st.sampled_from(GOOD[n]), CELLS) if data.draw(st.booleans()) else st.sampled_from(GOOD[n])
        for n in facts
    }
    raw = pd.DataFrame(
        {n: pd.Series([data.draw(cell) for _ in range(rows)], dtype=object) for n, cell in cells.items()}
    )
    declared = DATA.model_copy(update={"columns": {name: Column(**column) for name, column in facts.items()}})
    target = data.draw(st.sampled_from(["y", None]))
    valid = validate(raw, declared, target=target).valid
    schema = table_schema(declare(declared, target))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pa.errors.SchemaWarning)
        schema.validate(valid, lazy=True)
        schema.validate(stored(valid, tmp_path), lazy=True)


@pytest.mark.parametrize(("name", "warned"), [("credit_default", 3), ("penguins", 0)])
def test_the_shipped_tables_pass_as_they_are_stored(name, warned, tmp_path):
    use_case = load_use_case(ROOT / "configs" / f"{name}.yaml")
    data, target = use_case.data, use_case.task.target
    valid = validate(read_file(ROOT / data.source.path, data.source, data.columns).frame, data, target=target).valid

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table_schema(declare(data, target)).validate(stored(valid, tmp_path))
    assert len(caught) == warned, "one for each rule of severity warning that rows break"
