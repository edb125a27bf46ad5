"""Normal scores: ordered values as a Gaussian copula should see them, and the way back.

Each value gets the mean of a standard normal over its own interval of probability. Correlations of normal scores
estimate those of the copula (Klaassen and Wellner, "Efficient estimation in the bivariate normal copula model: normal
margins are least favourable", Bernoulli 3(1), 1997). SDV's own encoder draws a random point of the interval instead,
which weakens relations: a class of 22 % of the rows loses 28 % of every correlation by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scale:
    """How scores were made, so that what a normal distribution draws can be read.

    Attributes:
        shares: cumulative share of the values in their order, from 0 to 1, one more than there are values.
        center, spread: mean and standard deviation of the scores that were shown, missing ones at the mean.
    """

    shares: np.ndarray
    center: float
    spread: float


def score(codes: np.ndarray, values: int) -> tuple[np.ndarray, Scale]:
    """Return the score of each code, NaN for a missing one, and the scale that leads back.

    Args:
        codes: shape (n,), positions of values in their order, from 0 to `values` - 1, each at least once, -1 for
            a missing one.
        values: how many values there are.
    """
    from scipy.special import ndtri

    counts = np.bincount(codes[codes >= 0], minlength=values)
    shares = np.concatenate(([0.0], np.cumsum(counts) / counts.sum()))
    density = np.exp(-(ndtri(shares) ** 2) / 2) / np.sqrt(2 * np.pi)
    means = -np.diff(density) / np.diff(shares)
    shown = np.where(codes >= 0, means[codes], np.nan)
    filled = np.where(codes >= 0, shown, np.nanmean(shown))
    return shown, Scale(shares, float(filled.mean()), float(filled.std()))


def probabilities(drawn: np.ndarray, scale: Scale) -> np.ndarray:
    """Return the probability below each drawn score, between 0 and 1; NaN stays."""
    from scipy.special import ndtr

    below: np.ndarray = ndtr((drawn - scale.center) / scale.spread)
    return below


def read(drawn: np.ndarray, scale: Scale) -> np.ndarray:
    """Return the position of the value that each drawn score falls on; scores must not be missing.

    Draws of the normal distribution with the scale's center and spread come out in the real shares. The scores that
    `score` returned are no such draws: where shares are very uneven, one may be read as its neighbour.
    """
    places = np.searchsorted(scale.shares, probabilities(drawn, scale), side="right") - 1
    return np.clip(places, 0, len(scale.shares) - 2)
