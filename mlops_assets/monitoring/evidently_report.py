"""The calls of Evidently: pairs of clean columns in, scores and a page out.

Holds everything that is specific to Evidently 0.7 and nothing about what counts as drift.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""Evidently's page is a program in one file: it may run what is in it, and fetch or send nothing."""

_IDENTIFIER = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SMALLEST_NORM = 0.001
_NEIGHBOURS = 1e-9
_EXTREME = 1e100


@dataclass(frozen=True)
class Comparison:
    """One column to compare.

    Attributes:
        column: its name.
        numeric: whether it holds float64 numbers, all finite; else it holds texts. No value is missing.
        method: Evidently's name of the method.
        threshold: limit shown on the page.
        reference, current: the values.
        reference_rows, current_rows: rows before the missing values went.
    """

    column: str
    numeric: bool
    method: str
    threshold: float
    reference: pd.Series
    current: pd.Series
    reference_rows: int
    current_rows: int

    @property
    def has_values(self) -> bool:
        """Whether there is a value on both sides."""
        return len(self.reference) > 0 and len(self.current) > 0


def compare(comparisons: Sequence[Comparison], *, with_html: bool) -> tuple[dict[str, float], str | None]:
    """Return Evidently's score for each column by name (NaN where it has none), and its page with `with_html`.

    Every comparison has values on both sides. The page is one self-contained file of about 4 MB for any number of
    rows, the same for the same input.
    Column names and texts on it have `<` and `>` replaced by look-alikes, because Evidently writes them into a
    script unescaped and an incoming file must not be able to add code to a report.
    """
    if not comparisons:
        return {}, None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # numpy and litestar deprecations on import; divisions by empty bins
        scores = {comparison.column: _score(comparison) for comparison in comparisons}
        names = _safe([comparison.column for comparison in comparisons])
        html = _stable(_run(comparisons, names).get_html_str(as_iframe=False)) if with_html else None
    return scores, html


def _score(comparison: Comparison) -> float:
    """Return Evidently's score of one column, to the last bit the same in every process.

    Evidently sums over a set of the categories. Texts have another order in a set in each process, small whole
    numbers always the same, so the categories go in numbered. It also draws what it compares, which takes twenty
    times as long: its tests are called by themselves.
    """
    from evidently.legacy.calculations.stattests import get_stattest
    from evidently.legacy.core import ColumnType

    pair = (comparison.reference, comparison.current)
    past, now = _scaled(*pair) if comparison.numeric else _numbered(*pair)
    kind = ColumnType.Numerical if comparison.numeric else ColumnType.Categorical
    test = get_stattest(past, now, kind, comparison.method)
    return float(test(past, now, kind, comparison.threshold).drift_score)


def _numbered(reference: pd.Series, current: pd.Series) -> tuple[pd.Series, pd.Series]:
    numbers = {text: number for number, text in enumerate(sorted({*reference.unique(), *current.unique()}))}
    return reference.map(numbers), current.map(numbers)


def _run(comparisons: Sequence[Comparison], names: dict[str, str]) -> Any:
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    definition = DataDefinition(
        numerical_columns=[names[c.column] for c in comparisons if c.numeric],
        categorical_columns=[names[c.column] for c in comparisons if not c.numeric],
    )
    reference, current = _tables(comparisons, names)
    metrics = [ValueDrift(column=names[c.column], method=c.method, threshold=c.threshold) for c in comparisons]
    return Report(metrics, include_tests=False).run(
        Dataset.from_pandas(current, data_definition=definition),
        Dataset.from_pandas(reference, data_definition=definition),
    )


def _tables(comparisons: Sequence[Comparison], names: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both sides as tables. Shorter columns end in missing values, which Evidently drops column by column."""
    sides: tuple[dict[str, pd.Series], dict[str, pd.Series]] = ({}, {})
    for comparison in comparisons:
        pair = (comparison.reference, comparison.current)
        if comparison.numeric:
            pair = _scaled(*pair)
        else:
            safe = _safe(list(dict.fromkeys(text for values in pair for text in values.unique())))
            pair = pair[0].map(safe).astype(object), pair[1].map(safe).astype(object)
        for side, values in zip(sides, pair, strict=True):
            side[names[comparison.column]] = values
    return pd.DataFrame(sides[0]), pd.DataFrame(sides[1])


def _scaled(reference: pd.Series, current: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return both in units of their common spread where the reference's own is too small for Evidently.

    Evidently divides a Wasserstein distance by at least 0.001, which hides any drift of a column in small units. No
    other score depends on the unit, or on where it counts from.
    """
    reference, current = _in_reach(reference, current)
    if float(np.std(reference)) >= _SMALLEST_NORM:
        return reference, current
    spread = float(np.std(np.concatenate([reference, current])))
    return (reference / spread, current / spread) if spread else (reference, current)


def _in_reach(reference: pd.Series, current: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return both so that squares are finite and bins can be cut, which floats at their limits do not allow.

    Extremely large and small values come in units of the largest, and values that are neighbours among large floats
    count from the smallest. Both are exact but for the last digit.
    """
    unit = max(float(np.max(np.abs(values))) for values in (reference, current))
    if unit and not 1 / _EXTREME < unit < _EXTREME:
        reference, current, unit = reference / unit, current / unit, 1.0
    smallest, largest = (float(bound([bound(reference), bound(current)])) for bound in (np.min, np.max))
    if largest - smallest < _NEIGHBOURS * unit:
        return reference - smallest, current - smallest
    return reference, current


def _safe(texts: Sequence[str]) -> dict[str, str]:
    """Return for each text one without `<` and `>`; different texts stay different."""
    safe: dict[str, str] = {}
    taken = {text for text in texts if "<" not in text and ">" not in text}
    for text in texts:
        candidate = text.replace("<", "‹").replace(">", "›")
        while candidate != text and candidate in taken:
            candidate += "′"
        taken.add(candidate)
        safe[text] = candidate
    return safe


def _stable(html: str) -> str:
    """Return the page with a policy, and its random identifiers renamed by order of appearance.

    Same input, same bytes.
    """
    data = html[: html.index("</head>")]
    numbered = {old: f"{number:032x}" for number, old in enumerate(dict.fromkeys(_IDENTIFIER.findall(data)))}
    stable = _IDENTIFIER.sub(lambda match: numbered.get(match.group(), match.group()), html)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return stable.replace("<head>", f"<head>\n{policy}", 1)
