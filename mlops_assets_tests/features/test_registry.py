"""The feature registry, as a record and as pages."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from mlops_assets.features.pipeline import FeaturePipeline, build_features, fit_pipeline
from mlops_assets.features.registry import Registry, build_registry, render_registry
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features

HOSTILE = '<script>alert(1)</script>|{{ 7 * 7 }}\n& "quoted"'


@pytest.fixture
def pipeline(loans, defaulted, loan_inputs, loan_columns, loan_features) -> FeaturePipeline:
    return fit_pipeline(loans, defaulted, inputs=loan_inputs, columns=loan_columns, features=loan_features)


@pytest.fixture
def hostile() -> Registry:
    columns = {HOSTILE: Column(type="number", description=HOSTILE), "constant": Column(type="number")}
    frame = pd.DataFrame({HOSTILE: [1.0, 2.0], "constant": 1.0})
    made = fit_pipeline(frame, np.array([0, 1]), inputs=tuple(columns), columns=columns, features=Features())
    return build_registry(made, {"all": build_features(frame, made)})


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read_html(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_registry_describes_every_feature_in_order(loans, pipeline) -> None:
    """Names, formulas and lineage are the pipeline's; figures are of the table."""
    built = build_features(loans, pipeline)
    registry = build_registry(pipeline, {"all": built})
    income = next(entry for entry in registry.entries if entry.name == "income, net")

    assert tuple(entry.name for entry in registry.entries) == pipeline.names
    assert registry.rows == {"all": 400}
    assert income.missing["all"] == pytest.approx(loans["income, net"].isna().mean())
    assert income.mean == pytest.approx(loans["income, net"].mean())
    assert income.std == pytest.approx(loans["income, net"].std())
    assert income.dtype == "float64"
    assert income.sets == ("raw", "derived")
    assert registry.ranking == ()


def test_missing_shares_are_told_apart_by_split(loans, pipeline) -> None:
    """A table for each split gives a share for each; training is the reference."""
    built = build_features(loans, pipeline)
    split = np.where(np.arange(len(built)) < 300, "train", "test")
    tables = {"test": built[split == "test"], "train": built[split == "train"]}
    registry = build_registry(pipeline, tables)
    income = next(entry for entry in registry.entries if entry.name == "income, net")

    assert registry.rows == {"train": 300, "test": 100}
    assert registry.reference == "train"
    assert income.missing == {name: table["income, net"].isna().mean() for name, table in tables.items()}


def test_the_selection_is_shown(loans, defaulted, loan_inputs, loan_columns) -> None:
    """The page says what each column tells, what chance would tell, and which sets a feature is in."""
    features = Features.model_validate({"selection": {"method": "mutual_information", "keep": 3}})
    made = fit_pipeline(loans, defaulted, inputs=loan_inputs, columns=loan_columns, features=features)
    registry = build_registry(made, {"all": build_features(loans, made)})
    sets = {entry.name: entry.sets for entry in registry.entries}
    page = read_html(render_registry(registry, "Loans"))

    assert sets["status 1"] == ("raw", "selected")
    assert registry.ranking[0].name == "status 1"
    assert sorted(ranked.name for ranked in registry.ranking) == sorted(loan_inputs)
    assert "a score above the limit is above chance" in page.text
    assert "Nothing is above chance" not in page.text


def test_the_page_says_where_nothing_is_above_chance(loans, loan_inputs, loan_columns) -> None:
    """Selected columns that are no better than chance are not shown as if they were."""
    noise = np.random.default_rng(3).integers(0, 2, len(loans))
    features = Features.model_validate({"selection": {"method": "mutual_information"}})
    made = fit_pipeline(loans, noise, inputs=loan_inputs, columns=loan_columns, features=features)
    page = render_registry(build_registry(made, {"all": build_features(loans, made)}), "Loans")

    assert "Nothing is above chance" in page


def test_a_registry_survives_json_also_without_figures(loans, pipeline) -> None:
    """What cannot be measured is None: the record has no NaN."""
    adapter: TypeAdapter[Registry] = TypeAdapter(Registry)
    empty = build_registry(pipeline, {"all": build_features(loans.iloc[:0], pipeline)})
    single = build_registry(pipeline, {"all": build_features(loans.iloc[:1], pipeline)})

    assert adapter.validate_json(adapter.dump_json(empty)) == empty
    assert empty.entries[0].missing == {"all": None}
    assert empty.entries[0].mean is None
    assert single.entries[0].std is None


def test_the_page_is_self_contained_and_escaped(hostile: Registry) -> None:
    """Nothing is fetched, and nothing of the data becomes markup."""
    page = render_registry(hostile, HOSTILE)
    read = read_html(page)

    assert "script" not in read.tags
    assert read.links == []
    assert HOSTILE in read.text
    assert "49" not in read.text
    assert "constant" in read.text


def test_the_page_shows_every_feature_with_formula_and_lineage(loans, pipeline) -> None:
    """A reader finds what a feature is without opening the code."""
    read = read_html(render_registry(build_registry(pipeline, {"all": build_features(loans, pipeline)}), "Loans"))

    for feature in pipeline.features:
        assert feature.name in read.text
        assert feature.formula in read.text
    assert "No feature is left out." in read.text


def test_the_same_registry_gives_the_same_page(loans, pipeline) -> None:
    """No clock and no randomness: a page changes only with what it says."""
    built = build_features(loans, pipeline)

    assert render_registry(build_registry(pipeline, {"all": built}), "t") == render_registry(
        build_registry(pipeline, {"all": built}), "t"
    )
