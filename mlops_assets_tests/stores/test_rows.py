"""Rows of stored tables: only the columns and splits that were asked for, and never other bytes than were recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from mlops_assets.data.frames import ROW, SPLIT, SPLITS
from mlops_assets.errors import DataError, IntegrityError
from mlops_assets.stores import columns as stored_columns
from mlops_assets.stores.columns import column_digests
from mlops_assets.stores.content import Content, content_of
from mlops_assets.stores.rows import Projection, load_rows
from mlops_assets.stores.tables import save_table

COUNT = 400
FRAME = pd.DataFrame(
    {
        ROW: np.arange(COUNT) * 3,
        "number": np.where(np.arange(COUNT) % 7, np.arange(COUNT) / 3, np.nan),
        "a": np.array([None if i % 5 == 0 else f"text {i % 11}" for i in range(COUNT)], dtype=object),
        "a.b": pd.date_range("2024-01-01", periods=COUNT),
        "mixed": np.array([1, "1", True, None] * (COUNT // 4), dtype=object),
        "flag": np.array([None, *[True, False] * (COUNT // 2)][:COUNT], dtype=object),
        "maybe": pd.array([1, None] * (COUNT // 2), dtype="Int64"),
    }
)
NAMES = np.array(SPLITS, dtype=object)[np.random.default_rng(2).integers(0, len(SPLITS), COUNT)]
ASSIGNED = pd.DataFrame({ROW: FRAME[ROW], SPLIT: NAMES})


def stored(folder: Path, frame: pd.DataFrame, name: str) -> Content:
    save_table(frame, folder / f"{name}.parquet")
    return content_of(folder / f"{name}.parquet")


@pytest.fixture
def table(tmp_path: Path) -> Content:
    return stored(tmp_path, FRAME, "table")


@pytest.fixture
def splits(tmp_path: Path) -> Content:
    return stored(tmp_path, ASSIGNED, "splits")


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("names", [("number",), ("a", "maybe"), ("a.b",), ("mixed", ROW), tuple(FRAME.columns)])
def test_columns_that_are_asked_for_are_read_as_they_were_written(table: Content, names: tuple, older: bool) -> None:
    """In the order that is asked for; also by the record of an earlier version, which knows no columns."""
    found = load_rows(replace(table, columns={}) if older else table, Projection(columns=names))

    pd.testing.assert_frame_equal(found, FRAME[list(names)])


def test_only_rows_of_the_split_are_read_each_with_its_number(table: Content, splits: Content) -> None:
    found = load_rows(table, Projection(("a", ROW), "test"), splits)

    pd.testing.assert_frame_equal(found, FRAME.loc[NAMES == "test", ["a", ROW]].reset_index(drop=True))


def test_rows_of_a_split_are_typed_as_all_rows_are(table: Content, splits: Content) -> None:
    """Planted: a column of truth values whose one missing value is in another split."""
    for name in set(SPLITS) - {NAMES[0]}:
        found = load_rows(table, Projection(split=name), splits)

        assert found["flag"].notna().all()
        assert found.dtypes.to_dict() == FRAME.dtypes.to_dict()


def test_several_splits_are_read_as_a_table_each(table: Content, splits: Content) -> None:
    found = load_rows(table, Projection((ROW,), ("test", "train")), splits)

    assert list(found) == ["test", "train"]
    for name, frame in found.items():
        assert set(frame[ROW]) == set(FRAME[ROW][name == NAMES])


def test_the_split_of_each_row_is_a_column_that_may_be_asked_for(table: Content, splits: Content) -> None:
    assert load_rows(table, Projection((ROW, SPLIT)), splits)[SPLIT].tolist() == NAMES.tolist()
    assert set(load_rows(table, Projection((ROW, SPLIT), "train"), splits)[SPLIT]) == {"train"}


def test_rows_that_the_splits_do_not_name_in_this_order_are_refused(table: Content, tmp_path: Path) -> None:
    other = stored(tmp_path, ASSIGNED.iloc[::-1], "splits")

    with pytest.raises(DataError, match=r"the rows of table are not those of splits.*materialize it again"):
        load_rows(table, Projection(split="train"), other)


def test_a_column_that_there_is_not_is_named(table: Content) -> None:
    with pytest.raises(DataError, match=r"'nunber'.*did you mean 'number'"):
        load_rows(table, Projection((ROW, "nunber")))


def damage(content: Content, name: str) -> None:
    """Change a byte in the middle of a column."""
    spans = stored_columns._spans(pq.read_metadata(content.path))
    start, length = spans[name][0]
    whole = bytearray(content.path.read_bytes())
    whole[start + length // 2] ^= 1
    content.path.write_bytes(bytes(whole))


def test_a_damaged_column_is_refused_and_one_that_nobody_asked_for_is_not_read(table: Content) -> None:
    damage(table, "number")

    with pytest.raises(IntegrityError, match="not the one that was made"):
        load_rows(table, Projection((ROW, "number")))
    assert load_rows(table, Projection((ROW, "a")))["a"].equals(FRAME["a"])


def test_rows_are_never_chosen_by_damaged_splits(table: Content, splits: Content) -> None:
    damage(splits, SPLIT)

    with pytest.raises(IntegrityError, match=r"splits\.parquet"):
        load_rows(table, Projection(split="train"), splits)


def test_another_table_in_place_of_the_file_is_refused_though_it_is_a_whole_one(table: Content) -> None:
    save_table(FRAME.assign(number=0.0), table.path)

    with pytest.raises(IntegrityError, match="not the one that was made"):
        load_rows(table, Projection(("a",)))


def test_bytes_that_come_into_the_file_after_they_were_compared_are_never_parsed(
    table: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a file that is hashed first and read a second time, within the same tick of the file system's clock."""
    copied = stored_columns._copied

    def copy_and_overwrite(stream, memory, spans):
        found = copied(stream, memory, spans)
        with table.path.open("r+b") as file:
            for start, length in spans:
                file.seek(start)
                file.write(bytes(length))
        return found

    monkeypatch.setattr(stored_columns, "_copied", copy_and_overwrite)

    assert load_rows(table, Projection(("number",)))["number"].equals(FRAME["number"])


def test_each_column_is_hashed_apart(tmp_path: Path) -> None:
    before, after = (
        stored(tmp_path, frame, name) for frame, name in ((FRAME, "one"), (FRAME.assign(number=1.5), "two"))
    )

    assert set(before.columns) == {"", *FRAME.columns}
    assert {name for name in before.columns if before.columns[name] != after.columns[name]} == {"", "number"}
    with before.path.open("rb") as stream:
        assert column_digests(stream) == before.columns
