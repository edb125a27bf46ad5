"""The `features:` section: which columns enter, which features are derived, how they are encoded and selected.

The parameters of a derived feature are those of its transform plugin, so the type of `derive` is put together
from the plugins that exist.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from mlops_assets import plugins
from mlops_assets.use_case.base import Model, Seed, Share, TransformParams

if TYPE_CHECKING:
    Derived = TransformParams
else:
    Derived = Annotated[
        reduce(or_, (plugins.load("transform", name).Params for name in plugins.names("transform"))),
        Field(discriminator="transform"),
    ]


class Encoding(Model):
    """How categories and texts become numbers. Categories are learned on the training split only."""

    method: Literal["one_hot", "ordinal", "frequency"] = "one_hot"
    """`one_hot` makes a feature of each category, `ordinal` its place in the declared order, from 0, `frequency` its
    share of the training rows. A column without declared codes has no order: `ordinal` encodes it by frequency."""
    maximum_categories: Annotated[int, Field(ge=2, le=200)] = 20
    """A column with more categories than this is encoded by frequency, whatever the method."""
    minimum_share: Share = 0.005
    """Categories rarer than this in the training split share one feature, which unseen ones count to as well. A
    missing category has a feature of its own unless it is as rare (method one_hot)."""
    ordered: tuple[str, ...] = ()
    """Category columns whose codes are ordered numbers and enter as they are."""


class Selection(Model):
    """Which of the features a model is given."""

    method: Literal["none", "mutual_information"] = "none"
    """`mutual_information` keeps the features that tell most of the target, on the training split."""
    keep: Annotated[int, Field(ge=1)] = 30
    """How many to keep."""
    rows: Annotated[int, Field(ge=100)] = 10_000
    """Training rows that the estimate looks at, drawn with `seed`."""
    seed: Seed = 11
    """Seed of the estimate."""


class Features(Model):
    """The `features:` section."""

    inputs: tuple[str, ...] | None = None
    """Raw columns that enter as they are; every column with role feature where it is left out."""
    exclude: tuple[str, ...] = ()
    """Raw columns that do not enter."""
    use_sensitive: tuple[str, ...] = ()
    """Protected attributes that a model may see. None does unless it is named here."""
    derive: tuple[Derived, ...] = ()
    """Derived features."""
    encoding: Encoding = Encoding()
    """How categories become numbers."""
    selection: Selection = Selection()
    """Which features are kept."""
