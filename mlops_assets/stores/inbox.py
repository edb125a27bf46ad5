"""The inbox: batches written the way a sender should, complete under a temporary name and then renamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
    pattern = re.compile(rf"{re.escape(label)}-(\d+)\.")
    taken = [int(found.group(1)) for path in folder.iterdir() if (found := pattern.match(path.name))]
    for number, frame in enumerate(frames, start=max(taken, default=0) + 1):
        path = folder / f"{label}-{number:03d}.csv"
        write_atomically(path, lambda temporary, frame=frame: _write(frame, temporary, source))  # type: ignore[misc]
        yield path, frame


def _write(frame: pd.DataFrame, path: Path, source: Source) -> None:
    missing = source.missing_values[0] if source.missing_values else ""
    frame.to_csv(
        path, index=False, sep=source.delimiter, decimal=source.decimal, encoding=source.encoding, na_rep=missing
    )
