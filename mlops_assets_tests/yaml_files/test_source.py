"""YAML is read by the core schema of 1.2, with the place of everything, and what is hard to read is refused."""

import math

import pytest

from mlops_assets.yaml_files.document import Position, Problem
from mlops_assets.yaml_files.reading import MAXIMUM_BYTES, parse_document, read_document


def lines_of(text: str) -> list[str]:
    document = parse_document(text, "f.yaml")
    return document.lines(document.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12", 12),
        ("-0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("[1, a]", (1, "a")),
        ("{1: a}", {1: "a"}),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(text, expected):
    """No word is a boolean but true and false, and no date is anything but a text."""
    found = parse_document(f"a: {text}", "f.yaml").data

    assert found == {"a": expected}
    assert type(found["a"]) is type(expected)


def test_keys_and_values_have_places_counted_from_one():
    """Characters are counted, not bytes, and lists have places for their items."""
    document = parse_document("é: {b: 1}\nlist:\n  - x\n  - y: 2\n", "f.yaml")

    assert document.keys[("é",)] == Position(1, 1)
    assert document.values[("é", "b")] == Position(1, 8)
    assert document.values[("list", 0)] == Position(3, 5)
    assert document.keys[("list", 1, "y")] == Position(4, 5)


def test_a_problem_at_something_absent_is_placed_at_what_would_hold_it():
    """The nearest thing around a missing value has a line."""
    document = parse_document("a:\n  b:\n    c: 1\n", "f.yaml")

    assert document.position(Problem(("a", "b", "d"), "missing")) == Position(2, 3)
    assert document.position(Problem((), "missing")) == Position(1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: a: the key is repeated, first in line 1"),
        ("a: {b: 1, b: 2}\n", "f.yaml:1:11: a.b: the key is repeated"),
        ("a: &x 1\n", "f.yaml:1:4: a: an anchor is not allowed"),
        ("a: *x\n", "f.yaml:1:4: a: an alias is not allowed"),
        ("a:\n  <<: {b: 1}\n", "f.yaml:2:3: a: merge keys are not allowed"),
        ("a: !!str 5\n", "f.yaml:1:4: a: a tag is not allowed"),
        ("a: !local 5\n", "f.yaml:1:4: a: a tag is not allowed"),
        ("a:\n\tb: 1\n", "f.yaml:2:1: the line is indented with a tab; expected spaces"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins"),
        ("", "f.yaml:1:1: the file is empty"),
        ("# nothing\n", "f.yaml:1:1: the file is empty"),
        ("- a\n", "f.yaml:1:1: the file does not hold a mapping"),
        ("text", "f.yaml:1:1: the file does not hold a mapping"),
        ("a: b: c\n", "f.yaml:1:5: not YAML: mapping values are not allowed here"),
        ("a: [1, 2\n", "f.yaml:1:4: not YAML: the bracket that opens here is not closed"),
        ("a: {b: 1\nc: 2\n", "f.yaml:2:2: not YAML: did not find expected ',' or '}'; close the bracket"),
        ("nam\ntask: {a: 1}\n", "f.yaml:2:5: not YAML: mapping values are not allowed here"),
        ("a: 1\nnam\n", "f.yaml:2:1: not YAML: could not find expected ':'; write 'key: value'"),
        (
            "a: @x\n",
            "f.yaml:1:4: not YAML: found character that cannot start any token; got '@'; put the text",
        ),
        ("a: *.csv\n", "f.yaml:1:5: not YAML: did not find expected alphabetic or numeric character; put the text"),
        ('a: "x\\d"\n', "f.yaml:1:6: not YAML: found unknown escape character; write a backslash twice, or"),
        ("a: - b\n", "f.yaml:1:4: not YAML: block sequence entries are not allowed here; begin the list on a line"),
        (
            "a: 1\n...\nb: 2\n",
            "f.yaml:3:1: not YAML: did not find expected <document start>; a file holds one",
        ),
        (
            "a: x\u2028\n",
            "f.yaml:1:5: a character that YAML does not allow as it is; got U+2028; remove it, or",
        ),
        ("a: 'x\nb: 1\n", "f.yaml:1:4: not YAML: found unexpected end of stream; close the quote"),
        ("a: \x07\n", "f.yaml:1:4: a character that YAML does not allow"),
        (
            'a: "\\UFFFFFFFF"',
            "f.yaml:1:7: not YAML: found invalid Unicode character escape code; write",
        ),
        ('a: "\\ud800"', "f.yaml:1:7: not YAML: found invalid Unicode character escape code"),
        ("a: " + "9" * 301, "f.yaml:1:4: a: the number is too long"),
        ("? [1]\n: 2\n", "f.yaml:1:3: a list or a mapping is used as a key"),
        ("true: 1\n", "f.yaml:1:1: not a key; expected a text or a whole number; got true"),
        ("a: " + "[" * 5000, "f.yaml:1:33: too deeply nested"),
        ("\n".join(" " * depth + "a:" for depth in range(200)), "f.yaml:31:31: too deeply nested"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_place(text, expected):
    """Each fault of the text is said once, where it is."""
    found = lines_of(text)

    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_several_faults_of_a_text_are_found_at_once():
    """Reading goes on after a key that stands twice or an anchor."""
    found = lines_of("a: &x 1\na: 2\nb: !t 3\n")

    assert [line.split(":")[1] for line in found] == ["1", "2", "3"]


def test_an_empty_first_of_two_equal_keys_gives_way_to_the_second():
    """What follows is still held against the model, so one slip is one problem."""
    assert parse_document("a:\na: {b: 1}\n", "f.yaml").data == {"a": {"b": 1}}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    """Editors on Windows write one."""
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert read_document(file, "f.yaml").data == {"a": 1}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: \xe9\n", "f.yaml:2:4: the file is not UTF-8; expected text encoded as UTF-8; got byte 0xe9"),
        (b"a" * (MAXIMUM_BYTES + 1), "f.yaml:1:1: the file is too large for a configuration"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, content, expected):
    """The place of the first byte that is no UTF-8 is told."""
    file = tmp_path / "f.yaml"
    file.write_bytes(content)
    document = read_document(file, "f.yaml")

    assert document.data is None
    assert document.lines(document.problems)[0].startswith(expected)


@pytest.mark.parametrize(
    ("name", "expected"), [("none.yaml", "there is no such file"), ("", "the file cannot be read")]
)
def test_a_file_that_is_not_there_is_refused(tmp_path, name, expected):
    """A missing file and a folder are said, not raised."""
    document = read_document(tmp_path / name, "f.yaml")

    assert document.lines(document.problems)[0].startswith(f"f.yaml:1:1: {expected}")
