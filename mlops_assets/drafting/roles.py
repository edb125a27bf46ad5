"""Roles: what a column may be used for, by its name and its values: identifier, protected attribute, feature."""

from __future__ import annotations

import numpy as np

from mlops_assets.data.coercion import EXACT
from mlops_assets.drafting.columns import ColumnDraft
from mlops_assets.drafting.names import looks_like_age, looks_like_identifier
from mlops_assets.drafting.sensitive import protected_kind
from mlops_assets.drafting.values import Values

_AGES = (25.0, 35.0, 45.0, 60.0)
_FEWEST_ROWS = 10


def assign_role(draft: ColumnDraft, values: Values) -> ColumnDraft:
    """Return a column with the role that its name and its values suggest, and what a person should confirm of it."""
    if draft.column.role == "ignore":
        return draft
    kind, is_named = draft.column.type, looks_like_identifier(draft.name)
    protected = protected_kind(draft.name, [code for code in draft.column.codes if isinstance(code, str)])
    is_unique = draft.distinct == len(values.present) > 1 and kind in ("integer", "text")
    if is_unique and (is_named or (protected is None and kind == "integer" and _counts_rows(values))):
        draft.declare("min", "max", role="identifier", unique=True)
        draft.notes.append("no two rows have the same value: an identifier")
    elif protected is not None:
        draft.declare(sensitive=True)
        advice = "If not, remove sensitive: true; until then no model sees it"
        draft.notes.append(f"{protected.kind}: {protected.question} {advice}")
        draft.edges = _edges(values) if kind in ("integer", "number") else ()
    elif kind == "date":
        draft.notes.append("enters a model through derived features only, such as date_parts")
    elif kind == "text":
        draft.notes.append("too many values for a category: enters a model through derived features only")
    elif is_named and kind == "integer":
        draft.notes.append("named like an identifier, but values repeat: if it names groups, write role: group")
    if draft.distinct == 1:
        draft.notes.append("constant: it tells a model nothing")
    return draft


def _counts_rows(values: Values) -> bool:
    """Whether whole numbers go up by one from row to row, or are too large for a model to tell apart."""
    whole = values.whole
    if whole is None or len(whole) <= _FEWEST_ROWS:
        return False
    return bool((np.diff(whole) == 1).all() or whole.min() > EXACT)


def _edges(values: Values) -> tuple[float, ...]:
    """Return inner edges: round ages, or the quartiles of the values, rounded to three digits."""
    numbers = values.numbers.values.to_numpy(dtype="float64")
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return (0.0,)
    ages = tuple(edge for edge in _AGES if numbers.min() < edge <= numbers.max())
    if looks_like_age(values.name) and ages:
        return ages
    return tuple(sorted({float(f"{edge:.3g}") for edge in np.quantile(numbers, [0.25, 0.5, 0.75])}))
