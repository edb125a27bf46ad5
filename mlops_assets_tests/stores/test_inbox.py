"""The inbox: batches are numbered on, never seen half-written, and in the dialect of the source."""

from pathlib import Path

import pandas as pd

from mlops_assets.monitoring.batches import batch_names
from mlops_assets.stores.inbox import write_batches
from mlops_assets.use_case.data import Source

FRAME = pd.DataFrame({"a b": [1, 2], "ü": ["x;y", None]})


def test_batches_are_numbered_on_from_what_is_there(tmp_path: Path) -> None:
    for _ in range(2):
        list(write_batches(tmp_path, "replay", [FRAME, FRAME], Source(path="x.csv")))

    assert batch_names(tmp_path) == [f"replay-00{n}" for n in (1, 2, 3, 4)]


def test_a_batch_is_written_in_the_dialect_of_the_source(tmp_path: Path) -> None:
    source = Source(path="x.csv", delimiter=";", decimal=",", encoding="latin-1", missing_values=("?",))
    [(path, _)] = write_batches(tmp_path, "late", [FRAME.assign(c=[0.5, 1.5])], source)

    assert path.read_bytes().decode("latin-1").splitlines() == ["a b;ü;c", '1;"x;y";0,5', "2;?;1,5"]
