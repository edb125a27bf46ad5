"""Encoding: how each raw column becomes numbers, learned on the training rows and written down as a record.

To add a way of encoding, add it to `features.encoding.method`, to `fit_encoder`, `encode` and `describe`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlops_assets.errors import ConfigError, listing, sentence
from mlops_assets.features.codes import factorize, look_up
from mlops_assets.features.info import FeatureInfo, FeatureKind
from mlops_assets.features.reading import read_numbers
from mlops_assets.use_case.base import Code
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.features import Encoding


@dataclass(frozen=True)
class Encoder:
    """How one raw column is encoded.

    Attributes:
        column: raw column.
        kind: number, ordered and boolean enter as they are; one_hot, ordinal and frequency are of categories.
        names: names of the features it makes, in order.
        codes: codes it knows: of one_hot those with a feature of their own, in the order of `names`; of ordinal
            in their order; of frequency all that training had.
        shares: of frequency, the share of each code among the known training rows.
        missing: of one_hot, the feature that is 1 where the column is missing, None where training had too few.
        other: of one_hot, the feature that rare and unseen codes share, None where training had none that are rare.
        pooled: of one_hot, the rare codes of training that share it.
    """

    column: str
    kind: FeatureKind
    names: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    shares: tuple[float, ...] = ()
    missing: str | None = None
    other: str | None = None
    pooled: tuple[Code, ...] = ()


def fit_encoder(train: pd.Series, name: str, column: Column, encoding: Encoding) -> Encoder:
    """Learn how a column is encoded from its training rows.

    Numbers and booleans learn nothing. Of a category, ordinal learns nothing either: its order is the declared
    one, and a column without declared codes has none, so that it is encoded by frequency instead.

    Raises:
        ConfigError: the column is a date, or `encoding.ordered` names one whose codes are not whole numbers.
    """
    if column.type == "date":
        raise _refused(name, "a date is not a feature by itself", "derive it with date_parts or days_between")
    if name in encoding.ordered:
        if any(isinstance(code, str) for code in column.codes):
            raise _refused(name, "codes that are texts cannot enter as ordered numbers", "use method: ordinal")
        return Encoder(name, "ordered", (name,))
    if column.type in ("integer", "number"):
        return Encoder(name, "number", (name,))
    if column.type == "boolean":
        return Encoder(name, "boolean", (name,))
    counts = _counts(train)
    if len(counts) > encoding.maximum_categories or encoding.method == "frequency":
        return _frequency(name, counts)
    if encoding.method == "ordinal":
        known = column.documented
        return Encoder(name, "ordinal", (name,), codes=known) if known else _frequency(name, counts)
    return _one_hot(name, column, counts, gaps=int(train.isna().sum()), floor=encoding.minimum_share * len(train))


def encode(series: pd.Series, encoder: Encoder) -> dict[str, np.ndarray]:
    """Return the features of one raw column, each float64 of shape (rows,). Unseen codes never fail.

    Missing stays missing, except that one_hot has its own feature for it, or counts it as other. An unseen code
    is other in one_hot (zero everywhere where training had no rare ones), missing in ordinal and 0 in frequency.
    """
    if encoder.kind in ("number", "ordered", "boolean"):
        return {encoder.names[0]: read_numbers(series, encoder.column)}
    if encoder.kind == "ordinal":
        ranks = {code: float(rank) for rank, code in enumerate(encoder.codes)}
        return {encoder.names[0]: look_up(series, lambda code: ranks.get(code, np.nan), np.nan)}
    if encoder.kind == "frequency":
        shares = dict(zip(encoder.codes, encoder.shares, strict=True))
        return {encoder.names[0]: look_up(series, lambda code: shares.get(code, 0.0), np.nan)}
    place = {name: float(position) for position, name in enumerate(encoder.names)}
    other = place[encoder.other] if encoder.other else -1.0
    gap = place[encoder.missing] if encoder.missing else other
    slots = {code: float(position) for position, code in enumerate(encoder.codes)}
    slot = look_up(series, lambda code: slots.get(code, other), gap)
    return {name: (slot == position).astype("float64") for name, position in place.items()}


def describe(encoder: Encoder, column: Column) -> tuple[FeatureInfo, ...]:
    """Return what is said of each feature that an encoder makes, in its order."""
    name = encoder.column
    if encoder.kind != "one_hot":
        formulas = {
            "boolean": f"1 where {name} is true, 0 where it is false",
            "ordered": f"code of {name}, as a number",
            "ordinal": f"place of {name} in the order {listing(encoder.codes, 10)}, from 0",
            "frequency": f"share of the training rows that have the same {name}",
        }
        formula = formulas.get(encoder.kind, name)
        return (FeatureInfo(encoder.names[0], formula, (name,), encoder.kind, column.description),)
    labels = column.labels
    formulas = {
        feature: f"1 where {name} is {code}"
        + (f" ({labels[code]})" if labels.get(code, str(code)) != str(code) else "")
        for feature, code in zip(encoder.names, encoder.codes, strict=False)
    }
    if encoder.missing:
        formulas[encoder.missing] = f"1 where {name} is missing"
    if encoder.other:
        pooled = f" ({listing(encoder.pooled, 10)})" if encoder.pooled else ""
        gap = "" if encoder.missing else ", is missing"
        formulas[encoder.other] = f"1 where {name} is rare in training{pooled}{gap} or was not seen there"
    return tuple(FeatureInfo(f, formulas[f], (name,), "one_hot", column.description) for f in encoder.names)


def _counts(series: pd.Series) -> dict[Code, int]:
    positions, found = factorize(series)
    sizes = np.bincount(positions[positions >= 0], minlength=len(found))
    counts: Counter[Code] = Counter()
    for code, size in zip(found, sizes, strict=True):
        counts[code] += int(size)
    return dict(counts)


def _frequency(name: str, counts: dict[Code, int]) -> Encoder:
    rows = sum(counts.values())
    codes = _in_order(counts, ())
    return Encoder(name, "frequency", (name,), codes=codes, shares=tuple(counts[code] / rows for code in codes))


def _one_hot(name: str, column: Column, counts: dict[Code, int], *, gaps: int, floor: float) -> Encoder:
    codes = tuple(code for code in _in_order(counts, column.codes) if counts[code] >= floor)
    pooled = tuple(code for code in _in_order(counts, column.codes) if counts[code] < floor)
    missing = "(missing)" if gaps and gaps >= floor else None
    other = "(other)" if pooled or (gaps and not missing) else None
    extras = [label for label in (missing, other) if label]
    labels = [*_labels(codes, column.labels, extras), *extras]
    return Encoder(
        name,
        "one_hot",
        tuple(f"{name}={label}" for label in labels),
        codes=codes,
        missing=f"{name}={missing}" if missing else None,
        other=f"{name}={other}" if other else None,
        pooled=pooled,
    )


def _labels(codes: tuple[Code, ...], labels: Mapping[Code, str], taken: Sequence[str]) -> list[str]:
    """Return how each code is called: by its label where that is unique, else by the code, else as written in code."""
    ways: tuple[Callable[[Code], str], ...] = (lambda code: labels.get(code, str(code)), str, repr)
    named = ([way(code) for code in codes] for way in ways)
    return next(names for names in named if len({*names, *taken}) == len(names) + len(taken))


def _in_order(counts: dict[Code, int], declared: tuple[Code, ...]) -> tuple[Code, ...]:
    """Return the codes that occur: declared ones as declared, then whole numbers rising, then texts."""
    rest = sorted((c for c in counts if c not in declared), key=lambda c: (isinstance(c, str), c))
    return tuple(code for code in declared if counts.get(code)) + tuple(rest)


def _refused(name: str, what: str, fix: str) -> ConfigError:
    return ConfigError([sentence(what, where=f"features: column {name!r}", fix=fix)])
