"""Dates in every declared format: what is written is what is read, and anything else is no date."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_assets.data.coercion import parse_column
from mlops_assets.data.parsing import write_dates, write_declared
from mlops_assets.data.source import read_batch_file, read_file
from mlops_assets.data.validation import validate, validate_batch
from mlops_assets.plugins.transforms import date_parts
from mlops_assets.use_case.data import Column, Data, Source

TO_THE_SECOND = (
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y-%m-%dT%H:%M:%S%z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%B %d, %Y %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%y%j %H.%M.%S",
    "epoch_seconds",
    "epoch_milliseconds",
)
TO_THE_DAY = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%y", "%Y%m%d", "%d-%b-%Y", "%d %B %Y", "%d%b%Y", "%Y/%j")
MOMENT = pd.Timestamp("2014-12-31 17:05:09")


def parsed(values: list[Any], written: str | None, dtype: Any = object) -> tuple[list[Any], list[bool]]:
    found = parse_column(pd.Series(values, dtype=dtype), Column(type="date", format=written))
    return [None if pd.isna(value) else value for value in found.values], found.broken.tolist()


SECONDS = 90 * 365 * 86_400
"""From 1970 to 2059."""


def moments(step: int) -> pd.Series:
    """Return 2,000 moments to a step of some seconds, the first and the last of the range among them."""
    drawn = np.random.default_rng(0).integers(0, SECONDS // step, 1998)
    return pd.Series(np.array([0, SECONDS // step - 1, *drawn]) * step).astype("datetime64[s]").astype("datetime64[ns]")


@pytest.mark.parametrize("written", TO_THE_SECOND)
def test_a_moment_written_in_a_declared_format_is_read_back_as_the_same_moment(written):
    texts = write_dates(moments(1), written).astype(str)

    assert parsed(texts.tolist(), written) == (moments(1).tolist(), [False] * 2000)


@pytest.mark.parametrize("written", TO_THE_DAY)
def test_a_day_written_in_a_declared_format_is_read_back_as_the_same_day(written):
    texts = [f" {text.upper()} " for text in write_dates(moments(86_400), written)]

    assert parsed(texts, written) == (moments(86_400).tolist(), [False] * 2000)


@pytest.mark.parametrize(
    ("written", "values", "expected"),
    [
        (None, ["2010-01-01T10:00Z", "2010-01-01 10:00:00+08:00"], ["2010-01-01 10:00", "2010-01-01 02:00"]),
        (None, ["2010-01-01 10:00:00.5 -0330", "2010-01-01 10:00 UTC"], ["2010-01-01 13:30:00.5", "2010-01-01 10:00"]),
        ("%d.%m.%Y", ["31.12.2014", "1.2.2003"], ["2014-12-31", "2003-02-01"]),
        ("%m/%d/%Y", ["12/31/2014", "1/2/2003"], ["2014-12-31", "2003-01-02"]),
        ("%d-%b-%Y", ["1-JAN-2003", "02-feb-2003"], ["2003-01-01", "2003-02-02"]),
        ("%b %Y", ["Jan 2003", "Dec 2004"], ["2003-01-01", "2004-12-01"]),
        ("%Y-%m-%d %H:%M %z", ["2003-01-01 00:30 +0100"], ["2002-12-31 23:30"]),
        ("epoch_seconds", ["1262304000", "1262304000.5"], ["2010-01-01", "2010-01-01 00:00:00.5"]),
        ("epoch_seconds", ["-1"], ["1969-12-31 23:59:59"]),
        ("epoch_milliseconds", ["1262304000123"], ["2010-01-01 00:00:00.123"]),
    ],
)  # fmt: skip
def test_each_format_means_one_moment(written, values, expected):
    assert parsed(values, written) == ([pd.Timestamp(text) for text in expected], [False] * len(values))


@pytest.mark.parametrize(
    ("written", "values"),
    [
        (None, ["today", "now", "1600-01-01", "9999-12-31", "20100101", "2010-02-30", "2010-01-01T25:00"]),
        ("%d.%m.%Y", ["today", "now", "NaT", "12/31/2014", "31.02.2014", "12.31.2014"]),
        ("%d.%m.%Y", ["31.12.2014 10:00", "01.01.9999"]),
        ("%Y%m%d", ["2003102", "200310022"]),
        ("%Y-%m-%d", ["2003-01-02T03:04"]),
        ("%d %b %Y", ["02 Foo 2003"]),
        ("epoch_seconds", ["2010-01-01", "1e30", "inf", ""]),
    ],
)  # fmt: skip
def test_a_text_that_is_not_written_as_declared_is_broken_and_not_guessed(written, values):
    assert parsed(values, written) == ([None] * len(values), [True] * len(values))


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64"])
def test_numbers_of_a_parquet_file_are_epochs_where_that_is_declared_and_no_dates_elsewhere(dtype):
    assert parsed([1262304000], "epoch_seconds", dtype) == ([pd.Timestamp("2010-01-01")], [False])
    assert parsed([20100101], "%Y%m%d", dtype) == ([pd.Timestamp("2010-01-01")], [False])
    assert parsed([1262304000], None, dtype) == ([None], [True])


def test_dates_of_a_parquet_file_need_no_format():
    zoned = pd.Series(pd.to_datetime(["2010-01-01 10:00+08:00", None], utc=True).tz_convert("Asia/Shanghai"))

    found = parse_column(zoned, Column(type="date", format="%d.%m.%Y"))

    assert found.values.tolist() == [pd.Timestamp("2010-01-01 02:00"), pd.NaT]
    assert found.is_clean


def test_missing_dates_stay_missing_when_they_are_written():
    dates = pd.Series([pd.Timestamp("2010-01-01"), pd.NaT])

    assert write_dates(dates, "%d.%m.%Y").isna().tolist() == [False, True]
    assert write_dates(dates, "epoch_seconds").tolist() == [1262304000, pd.NA]


def a_table(written: str | None, missing: tuple[str, ...] = ("",)) -> Data:
    columns = {"when": Column(type="date", format=written, nullable=True), "y": Column(type="category", allowed=(0, 1))}
    return Data(source=Source(path="t.csv", missing_values=missing), columns=columns)


@pytest.mark.parametrize("written", [*TO_THE_SECOND, None])
def test_a_format_goes_from_the_file_by_way_of_validation_into_features_and_batches(written, tmp_path):
    data = a_table(written)
    frame = pd.DataFrame({"when": [MOMENT, MOMENT - pd.Timedelta(days=40), pd.NaT], "y": [0, 1, 0]})
    texts = write_declared(frame, data.columns)
    texts.to_csv(tmp_path / "t.csv", index=False)
    texts.drop(columns="y").to_csv(tmp_path / "b.csv", index=False)

    table = validate(read_file(tmp_path / "t.csv", data.source, data.columns).frame, data, target="y")
    batch = validate_batch(read_batch_file(tmp_path / "b.csv", data, "y").frame, data, "y")

    assert table.valid["when"].tolist() == batch.valid["when"].tolist() == frame["when"].tolist()
    parts = date_parts.apply(table.valid, date_parts.Params(name="d", column="when", parts=("month", "hour")))
    assert parts["d_month"].tolist()[:2] == [12.0, 11.0]
    assert parts["d_hour"].tolist()[:2] == [17.0, 17.0]


def test_rows_that_are_not_written_as_declared_go_to_quarantine_with_the_reason():
    data = a_table("%d.%m.%Y")
    frame = pd.DataFrame({"when": ["31.12.2014", "2014-12-31", "12/31/2014"], "y": [0, 1, 0]})

    found = validate(frame, data, target="y")

    assert len(found.valid) == 1
    assert found.quarantined["when"].tolist() == ["2014-12-31", "12/31/2014"]
    assert found.quarantined["__rules__"].tolist() == ["when.type"] * 2
    assert found.findings[0].reason == (
        "the value is not a date written %d.%m.%Y, such as 28.11.2003, between 1678 and 2261"
    )


def test_times_of_day_are_kept_to_the_last_digit():
    found, _ = parsed(["2010-01-01T00:00:00.123456789"], None)

    assert found[0].value == np.datetime64("2010-01-01T00:00:00.123456789").astype("int64")
