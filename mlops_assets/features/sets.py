"""Feature sets: what selection ranks, and which features each set of a pipeline holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlops_assets.features.encoding import CATEGORIES, Encoder, code_positions
from mlops_assets.features.info import FeatureInfo, Ranked
from mlops_assets.features.selection import binned


def candidates(
    train: pd.DataFrame, built: pd.DataFrame, encoders: Sequence[Encoder], kept: Sequence[FeatureInfo]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Return what selection ranks: each raw column whole, and each derived feature, with the bin of every row."""
    names = {info.name for info in kept}
    found = {}
    for encoder in encoders:
        features = tuple(name for name in encoder.names if name in names)
        if features and encoder.kind in CATEGORIES:
            found[encoder.column] = (features, code_positions(train[encoder.column], encoder))
        elif features:
            found[encoder.column] = (features, binned(built[features[0]].to_numpy()))
    derived = (info.name for info in kept if info.kind == "derived")
    return found | {name: ((name,), binned(built[name].to_numpy())) for name in derived}


def feature_sets(kept: Sequence[FeatureInfo], ranking: Sequence[Ranked]) -> dict[str, tuple[str, ...]]:
    """Return the features of each set, in order; no set is empty. See `FeaturePipeline.sets`."""
    selected = {name for ranked in ranking if ranked.selected for name in ranked.features}
    sets = {"raw": tuple(info.name for info in kept if info.kind != "derived")}
    if len(sets["raw"]) < len(kept):
        sets["derived"] = tuple(info.name for info in kept)
    if ranking:
        sets["selected"] = tuple(info.name for info in kept if info.name in selected)
    return {name: members for name, members in sets.items() if members}
