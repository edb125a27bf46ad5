"""What holds for a source of any format."""

from __future__ import annotations

import hashlib
import os

import pytest

from mlops_assets import plugins
from mlops_assets.data.files import file_digest
from mlops_assets.data.source import read_batch_file, read_file, reader_name
from mlops_assets.errors import DataError, PluginError
from mlops_assets.use_case.data import Column, Source, Splits

COLUMNS = {"a": Column(type="integer"), "b": Column(type="text")}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,x\n2,y\n")
    return path


def test_the_digest_of_a_file_is_its_sha256(table):
    assert file_digest(table) == hashlib.sha256(table.read_bytes()).hexdigest()


def test_a_missing_file_is_named_with_the_nearest_one(table):
    with pytest.raises(DataError, match=r"there is no such file.*did you mean 'table.csv'"):
        read_file(table.with_name("tabel.csv"), Source(path="tabel.csv"), COLUMNS)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"there is no such file.*no folder"):
        file_digest(tmp_path / "nowhere" / "t.csv")


def test_a_folder_is_not_a_file(tmp_path):
    folder = tmp_path / "t.parquet"
    folder.mkdir()

    with pytest.raises(DataError, match="this is a folder, not a file"):
        read_file(folder, Source(path="t.parquet"), COLUMNS)


def test_a_file_of_another_hash_is_refused(table):
    with pytest.raises(DataError, match="this is not the file that was declared; expected SHA-256 0000"):
        read_file(table, Source(path="table.csv", sha256="0" * 64), COLUMNS)


def test_the_declared_hash_is_accepted(table):
    assert len(read_file(table, Source(path="table.csv", sha256=file_digest(table)), COLUMNS).frame) == 2


def test_undeclared_columns_are_kept_for_validation_or_refused(table):
    declared = {"a": COLUMNS["a"]}
    kept = read_file(table, Source(path="table.csv"), declared).frame

    assert list(kept.columns) == ["__row__", "a", "b"]
    with pytest.raises(DataError, match=r"1 columns of the table are not declared.*'b'.*extra_columns"):
        read_file(table, Source(path="table.csv"), declared, extra_columns="error")


def test_a_batch_is_another_file_and_may_lack_the_outcome(table, make_data):
    data = make_data(
        {"a": {"type": "integer"}, "b": {"type": "text"}, "y": {"type": "integer"}}, source={"sha256": "0" * 64}
    )

    assert list(read_batch_file(table, data, "y").frame.columns) == ["__row__", "a", "b"]
    with pytest.raises(DataError, match="declared columns are not in the table; expected 'y'"):
        read_batch_file(table, data, "a")


def test_a_column_to_ignore_may_be_absent_unless_the_splits_read_it(table, make_data):
    columns = {"a": {"type": "integer"}, "b": {"type": "text"}, "y": {"type": "integer"}, "old": {"type": "integer"}}
    data = make_data({**columns, "old": {"type": "integer", "role": "ignore"}})
    needed = data.model_copy(update={"splits": Splits(method="grouped", group="old")})

    assert list(read_batch_file(table, data, "y").frame.columns) == ["__row__", "a", "b"]
    with pytest.raises(DataError, match="declared columns are not in the table; expected 'old'"):
        read_batch_file(table, needed, "y")


def test_a_file_that_is_replaced_while_it_is_read_is_stored_under_the_hash_of_the_rows_that_were_read(
    table, monkeypatch
):
    slow_reader(monkeypatch, lambda reading: reading == 1 and replace(table, "a,b\n7,z\n"))
    read = read_file(table, Source(path="table.csv"), COLUMNS)

    assert read.frame["a"].tolist() == [7]
    assert read.sha256 == hashlib.sha256(b"a,b\n7,z\n").hexdigest()
    assert read.size == 8


def test_a_file_that_is_written_to_in_place_while_it_is_read_is_read_again(table, monkeypatch):
    """Same inode, same size, and the time of the last modification set back."""

    def write_over(reading):
        if reading == 1:
            before = table.stat()
            table.write_text("a,b\n3,x\n4,y\n")
            os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))

    slow_reader(monkeypatch, write_over)
    read = read_file(table, Source(path="table.csv"), COLUMNS)

    assert read.frame["a"].tolist() == [3, 4]
    assert read.sha256 == file_digest(table)


def test_a_fault_of_a_half_written_file_is_forgotten_once_it_is_whole(table, monkeypatch):
    table.write_text("a,b\n1")
    slow_reader(monkeypatch, lambda reading: reading == 1 and replace(table, "a,b\n1,x\n"))

    assert read_file(table, Source(path="table.csv"), COLUMNS).frame["b"].tolist() == ["x"]


def test_a_file_that_never_rests_is_refused(table, monkeypatch):
    slow_reader(monkeypatch, lambda reading: replace(table, f"a,b\n{reading},x\n"))

    with pytest.raises(DataError, match=r"changes while it is read.*rename it when it is complete"):
        read_file(table, Source(path="table.csv"), COLUMNS)


def slow_reader(monkeypatch, meanwhile):
    """Let something happen to the file while it is open: between reading it and returning its table."""
    reader, read, readings = plugins.load("reader", "csv"), plugins.load("reader", "csv").read, []

    def read_slowly(path, source, columns):
        readings.append(path)
        try:
            return read(path, source, columns)
        finally:
            meanwhile(len(readings))

    monkeypatch.setattr(reader, "read", read_slowly)


def replace(table, text):
    other = table.with_name("other")
    other.write_text(text)
    other.replace(table)


def test_the_ending_names_the_reader_in_any_case():
    assert reader_name(Source(path="a/B.CSV")) == "csv"
    assert reader_name(Source(path="a/b.csv.gz")) == "csv"
    assert reader_name(Source(path="b.parquet")) == "parquet"
    assert reader_name(Source(path="b.txt", reader="csv")) == "csv"


def test_an_unknown_ending_and_an_unknown_reader_are_refused():
    with pytest.raises(DataError, match=r"no reader handles this file name extension.*\.csv, \.csv\.gz, \.parquet"):
        reader_name(Source(path="b.xlsx"))
    with pytest.raises(PluginError, match="did you mean 'parquet'"):
        reader_name(Source(path="b.csv", reader="parket"))


@pytest.mark.parametrize("name", plugins.names("reader"))
def test_every_reader_meets_the_protocol(name):
    """It declares endings that no other reader takes, and can be called as `read(path, source, columns)`."""
    reader = plugins.load("reader", name)
    others = {s for other in plugins.names("reader") if other != name for s in plugins.load("reader", other).SUFFIXES}

    assert reader.SUFFIXES
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.SUFFIXES)
    assert not others & set(reader.SUFFIXES)
    assert list(reader.read.__code__.co_varnames[: reader.read.__code__.co_argcount]) == ["path", "source", "columns"]


@pytest.mark.parametrize("name", plugins.names("reader"))
def test_every_reader_refuses_what_is_not_its_format(name, tmp_path):
    path = tmp_path / f"noise{plugins.load('reader', name).SUFFIXES[-1]}"
    path.write_bytes(bytes(range(256)) * 8)

    with pytest.raises(DataError, match="noise"):
        read_file(path, Source(path=path.name, reader=name), COLUMNS)
