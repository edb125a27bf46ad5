"""The inbox: batches written the way a sender should, complete under a temporary name and then renamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pandas as pd

from mlops_assets.folders import private_folder
from mlops_assets.stores.tables import write_atomically
from mlops_assets.use_case.data import Source


def write_batches(
    folder: Path, label: str, frames: Iterable[pd.DataFrame], source: Source
) -> Iterator[tuple[Path, pd.DataFrame]]:
    """Write each frame as `<label>-NNN.csv` in the dialect of `source`, numbered on from what is there; yield each."""
    private_folder(folder)
    missing = source.missing_values[0] if source.missing_values else ""
    dialect = {"sep": source.delimiter, "decimal": source.decimal, "encoding": source.encoding, "na_rep": missing}
    pattern = re.compile(rf"{re.escape(label)}-(\d+)\.")
    taken = [int(found.group(1)) for path in folder.iterdir() if (found := pattern.match(path.name))]
    for number, frame in enumerate(frames, start=max(taken, default=0) + 1):
        path = folder / f"{label}-{number:03d}.csv"
        write_atomically(path, partial(frame.to_csv, index=False, **dialect))
        yield path, frame
