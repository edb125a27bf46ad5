"""Which files count as arrived batches, and what they are called."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlops_assets.data.files import file_digest
from mlops_assets.errors import DataError
from mlops_assets.monitoring import batches
from mlops_assets.monitoring.batches import batch_key, batch_names


def list_batches(folder: Path, digest=file_digest) -> tuple[batches.BatchFile, ...]:
    return batches.list_batches(folder, digest)


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(name.encode())


def test_finished_files_are_listed_by_name_with_their_digests(tmp_path):
    """A batch carries the hash of its bytes, and batches are in the order of their file names."""
    _write(tmp_path, "b.parquet", "a.csv", "c.CSV.GZ")

    found = list_batches(tmp_path)

    assert [batch.name for batch in found] == ["a", "b", "c"]
    assert found[0].digest == hashlib.sha256(b"a.csv").hexdigest()
    assert batch_names(tmp_path) == ["a", "b", "c"]
    assert found[0].path == str(tmp_path / "a.csv")


def test_hidden_temporary_and_foreign_files_and_folders_are_passed_over(tmp_path):
    """Only a file that is complete and of a known ending is a batch."""
    _write(tmp_path, ".a.csv", "_b.csv", "c.csv.tmp", "d.csv~", "e.txt", "f.gz")
    (tmp_path / "folder.csv").mkdir()

    assert list_batches(tmp_path) == ()


def test_folder_that_does_not_exist_holds_no_batches(tmp_path):
    """Before the first batch there need be no folder."""
    assert list_batches(tmp_path / "none") == ()


def test_two_files_of_one_key_are_refused(tmp_path):
    """Two files that would be the same partition are named, and neither is taken."""
    _write(tmp_path, "may 1.csv", "may_1.parquet")

    with pytest.raises(DataError, match=r"may 1\.csv and may_1\.parquet \(both 'may_1'\).*fix: rename"):
        list_batches(tmp_path)


def test_keys_that_differ_only_in_case_are_refused(tmp_path):
    """Partitions become file names, and some file systems do not tell case apart."""
    _write(tmp_path, "May.csv", "may.parquet")

    with pytest.raises(DataError, match="same partition key"):
        list_batches(tmp_path)


def test_name_without_letter_or_digit_is_refused(tmp_path):
    """A name that leaves nothing for a key is an error, not an empty key."""
    _write(tmp_path, "-.csv")

    with pytest.raises(DataError, match="no letter and no digit"):
        list_batches(tmp_path)


def test_file_that_vanishes_while_it_is_read_has_not_arrived(tmp_path):
    """A file that is moved away between listing and hashing is no error."""
    _write(tmp_path, "a.csv")

    def take_away(path):
        path.unlink()
        raise DataError("no such file", where=path.name)

    assert list_batches(tmp_path, take_away) == ()


def test_file_that_is_there_and_cannot_be_read_is_an_error(tmp_path):
    """A batch that exists is never passed over in silence."""
    _write(tmp_path, "b.csv")

    def refuse(path):
        raise DataError("cannot be read", where=path.name)

    with pytest.raises(DataError, match=r"b\.csv: cannot be read"):
        list_batches(tmp_path, refuse)


def test_an_empty_file_is_a_batch_like_any_other_and_stops_none_beside_it(tmp_path):
    """It is reading it that fails, for this batch alone."""
    _write(tmp_path, "good.csv")
    (tmp_path / "empty.csv").touch()

    assert [batch.name for batch in list_batches(tmp_path)] == ["empty", "good"]


@given(st.text(min_size=1, max_size=200).filter(lambda text: "/" not in text and "\0" not in text))
def test_key_is_safe_and_stable(name):
    """A key holds letters, digits, `_`, `-` and single dots only, and is its own key."""
    assume(any(character.isalnum() for character in unicodedata.normalize("NFC", name)))
    key = batch_key(f"{name}.csv")

    assert 0 < len(key) <= 120
    assert re.fullmatch(r"[\w.-]+", key)
    assert ".." not in key
    assert batch_key(f"{key}.csv").strip("._-") == key.strip("._-")
