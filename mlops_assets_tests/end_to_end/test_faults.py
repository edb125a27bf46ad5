"""Faults of the raw file: each ends in one clear message or in quarantine, never in a traceback or a smaller table."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlops_assets.stores.tables import load_table
from mlops_assets_tests.end_to_end.conftest import USE_CASE, run_in

pytestmark = pytest.mark.slow  # each runs a lifecycle

TARGET = "default payment next month"
Change = Callable[[pd.DataFrame], pd.DataFrame]


def raw_file(folder: Path) -> Path:
    return folder / "data" / "raw" / f"{USE_CASE}.csv.gz"


def rewrite(folder: Path, change: Change) -> pd.DataFrame:
    frame = change(pd.read_csv(raw_file(folder)))
    frame.to_csv(raw_file(folder), index=False)
    return frame


def table(folder: Path, noun: str) -> pd.DataFrame:
    return load_table(folder / "data" / "generated" / USE_CASE / noun / f"{noun}.parquet")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (gzip.compress("ID,Ä\n1,2\n".encode("latin-1"), mtime=0), "utf-8"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "column"),
        (gzip.compress(b"PK", mtime=0)[:-6], "gz"),
    ],
    ids=["missing", "empty", "empty inside", "wrong encoding", "other columns", "truncated"],
)
def test_an_unusable_file_ends_in_one_message_and_nothing_is_made(
    fresh_project: Path, content: bytes | None, said: str
) -> None:
    raw_file(fresh_project).unlink()
    if content is not None:
        raw_file(fresh_project).write_bytes(content)
    outcome, _ = run_in(fresh_project, stage="data")

    assert outcome.made == 0
    assert len(outcome.failures) == 1
    assert said in outcome.failures[0].lower()
    assert "Traceback" not in outcome.failures[0]


def test_a_header_without_rows_ends_in_one_message(fresh_project: Path) -> None:
    rewrite(fresh_project, lambda frame: frame.iloc[:0])
    outcome, _ = run_in(fresh_project, stage="data")

    assert len(outcome.failures) == 1
    assert "no rows" in outcome.failures[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.assign(**{TARGET: 0}), "class"),
        (lambda frame: frame.assign(**{TARGET: np.nan}), "quarantined"),
        (lambda frame: frame.assign(AGE=np.nan), "AGE.missing"),
        (lambda frame: frame.assign(LIMIT_BAL=-1), "LIMIT_BAL.min"),
        (lambda frame: frame.assign(ID=7), "ID.unique"),
        (lambda frame: frame.head(40), "minimum_rows"),
    ],
    ids=["single class", "no target", "all missing", "out of bounds", "one identifier", "too few rows"],
)
def test_a_table_that_cannot_be_learned_from_is_stopped_by_the_schema_check(
    fresh_project: Path, change: Change, said: str
) -> None:
    frame = rewrite(fresh_project, change)
    outcome, lines = run_in(fresh_project, stage="data")

    assert outcome.failures == ()
    assert {stale.key.path[-1] for stale in outcome.blocked} == {"profile", "splits", "leakage_report"}
    assert any("schema failed" in line and said in line for line in lines)
    assert len(table(fresh_project, "validated")) + len(table(fresh_project, "quarantine")) == len(frame)


def test_a_stopped_table_holds_back_everything_that_would_stand_on_it(fresh_project: Path) -> None:
    rewrite(fresh_project, lambda frame: frame.assign(**{TARGET: 0}))
    outcome, _ = run_in(fresh_project)

    assert outcome.failures == ()
    held = {stale.key.path[-1] for stale in outcome.blocked}
    assert {"splits", "tuning", "release_evidence", "deployment", "model_card", "private_statistics"} <= held
    assert all("validated:schema" in str(stale.blocked_by) for stale in outcome.blocked)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (TARGET, np.nan, f"{TARGET}.missing"),
        ("LIMIT_BAL", np.inf, "LIMIT_BAL.type"),
        ("LIMIT_BAL", "a lot", "LIMIT_BAL.type"),
        ("SEX", 9, "SEX.allowed"),
        ("AGE", 7, "AGE.min"),
    ],
)
def test_a_bad_row_is_kept_whole_in_quarantine_and_the_rest_goes_on(
    fresh_project: Path, column: str, value: object, rule: str
) -> None:
    def spoil(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = frame[column].astype(object)
        frame.loc[3, column] = value
        return frame

    rewrite(fresh_project, spoil)
    outcome, _ = run_in(fresh_project, stage="data")
    quarantine = table(fresh_project, "quarantine")

    assert outcome.failures == ()
    assert outcome.blocked == ()
    assert quarantine["__row__"].tolist() == [3]
    assert rule in quarantine["__rules__"].iloc[0]
    assert len(table(fresh_project, "validated")) == 599


def test_duplicate_identifiers_are_quarantined_together(fresh_project: Path) -> None:
    def repeat(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[5, "ID"] = frame.loc[4, "ID"]
        return frame

    rewrite(fresh_project, repeat)
    run_in(fresh_project, stage="data")

    assert table(fresh_project, "quarantine")["__row__"].tolist() == [4, 5]


def test_a_constant_column_is_a_warning_and_the_features_leave_it_out(fresh_project: Path) -> None:
    rewrite(fresh_project, lambda frame: frame.assign(PAY_AMT6=1000))
    outcome, lines = run_in(fresh_project, stage="features")

    assert outcome.failures == ()
    assert any("warnings failed" in line and "PAY_AMT6" in line for line in lines)
    assert "PAY_AMT6" not in table(fresh_project, "features").columns
