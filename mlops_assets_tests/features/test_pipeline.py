"""Fitting on the training rows, and building features from any rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_assets.errors import ConfigError, DataError
from mlops_assets.features import pipeline as pipelines
from mlops_assets.features.pipeline import FeaturePipeline, build_features, fit_pipeline
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Features

RECORD: TypeAdapter[FeaturePipeline] = TypeAdapter(FeaturePipeline)


@pytest.fixture
def pipeline(loans, defaulted, loan_inputs, loan_columns, loan_features) -> FeaturePipeline:
    return fit_pipeline(loans, defaulted, inputs=loan_inputs, columns=loan_columns, features=loan_features)


@pytest.fixture
def selecting(loan_features) -> Features:
    return Features.model_validate({**dict(loan_features), "selection": {"method": "mutual_information", "keep": 6}})


def fitted(frame: pd.DataFrame, columns: dict[str, Column], **section: object) -> FeaturePipeline:
    target = np.arange(len(frame)) % 2
    features = Features.model_validate(section)
    return fit_pipeline(frame, target, inputs=tuple(columns), columns=columns, features=features)


def test_features_are_float64_in_the_order_of_the_pipeline(loans, pipeline) -> None:
    """The table of features has the names of the pipeline, the rows of the input, and nothing infinite."""
    rows = loans.set_index(np.arange(len(loans)) * 3 + 1)
    built = build_features(rows, pipeline)

    assert tuple(built.columns) == pipeline.names
    assert built.index.equals(rows.index)
    assert set(built.dtypes.astype(str)) == {"float64"}
    assert not np.isinf(built.to_numpy()).any()


def test_readable_names_and_raw_lineage_of_every_feature(pipeline, loans) -> None:
    """Lineage goes through derived features down to columns of the table."""
    by_name = {feature.name: feature for feature in pipeline.features}

    assert {"income, net", "school=primary", "région=nord", "région=(missing)", "owner", "burden"} <= set(by_name)
    assert by_name["log_burden"].columns == ("debt", "income, net")
    assert by_name["season_sin"].columns == ("opened",)
    assert by_name["season_sin"].formula == "angle of start_month on a circle of 12: sine"
    assert by_name["start_year"].formula == "calendar of opened: year"
    assert {column for feature in pipeline.features for column in feature.columns} <= set(loans.columns)
    assert set(pipeline.required_columns) == {c for feature in pipeline.features for c in feature.columns}


def test_a_derived_feature_of_a_derived_feature_is_computed(loans, pipeline) -> None:
    """log_burden is the logarithm of what burden came to."""
    built = build_features(loans, pipeline)
    burden = loans["debt"] / loans["income, net"]

    np.testing.assert_allclose(built["log_burden"], np.sign(burden) * np.log1p(burden.abs()))


def test_one_row_alone_gives_what_it_gives_in_a_batch(loans, pipeline) -> None:
    """No feature looks at another row."""
    whole = build_features(loans, pipeline)
    singly = pd.concat([build_features(loans.iloc[[row]], pipeline) for row in range(40)])

    pd.testing.assert_frame_equal(whole.iloc[:40], singly, check_exact=True)


def test_blocks_of_rows_give_what_all_rows_give_together(loans, pipeline, monkeypatch) -> None:
    whole = build_features(loans, pipeline)
    monkeypatch.setattr(pipelines, "_BLOCK", 7)

    assert len(loans) % 7
    pd.testing.assert_frame_equal(build_features(loans, pipeline), whole, check_exact=True)


def test_neither_row_order_nor_column_order_matters(loans, pipeline) -> None:
    """Permuted rows give permuted features, permuted and additional columns the same ones."""
    order = np.random.default_rng(3).permutation(len(loans))
    shuffled = loans.iloc[order][list(reversed(loans.columns))].assign(extra=1)

    pd.testing.assert_frame_equal(
        build_features(loans, pipeline).iloc[order], build_features(shuffled, pipeline), check_exact=True
    )


def test_the_fit_does_not_depend_on_column_order(loans, defaulted, loan_inputs, loan_columns, selecting) -> None:
    """The order of the features is that of the YAML, and scores belong to a feature."""
    fits = [
        fit_pipeline(loans[names], defaulted, inputs=loan_inputs, columns=loan_columns, features=selecting)
        for names in (list(loans.columns), list(reversed(loans.columns)))
    ]

    assert fits[0] == fits[1]


@pytest.mark.parametrize("method", ["one_hot", "ordinal", "frequency", "target"])
@pytest.mark.parametrize("selection", ["none", "mutual_information"])
def test_the_json_of_a_pipeline_builds_the_same_features(request, loans, loan_features, method, selection) -> None:
    """A pipeline is a record: written as JSON and read again it is equal, and so are its features."""
    changes = {"encoding": {"method": method}, "selection": {"method": selection, "keep": 12}}
    made = fit_pipeline(
        loans,
        request.getfixturevalue("defaulted"),
        inputs=request.getfixturevalue("loan_inputs"),
        columns=request.getfixturevalue("loan_columns"),
        features=Features.model_validate({**dict(loan_features), **changes}),
    )
    again = RECORD.validate_json(RECORD.dump_json(made))

    assert again == made
    pd.testing.assert_frame_equal(build_features(loans, made), build_features(loans, again), check_exact=True)


def test_rows_outside_training_change_nothing(loans, defaulted, loan_inputs, loan_columns, selecting) -> None:
    """Encodings, constants and selection come from the rows that `fit_pipeline` is given: the training split."""
    training = np.arange(len(loans)) < 250
    spoiled = loans.copy()
    spoiled.loc[~training, "région"] = "new"
    spoiled.loc[~training, ["income, net", "debt"]] = 1e12
    turned = defaulted.where(training, 1 - defaulted)
    fits = [
        fit_pipeline(frame[training], y[training], inputs=loan_inputs, columns=loan_columns, features=selecting)
        for frame, y in ((loans, defaulted), (spoiled, turned))
    ]

    assert RECORD.dump_json(fits[0]) == RECORD.dump_json(fits[1])
    assert fits[0].rows == 250


def test_all_informative_features_are_kept_and_told_apart_by_set(
    loans, defaulted, loan_inputs, loan_columns, selecting
) -> None:
    """Selection drops nothing from the pipeline: what it keeps is one of the sets."""
    made = fit_pipeline(loans, defaulted, inputs=loan_inputs, columns=loan_columns, features=selecting)
    derived = {feature.name for feature in made.features if feature.kind == "derived"}

    assert list(made.sets) == ["raw", "derived", "selected"]
    assert made.sets["derived"] == made.names
    assert set(made.sets["raw"]) == set(made.names) - derived
    assert {"status 1", "months_late"} <= set(made.sets["selected"]) < set(made.names)


def test_all_dummies_of_a_column_are_selected_or_none(loans, loan_columns, loan_inputs) -> None:
    """A column whose codes tell something together keeps all of them, those that tell little by themselves too."""
    target = loans["school"].isin([2, 9]) ^ (np.random.default_rng(2).random(len(loans)) < 0.2)
    features = Features.model_validate({"selection": {"method": "mutual_information"}})
    made = fit_pipeline(loans, target, inputs=loan_inputs, columns=loan_columns, features=features)
    (school,) = (ranked for ranked in made.ranking if ranked.selected)

    assert made.sets["selected"] == school.features == tuple(n for n in made.names if n.startswith("school="))
    assert len(school.features) == 4
    assert school.information > school.limit > school.chance


def test_a_set_is_there_only_where_there_is_something_in_it(loans, defaulted, loan_inputs, loan_columns) -> None:
    """Without derived features and without selection there is one set; without raw inputs there is no raw set."""
    plain = fit_pipeline(loans, defaulted, inputs=loan_inputs, columns=loan_columns, features=Features())
    section = {"derive": ({"name": "no_debt", "transform": "missing", "column": "debt"},)}
    features = Features.model_validate(section)
    derived = fit_pipeline(loans, defaulted, inputs=(), columns=loan_columns, features=features)

    assert plain.sets == {"raw": plain.names}
    assert derived.sets == {"derived": ("no_debt",)}


def test_a_restricted_pipeline_computes_the_same_from_fewer_columns(loans, pipeline) -> None:
    """Only the encoders and derived features stay that the features are computed from, unseen steps included."""
    names = ("season_sin", "log_burden", "région=nord")
    small = pipeline.restricted(names)
    built = build_features(loans[list(small.required_columns)], small)

    assert small.names == ("région=nord", "log_burden", "season_sin")
    assert set(small.required_columns) == {"région", "debt", "income, net", "opened"}
    assert [params.name for params in small.derive] == ["burden", "log_burden", "start", "season"]
    assert small.sets == {}
    assert pipeline.restricted(pipeline.sets["raw"]).sets == {"raw": pipeline.sets["raw"]}
    pd.testing.assert_frame_equal(built, build_features(loans, pipeline)[list(small.names)], check_exact=True)
    assert RECORD.validate_json(RECORD.dump_json(small)) == small


def test_what_a_kept_feature_reads_stays_although_it_is_not_kept_itself(loans, loan_columns) -> None:
    """A derived feature that only another one needs is still computed, but not shown to the model."""
    frame = loans.assign(debt=np.tile([1.0, -1.0], len(loans) // 2), **{"income, net": 1.0})
    section = {
        "derive": (
            {"name": "same", "transform": "product", "columns": ("debt", "debt")},
            {"name": "with_status", "transform": "difference", "left": "status 1", "right": "same"},
        )
    }
    features = Features.model_validate(section)
    made = fit_pipeline(frame, np.zeros(len(frame)), inputs=(), columns=loan_columns, features=features)

    assert made.names == ("with_status",)
    assert [params.name for params in made.derive] == ["same", "with_status"]
    assert [(d.name, d.reason) for d in made.dropped] == [("same", "1 in every training row")]
    assert build_features(frame, made)["with_status"].tolist() == (frame["status 1"] - 1.0).tolist()


def test_constant_and_empty_columns_are_dropped_with_the_reason() -> None:
    """A value that some rows lack is no constant: that it is missing tells something."""
    columns = {name: Column(type="number", nullable=True) for name in ("varies", "constant", "empty", "gaps")}
    frame = pd.DataFrame({"varies": [1.0, 2.0], "constant": 3.0, "empty": np.nan, "gaps": [np.nan, 3.0]})
    made = fitted(frame, columns)

    assert made.names == ("varies", "gaps")
    assert {d.name: d.reason for d in made.dropped} == {
        "constant": "3 in every training row",
        "empty": "missing in every training row",
    }


def test_a_pipeline_without_any_feature_is_an_error() -> None:
    """A model cannot be trained on nothing; the message says why each was dropped."""
    frame = pd.DataFrame({"a": [1.0, 1.0]})
    with pytest.raises(DataError, match=r"no feature is left; .* got a: 1 in every training row; fix: add columns"):
        fitted(frame, {"a": Column(type="number")})
    with pytest.raises(DataError, match="no inputs and nothing derived"):
        fitted(frame, {})


def test_missing_columns_are_reported_at_once_with_the_nearest_name(loans, pipeline) -> None:
    """One message shows every column that lacks, as a difference."""
    with pytest.raises(DataError) as caught:
        build_features(loans.rename(columns={"debt": "Debt"}).drop(columns=["owner", "région"]), pipeline)
    message = str(caught.value)

    assert "3 of 10 columns that the features need cannot be read" in message
    assert "- debt: not in the table (there is 'Debt')" in message
    assert "- région: not in the table\n" in message
    assert "- owner: not in the table;" in message


def test_a_column_that_is_there_twice_is_an_error(loans, pipeline) -> None:
    """Which of the two was meant is not guessed."""
    with pytest.raises(DataError, match="- debt: in the table more than once"):
        build_features(pd.concat([loans, loans[["debt"]]], axis=1), pipeline)


def test_values_of_the_wrong_type_are_one_message(loans, pipeline) -> None:
    """A text among numbers, and a number among dates, are named with an example."""
    with pytest.raises(DataError, match=r"column 'debt': not a number in 400 of 400 rows; .* got 'much'"):
        build_features(loans.assign(debt="much"), pipeline)
    with pytest.raises(DataError, match=r"column 'opened': not a date in 400 of 400 rows; .* got 'soon'"):
        build_features(loans.assign(opened="soon"), pipeline)
    with pytest.raises(DataError, match=r"column 'opened': not a date in 400 of 400 rows; .* got 5"):
        build_features(loans.assign(opened=5), pipeline)
    with pytest.raises(DataError, match=r"column 'note': not a text in 400 of 400 rows; .* got 5"):
        build_features(loans.assign(note=5), pipeline)


def test_two_features_of_one_name_are_an_error() -> None:
    """A category's label can make the name of another column."""
    columns = {"a": Column(type="category"), "a=x": Column(type="number")}
    frame = pd.DataFrame({"a": ["x", "y", "z"], "a=x": [1.0, 2.0, 3.0]})
    with pytest.raises(DataError, match=r"two features would be called 'a=x'; .* got '1 where a is x' and 'a=x'"):
        fitted(frame, columns)


@pytest.mark.parametrize(
    "section",
    [
        {"derive": ({"name": "decade", "transform": "bin", "column": "age {years}", "edges": (30.0, 40.0)},)},
        {
            "derive": (
                {"name": "older", "transform": "difference", "left": "age {years}", "right": "status 1"},
                {"name": "log_older", "transform": "log", "column": "older"},
            )
        },
    ],
)
def test_a_protected_attribute_cannot_enter_unseen(loans, defaulted, loan_columns, section) -> None:
    """Neither directly nor through another derived feature, unless `use_sensitive` names it."""
    refused = Features.model_validate(section)
    named = Features.model_validate({**section, "use_sensitive": ("age {years}",)})
    with pytest.raises(ConfigError, match=r"protected attribute 'age \{years\}' would enter the model through"):
        fit_pipeline(loans, defaulted, inputs=("debt",), columns=loan_columns, features=refused)
    made = fit_pipeline(loans, defaulted, inputs=("debt",), columns=loan_columns, features=named)

    assert "age {years}" in made.required_columns


def test_a_protected_attribute_is_refused_as_an_input(loans, defaulted, loan_columns) -> None:
    """A caller cannot pass by `use_sensitive`."""
    with pytest.raises(ConfigError, match="a protected attribute would enter the model"):
        fit_pipeline(loans, defaulted, inputs=("age {years}", "debt"), columns=loan_columns, features=Features())


def test_a_batch_without_rows_gives_features_without_rows(loans, pipeline) -> None:
    """An empty batch is no error here; whether it may be is for validation to say."""
    built = build_features(loans.iloc[:0], pipeline)

    assert built.shape == (0, len(pipeline.names))
    assert set(built.dtypes.astype(str)) == {"float64"}


CELLS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1e308]))


@settings(max_examples=30, deadline=None)
@given(
    numbers=st.lists(st.tuples(CELLS, CELLS), min_size=2, max_size=15),
    code=st.one_of(st.none(), st.integers(), st.text(max_size=4)),
)
def test_whatever_comes_is_built_without_infinity(numbers: list[tuple[float, float]], code: object) -> None:
    """Overflow, infinite and unseen values end as missing or other, and never fail."""
    columns = {
        "a": Column(type="number", nullable=True),
        "b": Column(type="number", nullable=True),
        "c": Column(type="category", allowed=(1, 2), nullable=True),
    }
    section = {
        "derive": (
            {"name": "rate", "transform": "ratio", "numerator": "a", "denominator": "b"},
            {"name": "area", "transform": "product", "columns": ("rate", "a")},
        )
    }
    train = pd.DataFrame({"a": [1.0, 2.0, None], "b": [4.0, 1.0, 2.0], "c": pd.Series([1, 2, None], dtype="object")})
    made = fitted(train, columns, **section)
    batch = pd.DataFrame(numbers, columns=["a", "b"], dtype="float64").assign(
        c=pd.Series([code] * len(numbers), dtype="object")
    )

    assert not np.isinf(build_features(batch, made).to_numpy()).any()
