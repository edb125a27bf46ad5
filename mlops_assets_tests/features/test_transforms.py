"""Every transform plugin keeps the contract of its kind."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mlops_assets import plugins
from mlops_assets.features.derive import derive
from mlops_assets.plugins.declarations import TransformParams
from mlops_assets.use_case.features import Derived

GROUP = ("a {0}", "b, c", "d", *"efghij")  # nine: numpy sums eight and more in another order
EXAMPLES: dict[str, dict[str, object]] = {
    "aggregate": {"statistic": "std", "columns": GROUP},
    "bin": {"column": "d", "edges": (0.0, 1.5)},
    "clip": {"column": "d", "low": -1.0, "high": 1.0},
    "coalesce": {"columns": GROUP},
    "compare": {"left": "d", "operator": "<", "right": "b, c"},
    "count_where": {"columns": GROUP, "operator": ">=", "value": 1},
    "cyclic": {"column": "d", "period": 12},
    "date_parts": {
        "column": "when",
        "parts": ("year", "quarter", "month", "week", "day", "day_of_year", "day_of_week", "weekend", "hour"),
    },
    "days_between": {"start": "when", "end": "until"},
    "difference": {"left": "d", "right": "b, c"},
    "is_in": {"column": "code", "codes": (1, "x")},
    "log": {"column": "d"},
    "longest_run": {"columns": GROUP, "operator": "!=", "value": 0},
    "missing": {"column": "note"},
    "product": {"columns": GROUP},
    "ratio": {"numerator": "d", "denominator": "b, c"},
    "recency": {"columns": GROUP, "operator": "<", "value": 0.5},
    "text_length": {"column": "note"},
    "trend": {"columns": GROUP},
}
BAD: list[tuple[str, dict[str, object], str]] = [
    ("aggregate", {"columns": ("d",)}, "at least 2"),
    ("aggregate", {"columns": ("d", "d")}, "is there twice"),
    ("aggregate", {"statistic": "mode"}, "'mean', 'sum'"),
    ("bin", {"edges": ()}, "at least 1"),
    ("bin", {"edges": (1.0, 1.0)}, "edges of bins must rise"),
    ("bin", {"edges": (float("nan"),)}, "finite number"),
    ("clip", {"low": None, "high": None}, "give low, high or both"),
    ("clip", {"low": 1.0, "high": 1.0}, "low lies below high"),
    ("coalesce", {"columns": ("d", "d")}, "is there twice"),
    ("compare", {"operator": "=<"}, "'<', '<='"),
    ("count_where", {"columns": ("d",)}, "at least 2"),
    ("count_where", {"value": "x"}, "a text is compared with == or !="),
    ("cyclic", {"period": 0}, "greater than 0"),
    ("date_parts", {"parts": ()}, "at least 1"),
    ("date_parts", {"parts": ("year", "year")}, "is there twice"),
    ("is_in", {"codes": ()}, "at least 1"),
    ("log", {"method": "log2"}, "'signed_log1p'"),
    ("longest_run", {"columns": ("d", "d")}, "is there twice"),
    ("product", {"columns": ("d",)}, "at least 2"),
    ("recency", {"operator": "is"}, "'<', '<='"),
    ("text_length", {"unit": "lines"}, "'characters'"),
    ("trend", {"columns": ("d",)}, "at least 2"),
]
NUMBERS = st.one_of(
    st.none(), st.sampled_from([0.0, -1.0, 1.0, 1e308, -1e308, 5e-324, np.inf, -np.inf]), st.floats(-1e6, 1e6)
)
DATES = st.one_of(st.none(), st.datetimes(min_value=pd.Timestamp("1900-01-01"), max_value=pd.Timestamp("2100-01-01")))


def make_params(name: str, **changes: object) -> TransformParams:
    example = {"name": "made", "transform": name, **EXAMPLES[name], **changes}
    return plugins.load("transform", name).Params.model_validate(example)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 12))

    def column(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    return pd.DataFrame(
        {
            **{name: pd.Series(column(NUMBERS), dtype="float64") for name in GROUP},
            "when": pd.Series(column(DATES), dtype="datetime64[ns]"),
            "until": pd.Series(column(DATES), dtype="datetime64[ns]"),
            "code": pd.Series(column(st.sampled_from([None, 1, 2, "x", "1"])), dtype="object"),
            "note": pd.Series(column(st.one_of(st.none(), st.text(max_size=5))), dtype="object"),
        }
    )


def test_every_transform_has_an_example_here() -> None:
    """A new transform is tested only once it has an example above."""
    assert set(EXAMPLES) == set(plugins.names("transform"))


@pytest.mark.parametrize("name", plugins.names("transform"))
@settings(max_examples=25, deadline=None)
@given(table=tables(), seed=st.integers(0, 1000))
def test_each_row_is_computed_from_itself_alone(name: str, table: pd.DataFrame, seed: int) -> None:
    """Permuted rows give permuted results, and one row alone gives the same bits as in the table."""
    params = make_params(name)
    whole = pd.DataFrame(derive(table, [params]))
    order = np.random.default_rng(seed).permutation(len(table))
    permuted = pd.DataFrame(derive(table.iloc[order].reset_index(drop=True), [params]))
    single = pd.DataFrame(derive(table.iloc[[0]], [params]))

    pd.testing.assert_frame_equal(whole.iloc[order].reset_index(drop=True), permuted, check_exact=True)
    pd.testing.assert_frame_equal(whole.iloc[[0]], single, check_exact=True)


@pytest.mark.parametrize("name", plugins.names("transform"))
@settings(max_examples=25, deadline=None)
@given(table=tables())
def test_the_result_is_float64_named_as_declared_and_never_infinite(name: str, table: pd.DataFrame) -> None:
    """Outputs are what `outputs` says, and overflow ends as missing."""
    params = make_params(name)
    made = derive(table, [params])

    assert list(made) == list(params.outputs)
    for values in made.values():
        assert values.dtype == np.float64
        assert values.shape == (len(table),)
        assert not np.isinf(values).any()


@pytest.mark.parametrize("name", plugins.names("transform"))
def test_a_transform_reads_no_column_that_it_does_not_declare(name: str, sample_table: pd.DataFrame) -> None:
    """`inputs` is complete: lineage can be trusted. `apply` also keeps index and input untouched."""
    module, params = plugins.load("transform", name), make_params(name)
    narrow = sample_table[list(params.inputs)].set_axis([7, 7, 3])
    before = narrow.copy(deep=True)
    made = module.apply(narrow, params)

    assert list(made.columns) == list(params.outputs)
    assert list(made.index) == [7, 7, 3]
    assert (made.dtypes == "float64").all()
    pd.testing.assert_frame_equal(before, narrow)


@pytest.mark.parametrize("name", plugins.names("transform"))
def test_a_table_without_rows_gives_a_result_without_rows(name: str, sample_table: pd.DataFrame) -> None:
    """An empty batch is no special case."""
    made = derive(sample_table.iloc[:0], [make_params(name)])

    assert [values.shape for values in made.values()] == [(0,)] * len(made)


@pytest.mark.parametrize("name", plugins.names("transform"))
def test_parameters_survive_json_and_are_described(name: str) -> None:
    """Parameters are part of a stored pipeline, and each has a docstring that the JSON schema shows."""
    params = make_params(name)
    adapter: TypeAdapter[TransformParams] = TypeAdapter(Derived)
    properties = type(params).model_json_schema()["properties"]

    assert adapter.validate_json(adapter.dump_json(params)) == params
    assert params.transform == name
    undescribed = [key for key in properties if key != "transform" and not properties[key].get("description")]
    assert undescribed == []


@pytest.mark.parametrize("name", plugins.names("transform"))
def test_the_formula_names_every_column_it_reads(name: str) -> None:
    """The registry page says in words what is computed from what."""
    params = make_params(name)

    assert params.inputs
    assert all(column in params.formula for column in params.inputs)


@pytest.mark.parametrize(("name", "changes", "message"), BAD, ids=[f"{name}-{m[:12]}" for name, _, m in BAD])
def test_wrong_parameters_are_refused(name: str, changes: dict[str, object], message: str) -> None:
    """What cannot be computed is refused when the YAML is read, in words."""
    with pytest.raises(ValidationError) as caught:
        make_params(name, **changes)

    assert message in str(caught.value)


def test_unknown_keys_are_refused() -> None:
    """A misspelt key is never ignored."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        make_params("ratio", denominater="d")


def test_every_transform_is_in_the_json_schema() -> None:
    """The schema that editors complete from offers all transforms."""
    schema = json.dumps(TypeAdapter(Derived).json_schema())

    assert all(f'"const": "{name}"' in schema for name in plugins.names("transform"))


@pytest.fixture
def sample_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            **{column: [1.0, np.nan, -2.5] for column in GROUP},
            "when": pd.to_datetime(["2024-02-29", None, "2023-12-31 13:00"], format="ISO8601"),
            "until": pd.to_datetime(["2024-03-01", "2024-01-01", None], format="ISO8601"),
            "code": pd.Series([1, "x", None], dtype="object"),
            "note": pd.Series(["two words", None, ""], dtype="object"),
        }
    )
