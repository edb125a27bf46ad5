"""Encoding: how each raw column becomes numbers, learned on the training rows and written down as a record.

To add a way of encoding, add it to `features.encoding.method`, to `fit_encoder`, `encode` and `info.describe`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_assets.features.info import FeatureKind
from mlops_assets.features.reading import read_numbers
from mlops_assets.statistics import folds
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Encoding
from mlops_assets.values import Code, factorize, in_order, look_up

CATEGORIES: tuple[FeatureKind, ...] = ("one_hot", "binary", "ordinal", "frequency", "target")
"""Kinds of encoders whose column is a category: its information about the target is counted by code."""


@dataclass(frozen=True)
class Encoder:
    """How one raw column is encoded.

    Attributes:
        column: raw column.
        kind: number, ordered and boolean enter as they are; the others are of categories.
        names: names of the features it makes, in order.
        codes: codes it knows: of one_hot and binary those with a place of their own, in order; of ordinal in their
            order; of frequency and target all that training had.
        values: of frequency, the share of each code among the known training rows; of target, what `statistics.folds`
            makes of it.
        base: of binary, what its one feature is 0 for: a name as one_hot would give it, before `names` in order.
        missing: of one_hot and binary, the name for rows where the column is missing, None where training had too few.
        other: of one_hot and binary, the name that rare and unseen codes share, None where training had none.
        pooled: the rare codes of training that share it.
        gap: of target, the value where the column is missing.
        smoothing, seed: of target, rows that each code is shrunk by, and the seed of the cross-fitting.
    """

    column: str
    kind: FeatureKind
    names: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    values: tuple[float, ...] = ()
    base: str | None = None
    missing: str | None = None
    other: str | None = None
    pooled: tuple[Code, ...] = ()
    gap: float = 0.0
    smoothing: float = 0.0
    seed: int = 0

    @property
    def places(self) -> tuple[str, ...]:
        """Of one_hot and binary, every name that a row can belong to, each row to one at most."""
        return self.names if self.base is None else (self.base, *self.names)


def fit_encoder(train: pd.Series, y: np.ndarray, name: str, column: Column, encoding: Encoding) -> Encoder:
    """Learn how a column is encoded from its training rows.

    Numbers and booleans learn nothing. Of a category, ordinal learns nothing either: its order is the declared
    one. A column without declared codes has no order, and one with more codes than `encoding.maximum_categories`
    is not one-hot: both are encoded as `encoding.many` says.

    Args:
        train: shape (rows,), the column in the training rows.
        y: shape (rows,), float64: the target, which only target encoding looks at.
        name: of the column.
        column: its declaration.
        encoding: the section of the YAML.
    """
    if name in encoding.ordered:
        return Encoder(name, "ordered", (name,))
    if column.type in ("integer", "number"):
        return Encoder(name, "number", (name,))
    if column.type == "boolean":
        return Encoder(name, "boolean", (name,))
    return _fit_category(train, y, name, column, encoding)


def encode(series: pd.Series, encoder: Encoder) -> dict[str, np.ndarray]:
    """Return the features of one raw column, each float64 of shape (rows,). Unseen codes never fail.

    Missing stays missing, except that one_hot and target have a place of their own for it, or count it as other. An
    unseen code is other in one_hot (zero everywhere where training had no rare ones), missing in binary and ordinal,
    and 0 in frequency and target.
    """
    if encoder.kind in ("number", "ordered", "boolean"):
        return {encoder.names[0]: read_numbers(series, encoder.column)}
    if encoder.kind in ("one_hot", "binary"):
        return _encode_places(series, encoder)
    ranks = range(len(encoder.codes)) if encoder.kind == "ordinal" else encoder.values
    table = dict(zip(encoder.codes, map(float, ranks), strict=True))
    unseen = np.nan if encoder.kind == "ordinal" else 0.0
    gap = encoder.gap if encoder.kind == "target" else np.nan
    return {encoder.names[0]: look_up(series, lambda code: table.get(code, unseen), gap)}


def encode_training(
    series: pd.Series, encoder: Encoder, y: np.ndarray, groups: pd.Series | np.ndarray | None
) -> dict[str, np.ndarray]:
    """Return the target codes of the rows that the encoder was fitted on: as `encode`, but no row sees its own target.

    Args:
        series: shape (rows,).
        encoder: what `fit_encoder` made of these rows.
        y: shape (rows,), float64.
        groups: shape (rows,), rows of one group being left out together, or None.
    """
    positions = code_positions(series, encoder)
    parts = folds.draw_folds(len(series), groups, encoder.seed)
    size = len(encoder.codes) + 1
    return {encoder.names[0]: folds.cross_fitted(positions, y, parts, size, encoder.smoothing)}


def code_positions(series: pd.Series, encoder: Encoder) -> np.ndarray:
    """Return which code of a category each row has, shape (rows,), int64.

    The place in `codes`; after them one for rows where the column is missing or, of one_hot and binary, one for each
    of missing and other. -1 for a code that the encoder does not know.
    """
    if encoder.kind in ("one_hot", "binary"):
        return _places(series, encoder).astype("int64")
    slots = {code: float(position) for position, code in enumerate(encoder.codes)}
    return look_up(series, lambda code: slots.get(code, -1.0), float(len(slots))).astype("int64")


def _fit_category(train: pd.Series, y: np.ndarray, name: str, column: Column, encoding: Encoding) -> Encoder:
    if encoding.method == "ordinal" and column.documented:
        return Encoder(name, "ordinal", (name,), codes=column.documented)
    positions, found = factorize(train)
    counts = dict(zip(found, np.bincount(positions[positions >= 0], minlength=len(found)).tolist(), strict=True))
    codes, method = tuple(in_order(counts)), encoding.method
    if method == "ordinal" or (method == "one_hot" and len(counts) > encoding.maximum_categories):
        method = encoding.many
    if method == "frequency":
        rows = sum(counts.values())
        return Encoder(name, "frequency", (name,), codes=codes, values=tuple(counts[code] / rows for code in codes))
    if method == "target":
        unfitted = Encoder(name, "target", (name,), codes=codes, smoothing=encoding.smoothing, seed=encoding.seed)
        places = code_positions(train, unfitted)
        *values, gap, _ = folds.shrunken(places, y, len(codes) + 1, encoding.smoothing).tolist()
        return replace(unfitted, values=tuple(values), gap=gap)
    return _one_hot(name, column, counts, gaps=int(train.isna().sum()), floor=encoding.minimum_share * len(train))


def _places(series: pd.Series, encoder: Encoder) -> np.ndarray:
    place = {name: float(position) for position, name in enumerate(encoder.places)}
    other = place[encoder.other] if encoder.other else -1.0
    gap = place[encoder.missing] if encoder.missing else other
    slots = {code: float(position) for position, code in enumerate(encoder.codes)}
    return look_up(series, lambda code: slots.get(code, other), gap)


def _encode_places(series: pd.Series, encoder: Encoder) -> dict[str, np.ndarray]:
    place = _places(series, encoder)
    if encoder.base is not None:
        return {encoder.names[0]: np.where(place < 0, np.nan, place)}
    return {name: (place == position).astype("float64") for position, name in enumerate(encoder.names)}


def _one_hot(name: str, column: Column, counts: dict[Code, int], *, gaps: int, floor: float) -> Encoder:
    """Return an encoder with a feature for each place; one feature for two places, which are complements."""
    ordered = in_order(counts, column.codes)
    codes = tuple(code for code in ordered if counts[code] >= floor)
    pooled = tuple(code for code in ordered if counts[code] < floor)
    missing = "(missing)" if gaps and gaps >= floor else None
    other = "(other)" if pooled or (gaps and not missing) else None
    extras = [label for label in (missing, other) if label]
    places = tuple(f"{name}={label}" for label in [*_labels(codes, column.labels, extras), *extras])
    two = len(places) == 2
    return Encoder(
        name,
        "binary" if two else "one_hot",
        places[1:] if two else places,
        codes=codes,
        base=places[0] if two else None,
        missing=f"{name}={missing}" if missing else None,
        other=f"{name}={other}" if other else None,
        pooled=pooled,
    )


def _labels(codes: tuple[Code, ...], labels: Mapping[Code, str], taken: Sequence[str]) -> list[str]:
    """Return a name for each code: its label where that is unique, else the code, else its `repr`."""
    ways: tuple[Callable[[Code], str], ...] = (lambda code: labels.get(code, str(code)), str, repr)
    named = ([way(code) for code in codes] for way in ways)
    return next(names for names in named if len({*names, *taken}) == len(names) + len(taken))
