"""How raw columns become numbers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.errors import DataError
from mlops_assets.features.encoding import Encoder, encode
from mlops_assets.features.encoding import fit_encoder as fit_on_target
from mlops_assets.features.info import describe
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Encoding
from mlops_assets.values import code_of

SCHOOL = Column(type="category", allowed={1: "primary", 2: "secondary", 3: "university"}, undocumented=(9,))
CODES = st.one_of(st.none(), st.integers(-3, 5), st.sampled_from(["1", "a", "(other)", ""]))


def fit_encoder(train: pd.Series, name: str, column: Column, encoding: Encoding) -> Encoder:
    """Fit on a target that only target encoding looks at."""
    return fit_on_target(train, np.arange(len(train)) % 2.0, name, column, encoding)


def category(*codes: object) -> pd.Series:
    return pd.Series(codes, dtype="object")


def test_numbers_enter_as_they_are_and_infinity_is_missing() -> None:
    """A number has nothing to learn."""
    encoder = fit_encoder(pd.Series([1.0]), "a", Column(type="number"), Encoding())
    made = encode(pd.Series([1.5, np.inf, -np.inf, np.nan]), encoder)

    np.testing.assert_array_equal(made["a"], [1.5, np.nan, np.nan, np.nan])


def test_booleans_are_one_and_zero() -> None:
    """A missing boolean stays missing, whether the column came as bool or as objects."""
    encoder = fit_encoder(pd.Series([True]), "a", Column(type="boolean"), Encoding())

    np.testing.assert_array_equal(encode(category(True, False, None), encoder)["a"], [1.0, 0.0, np.nan])
    np.testing.assert_array_equal(encode(pd.Series([True, False]), encoder)["a"], [1.0, 0.0])


def test_one_hot_names_features_by_label_in_declared_order() -> None:
    """A code with a label is called by it, an undocumented one by itself."""
    encoder = fit_encoder(pd.Series([9, 3, 1, 1, 2]), "school", SCHOOL, Encoding())
    infos = describe(encoder, SCHOOL)

    assert encoder.names == ("school=primary", "school=secondary", "school=university", "school=9")
    assert [info.name for info in infos] == list(encoder.names)
    assert infos[0].formula == "1 where school is 1 (primary)"
    assert infos[3].formula == "1 where school is 9"


def test_whole_number_codes_are_the_same_in_every_dtype() -> None:
    """A batch without gaps is int64, with gaps it is objects or floats: all encode alike."""
    encoder = fit_encoder(pd.Series([1, 2, 3]), "school", SCHOOL, Encoding())
    made = [pd.DataFrame(encode(pd.Series([1, 2], dtype=dtype), encoder)) for dtype in ("int64", "float64", "object")]

    assert made[0].to_numpy().tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert made[0].equals(made[1])
    assert made[0].equals(made[2])


def test_rare_and_unseen_codes_share_one_feature() -> None:
    """What training saw too little of, or never, is `other`; the registry says which codes were pooled."""
    train = pd.Series([1] * 50 + [2] * 48 + [3, 9])
    encoder = fit_encoder(train, "school", SCHOOL, Encoding(minimum_share=0.02))
    made = encode(category(3, 9, 77, "new", 1), encoder)

    assert encoder.names == ("school=primary", "school=secondary", "school=(other)")
    assert made["school=(other)"].tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert describe(encoder, SCHOOL)[2].formula == (
        "1 where school is rare in training (3, 9), is missing or was not seen there"
    )


def test_an_unseen_code_is_zero_everywhere_where_training_had_nothing_rare() -> None:
    """Without rare codes there is no `other` to learn from."""
    encoder = fit_encoder(pd.Series([1, 2, 3]), "school", SCHOOL, Encoding())
    made = encode(category(77, None), encoder)

    assert list(made) == ["school=primary", "school=secondary", "school=university"]
    assert all(values.tolist() == [0.0, 0.0] for values in made.values())


def test_two_codes_make_one_feature() -> None:
    """Of two dummies each would tell the other; an unseen code is neither, and missing."""
    encoder = fit_encoder(pd.Series([1, 2, 2]), "school", SCHOOL, Encoding())
    made = encode(category(1, 2, 77, None), encoder)

    assert encoder.names == ("school=secondary",)
    np.testing.assert_array_equal(made["school=secondary"], [0.0, 1.0, np.nan, np.nan])
    assert [info.formula for info in describe(encoder, SCHOOL)] == [
        "1 where school is 2 (secondary), 0 where it is 1 (primary)"
    ]


def test_a_missing_category_has_its_own_feature_where_training_had_enough() -> None:
    """Missing is told apart from other; where it is rare it is other. Beside a single code it is one feature."""
    column = Column(type="category")
    often = fit_encoder(category("a", None, "b", None), "c", column, Encoding())
    rarely = fit_encoder(category(*"ab" * 50, None), "c", column, Encoding(minimum_share=0.05))
    beside_one = fit_encoder(category("a", None, "a"), "c", column, Encoding())

    assert often.names == ("c=a", "c=b", "c=(missing)")
    assert encode(category(None, "a"), often)["c=(missing)"].tolist() == [1.0, 0.0]
    assert rarely.names == ("c=a", "c=b", "c=(other)")
    assert encode(category(None, "a"), rarely)["c=(other)"].tolist() == [1.0, 0.0]
    assert beside_one.names == ("c=(missing)",)
    np.testing.assert_array_equal(encode(category(None, "a", "z"), beside_one)["c=(missing)"], [1.0, 0.0, np.nan])
    assert describe(beside_one, column)[0].formula == "1 where c is missing, 0 where it is a"


def test_two_codes_with_one_label_are_named_by_code() -> None:
    """A label that is not unique cannot name a feature."""
    column = Column(type="category", allowed={1: "yes", 2: "yes", 3: "no"})
    encoder = fit_encoder(pd.Series([1, 2, 3]), "c", column, Encoding())

    assert encoder.names == ("c=1", "c=2", "c=3")


def test_codes_that_read_alike_are_named_as_written() -> None:
    """The number 1 and the text "1", or a text like the name of the shared feature, are told apart."""
    encoder = fit_encoder(category(1, "1", "(other)", "(other)", None), "c", Column(type="category"), Encoding())
    pooling = fit_encoder(
        category(*["(other)"] * 4, *["a"] * 4, "b"), "c", Column(type="category"), Encoding(minimum_share=0.4)
    )

    assert encoder.names == ("c=1", "c='(other)'", "c='1'", "c=(missing)")
    assert pooling.names == ("c='(other)'", "c='a'", "c=(other)")


def test_ordinal_is_the_place_in_the_declared_order() -> None:
    """An undocumented or unseen code has no place, and is missing."""
    column = Column(type="category", allowed=("low", "mid", "high"), undocumented=("?",))
    encoder = fit_encoder(category("high", "low"), "c", column, Encoding(method="ordinal"))
    made = encode(category("low", "mid", "high", "?", "new", None), encoder)

    np.testing.assert_array_equal(made["c"], [0.0, 1.0, 2.0, np.nan, np.nan, np.nan])
    assert describe(encoder, column)[0].formula == "place of c in the order low, mid, high, from 0"


def test_ordinal_without_a_declared_order_is_encoded_as_many() -> None:
    """An order is never made up from the data."""
    kinds = [
        fit_encoder(category("a", "b"), "c", Column(type="category"), Encoding(method="ordinal", many=many)).kind
        for many in ("target", "frequency")
    ]

    assert kinds == ["target", "frequency"]


def test_frequency_is_the_share_of_known_training_rows() -> None:
    """An unseen code has a share of 0, and a missing one none."""
    encoder = fit_encoder(category("a", "a", "b", "a", None), "c", Column(type="text"), Encoding(method="frequency"))
    made = encode(category("a", "b", "new", None), encoder)

    np.testing.assert_array_equal(made["c"], [0.75, 0.25, 0.0, np.nan])


def test_many_categories_are_encoded_and_not_dropped() -> None:
    """Above `maximum_categories` one-hot would make too many features; a declared order has no such limit."""
    codes = tuple(f"code {position}" for position in range(21))
    column, ordered = Column(type="category"), Column(type="category", allowed=codes)
    few = fit_encoder(category(*codes[:20]), "c", column, Encoding())
    many = fit_encoder(category(*codes), "c", column, Encoding())
    counted = fit_encoder(category(*codes), "c", column, Encoding(many="frequency"))
    ranked = fit_encoder(category(*codes), "c", ordered, Encoding(method="ordinal"))

    assert (few.kind, many.kind, counted.kind, ranked.kind) == ("one_hot", "target", "frequency", "ordinal")
    assert many.names == counted.names == ("c",)


def test_ordered_codes_enter_as_numbers() -> None:
    """A category under `encoding.ordered` keeps the distance between its codes."""
    encoder = fit_encoder(category(1, 9), "school", SCHOOL, Encoding(ordered=("school",)))

    assert encode(category(9, 1, None), encoder)["school"][:2].tolist() == [9.0, 1.0]
    assert describe(encoder, SCHOOL)[0].kind == "ordered"


def test_ordered_codes_that_are_texts_are_refused() -> None:
    """A text is no number, declared or not."""
    encoder = fit_encoder(category("low"), "c", Column(type="category"), Encoding(ordered=("c",)))
    with pytest.raises(DataError, match=r"column 'c': not a number in 1 of 1 rows; .* got 'low'"):
        encode(category("low"), encoder)


def test_a_column_that_is_missing_throughout_can_be_learned() -> None:
    """It is for the pipeline to drop what tells nothing."""
    made = [
        fit_encoder(category(None, None), "c", Column(type="category"), Encoding(method=method))
        for method in ("one_hot", "frequency", "target")
    ]

    assert made[0].names == ("c=(missing)",)
    assert np.isnan(encode(category("a", None), made[1])["c"]).tolist() == [False, True]
    assert encode(category("a", None), made[2])["c"].tolist() == [0.0, 0.0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(CODES, min_size=1, max_size=30),
    st.lists(CODES, min_size=1, max_size=30),
    st.sampled_from(["one_hot", "ordinal", "frequency", "target"]),
)
def test_no_code_ever_fails_and_one_hot_rows_sum_to_at_most_one(
    train: list[object], batch: list[object], method: str
) -> None:
    """Whatever comes is encoded; a training row is always exactly one of its column's features."""
    column = Column(type="category")
    encoder = fit_encoder(category(*train), "c", column, Encoding(method=method, minimum_share=0.1))  # type: ignore[arg-type]
    batch_sums = sum(encode(category(*batch), encoder).values())
    train_sums = sum(encode(category(*train), encoder).values())

    assert len(describe(encoder, column)) == len(encoder.names) == len(set(encoder.names))
    if encoder.kind == "binary":
        assert set(np.unique(train_sums)) == {0.0, 1.0}
    if encoder.kind == "one_hot":
        assert set(np.unique(batch_sums)) <= {0.0, 1.0}
        assert set(np.unique(train_sums)) == {1.0}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1, 1),
        (1.0, 1),
        (np.int8(1), 1),
        (np.float64(-2), -2),
        (True, 1),
        (10**400, 10**400),
        ("1", "1"),
        ("", ""),
        (1.5, "1.5"),
        (dt.date(2024, 2, 29), "2024-02-29"),
    ],
)
def test_a_cell_stands_for_one_code_in_every_type(cell: object, code: object) -> None:
    """Whole numbers are ints, everything else is text."""
    assert code_of(cell) == code
    assert type(code_of(cell)) is type(code)
