"""Private statistics: counts, means, histograms and quantiles with differential privacy, by diffprivlib's mechanisms.

Holds the privacy claim and its proof. Two tables are neighbours where one is the other with ONE ROW ADDED OR REMOVED
(unbounded differential privacy; Dwork and Roth, "The Algorithmic Foundations of Differential Privacy", 2014,
section 2.3). The claim is pure epsilon, delta 0, for that relation and for one row per person.

- Only the declared bounds, codes and bins enter, never the data's own. Values outside the bounds are clipped to them.
- Rows without a value are left out first. That is a filter, row by row, so neighbours stay neighbours (McSherry,
  "Privacy Integrated Queries", SIGMOD 2009, section 4). No mechanism ever gets to know how many rows are left: the mean
  divides by a noisy count (`diffprivlib.tools.mean` would scale its noise by the true one).
- Statistics add up (basic composition, Dwork and Roth, theorem 3.16). Rounding, sorting and clipping of what was
  released cost nothing (post-processing, ibid., proposition 2.1).
- Noise is never seeded: it comes from the operating system (`secrets.SystemRandom`). diffprivlib's own quantile places
  its result with numpy's global generator, which anyone may have seeded; therefore the mechanisms are called directly.
- Laplace noise is put together from four uniform numbers against attacks on floating point (Mironov, CCS 2012; Holohan
  and Braghin, "Secure random sampling in differential privacy", arXiv:2107.10138, 2021).

The claim is about the table that is handed in, and about this release alone: a rule of uniqueness may make one person's
row push another's into quarantine, and profiles, checks and synthetic tables of the same rows are not private.

Mechanisms: Holohan, Braghin, Mac Aonghusa and Levacher, "Diffprivlib: the IBM Differential Privacy Library",
arXiv:1907.02444, 2019. A new kind is a function in `privacy/mechanisms.py` and a line in `_draw`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from mlops_assets.errors import BudgetError
from mlops_assets.privacy import mechanisms
from mlops_assets.privacy.mechanisms import Noisy
from mlops_assets.use_case.data import Column
from mlops_assets.use_case.privacy import Statistic
from mlops_assets.values import as_number, as_numbers

if TYPE_CHECKING:
    from diffprivlib.accountant import BudgetAccountant


@dataclass(frozen=True, kw_only=True)
class PrivateStatistic(Noisy):
    """One released statistic. Nothing in it comes from the data but through noise.

    Attributes:
        name, kind, column, epsilon: as declared.
        lower, upper: public bounds that values were clipped to; days since 1970-01-01 for dates; None for counts and
            for histograms over codes.
        display: the values as a person reads them, dates as YYYY-MM-DD.
    """

    name: str
    kind: str
    column: str | None
    epsilon: float
    lower: float | None
    upper: float | None
    display: tuple[str, ...]


@dataclass(frozen=True)
class PrivateRelease:
    """All private statistics of a use case, published together.

    Attributes:
        epsilon: their cost together; delta is 0.
        delta: 0, for pure differential privacy.
        neighbours: which pairs of tables the claim is about.
        missing: how missing values are treated.
        library: the library and version that drew the noise.
        statistics: the statistics, in the order of the YAML.
    """

    epsilon: float
    delta: float
    neighbours: str
    missing: str
    library: str
    statistics: tuple[PrivateStatistic, ...]


def total_epsilon(statistics: Sequence[Statistic]) -> float:
    """Return the sum of the declared epsilons, added as decimals: ten times 0.1 is 1.0.

    >>> total_epsilon([Statistic(name=f"n{i}", kind="count", epsilon=0.1) for i in range(10)])
    1.0
    """
    return float(sum((Decimal(repr(statistic.epsilon)) for statistic in statistics), Decimal(0)))


def release_statistics(
    frame: pd.DataFrame, statistics: Sequence[Statistic], columns: Mapping[str, Column]
) -> PrivateRelease:
    """Draw every declared statistic of `frame` with fresh, unseeded noise.

    Each call costs `total_epsilon(statistics)` again, even if only one of the results is ever seen: reserve it in the
    ledger first, and publish one result only.

    Args:
        frame: a validated table; one row per person.
        statistics: what to release, as the loader let it through: each has its bounds or codes.
        columns: the declared columns, for bounds and codes.

    Raises:
        BudgetError: diffprivlib's accountant counted another epsilon than was declared.
    """
    from diffprivlib import __version__
    from diffprivlib.accountant import BudgetAccountant

    accountant = BudgetAccountant(delta=0.0)
    released = []
    for statistic in statistics:
        before = accountant.total()[0]
        released.append(_release_one(frame, statistic, columns, accountant))
        spent = accountant.total()[0] - before
        if not math.isclose(spent, statistic.epsilon, rel_tol=1e-9, abs_tol=1e-12):
            raise BudgetError(
                "diffprivlib's accountant counted a cost other than the declared one",
                where=f"privacy.statistics.{statistic.name}",
                expected=f"epsilon {statistic.epsilon:g}",
                got=f"{spent:g}",
                fix="this is a bug in the package: the release is withheld; please report it",
            )
    return PrivateRelease(
        epsilon=total_epsilon(statistics),
        delta=0.0,
        neighbours="one row added or removed",
        missing="rows without a value in a statistic's column are left out of it; their number is not disclosed",
        library=f"diffprivlib {__version__}",
        statistics=tuple(released),
    )


def public_bounds(statistic: Statistic, column: Column) -> tuple[float, float] | None:
    """Return the declared bounds of a statistic, or None where there are none: its own, else those of its column.

    A boolean lies between 0 and 1 by its type. Dates become days since 1970-01-01.
    """
    if column.type == "boolean":
        return 0.0, 1.0
    low = statistic.lower if statistic.lower is not None else column.min
    high = statistic.upper if statistic.upper is not None else column.max
    return None if low is None or high is None else (as_number(low), as_number(high))


def _release_one(
    frame: pd.DataFrame, statistic: Statistic, columns: Mapping[str, Column], accountant: BudgetAccountant
) -> PrivateStatistic:
    column = columns[statistic.column] if statistic.column is not None else None
    noisy = _draw(frame, statistic, column, accountant)
    is_date = column is not None and column.type == "date"
    uses_bounds = statistic.kind in ("mean", "quantiles") or bool(noisy.edges)
    bounds = public_bounds(statistic, column) if column is not None and uses_bounds else None
    bins = tuple(f"{_text(a, is_date)} to {_text(b, is_date)}" for a, b in pairwise(noisy.edges))
    dated = is_date and statistic.kind in ("mean", "quantiles")
    return PrivateStatistic(
        name=statistic.name,
        kind=statistic.kind,
        column=statistic.column,
        epsilon=statistic.epsilon,
        lower=bounds[0] if bounds else None,
        upper=bounds[1] if bounds else None,
        display=tuple(_text(value, dated) for value in noisy.values),
        **{**vars(noisy), "labels": noisy.labels or bins},
    )


def _text(value: float, is_date: bool) -> str:
    return pd.Timestamp(round(value), unit="D").date().isoformat() if is_date else f"{value:.10g}"


def _draw(frame: pd.DataFrame, statistic: Statistic, column: Column | None, accountant: BudgetAccountant) -> Noisy:
    epsilon = statistic.epsilon
    if column is None or statistic.column is None:
        return mechanisms.count(len(frame), epsilon, accountant)
    present = frame[statistic.column].dropna()
    if statistic.kind == "count":
        return mechanisms.count(len(present), epsilon, accountant)
    if statistic.kind == "histogram" and column.type in ("category", "boolean"):
        codes = column.codes if column.type == "category" else (False, True)
        return mechanisms.code_histogram(present, codes, epsilon, accountant)
    bounds = public_bounds(statistic, column)
    assert bounds is not None  # the loader refuses a statistic without them
    numbers = as_numbers(present).clip(*bounds)
    if statistic.kind == "mean":
        return mechanisms.mean(numbers, bounds, epsilon, accountant)
    if statistic.kind == "histogram":
        step = statistic.resolution
        return mechanisms.number_histogram(
            numbers, bounds, statistic.bins, step=step, epsilon=epsilon, accountant=accountant
        )
    whole = column.type in ("integer", "date", "boolean")
    step = statistic.resolution or (1.0 if whole else (bounds[1] - bounds[0]) * 1e-6)
    return mechanisms.quantiles(numbers, bounds, statistic.quantiles, step=step, epsilon=epsilon, accountant=accountant)
