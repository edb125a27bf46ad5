"""Tables and records on disk: exact round trips, atomic writes, clear words for what cannot be read."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_assets.errors import IntegrityError
from mlops_assets.stores import tables

CELLS = st.one_of(st.none(), st.integers(-(2**40), 2**40), st.text(max_size=5), st.booleans())


@dataclass(frozen=True)
class Note:
    text: str
    numbers: tuple[int, ...] = ()


def test_a_table_with_every_kind_of_column_comes_back_equal(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "whole": [1, 2],
            "number": [0.5, np.nan],
            "text with space|pipe": ["ä", None],
            "truth": [True, False],
            "perhaps": [True, None],
            "day": pd.to_datetime([dt.date(2020, 1, 1), None]),
            "codes": pd.Series([1, "one"], dtype=object),
        }
    )
    tables.save_table(frame, tmp_path / "a.parquet")

    pd.testing.assert_frame_equal(tables.load_table(tmp_path / "a.parquet"), frame)


@given(st.lists(CELLS, min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_column_of_mixed_values_keeps_every_value_and_its_type(cells: list[object]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mixed.parquet"
        tables.save_table(pd.DataFrame({"mixed": pd.Series(cells, dtype=object)}), path)
        back = tables.load_table(path)["mixed"].tolist()

    assert [None if pd.isna(value) else value for value in back] == cells


def test_a_record_comes_back_equal_and_equal_records_have_equal_digests(tmp_path: Path) -> None:
    note = Note("a", (1, 2))
    tables.save_record(note, tmp_path / "note.json")

    assert tables.load_record(tmp_path / "note.json", Note) == note
    assert tables.record_digest(note) == tables.record_digest(Note("a", (1, 2)))
    assert tables.record_digest(note) != tables.record_digest(Note("a", (2, 1)))


@pytest.mark.parametrize("load", [tables.load_table, lambda path: tables.load_record(path, Note)])
def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path, load: object) -> None:
    with pytest.raises(IntegrityError, match=r"missing.*mlops-assets run"):
        load(tmp_path / "nothing")  # type: ignore[operator]


def test_a_damaged_table_or_record_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"PAR1 but not really")

    with pytest.raises(IntegrityError, match="cannot be read"):
        tables.load_table(tmp_path / "bad")
    with pytest.raises(IntegrityError, match="does not fit"):
        tables.load_record(tmp_path / "bad", Note)


def test_a_writer_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tables.write_text(tmp_path / "page.html", "old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        tables.write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_killed_while_it_writes_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tables.write_text(tmp_path / "page.html", "old")
    script = (
        "import sys, time; from pathlib import Path; from mlops_assets.stores.tables import write_atomically\n"
        "def slow(p):\n    p.write_text('half'); Path(sys.argv[2]).touch(); time.sleep(60)\n"
        "write_atomically(Path(sys.argv[1]), slow)"
    )
    signal_file = tmp_path / "started"
    process = subprocess.Popen([sys.executable, "-c", script, str(path), str(signal_file)])
    deadline = time.monotonic() + 60
    while not signal_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert signal_file.exists()
    assert path.read_text() == "old"
