"""Derive: the declared transforms run over a table in the order they are declared.

One file each for the transforms themselves is in `plugins/transforms/`; how a column is read is in `reading`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mlops_assets import plugins
from mlops_assets.features.reading import finite, read
from mlops_assets.plugins.declarations import Accepts, TransformParams


def derive(frame: pd.DataFrame, derived: Sequence[TransformParams]) -> dict[str, np.ndarray]:
    """Return every output of the derived features, each float64 of shape (rows,), NaN where missing.

    Each row is computed from itself alone. A result that is not finite is missing.

    Args:
        frame: holds the raw columns. Its index has no duplicates.
        derived: parameters in order; one may read what another before it made.

    Raises:
        DataError: a column holds what its transform cannot read.
    """
    raw = _read_once(frame, derived)
    made: dict[str, np.ndarray] = {}
    with np.errstate(all="ignore"):  # overflow and the like end as missing, below
        for params in derived:
            source = _source(params.inputs, raw[params.accepts], made)
            result = plugins.load("transform", params.transform).apply(source, params)
            made |= {name: finite(result[name].to_numpy(dtype="float64")) for name in params.outputs}
    return made


def _read_once(frame: pd.DataFrame, derived: Sequence[TransformParams]) -> dict[Accepts, pd.DataFrame]:
    """Return for each kind of reading the raw columns that are read so, each converted once."""
    made: set[str] = set()
    wanted: dict[Accepts, dict[str, None]] = {}
    for params in derived:
        wanted.setdefault(params.accepts, {}).update((name, None) for name in params.inputs if name not in made)
        made |= set(params.outputs)
    return {
        accepts: pd.DataFrame({name: read(frame[name], name, accepts) for name in names}, index=frame.index)
        for accepts, names in wanted.items()
    }


def _source(inputs: Sequence[str], raw: pd.DataFrame, made: Mapping[str, np.ndarray]) -> pd.DataFrame:
    if not any(name in made for name in inputs):
        return raw
    return pd.DataFrame({name: made[name] if name in made else raw[name] for name in inputs}, index=raw.index)
