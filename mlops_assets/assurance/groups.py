"""Groups: how the values of a protected attribute become the groups that fairness compares.

Holds labels, bins and intersections. Groups travel as whole numbers, so that no label is ever parsed.
What is measured of groups is in `measures.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from mlops_assets.errors import DataError
from mlops_assets.use_case.assurance import MAXIMUM_VALUES, Fairness
from mlops_assets.use_case.data import Column
from mlops_assets.values import Code, as_numbers, code_of, in_order, look_up

MISSING = "missing"


@dataclass(frozen=True)
class Grouping:
    """The group of every row.

    Attributes:
        ids: shape (rows,), int64: position of each row's group in `labels`.
        labels: name of each group, unique. Every group has at least one row.
        has_reference: whether a reference group is declared.
        reference: position of the declared reference group, None where none is declared or it has no row.
    """

    ids: np.ndarray
    labels: tuple[str, ...]
    has_reference: bool = False
    reference: int | None = None


def group_rows(values: pd.Series, column: Column | None, config: Fairness) -> Grouping:
    """Return the group of each row by one attribute; rows without a value are a group of their own, the last.

    Numbers are cut by `config.bins` and ordered; codes carry the label that the YAML gives them and its order. The
    reference group is the one that holds the value in `config.reference`.

    Raises:
        DataError: a numeric or date attribute has more than ten values and no bins.
    """
    name, wanted = str(values.name), config.reference.get(str(values.name))
    if name in config.bins:
        edges = config.bins[name]
        keys, labels = _bin(as_numbers(values), edges)
        reference = None if wanted is None else int(np.searchsorted(edges, float(wanted), side="right"))
    else:
        keys, labels, positions = _codes(values, column)
        reference = None if wanted is None else positions.get(code_of(wanted))
    labels.append(MISSING)
    keys = np.where(values.notna(), keys, len(labels) - 1)
    present, ids = np.unique(keys, return_inverse=True)
    found = np.flatnonzero(present == reference)
    return Grouping(
        ids=ids.reshape(-1).astype("int64"),
        labels=tuple(labels[i] for i in present),
        has_reference=wanted is not None,
        reference=int(found[0]) if len(found) else None,
    )


def cross(groupings: Sequence[Grouping]) -> Grouping:
    """Return the intersection of several groupings of the same rows: one group a combination that occurs."""
    stacked = np.column_stack([grouping.ids for grouping in groupings])
    combinations, ids = np.unique(stacked, axis=0, return_inverse=True)
    labels = [
        " & ".join(grouping.labels[i] for grouping, i in zip(groupings, combination, strict=True))
        for combination in combinations
    ]
    return Grouping(ids.reshape(-1).astype("int64"), _distinct(labels, [str(i) for i in range(len(labels))]))


def _bin(numbers: np.ndarray, edges: tuple[float, ...]) -> tuple[np.ndarray, list[str]]:
    """Cut at inner edges; a value on an edge belongs to the group above it."""
    words = [_number(edge) for edge in edges]
    inner = [f"{low} to < {high}" for low, high in pairwise(words)]
    return np.searchsorted(edges, numbers, side="right"), [f"< {words[0]}", *inner, f">= {words[-1]}"]


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _codes(values: pd.Series, column: Column | None) -> tuple[np.ndarray, list[str], dict[Code, int]]:
    """Give each distinct value a position and a label, in declared order, then in the order of the values."""
    present = list(values.dropna().unique())
    fine = pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype)
    declared = list(column.codes) if column else []
    if fine and not declared and len(present) > MAXIMUM_VALUES:
        raise _too_fine(str(values.name), len(present))
    order = in_order(present, declared)
    positions = {code_of(code): i for i, code in enumerate(order)}
    keys = look_up(values, lambda code: float(positions[code]), 0.0).astype("int64")
    labels = _distinct([_label(code, column) for code in order], [_text(code) for code in order])
    return keys, list(labels), positions


def _label(code: Any, column: Column | None) -> str:
    if column is None or not column.codes:
        return _text(code)
    if code in column.labels:
        return column.labels[code]
    return f"{_text(code)} ({'undocumented' if code in column.undocumented else 'undeclared'})"


def _text(code: Any) -> str:
    if isinstance(code, pd.Timestamp):
        return code.date().isoformat()
    return _number(code) if isinstance(code, float) else str(code)


def _distinct(labels: Sequence[str], marks: Sequence[str]) -> tuple[str, ...]:
    """Append the mark to every label that occurs twice, or that is the name of the group without a value."""
    counts = Counter([*labels, MISSING])
    return tuple(f"{label} [{mark}]" if counts[label] > 1 else label for label, mark in zip(labels, marks, strict=True))


def _too_fine(name: str, count: int) -> DataError:
    return DataError(
        "a protected attribute has too many values to form groups",
        where=f"attribute {name!r}",
        expected=f"at most {MAXIMUM_VALUES} values, or bins",
        got=f"{count} values",
        fix=f"add `assurance.fairness.bins: {{{name}: [...]}}` with the inner edges of its groups",
    )
