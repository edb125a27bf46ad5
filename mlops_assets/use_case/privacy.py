"""The `privacy:` section: the budget, the private statistics it pays for, and the synthetic table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlops_assets.use_case.base import Seed, Share
from mlops_assets.yaml_files.model import Model, Slug

LEAST_EPSILON = 1e-6
"""Below this a release is only noise, and floating-point arithmetic is too coarse for the mechanisms."""


class Budget(Model):
    """What may be spent on this use case's data in total, over all versions of this file."""

    epsilon: Annotated[float, Field(ge=LEAST_EPSILON, le=100)] = 1.0
    """Cap on the sum of epsilon (pure differential privacy, basic composition)."""


class Statistic(Model):
    """One differentially private statistic. Bounds are declared, never taken from the data."""

    name: Slug
    """Name in the release."""
    kind: Literal["count", "mean", "histogram", "quantiles"]
    """What is released."""
    column: str | None = None
    """Column it is about; `count` needs none."""
    epsilon: Annotated[float, Field(ge=LEAST_EPSILON, le=10)]
    """Its cost; `quantiles` divides it among the listed quantiles."""
    lower: float | None = None
    """Public lower bound; if omitted, the column's `min`."""
    upper: float | None = None
    """Public upper bound; if omitted, the column's `max`."""
    resolution: Annotated[float, Field(gt=0)] | None = None
    """Public step that values are known to come in, counted from the lower bound: 10000 for credit limits in steps of
    ten thousand. Quantiles are released on this grid, and no edge of a histogram cuts through it. Where it is left out,
    quantiles of whole numbers and dates have step 1, of others a millionth of the range."""
    bins: Annotated[int, Field(ge=2, le=1000)] = 10
    """Bins of a histogram over a numeric column, of equal width between the bounds. A category has one bin for each
    code."""
    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.25, 0.5, 0.75)
    """The quantiles, between 0 and 1."""


class SyntheticConstraint(Model):
    """A relation that every synthetic row must satisfy."""

    kind: Literal["inequality", "fixed_combinations"]
    """`inequality`: the first column is never above the second. `fixed_combinations`: only combinations that
    occur in the real rows."""
    columns: Annotated[tuple[str, ...], Field(min_length=2)]
    """The columns, in order; an inequality compares two."""


class SyntheticLimits(Model):
    """Limits of the checks on the synthetic table."""

    quality: Share = 0.7
    """Lowest overall quality of sdmetrics: the mean of column shapes and column pairs."""
    diagnostic: Share = 0.95
    """Lowest diagnostic score of sdmetrics: validity and structure."""
    tstr_ratio: Share = 0.75
    """Lowest ratio of the AUC of a model trained on synthetic rows to that of one trained on real rows, both tested on
    real rows."""
    tstr_gain: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Lowest gain in that AUC over a trivial table, whose columns are drawn independently of each other within each
    class. Below 0 the synthesizer costs utility."""


class Synthetic(Model):
    """A synthetic table. It imitates the distribution of the real one and is NOT differentially private."""

    synthesizer: str = "gaussian_copula"
    """Name of a synthesizer plugin."""
    rows: Annotated[int, Field(ge=10)] = 10_000
    """Rows to draw."""
    marginals: Literal["empirical", "norm", "beta", "truncnorm", "gamma", "uniform"] = "empirical"
    """Margins of numeric columns: a family that is fitted to the real ones, or their quantiles (`empirical`), which
    have the highest fidelity but not necessarily a higher utility."""
    constraints: tuple[SyntheticConstraint, ...] = ()
    """Relations that every row must satisfy."""
    limits: SyntheticLimits = SyntheticLimits()
    """Limits of the checks."""
    seed: Seed = 7
    """Seed of the draw, recorded with it."""


class Privacy(Model):
    """The `privacy:` section."""

    budget: Budget = Budget()
    """The cap."""
    statistics: tuple[Statistic, ...] = ()
    """The statistics that are released under it."""
    synthetic: Synthetic = Synthetic()
    """The synthetic table."""
