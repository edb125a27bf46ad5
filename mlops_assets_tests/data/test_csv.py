"""The csv reader loses no value, and refuses every file that is not whole."""

from __future__ import annotations

import csv
import gzip
import io

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_assets.errors import DataError

TWO = {"a": {"type": "integer"}, "b": {"type": "text"}}


def test_texts_stay_what_they_are(read):
    """Leading zeros, words that look like numbers, spaces and quotes are values of a text."""
    frame = read('a,b\n1,007\n2, 1e5 \n3,True\n4,"say ""hi"", twice"\n5,"two\nlines"\n', TWO)

    assert frame["b"].tolist() == ["007", " 1e5 ", "True", 'say "hi", twice', "two\nlines"]
    assert frame["a"].tolist() == [1, 2, 3, 4, 5]
    assert frame["__row__"].tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_any_texts_come_back_as_they_were_written(read, rows, delimiter):
    """Quotes, delimiters, line ends of every kind, and characters of every script and none."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([("a", "b"), *rows])
    columns = {"a": {"type": "text"}, "b": {"type": "text"}}
    frame = read(stream.getvalue(), columns, delimiter=delimiter, missing_values=("",))

    assert list(zip(frame["a"], frame["b"], strict=True)) == [(a or None, b or None) for a, b in rows]


def test_only_declared_texts_are_missing(read):
    frame = read("a,b\n1,nan\n2,N/A\n3,-\n4,\n", TWO, missing_values=("-",))

    assert frame["b"].tolist() == ["nan", "N/A", None, ""]


def test_a_column_with_one_bad_value_keeps_every_value_as_it_was_written(read):
    frame = read("a,b\n01,x\noops,y\n 3 ,z\n", TWO)

    assert frame["a"].tolist() == ["01", "oops", " 3 "]


@pytest.mark.parametrize("text", ["nan", "NaN(7)", "0x1F", "1_000", "1,5", "١٢", "--1", "1e5x", "True", " "])
def test_garbage_in_a_column_of_numbers_stays_visible(read, text):
    frame = read(f'a,b\n"{text}",x\n2,y\n', {"a": {"type": "number"}, "b": {"type": "text"}}, missing_values=("",))

    assert frame["a"].tolist() == [text, "2"]


def test_large_identifiers_keep_every_digit_beside_missing_ones(read):
    frame = read("a,b\n9007199254740993,x\n,y\n-9223372036854775808,z\n", TWO)

    assert frame["a"].iloc[0] == 9007199254740993
    assert frame["a"].iloc[2] == -(2**63)
    assert frame["a"].isna().tolist() == [False, True, False]


def test_identifiers_beyond_64_bits_stay_texts(read):
    assert read("a,b\n18446744073709551616,x\n", TWO)["a"].tolist() == ["18446744073709551616"]


def test_whole_numbers_may_be_written_with_a_sign_a_point_or_spaces(read):
    assert read("a,b\n+4,x\n 5 ,y\n6.0,z\n7.,z\n", TWO)["a"].tolist() == [4, 5, 6, 7]


def test_the_decimal_mark_is_the_declared_one(read):
    columns = {"a": {"type": "number"}, "b": {"type": "number"}}
    frame = read("a;b\n1,5;2.5\n-,5;3\n", columns, delimiter=";", decimal=",")

    assert frame["a"].tolist() == [1.5, -0.5]
    assert frame["b"].tolist() == ["2.5", "3"]


def test_encoding_and_delimiter_are_the_declared_ones(read):
    frame = read(
        "größe\tb\n1\tä\n".encode("utf-16"),
        {"größe": {"type": "integer"}, "b": {"type": "text"}},
        encoding="utf-16",
        delimiter="\t",
    )

    assert frame["b"].tolist() == ["ä"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(read):
    assert list(read(b"\xef\xbb\xbfa,b\n1,x\n", TWO).columns) == ["__row__", "a", "b"]


def test_odd_names_are_ordinary(read):
    names = ["a b", "{x}", 'say "hi"', "größe", "日本", "0", "__import__('os')", "a,b"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    frame = read(header + "\n" + ",".join("1" * 8) + "\n", {name: {"type": "integer"} for name in names})

    assert list(frame.columns) == ["__row__", *names]
    assert frame.iloc[0].tolist() == [0] + [1] * 8


def test_windows_line_ends_and_blank_lines_change_nothing(read):
    assert read("a,b\r\n1,x\r\n\r\n2,y\r\n\r\n", TWO)["b"].tolist() == ["x", "y"]


def test_a_compressed_file_is_read_as_a_plain_one(read):
    content = b"a,b\n1,x\n"

    pd.testing.assert_frame_equal(read(gzip.compress(content, mtime=0), TWO, "t.csv.gz"), read(content, TWO))


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "t.csv", "the file is empty; expected a table; got 0 bytes"),
        (b"\n \n\n", "t.csv", "2 declared columns are not in the table.*got columns  "),
        (b"\n\n", "t.csv", "the file is empty; expected a header and rows"),
        (b"a,b\n", "t.csv", "the table has no rows"),
        (b"a,b\n1,x\n2\n", "t.csv", "1 rows have another number of fields.*row 3 has 1"),
        (b"a,b\n1,x\n2,y,z\n3,x\n4,5,6,7\n", "t.csv", "2 rows have another.*row 3 has 3, row 5 has 4"),
        (b"a,b\n1,\xe9t\xe9\n", "t.csv", "line 2: the file is not text in the encoding utf-8.*0xe9.*cp1252"),
        (gzip.compress(b"a,b\n1,x\n", mtime=0), "t.csv", "rename it to end in .csv.gz"),
        (gzip.compress(b"a,b\n1,x\n" * 900, mtime=0)[:-20], "t.csv.gz", "the compressed file is damaged or not whole"),
        (b"a,b\n1,x\n", "t.csv.gz", "the compressed file is damaged or not whole"),
        (b"a;b\n1;x\n", "t.csv", "the header has a single field.*set data.source.delimiter to ';'"),
        (b"a,b,a\n1,x,2\n", "t.csv", "1 column names occur more than once.*'a'"),
        (b"A,b\n1,x\n", "t.csv", "1 declared columns are not in the table.*'a' may be 'A'"),
        (b"__row__,a,b\n1,1,x\n", "t.csv", "a column has a name that is reserved"),
        (b'a,b\n1,"x\n2,y\n', "t.csv", "line 2: a quote neither opens nor closes a whole field.*'1,\"x'"),
        (b'a,b\n1,"x\n2,"y\n', "t.csv", "line 3: a quote neither opens nor closes a whole field"),
        (b'a,b\n1,5" pipe\n', "t.csv", "line 2: a quote neither opens nor closes a whole field"),
    ],
)
def test_a_faulty_file_ends_in_one_message(read, content, name, message):
    with pytest.raises(DataError, match=message):
        read(content, TWO, name)


def test_a_field_may_be_longer_than_a_block(read):
    """Arrow reads blocks of a megabyte first."""
    text = "x\n" * 1_200_000

    assert read(f'a,b\n1,"{text}"\n2,y\n', TWO)["b"].tolist() == [text, "y"]


def test_a_header_that_cannot_be_one_is_refused(read):
    with pytest.raises(DataError, match="the first line cannot be read"):
        read("a" * 200_000 + ",b\n1,x\n", TWO)


def test_a_long_file_is_read_in_order(read):
    """Arrow parses blocks on several threads."""
    rows = 60_000
    frame = read("a,b\n" + "".join(f'{n},"x\n{n}"\n' for n in range(rows)), TWO)

    assert frame["a"].tolist() == list(range(rows))
    assert frame["b"].iloc[-1] == f"x\n{rows - 1}"
