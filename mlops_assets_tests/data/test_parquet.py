"""The parquet reader keeps what the file holds, exactly."""

from __future__ import annotations

import datetime as dt
import decimal
import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlops_assets.data.validation import validate
from mlops_assets.errors import DataError


def parquet_bytes(**columns: pa.Array) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def test_values_of_every_type_arrive_whole(read, make_data):
    columns = {
        "id": {"type": "integer"},
        "big": {"type": "integer"},
        "price": {"type": "number"},
        "code": {"type": "category", "allowed": ("a", "b"), "nullable": True},
        "ok": {"type": "boolean", "nullable": True},
        "day": {"type": "date"},
        "moment": {"type": "date"},
        "note": {"type": "text"},
    }
    content = parquet_bytes(
        id=pa.array([2**62 + 1, None]),
        big=pa.array([1, 2], pa.uint64()),
        price=pa.array([decimal.Decimal("1.10"), decimal.Decimal("2.00")]),
        code=pa.array(["a", None]).dictionary_encode(),
        ok=pa.array([True, None]),
        day=pa.array([dt.date(2020, 1, 1), dt.date(9999, 12, 31)]),
        moment=pa.array([1577880000, 1577923200], pa.timestamp("s", tz="Europe/Paris")),
        note=pa.array([7, 8]),
    )
    raw = read(content, columns, "t.parquet")
    found = validate(raw, make_data(columns), target=None)

    assert raw["id"].iloc[0] == 2**62 + 1
    assert found.valid.iloc[0].to_dict() == {
        "__row__": 0,
        "id": 2**62 + 1,
        "big": 1,
        "price": 1.1,
        "code": "a",
        "ok": True,
        "day": pd.Timestamp("2020-01-01"),
        "moment": pd.Timestamp("2020-01-01 12:00"),
        "note": "7",
    }
    assert found.quarantined["__rules__"].tolist() == ["id.missing; day.type"]


def test_a_stored_index_is_an_ordinary_column(read):
    stream = io.BytesIO()
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=["x", "y"]).to_parquet(stream)

    with pytest.raises(DataError, match=r"1 columns of the table are not declared.*__index_level_0__"):
        read(
            stream.getvalue(), {"a": {"type": "integer"}, "b": {"type": "integer"}}, "t.parquet", extra_columns="error"
        )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "not a whole Parquet file"),
        (parquet_bytes(a=pa.array([1]), b=pa.array([2]))[:-30], "not a whole Parquet file"),
        (parquet_bytes(a=pa.array([], pa.int64()), b=pa.array([], pa.int64())), "the table has no rows"),
        (parquet_bytes(a=pa.array([[1], [2]]), b=pa.array([1, 2])), "column 'a': the column holds lists or records"),
        (parquet_bytes(b=pa.array([1])), "1 declared columns are not in the table; expected 'a'"),
    ],
)
def test_a_faulty_file_ends_in_one_message(read, content, message):
    with pytest.raises(DataError, match=message):
        read(content, {"a": {"type": "integer"}, "b": {"type": "integer"}}, "t.parquet")


def test_undeclared_lists_are_shown_as_texts(read):
    frame = read(parquet_bytes(a=pa.array([1]), b=pa.array([[1, 2]])), {"a": {"type": "integer"}}, "t.parquet")

    assert frame["b"].tolist() == ["[1, 2]"]
