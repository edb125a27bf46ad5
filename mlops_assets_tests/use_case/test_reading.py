"""A document is held against a model: one mistake is one problem, in words that people use."""

import pytest

C = ("data", "columns")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {("task", "kind"): "regression"},
            "task.kind: unknown choice; expected binary_classification; got 'regression'",
        ),
        (
            {(*C, "amount", "type"): "numbr"},
            "data.columns.amount.type: unknown choice; expected one of integer, number, category, text, boolean, date",
        ),
        (
            {(*C, "flag", "nullable"): "yes"},
            "data.columns.flag.nullable: wrong type; expected true or false; got 'yes'; write true",
        ),
        ({(*C, "flag", "nullable"): 1}, "data.columns.flag.nullable: wrong type; expected true or false; got 1"),
        (
            {("data", "minimum_rows"): "100"},
            "data.minimum_rows: wrong type; expected a whole number of at least 1; got '100'; write 100 without quotes",
        ),
        (
            {("data", "minimum_rows"): 1.5},
            "data.minimum_rows: wrong type; expected a whole number of at least 1; got 1.5",
        ),
        (
            {("data", "minimum_rows"): 0},
            "data.minimum_rows: out of range; expected a whole number of at least 1; got 0",
        ),
        ({("description",): ""}, "description: too short; expected a text that is not empty; got ''"),
        (
            {("description",): 5},
            "description: wrong type; expected a text that is not empty; got 5; write '5' in quotes",
        ),
        (
            {("owners",): "team:a"},
            "owners: wrong type; expected a list of texts, 1 at least; got 'team:a'; write [team:a]",
        ),
        ({("owners",): []}, "owners: too short; expected a list of texts, 1 at least; got a list of 0"),
        ({("owners", 0): "me"}, "owners[0]: an owner is an e-mail address or team:NAME; expected a text; got 'me'"),
        ({("data", "source"): "a.csv"}, "data.source: wrong type; expected a mapping; got 'a.csv'"),
        (
            {(*C, "amount", "min"): "low"},
            "data.columns.amount.min: wrong type; expected a number or a date YYYY-MM-DD, or null; got 'low'",
        ),
        (
            {(*C, "since", "min"): "2024-13-01"},
            "data.columns.since.min: month must be in 1..12; expected a number or a date YYYY-MM-DD, or null; got",
        ),
        (
            {(*C, "level", "allowed"): [1, 2.5]},
            "data.columns.level.allowed[1]: wrong type; expected a whole number or a text; got 2.5; write '2.5'",
        ),
        (
            {(*C, "level", "allowed"): {"a": 1}},
            "data.columns.level.allowed.a: wrong type; expected a text; got 1; write '1' in quotes",
        ),
        (
            {("features", "derive", 0, "transform"): "rato"},
            "features.derive[0].transform: there is no such transform; expected one of ",
        ),
        (
            {("training",): {"families": {"random_forest": {"space": {"max_depth": {"low": 1, "hgh": 2}}}}}},
            "training.families.random_forest.space.max_depth.hgh: unknown key; expected one of low, high, log, whole",
        ),
        ({("features", "encoding"): None}, "features.encoding: wrong type; expected a mapping; got nothing"),
        ({("name",): "9lives"}, "name: not written as required; expected a name of lower-case letters"),
    ],
)
def test_a_wrong_value_is_said_in_plain_words(problems_of, changes, expected):
    """What is wrong, what would be right, what stands there, and the repair where it is plain."""
    found = problems_of(changes)

    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            ("task", "target"),
            ("task", "tagret"),
            "task.tagret: unknown key; expected one of kind, target, positive; did you mean 'target'?",
        ),
        (
            ("task", "target"),
            ("task", "label"),
            "task.label: unknown key; expected one of kind, target, positive; did you mean 'target'?",
        ),
        (("owners",), ("owner",), "owner: unknown key"),
        (
            ("features", "derive", 0, "transform"),
            ("features", "derive", 0, "tranform"),
            "features.derive[0].tranform: unknown key; expected the key 'transform'; did you mean 'transform'?",
        ),
        (
            ("features", "derive", 0, "numerator"),
            ("features", "derive", 0, "numerater"),
            "features.derive[0].numerater: unknown key",
        ),
    ],
)
def test_a_misspelt_required_key_is_one_problem(problems_of, removed, old, new, expected):
    """The missing key and the unknown one are the same slip."""
    found = problems_of(
        {old: removed, new: "outcome" if old[0] == "task" else ["team:a"] if old == ("owners",) else "ratio"}
    )

    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_a_missing_key_is_reported_at_what_should_hold_it(problems_of, removed):
    """There is no line for what is not there."""
    found = problems_of({("task", "target"): removed})

    assert found == ["task: 'target' is missing; expected a text"]


def test_a_key_at_the_wrong_level_is_sent_where_it_belongs(problems_of):
    """A key that the models have in one place only is not just unknown."""
    found = problems_of({("training",): {"trials": 4}})

    assert len(found) == 1
    assert found[0].endswith("it belongs under training.search")


def test_a_column_called_as_a_number_must_be_quoted(tmp_path, problems_of):
    """A whole number as a key of a mapping of names is told how to be written."""
    from mlops_assets.use_case.model import UseCase
    from mlops_assets.yaml_files.document import Document
    from mlops_assets.yaml_files.reading import read_model

    document = Document("f.yaml", {"data": {"columns": {2020: {"type": "number"}, "b": {"type": "number"}}}})

    expected = (
        "f.yaml:1:1: data.columns[2020]: wrong type of the key; expected a text; got 2020; write '2020' in quotes"
    )
    assert expected in document.lines(read_model(document, UseCase).problems)


def test_odd_names_of_columns_are_written_so_that_they_can_be_found(problems_of):
    """Spaces, dots and quotes in a name do not blur the path, and a line break stays on one line."""
    found = problems_of({(*C, 'a "b".c\n'): {"type": "x"}})

    assert found[0].startswith('data.columns["a \\"b\\".c\\n"].type: unknown choice')
