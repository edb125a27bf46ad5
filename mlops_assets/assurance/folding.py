"""Folding: SHAP values of features as values of raw columns and of groups of columns, row by row.

The values of a feature go to the raw columns it is made of, in equal shares: as the Shapley value divides what a
coalition earns only together (Shapley, "A value for n-person games", 1953). All dummies of a column, and whatever
else is made of it, so come together, signs kept: in each row, the values of all columns, and those of all groups, have
the very sum of the features'. Which share a column has in a ratio is a convention; the sum over a group that holds all
columns of its features is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlops_assets.errors import listing
from mlops_assets.features.info import FeatureInfo


@dataclass(frozen=True)
class GroupImportance:
    """Importance of several raw columns together, or of one that belongs to no group.

    Attributes:
        name: as declared; else the columns.
        columns: raw columns of the group that the model reads.
        value: mean over rows of the absolute sum of the values of all its columns.
    """

    name: str
    columns: tuple[str, ...]
    value: float


def fold_to_columns(values: np.ndarray, features: Sequence[FeatureInfo]) -> dict[str, np.ndarray]:
    """Return for each raw column its value in each row, shape (rows,), in the order that features read them.

    Args:
        values: SHAP values, shape (rows, features).
        features: what each column of `values` is of.
    """
    folded: dict[str, np.ndarray] = {}
    for position, feature in enumerate(features):
        share = values[:, position] / len(feature.columns)
        for column in feature.columns:
            folded[column] = folded[column] + share if column in folded else share
    return folded


def fold_to_groups(
    by_column: Mapping[str, np.ndarray], groups: Mapping[str, Sequence[str]]
) -> tuple[GroupImportance, ...]:
    """Return the importance of each group, largest first; a column of no group stands for itself."""
    grouped = {column for members in groups.values() for column in members}
    everything = {**groups, **{column: (column,) for column in by_column if column not in grouped}}
    known = {name: tuple(column for column in members if column in by_column) for name, members in everything.items()}
    found = [
        GroupImportance(name, columns, mean_size(np.sum([by_column[column] for column in columns], axis=0)))
        for name, columns in known.items()
        if columns
    ]
    return tuple(sorted(found, key=lambda group: -group.value))


def tied_columns(features: Iterable[FeatureInfo]) -> dict[str, tuple[str, ...]]:
    """Return the groups of columns that features tie together: those of a ratio, and whatever else either is in."""
    groups: list[dict[str, None]] = []
    for feature in features:
        columns = dict.fromkeys(feature.columns)
        touched = [group for group in groups if group.keys() & columns.keys()]
        merged = {column: None for group in [*touched, columns] for column in group}
        groups = [group for group in groups if group not in touched] + [merged]
    return {listing(group, 3): tuple(group) for group in groups if len(group) > 1}


def mean_size(values: np.ndarray) -> float:
    """Return the mean absolute value."""
    return float(np.abs(values).mean())


def ranked(importance: Mapping[str, float]) -> dict[str, float]:
    """Return importances, largest first."""
    return dict(sorted(importance.items(), key=lambda item: -item[1]))
