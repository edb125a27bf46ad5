"""The mechanisms behind private statistics, one function a kind, each with its sensitivity and its source.

Everything here is for neighbours that differ by one row more or less (see `privacy/statistics.py`). diffprivlib draws
the noise and its accountant is charged in the same function. Inputs are clipped and free of missing values. Numbers
of rows are data here: none is returned, and none scales a noise.
"""

from __future__ import annotations

import math
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlops_assets.values import code_of, look_up

if TYPE_CHECKING:
    from diffprivlib.accountant import BudgetAccountant

COVERAGE = 0.95


@dataclass(frozen=True)
class Noisy:
    """Released numbers with what they belong to and how noisy they are.

    Attributes:
        values: the released numbers; counts are whole and not below 0; dates are days since 1970-01-01.
        method: the mechanism, in words.
        labels: what each value belongs to: a code, a bin as text, a quantile; a single empty text otherwise.
        edges: edges of numeric bins, one more than values; empty otherwise.
        scale: scale of the noise on one value: of the two-sided geometric distribution for counts and histograms, of
            the Laplace distribution for the sum behind a mean; None for quantiles, which have no closed form.
        low, high: ends of a 95 % interval around each value that covers the noise only, not the sampling error;
            empty for quantiles.
    """

    values: tuple[float, ...]
    method: str
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    scale: float | None = None
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def count(rows: int, epsilon: float, accountant: BudgetAccountant) -> Noisy:
    """Release a number of rows. Sensitivity 1: a row more or less changes it by one.

    Two-sided geometric noise (Ghosh, Roughgarden and Sundararajan, "Universally utility-maximizing privacy
    mechanisms", STOC 2009), cut off at 0.
    """
    return _release_counts([rows], epsilon, accountant, labels=("",))


def code_histogram(values: pd.Series, codes: Sequence[object], epsilon: float, accountant: BudgetAccountant) -> Noisy:
    """Release how many rows hold each declared code, in the order of the codes; other values are left out.

    Sensitivity 1 in L1 norm: a row more or less changes one bin by one, so one epsilon pays for all bins (Dwork and
    Roth 2014, section 3.3, histogram queries).
    """
    place = {code_of(code): float(number) for number, code in enumerate(codes)}
    places = look_up(values, lambda code: place.get(code, -1.0), -1.0).astype(np.int64)
    counts = np.bincount(places[places >= 0], minlength=len(codes)).tolist()
    return _release_counts(counts, epsilon, accountant, labels=tuple(map(str, codes)))


def number_histogram(
    numbers: np.ndarray,
    bounds: tuple[float, float],
    bins: int,
    *,
    step: float | None,
    epsilon: float,
    accountant: BudgetAccountant,
) -> Noisy:
    """Release the counts of bins of equal width between the bounds; sensitivity 1 as for codes.

    A bin holds its lower edge and not its upper one, but the last holds both. Clipped values fall into the end bins.
    With a `step` values are first rounded to the public grid of `on_grid`, and the width is the least multiple of the
    step that covers the bounds in `bins` bins at most, so that no edge cuts through the values of one grid point; the
    last bin ends at the upper bound.
    """
    edges = np.linspace(bounds[0], bounds[1], bins + 1)
    if step is not None:
        # Computed as the grid points are: (0.1 * 3) * 3 and 0.1 * 9 differ in the last bit.
        steps = math.ceil(round((bounds[1] - bounds[0]) / step / bins, 9))
        inner = bounds[0] + step * (steps * np.arange(math.ceil(round((bounds[1] - bounds[0]) / (step * steps), 9))))
        numbers, edges = on_grid(numbers, bounds, step), np.append(inner, bounds[1])
    counts = np.histogram(numbers, bins=edges)[0].tolist()
    return _release_counts(counts, epsilon, accountant, edges=tuple(edges.tolist()))


def mean(numbers: np.ndarray, bounds: tuple[float, float], epsilon: float, accountant: BudgetAccountant) -> Noisy:
    """Release a mean from two noisy sums, S = sum(x - a) and T = sum(b - x) with the bounds a and b.

    A row x more or less changes S by x - a and T by b - x, together by b - a in L1 norm: that is the sensitivity of
    the pair, so Laplace noise of scale (b - a) / epsilon on either makes the pair epsilon-private (Dwork and Roth
    2014, theorem 3.6). S + T is b - a for each row, so S / (S + T) places the mean between the bounds without a count
    of its own. To first order its variance is 2 ((b - m)^2 + (m - a)^2) / (n epsilon)^2 for n rows of mean m, at most
    half of what a sum and a count at half of epsilon each have. The interval follows from what was released alone:
    97.5 % for either sum, 95 % together by the union bound.
    """
    from diffprivlib.mechanisms import Laplace

    reach = bounds[1] - bounds[0]
    mechanism = Laplace(epsilon=epsilon, sensitivity=reach)
    above = mechanism.randomise(math.fsum(numbers - bounds[0]))
    below = mechanism.randomise(math.fsum(bounds[1] - numbers))
    accountant.spend(epsilon, 0)
    slack = -reach / epsilon * math.log((1 - COVERAGE) / 2)
    total = max(above + below, reach)  # at least one row
    places = _decimals(reach * reach / epsilon / total)
    value, low, high = (
        round(bounds[0] + reach * min(max(part / total, 0.0), 1.0), places)
        for part in (above, above - slack, above + slack)
    )
    method = "Laplace noise on the sums of distances from both bounds, one epsilon for the pair"
    return Noisy((value,), method, labels=("",), scale=reach / epsilon, low=(low,), high=(high,))


def on_grid(numbers: np.ndarray, bounds: tuple[float, float], step: float) -> np.ndarray:
    """Round values to the public grid: the lower bound, one step above it, and so on. Row by row, so it costs nothing.

    A value half a step above a grid point goes to the next one; what would lie above the upper bound, to the last.
    """
    return bounds[0] + step * np.clip(np.floor((numbers - bounds[0]) / step + 0.5), 0, _last_place(bounds, step))


def _last_place(bounds: tuple[float, float], step: float) -> int:
    """Return the place of the last grid point, 0 for the lower bound."""
    return math.floor(round((bounds[1] - bounds[0]) / step, 9))


def quantiles(
    numbers: np.ndarray,
    bounds: tuple[float, float],
    levels: Sequence[float],
    *,
    step: float,
    epsilon: float,
    accountant: BudgetAccountant,
) -> Noisy:
    """Release quantiles by the exponential mechanism over the public grid, epsilon split evenly, put in order.

    The candidates are the points of `on_grid` (McSherry and Talwar, "Mechanism design via differential privacy", FOCS
    2007). The utility of a point v is minus the distance of the wanted rank q n from the ranks that v covers, from
    the rows below v to the rows up to v: a point that many rows share is the quantile for all their ranks, so lumpy
    values cost no accuracy. A row more or less moves the wanted rank by q, and a rank of a point by 1 where the row
    lies below it (or on it), else by 0; so the utility changes by max(q, 1 - q) at most, its sensitivity.

    Args:
        numbers: shape (n,), within the bounds.
        bounds: public bounds.
        levels: which quantiles, each within (0, 1).
        step: the public resolution of the column: 1 for whole numbers and days, or what the YAML declares.
        epsilon: cost of all levels together.
        accountant: is charged once a level.
    """
    share = epsilon / len(levels)
    last = _last_place(bounds, step)
    places = np.rint((on_grid(numbers, bounds, step) - bounds[0]) / step).astype(np.int64)
    found = []
    for level in levels:
        found.append(round(bounds[0] + step * _quantile_place(places, last, level, share), _decimals(step)))
        accountant.spend(share, 0)
    values = np.empty(len(found))
    values[np.argsort(levels, kind="stable")] = np.sort(found)
    method = "exponential mechanism on ranks over the public grid, epsilon split evenly over the quantiles"
    return Noisy(tuple(values.tolist()), method, labels=tuple(f"{level:g}" for level in levels))


def _quantile_place(places: np.ndarray, last: int, level: float, epsilon: float) -> int:
    """Return a grid point, 0 to `last`, drawn by the exponential mechanism: first a run of points, then one of it."""
    from diffprivlib.mechanisms import Exponential

    starts, sizes, utility = _runs(places, last, level)
    mechanism = Exponential(
        epsilon=epsilon,
        sensitivity=max(level, 1 - level),
        utility=utility.tolist(),
        measure=sizes.astype(np.float64).tolist(),
    )
    run = mechanism.randomise()
    return int(starts[run]) + secrets.SystemRandom().randrange(int(sizes[run]))


def _runs(places: np.ndarray, last: int, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first point, number of points and utility of each run of grid points that have the same utility.

    A point that holds rows is a run by itself, and so are all points between two such.
    """
    held, rows_at = np.unique(places, return_counts=True)
    known = np.concatenate(([0], np.cumsum(rows_at)))
    starts = np.empty(2 * len(held) + 1, dtype=np.int64)
    starts[0::2], starts[1::2] = np.concatenate(([0], held + 1)), held
    sizes = np.diff(np.append(starts, last + 1))
    below, upto, wanted = np.repeat(known, 2)[:-1], np.repeat(known, 2)[1:], level * len(places)
    # A run between two points has the same rows below it and up to it.
    below[0::2], upto[0::2] = known, known
    utility = -np.maximum(0.0, np.maximum(below - wanted, wanted - upto))
    real = sizes > 0
    return starts[real], sizes[real], utility[real]


def _noisy_counts(counts: Sequence[int], epsilon: float) -> list[int]:
    from diffprivlib.mechanisms import GeometricTruncated

    mechanism = GeometricTruncated(epsilon=epsilon, sensitivity=1, lower=0, upper=sys.maxsize)
    return [mechanism.randomise(int(rows)) for rows in counts]


def _release_counts(
    counts: Sequence[int],
    epsilon: float,
    accountant: BudgetAccountant,
    *,
    labels: tuple[str, ...] = (),
    edges: tuple[float, ...] = (),
) -> Noisy:
    values = _noisy_counts(counts, epsilon)
    accountant.spend(epsilon, 0)
    margin = _geometric_margin(epsilon, 1 - COVERAGE)
    return Noisy(
        tuple(float(value) for value in values),
        "two-sided geometric noise, cut off at 0",
        labels=labels,
        edges=edges,
        scale=1 / epsilon,
        low=tuple(float(max(value - margin, 0)) for value in values),
        high=tuple(float(value + margin) for value in values),
    )


def _geometric_margin(epsilon: float, doubt: float) -> int:
    """Return the least whole m with P(|noise| > m) <= doubt, where P(|noise| > m) = 2 a^(m+1) / (1 + a), a = e^-eps."""
    return max(0, math.ceil(math.log(doubt * (1 + math.exp(-epsilon)) / 2) / -epsilon) - 1)


def _decimals(size: float) -> int:
    """Return the decimal places that show a hundredth of `size`, between 0 and 12."""
    return min(12, max(0, 2 - math.floor(math.log10(size))))
