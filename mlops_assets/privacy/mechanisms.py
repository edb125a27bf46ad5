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

if TYPE_CHECKING:
    from diffprivlib.accountant import BudgetAccountant

COVERAGE = 0.95


@dataclass(frozen=True)
class Noisy:
    """Released numbers with what they belong to and how noisy they are; see `PrivateStatistic`."""

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
    values = _noisy_counts([rows], epsilon)
    accountant.spend(epsilon, 0)
    return _counted(values, epsilon, labels=("",))


def code_histogram(values: np.ndarray, codes: Sequence[object], epsilon: float, accountant: BudgetAccountant) -> Noisy:
    """Release how many rows hold each declared code, in the order of the codes; other values are left out.

    Sensitivity 1 in L1 norm: a row more or less changes one bin by one, so one epsilon pays for all bins (Dwork and
    Roth 2014, section 3.3, histogram queries).
    """
    place = {code: number for number, code in enumerate(codes)}
    hits = [place[value] for value in values.tolist() if value in place]
    released = _noisy_counts(np.bincount(hits, minlength=len(codes)).tolist(), epsilon)
    accountant.spend(epsilon, 0)
    return _counted(released, epsilon, labels=tuple(str(code) for code in codes))


def number_histogram(
    numbers: np.ndarray, bounds: tuple[float, float], bins: int, epsilon: float, accountant: BudgetAccountant
) -> Noisy:
    """Release the counts of `bins` bins of equal width between the bounds; sensitivity 1 as for codes.

    A bin holds its lower edge and not its upper one, but the last holds both. Clipped values fall into the end bins.
    """
    edges = np.linspace(bounds[0], bounds[1], bins + 1)
    released = _noisy_counts(np.histogram(numbers, bins=edges)[0].tolist(), epsilon)
    accountant.spend(epsilon, 0)
    return _counted(released, epsilon, edges=tuple(float(edge) for edge in edges))


def mean(numbers: np.ndarray, bounds: tuple[float, float], epsilon: float, accountant: BudgetAccountant) -> Noisy:
    """Release a mean as a noisy sum over a noisy count, half of epsilon each.

    The sum is of distances from the middle of the bounds, so a row more or less changes it by at most half the
    range: that is its sensitivity, for Laplace noise (Dwork and Roth 2014, theorem 3.6). The count has sensitivity 1.
    The quotient is clipped to the bounds. Its interval follows from what was released alone: 97.5 % for either part,
    95 % together by the union bound.
    """
    from diffprivlib.mechanisms import Laplace

    half, middle, reach = epsilon / 2, (bounds[0] + bounds[1]) / 2, (bounds[1] - bounds[0]) / 2
    total = Laplace(epsilon=half, sensitivity=reach).randomise(math.fsum(numbers - middle))
    accountant.spend(half, 0)
    rows = _noisy_counts([len(numbers)], half)[0]
    accountant.spend(half, 0)
    doubt = (1 - COVERAGE) / 2
    slack, fewer = -reach / half * math.log(doubt), _geometric_margin(half, doubt)
    totals, divisors = (total - slack, total + slack), (max(rows - fewer, 1), max(rows + fewer, 1))
    quotients = [t / d for t in totals for d in divisors]
    places = _decimals(reach / half / max(rows, 1))
    value, low, high = (
        round(float(min(max(middle + shift, bounds[0]), bounds[1])), places)
        for shift in (total / max(rows, 1), min(quotients), max(quotients))
    )
    method = "Laplace noise on the sum, geometric noise on the count, half of epsilon each"
    return Noisy((value,), method, labels=("",), scale=reach / half, low=(low,), high=(high,))


def quantiles(
    numbers: np.ndarray,
    bounds: tuple[float, float],
    levels: Sequence[float],
    *,
    step: float,
    epsilon: float,
    accountant: BudgetAccountant,
) -> Noisy:
    """Release quantiles by the exponential mechanism over the gaps between sorted values, epsilon split evenly.

    Smith, "Privacy-preserving statistical estimation with optimal convergence rates", STOC 2011, algorithm 2, with the
    utility of diffprivlib: minus the distance in ranks from the wanted rank. A row more or less moves the rank of a
    point by 0 or 1 and the wanted rank by the level, so the sensitivity is at most 1.

    Equal values leave no gap to land in, so each value is first moved by up to half a `step` either way, uniformly and
    independently, and the result is rounded back to a multiple of `step` counted from the lower bound. The move treats
    row by row and costs nothing. Released quantiles are put in order.

    Args:
        numbers: shape (n,), within the bounds.
        bounds: public bounds.
        levels: which quantiles, each within (0, 1).
        step: the public resolution of the column: 1 for whole numbers and days.
        epsilon: cost of all levels together.
        accountant: is charged once a level.
    """
    generator = secrets.SystemRandom()
    moved = numbers + step * (np.random.default_rng().random(len(numbers)) - 0.5)
    points = np.concatenate(([bounds[0] - step / 2], np.sort(moved), [bounds[1] + step / 2]))
    share = epsilon / len(levels)
    found = []
    for level in levels:
        raw = _one_quantile(points, level, share, generator)
        accountant.spend(share, 0)
        snapped = bounds[0] + step * round((raw - bounds[0]) / step)
        found.append(round(float(min(max(snapped, bounds[0]), bounds[1])), _decimals(step)))
    values = np.empty(len(found))
    values[np.argsort(levels, kind="stable")] = np.sort(found)
    return Noisy(
        tuple(values.tolist()),
        "exponential mechanism on ranks, epsilon split evenly over the quantiles",
        labels=tuple(f"{level:g}" for level in levels),
    )


def _one_quantile(points: np.ndarray, level: float, epsilon: float, generator: secrets.SystemRandom) -> float:
    """Return a point drawn from the exponential mechanism; `points` are sorted and begin and end with the bounds."""
    from diffprivlib.mechanisms import Exponential

    rows = len(points) - 2
    utility = -np.abs(np.arange(rows + 1) - level * rows)
    gap = Exponential(
        epsilon=epsilon, sensitivity=1, utility=utility.tolist(), measure=np.diff(points).tolist()
    ).randomise()
    return float(points[gap] + generator.random() * (points[gap + 1] - points[gap]))


def _noisy_counts(counts: Sequence[int], epsilon: float) -> list[int]:
    from diffprivlib.mechanisms import GeometricTruncated

    mechanism = GeometricTruncated(epsilon=epsilon, sensitivity=1, lower=0, upper=sys.maxsize)
    return [mechanism.randomise(int(rows)) for rows in counts]


def _counted(
    values: Sequence[int], epsilon: float, *, labels: tuple[str, ...] = (), edges: tuple[float, ...] = ()
) -> Noisy:
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
