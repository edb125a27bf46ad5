"""The parquet reader keeps what the file holds, exactly."""

from __future__ import annotations

import datetime as dt
import decimal
import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlops_assets.data.frames import digest
from mlops_assets.data.source import read_batch_file, read_file
from mlops_assets.data.validation import validate, validate_batch
from mlops_assets.drafting.draft import draft_use_case
from mlops_assets.errors import DataError
from mlops_assets.use_case.loader import load_use_case


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


def as_pandas_writes(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


A_FRAME = pd.DataFrame({"amount": [1.0, 2.0, 3.0], "repaid": [0, 1, 0]})
COLUMNS = {"amount": {"type": "number"}, "repaid": {"type": "integer"}}


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3),
        pd.RangeIndex(10, 40, 10),
        pd.Index([5, 9, 7]),
        pd.Index(["a", "b", "c"]),
        pd.MultiIndex.from_tuples([(1, "x"), (1, "y"), (2, "x")]),
    ],
    ids=["range", "steps", "numbers", "texts", "two levels"],
)
def test_an_index_without_a_name_is_left_out_and_changes_no_content(index, read):
    frame = read(as_pandas_writes(A_FRAME.set_axis(index)), COLUMNS, "t.parquet", extra_columns="error")

    assert digest(frame) == digest(read(as_pandas_writes(A_FRAME), COLUMNS, "u.parquet"))


def test_an_index_with_a_name_is_a_column(read):
    content = as_pandas_writes(A_FRAME.set_axis(pd.Index(["a", "b", "c"], name="client")))

    assert read(content, COLUMNS, "t.parquet")["client"].tolist() == ["a", "b", "c"]


def test_a_file_with_an_index_is_drafted_and_its_batches_are_read(tmp_path):
    rows = pd.DataFrame({"amount": [float(n % 37) for n in range(200)], "repaid": [n % 2 for n in range(200)]})
    rows.sample(frac=1.0, random_state=0).to_parquet(tmp_path / "t.parquet")
    rows.drop(columns="repaid").set_axis(range(500, 700)).to_parquet(tmp_path / "b.parquet")
    text = draft_use_case(tmp_path / "t.parquet", "case", "repaid", root=tmp_path).text
    (tmp_path / "case.yaml").write_text(text)
    data = load_use_case(tmp_path / "case.yaml").data

    assert list(data.columns) == ["amount", "repaid"]
    table = read_file(tmp_path / "t.parquet", data.source, data.columns).frame
    assert len(validate(table, data, target="repaid").valid) == 200
    batch = read_batch_file(tmp_path / "b.parquet", data, "repaid").frame
    assert len(validate_batch(batch, data, "repaid").valid) == 200
